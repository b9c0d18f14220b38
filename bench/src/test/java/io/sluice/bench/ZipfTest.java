package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZipfTest {
    private static final int RANKS = 1_000;
    private static final int DRAWS = 400_000;

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 1, 1.2, 2})
    void drawsRanksAsOftenAsTheirShareSays(double exponent) {
        Zipf zipf = new Zipf(RANKS, exponent);
        SplittableRandom random = new SplittableRandom(7);
        int[] drawn = new int[RANKS];
        for (int i = 0; i < DRAWS; i++) {
            drawn[zipf.next(random)]++;
        }

        double all = 0;
        for (int rank = 1; rank <= RANKS; rank++) {
            all += Math.pow(rank, -exponent);
        }
        double firstTen = 0;
        int drawnFirstTen = 0;
        for (int rank = 1; rank <= 10; rank++) {
            double share = Math.pow(rank, -exponent) / all;
            // Six standard deviations.
            assertThat((double) drawn[rank - 1]).isCloseTo(DRAWS * share, within(6 * Math.sqrt(DRAWS * share)));
            firstTen += share;
            drawnFirstTen += drawn[rank - 1];
        }
        assertThat((double) drawnFirstTen).isCloseTo(DRAWS * firstTen, within(6 * Math.sqrt(DRAWS * firstTen)));
    }

    @Test
    void aSingleRankIsAllThereIs() {
        assertThat(new Zipf(1, 1).next(new SplittableRandom(1))).isZero();
    }

    @Test
    void refusesWhatIsNoDistribution() {
        assertThatThrownBy(() -> new Zipf(0, 1)).hasMessageContaining("n: 0");
        assertThatThrownBy(() -> new Zipf(1, -1)).hasMessageContaining("exponent: -1.0");
    }
}
