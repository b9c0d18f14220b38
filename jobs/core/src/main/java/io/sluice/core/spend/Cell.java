package io.sluice.core.spend;

import org.jspecify.annotations.Nullable;

/**
 * One cell of the hour cube, by hashes. Every grouping and every longer period is a sum of cells.
 *
 * @param account hash of organization and user
 * @param dimensions hash of the encoded {@link Dimensions}
 * @param encoded the {@link Dimensions} themselves; null where only the hash is remembered
 * @param hour hours since the epoch, UTC; the cell covers [hour, hour + 1)
 * @param counters whether the cell's figures come from cost counters alone, which do not tell requests
 * @param importedIn 0; for an import into a closed period the month of receipt, for example 202611: the cell of the
 *     period itself is no longer held, and since totals are sums of cells, a second one adds to it
 * @param segment see {@link Segments}; known to the cell's {@link Sheet} only, elsewhere 0
 */
@SuppressWarnings("ArrayRecordComponent") // Not part of the identity, see equals.
public record Cell(
        Id account,
        Id dimensions,
        byte @Nullable [] encoded,
        long hour,
        boolean counters,
        int importedIn,
        long segment) {
    public Cell(Id account, Id dimensions, byte @Nullable [] encoded, long hour, boolean counters, int importedIn) {
        this(account, dimensions, encoded, hour, counters, importedIn, 0);
    }

    /** Also the id of the cell's document. */
    public String documentId() {
        RowWriter row = new RowWriter(32);
        row.putId(dimensions);
        row.putLong(hour);
        row.putInt(importedIn);
        row.putByte(counters ? 1 : 0);
        if (segment != 0) {
            row.putLong(segment);
        }
        return Id.of(row.array(), 0, row.length()).text();
    }

    Cell withImportedIn(int month) {
        return new Cell(account, dimensions, encoded, hour, counters, month, segment);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cell that
                && that.dimensions.equals(dimensions)
                && that.hour == hour
                && that.counters == counters
                && that.importedIn == importedIn
                && that.segment == segment;
    }

    @Override
    public int hashCode() {
        return 31 * dimensions.hashCode() + (int) hour;
    }
}
