package io.sluice.server;

import java.util.concurrent.atomic.AtomicLong;

/** Bounds the bytes of all requests in work. Never waits: what does not fit is refused, so the client waits. */
final class ByteBudget {
    /** What the smallest request costs, so that very many tiny ones are bounded too. */
    static final long LEAST = 4096;

    private final long limit;
    private final AtomicLong used = new AtomicLong();

    ByteBudget(long limit) {
        this.limit = limit;
    }

    long used() {
        return used.get();
    }

    /**
     * Begins one request.
     *
     * @throws Refusal (UNAVAILABLE) when the budget is spent
     */
    Lease open() {
        Lease lease = new Lease();
        lease.growTo(LEAST);
        return lease;
    }

    private void take(long bytes) {
        if (used.addAndGet(bytes) > limit) {
            used.addAndGet(-bytes);
            throw new Refusal(Refusal.Kind.UNAVAILABLE, "too many bytes in work (limit: " + limit + "), try again");
        }
    }

    /** The share of one request; free when everyone who holds it has closed it. */
    final class Lease implements AutoCloseable {
        private long held;
        private int holders = 1;

        private Lease() {}

        /** Adds a holder, who closes the lease as well. */
        synchronized Lease retain() {
            holders++;
            return this;
        }

        /**
         * Raises the share to what the request is known to need by now; a smaller number changes nothing.
         *
         * @throws Refusal (UNAVAILABLE) when the budget is spent
         */
        synchronized void growTo(long bytes) {
            if (bytes > held && holders > 0) {
                take(bytes - held);
                held = bytes;
            }
        }

        @Override
        public synchronized void close() {
            if (--holders == 0) {
                used.addAndGet(-held);
            }
        }
    }
}
