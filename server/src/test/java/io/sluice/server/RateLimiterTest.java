package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimiterTest {
    private final MovableClock clock = new MovableClock();

    /** How many of so many requests at once are let through. */
    private static int accepted(RateLimiter limiter, String token, int requests) {
        int accepted = 0;
        for (int i = 0; i < requests; i++) {
            try {
                limiter.take(token, RateLimiter.Traffic.REST);
                accepted++;
            } catch (Refusal refusal) {
                assertThat(refusal.kind()).isEqualTo(Refusal.Kind.RATE_LIMITED);
            }
        }
        return accepted;
    }

    @ParameterizedTest
    @CsvSource({
        // a minute's requests, waited, let through then
        "600, 0, 0",
        "600, 99, 0",
        "600, 100, 1",
        "600, 1000, 10",
        "600, 60000, 600",
        "600, 3600000, 600",
        "1, 59999, 0",
        "1, 60000, 1",
        "7, 30000, 3",
    })
    void theBucketFillsEvenlyAndNeverBeyondAMinutesWorth(int perMinute, long waitedMillis, int then) {
        RateLimiter limiter = new RateLimiter(perMinute, 0, clock);
        assertThat(accepted(limiter, "a", perMinute + 5)).isEqualTo(perMinute);
        clock.advance(Duration.ofMillis(waitedMillis));
        assertThat(accepted(limiter, "a", perMinute + 5)).isEqualTo(then);
        assertThat(accepted(limiter, "b", perMinute + 5)).isEqualTo(perMinute);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261125})
    void retryAfterIsLongEnough(long seed) {
        Random random = new Random(seed);
        int perMinute = 1 + random.nextInt(100);
        RateLimiter limiter = new RateLimiter(perMinute, 0, clock);
        accepted(limiter, "a", perMinute);
        assertThatThrownBy(() -> limiter.take("a", RateLimiter.Traffic.REST))
                .as("seed %d", seed)
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.retryAfterSeconds()).isBetween(1L, 60L);
                    clock.advance(Duration.ofSeconds(refusal.retryAfterSeconds()));
                    assertThatCode(() -> limiter.take("a", RateLimiter.Traffic.REST))
                            .doesNotThrowAnyException();
                });
    }

    @Test
    void zeroIsNoLimit() {
        assertThat(accepted(new RateLimiter(0, 1, clock), "a", 100_000)).isEqualTo(100_000);
    }

    @Test
    void aClockThatIsSetBackLocksNobodyOut() {
        RateLimiter limiter = new RateLimiter(60, 0, clock);
        accepted(limiter, "a", 60);
        clock.advance(Duration.ofDays(-1));
        assertThat(accepted(limiter, "a", 1)).isZero();
        clock.advance(Duration.ofSeconds(1));
        assertThat(accepted(limiter, "a", 1)).isEqualTo(1);
    }
}
