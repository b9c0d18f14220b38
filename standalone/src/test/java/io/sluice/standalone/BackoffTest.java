package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff = new Backoff();

    @Test
    void doublesUpToHalfAMinute() {
        assertThat(backoff.after(Duration.ZERO)).isEqualTo(Duration.ofMillis(500));
        assertThat(backoff.after(Duration.ZERO)).isEqualTo(Duration.ofSeconds(1));
        for (int i = 0; i < 10; i++) {
            backoff.after(Duration.ofSeconds(59));
        }
        assertThat(backoff.after(Duration.ZERO)).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void beginsAnewAfterOneThatRanForAWhile() {
        backoff.after(Duration.ZERO);
        backoff.after(Duration.ZERO);

        assertThat(backoff.after(Duration.ofMinutes(1))).isEqualTo(Duration.ofMillis(500));
    }
}
