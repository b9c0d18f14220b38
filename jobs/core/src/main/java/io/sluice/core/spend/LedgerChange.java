package io.sluice.core.spend;

import org.jspecify.annotations.Nullable;

/**
 * A change of one ledger count.
 *
 * @param scope {@link LedgerScope#hash}
 * @param names whose hash the scope is; null where only the hash is remembered
 * @param hour hour of receipt, hours since the epoch, UTC
 * @param difference negative where a record's end is corrected
 */
public record LedgerChange(long scope, @Nullable LedgerScope names, long hour, Count count, long difference) {
    public static LedgerChange of(LedgerScope names, long hour, Count count, long difference) {
        return new LedgerChange(names.hash(), names, hour, count, difference);
    }
}
