package io.sluice.claudeapi;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/** Time and chance, so that tests have their own. */
public interface Pace extends Serializable {
    /** The wall clock. */
    Pace SYSTEM = new SystemPace();

    Instant now();

    void sleep(Duration time) throws InterruptedException;

    /** In [0, 1). */
    double random();

    /** See {@link #SYSTEM}. */
    final class SystemPace implements Pace {
        private static final long serialVersionUID = 1L;

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public void sleep(Duration time) throws InterruptedException {
            Thread.sleep(Math.max(0, time.toMillis()));
        }

        @Override
        public double random() {
            return ThreadLocalRandom.current().nextDouble();
        }
    }
}
