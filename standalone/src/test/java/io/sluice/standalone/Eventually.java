package io.sluice.standalone;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for conditions. */
final class Eventually {
    private static final Duration POLL = Duration.ofMillis(50);

    private Eventually() {}

    /** @throws AssertionError if it does not come true within the limit; what it threw last is its cause */
    static void isTrue(String what, Duration limit, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        Throwable last = null;
        while (System.nanoTime() - deadline < 0) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (Exception | AssertionError e) {
                last = e;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
        throw new AssertionError(what + ": not within " + limit, last);
    }
}
