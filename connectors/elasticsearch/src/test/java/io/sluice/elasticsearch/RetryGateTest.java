package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RetryGateTest {
    private final List<Long> delays = new ArrayList<>();
    private final Deque<Runnable> timers = new ArrayDeque<>();
    private final RetryGate gate =
            new RetryGate(2, new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10)), () -> 0.5, (delay, task) -> {
                delays.add(delay);
                timers.add(task);
            });
    private int opened;

    @Test
    void boundsRequestsInFlight() {
        gate.started();
        assertThat(gate.isOpen()).isTrue();
        gate.started();
        assertThat(gate.isOpen()).isFalse();
        gate.succeeded();
        assertThat(gate.isOpen()).isTrue();
    }

    @Test
    void afterFailuresWaitsLongerEachTimeAndLetsOneOutAtATime() {
        gate.started();
        gate.started();
        fail();
        assertThat(gate.isOpen()).as("waits").isFalse();
        timers.remove().run();
        assertThat(gate.isOpen()).as("the other is still out").isFalse();
        fail();
        timers.remove().run();
        assertThat(gate.isOpen()).isTrue();

        gate.started();
        assertThat(gate.isOpen()).as("one at a time").isFalse();
        fail();
        timers.remove().run();
        assertThat(delays).containsExactly(150L, 300L, 600L);
        assertThat(opened).isEqualTo(3);
        assertThat(gate.failuresInARow()).isEqualTo(3);

        gate.started();
        gate.succeeded();
        gate.started();
        assertThat(gate.isOpen()).as("all well again").isTrue();
        fail();
        assertThat(delays).as("starts anew").last().isEqualTo(150L);
    }

    @Test
    void failuresWhileItWaitsDoNotMakeItWaitLonger() {
        gate.started();
        gate.started();
        fail();
        fail();
        assertThat(timers).hasSize(1);
        timers.remove().run();
        assertThat(gate.isOpen()).isTrue();
    }

    @Test
    void delaysGrowToTheLongestAndStayInTheirUpperHalf() {
        Backoff backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));
        assertThat(LongStream.rangeClosed(1, 8).map(n -> backoff.delayMillis((int) n, 0)))
                .containsExactly(100L, 200L, 400L, 800L, 1_600L, 3_200L, 5_000L, 5_000L);
        assertThat(backoff.delayMillis(1, 0.9999)).isEqualTo(200);
        assertThat(backoff.delayMillis(Integer.MAX_VALUE, 0.9999)).isEqualTo(10_000);
        assertThatThrownBy(() -> new Backoff(Duration.ZERO, Duration.ofSeconds(1)))
                .hasMessage("backoff: PT0S to PT1S (expected: above 0, and longest not below first)");
        assertThatThrownBy(() -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void fail() {
        gate.failed(() -> opened++);
    }
}
