package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.LedgerScope;

/**
 * One row of the ledger as it is now.
 *
 * @param hour hour of receipt, hours since the epoch, UTC
 * @param counts by ordinal of {@link Count}
 */
@SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
public record LedgerRow(LedgerScope scope, long hour, long[] counts, long version) {
    long count(Count count) {
        return counts[count.ordinal()];
    }
}
