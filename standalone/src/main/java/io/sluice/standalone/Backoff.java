package io.sluice.standalone;

import java.time.Duration;

/** How long to wait before a process that ended is started again: twice as long each time, until one runs for a while. */
final class Backoff {
    private static final Duration FIRST = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration STABLE = Duration.ofMinutes(1);

    private Duration next = FIRST;

    /** @param ranFor how long the process ran before it ended */
    Duration after(Duration ranFor) {
        if (ranFor.compareTo(STABLE) >= 0) {
            next = FIRST;
        }
        Duration wait = next;
        Duration twice = next.multipliedBy(2);
        next = twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
        return wait;
    }
}
