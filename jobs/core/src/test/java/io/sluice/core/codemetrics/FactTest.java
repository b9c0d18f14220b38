package io.sluice.core.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FactTest {
    private static Fact copy(
            Channel channel, long at, @Nullable String model, @Nullable String subject, @Nullable String detail) {
        return new Fact(
                Kind.RESULT,
                1,
                at,
                channel,
                channel.bit(),
                at,
                at,
                -1,
                Origin.UNKNOWN,
                null,
                model,
                subject,
                detail,
                1,
                -1,
                0,
                0,
                false,
                0);
    }

    @Test
    void whatOneCopyDoesNotTellAnotherMay() {
        Fact event = copy(Channel.EVENTS, 1, null, "mcp_tool", null);
        Fact file = copy(Channel.FILE, 2, "claude-opus-4-5", "mcp_tool", "ledger");
        Fact both = event.or(file);
        assertThat(both.channel()).isEqualTo(Channel.EVENTS);
        assertThat(both.at()).isEqualTo(1);
        assertThat(both.model()).isEqualTo("claude-opus-4-5");
        assertThat(both.detail()).isEqualTo("ledger");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void copiesMeetInAnyOrder(long seed) {
        Random random = new Random(seed);
        List<Fact> copies = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            copies.add(copy(Channel.of(random.nextInt(4)), i, any(random), any(random), any(random)));
        }
        Fact expected = copies.stream().reduce(Fact::or).orElseThrow();
        for (int order = 0; order < 20; order++) {
            List<Fact> left = new ArrayList<>(copies);
            left.add(copies.get(random.nextInt(copies.size()))); // twice
            while (left.size() > 1) { // any two, so that groups of copies meet groups
                Collections.shuffle(left, random);
                left.add(left.remove(0).or(left.remove(0)));
            }
            assertThat(left.get(0)).as("seed %d, order %d", seed, order).isEqualTo(expected);
        }
    }

    private static @Nullable String any(Random random) {
        int lot = random.nextInt(4);
        return lot == 0 ? null : "label-" + lot;
    }
}
