package io.sluice.server;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** When to send again what was not taken: after a second, then twice as long each time, up to an hour; about a day long. */
final class Backoff {
    static final int MOST_ATTEMPTS = 36;
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final int DOUBLINGS = 12;

    private Backoff() {}

    /**
     * @param attempts how often it was sent, from 1
     * @param asked what the receiver asked for, which wins if it is longer, up to an hour; null: nothing
     */
    static Duration delay(int attempts, @Nullable Duration asked) {
        Duration own = Duration.ofSeconds(1L << Math.min(attempts - 1, DOUBLINGS));
        Duration delay = asked != null && asked.compareTo(own) > 0 ? asked : own;
        return delay.compareTo(LONGEST) > 0 ? LONGEST : delay;
    }
}
