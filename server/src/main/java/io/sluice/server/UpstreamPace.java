package io.sluice.server;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * When the next request to the Spend Limits API may go out: at most 60 within any minute. A request counts from when it was
 * answered, which is after it was counted upstream, so that the two never disagree. For one thread, but for
 * {@link #pausedUntil}.
 */
final class UpstreamPace {
    static final int MOST = 60;
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final Deque<Instant> ended = new ArrayDeque<>();
    private volatile Instant pausedUntil = Instant.MIN;

    boolean allows(Instant now) {
        // The clock may have been set back.
        while (!ended.isEmpty() && ended.peekLast().isAfter(now)) {
            ended.pollLast();
        }
        while (!ended.isEmpty() && !ended.peekFirst().isAfter(now.minus(WINDOW))) {
            ended.pollFirst();
        }
        return ended.size() < MOST && !now.isBefore(pausedUntil);
    }

    /** A request was sent, and answered or given up. */
    void ended(Instant at) {
        ended.addLast(at);
    }

    /** Until when upstream wants no requests; perhaps in the past. */
    Instant pausedUntil() {
        return pausedUntil;
    }

    /** Upstream asked for it. */
    void pauseUntil(Instant until) {
        pausedUntil = until.isAfter(pausedUntil) ? until : pausedUntil;
    }
}
