package io.sluice.elasticsearch;

import java.util.function.DoubleSupplier;

/**
 * Lets requests out: several at once while all is well; after a failure none until a delay has passed, then one at a
 * time until one succeeds.
 *
 * <p>Not thread-safe.
 */
final class RetryGate {
    private final int maxInFlight;
    private final Backoff backoff;
    private final DoubleSupplier random;
    private final Timer timer;

    private int inFlight;
    private int failuresInARow;
    private boolean waiting;

    /** Runs something later, on the thread that uses the gate. */
    @FunctionalInterface
    interface Timer {
        void after(long delayMillis, Runnable task);
    }

    /** @param random in [0, 1) */
    RetryGate(int maxInFlight, Backoff backoff, DoubleSupplier random, Timer timer) {
        this.maxInFlight = maxInFlight;
        this.backoff = backoff;
        this.random = random;
        this.timer = timer;
    }

    boolean isOpen() {
        return failuresInARow == 0 ? inFlight < maxInFlight : !waiting && inFlight == 0;
    }

    int failuresInARow() {
        return failuresInARow;
    }

    void started() {
        inFlight++;
    }

    void succeeded() {
        inFlight--;
        failuresInARow = 0;
    }

    /** @param whenOpen runs when the delay has passed */
    void failed(Runnable whenOpen) {
        inFlight--;
        failuresInARow++;
        if (!waiting) {
            waiting = true;
            // The timer itself opens, not a comparison of times: a clock set back would keep it closed for ever.
            timer.after(backoff.delayMillis(failuresInARow, random.getAsDouble()), () -> {
                waiting = false;
                whenOpen.run();
            });
        }
    }
}
