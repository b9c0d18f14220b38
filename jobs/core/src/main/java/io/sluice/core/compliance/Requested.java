package io.sluice.core.compliance;

import io.sluice.schema.Erasure;

/** An erasure at its place in the register. */
public final class Requested {
    private final Erasure erasure;
    private final long number;
    private final long recordedAt;
    private final String requestedBy;
    private final Coverage coverage;
    private long start; // number of its newest start; 0: it has not taken effect

    Requested(Erasure erasure, long number, long recordedAt, String requestedBy) {
        this.erasure = erasure;
        this.number = number;
        this.recordedAt = recordedAt;
        this.requestedBy = requestedBy;
        this.coverage = new Coverage(erasure.getTarget());
    }

    private Requested(Requested from) {
        erasure = from.erasure;
        number = from.number;
        recordedAt = from.recordedAt;
        requestedBy = from.requestedBy;
        coverage = from.coverage;
        start = from.start;
    }

    Requested copy() {
        return new Requested(this);
    }

    public Erasure erasure() {
        return erasure;
    }

    public long number() {
        return number;
    }

    /** When it was requested, microseconds UTC. */
    public long recordedAt() {
        return recordedAt;
    }

    /** Id of the token. */
    public String requestedBy() {
        return requestedBy;
    }

    /** Number of its newest start; 0: it has not taken effect. */
    public long start() {
        return start;
    }

    void start(long at) {
        start = Math.max(start, at);
    }

    public boolean covers(Item item) {
        return coverage.covers(item);
    }

    Coverage coverage() {
        return coverage;
    }
}
