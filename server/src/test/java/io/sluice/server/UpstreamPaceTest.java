package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamPaceTest {
    private static final Instant START = Instant.parse("2026-11-25T12:00:00Z");

    private final UpstreamPace pace = new UpstreamPace();

    /** Whoever asks at any time never gets more than 60 within any minute, and is never held back without need. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void sixtyWithinAnyMinute(long seed) {
        Random random = new Random(seed);
        List<Instant> sent = new ArrayList<>();
        Instant now = START;
        for (int i = 0; i < 2000; i++) {
            now = now.plusMillis(random.nextInt(random.nextInt(10) == 0 ? 20_000 : 300));
            Instant at = now;
            long lastMinute = sent.stream()
                    .filter(each -> each.isAfter(at.minus(Duration.ofMinutes(1))))
                    .count();
            assertThat(pace.allows(now)).as("seed %d, step %d", seed, i).isEqualTo(lastMinute < UpstreamPace.MOST);
            if (lastMinute < UpstreamPace.MOST) {
                pace.ended(now);
                sent.add(now);
            }
        }
        assertThat(sent).hasSizeGreaterThan(UpstreamPace.MOST);
    }

    @Test
    void aPauseIsForAll() {
        pace.pauseUntil(START.plusSeconds(7));
        pace.pauseUntil(START.plusSeconds(3));
        assertThat(pace.allows(START.plusSeconds(6))).isFalse();
        assertThat(pace.allows(START.plusSeconds(7))).isTrue();
    }

    @Test
    void aClockThatIsSetBackDoesNotStopIt() {
        for (int i = 0; i < UpstreamPace.MOST; i++) {
            pace.ended(START.plusSeconds(3600));
        }
        assertThat(pace.allows(START)).isTrue();
    }
}
