package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.LedgerChange;

/**
 * One row of the ledger as it is now.
 *
 * @param counts by ordinal of {@link Count}
 */
public record LedgerRow(String orgId, String source, long hour, long[] counts, long version) {
    static LedgerRow of(LedgerChange first) {
        return new LedgerRow(first.orgId(), first.source(), first.hour(), new long[Count.values().length], 0);
    }

    LedgerRow plus(LedgerChange change, long newVersion) {
        long[] next = counts.clone();
        next[change.count().ordinal()] += change.difference();
        return new LedgerRow(orgId, source, hour, next, newVersion);
    }

    long count(Count count) {
        return counts[count.ordinal()];
    }
}
