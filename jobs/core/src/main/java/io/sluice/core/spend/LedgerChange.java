package io.sluice.core.spend;

/**
 * A change of one ledger count.
 *
 * @param hour hour of receipt, hours since the epoch, UTC
 * @param difference negative where a record's end is corrected
 */
public record LedgerChange(String orgId, String source, long hour, Count count, long difference) {}
