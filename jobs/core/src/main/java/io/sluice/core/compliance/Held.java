package io.sluice.core.compliance;

import io.sluice.schema.LegalHold;
import java.util.Comparator;
import java.util.List;

/** A hold at its place in the register. */
public final class Held {
    private final LegalHold hold;
    private final long number;
    private final long recordedAt;
    private final String requestedBy;
    private final List<Coverage> coverage;
    private long releasedBy; // number of its release; 0: not released
    private long releasedAt;

    Held(LegalHold hold, long number, long recordedAt, String requestedBy) {
        this.hold = hold;
        this.number = number;
        this.recordedAt = recordedAt;
        this.requestedBy = requestedBy;
        this.coverage = hold.getTargets().stream().map(Coverage::new).toList();
    }

    private Held(Held from) {
        hold = from.hold;
        number = from.number;
        recordedAt = from.recordedAt;
        requestedBy = from.requestedBy;
        releasedAt = from.releasedAt;
        coverage = from.coverage;
        releasedBy = from.releasedBy;
    }

    Held copy() {
        return new Held(this);
    }

    public LegalHold hold() {
        return hold;
    }

    public long number() {
        return number;
    }

    /** When it was set, microseconds UTC. */
    public long recordedAt() {
        return recordedAt;
    }

    /** Id of the token. */
    public String requestedBy() {
        return requestedBy;
    }

    /** Number of the entry that released it; 0: it holds. */
    public long releasedBy() {
        return releasedBy;
    }

    /** When it was released, microseconds UTC; 0: it holds. */
    public long releasedAt() {
        return releasedAt;
    }

    void release(long by, long at) {
        if (releasedBy == 0) {
            releasedBy = by;
            releasedAt = at;
        }
    }

    public boolean covers(Item item) {
        return coverage.stream().anyMatch(each -> each.covers(item));
    }

    /** What its targets and that of an erasure have in common. */
    public Meeting meets(Requested erasure) {
        return coverage.stream()
                .map(each -> each.meets(erasure.coverage()))
                .min(Comparator.naturalOrder())
                .orElse(Meeting.NO);
    }

    /** Whether it stood when an erasure took effect. */
    boolean stoodAt(long start) {
        return number < start && (releasedBy == 0 || releasedBy > start);
    }
}
