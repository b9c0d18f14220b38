package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {
    /** Costs as the real client reported them. */
    @ParameterizedTest
    @CsvSource({
        "OPUS_4_5, 1201, 322, 15000, 3000, 40305, 0.040304999999999994",
        "OPUS_4_5, 1203, 2048, 120000, 3000, 135965, 0.13596499999999997",
        "SONNET_4_5, 1201, 322, 15000, 3000, 24183, 0.024183",
        "HAIKU_4_5, 1202, 323, 15000, 3000, 8067, 0.008067"
    })
    void costsWhatTheClientSays(
            Model model, long input, long output, long read, long creation, long micros, double usd) {
        Tokens tokens = new Tokens(input, output, read, creation);
        assertThat(model.costMicros(tokens)).isEqualTo(micros);
        assertThat(model.costUsd(tokens)).isEqualTo(usd);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void drawnTokensCostWholeMicros(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 1_000; i++) {
            Tokens tokens = Tokens.draw(random);
            for (Model model : Model.values()) {
                assertThat(model.costMicros(tokens))
                        .as("seed %d: %s", seed, tokens)
                        .isEqualTo(Math.round(model.costUsd(tokens) * 1e6))
                        .isPositive();
            }
            assertThat(tokens.input() + tokens.cacheRead() + tokens.cacheCreation())
                    .isLessThan(200_000);
        }
    }

    @Test
    void refusesFractionsOfAMicro() {
        assertThatThrownBy(() -> Model.OPUS_4_5.costMicros(new Tokens(0, 0, 0, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("whole micro-USD");
    }
}
