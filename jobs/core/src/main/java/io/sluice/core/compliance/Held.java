package io.sluice.core.compliance;

import io.sluice.schema.LegalHold;
import java.util.List;

/** A hold at its place in the register. */
public final class Held {
    private final LegalHold hold;
    private final long number;
    private final List<Coverage> coverage;
    private long releasedBy; // number of its release; 0: not released

    Held(LegalHold hold, long number) {
        this.hold = hold;
        this.number = number;
        this.coverage = hold.getTargets().stream().map(Coverage::new).toList();
    }

    private Held(Held from) {
        hold = from.hold;
        number = from.number;
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

    /** Number of the entry that released it; 0: it holds. */
    public long releasedBy() {
        return releasedBy;
    }

    void release(long by) {
        if (releasedBy == 0) {
            releasedBy = by;
        }
    }

    public boolean covers(Item item) {
        return coverage.stream().anyMatch(each -> each.covers(item));
    }

    /** Whether it stood when an erasure took effect. */
    boolean stoodAt(long start) {
        return number < start && (releasedBy == 0 || releasedBy > start);
    }
}
