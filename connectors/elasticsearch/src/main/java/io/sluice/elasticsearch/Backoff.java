package io.sluice.elasticsearch;

import java.io.Serializable;
import java.time.Duration;

/**
 * Exponential backoff with jitter: doubles from {@code first} to {@code longest}, then each delay is taken evenly from
 * its upper half, so that writers that failed together do not come back together.
 */
record Backoff(Duration first, Duration longest) implements Serializable {
    Backoff {
        if (first.isNegative() || first.isZero() || longest.compareTo(first) < 0) {
            throw new IllegalArgumentException(
                    "backoff: " + first + " to " + longest + " (expected: above 0, and longest not below first)");
        }
    }

    /**
     * Before the next attempt.
     *
     * @param failures in a row, 1 or more
     * @param random in [0, 1)
     * @return 1 or more
     */
    long delayMillis(int failures, double random) {
        int doublings = Math.min(failures - 1, 30);
        long whole = Math.min(first.toMillis() << doublings, longest.toMillis());
        return Math.max(1, whole / 2 + Math.round(random * (whole - whole / 2)));
    }
}
