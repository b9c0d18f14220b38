package io.sluice.core.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class UserHistoryTest {
    /** One letter a version: the tier, or - for none. Version n was accepted at n · 10. */
    @ParameterizedTest(name = "{0} asks for {1} since {2}")
    @CsvSource({"a, a, 10", "aaa, a, 10", "ab, b, 20", "aba, a, 30", "a-a, a, 30", "-aa, a, 20", "aab-, , "})
    void askingSince(String tiers, @Nullable String tier, @Nullable Long since) {
        assertThat(history(tiers).asking("u1"))
                .isEqualTo(
                        tier == null || since == null ? Optional.empty() : Optional.of(new Asking("u1", tier, since)));
    }

    @ParameterizedTest(name = "at {0}: {1}")
    @CsvSource({"9, ", "10, a", "19, a", "20, b", "29, b", "30, ", "99, "})
    void tierAtATime(long micros, @Nullable String tier) {
        assertThat(history("ab-").tierAt(micros).orElse(null)).isEqualTo(tier);
    }

    @Test
    void versionsThatAreTheSameTakeNoRoom() {
        assertThat(history("aaaaaaaaaa").stretches()).hasSize(1);
        assertThat(history("abab").stretches()).hasSize(4);
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void orderDoesNotMatter(long seed) {
        Random random = new Random(seed);
        List<Integer> versions = new ArrayList<>();
        StringBuilder tiers = new StringBuilder();
        for (int i = 1; i <= 12; i++) {
            tiers.append("ab-".charAt(random.nextInt(3)));
            versions.add(i);
        }
        versions.addAll(versions.subList(0, 5));
        Collections.shuffle(versions, random);
        UserHistory history = UserHistory.NONE;
        for (int version : versions) {
            history = with(history, version, tiers.charAt(version - 1));
        }
        assertThat(history).as("seed %d", seed).isEqualTo(history(tiers.toString()));
    }

    private static UserHistory history(String tiers) {
        UserHistory history = UserHistory.NONE;
        for (int i = 0; i < tiers.length(); i++) {
            history = with(history, i + 1, tiers.charAt(i));
        }
        return history;
    }

    private static UserHistory with(UserHistory history, int version, char tier) {
        return history.with(version, version * 10L, tier == '-' ? null : String.valueOf(tier), List.of(), false);
    }
}
