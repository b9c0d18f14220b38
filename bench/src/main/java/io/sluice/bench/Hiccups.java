package io.sluice.bench;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * How late a thread is that does nothing but wait for 10 ms, over and over: what the machine, and a garbage collection of
 * this JVM, add to whatever is measured meanwhile.
 */
final class Hiccups implements AutoCloseable {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final LongStream.Builder late = LongStream.builder();
    private final Thread thread = new Thread(this::run, "hiccups");
    private volatile boolean closed;

    Hiccups() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!closed) {
            long due = System.nanoTime() + PAUSE_NANOS;
            for (long left = PAUSE_NANOS; left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            late.add(System.nanoTime() - due);
        }
    }

    /** Ends it. */
    Map<String, Double> millis() throws InterruptedException {
        close();
        return Percentiles.millis(late.build().toArray());
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join();
    }
}
