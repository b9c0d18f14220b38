package io.sluice.core.spend;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A change of one cell. A difference of zero is a touch: it changes nothing, but makes the cell's document be written
 * again, which replaces what an attempt that crashed may have written there.
 *
 * @param event of whose report it is, see {@link Report#event}; 0: of counters
 * @param occurredAtMicros the exact time that it counts for, within the cell's hour; it decides the segment
 * @param receivedAtMicros when the record came that made the change
 */
public record Contribution(Cell cell, Amounts difference, long event, long occurredAtMicros, long receivedAtMicros) {
    /** Counters do not tell when each request was: they count for the start of the hour. */
    static Contribution ofCounters(Cell cell, Amounts difference, long receivedAtMicros) {
        return new Contribution(cell, difference, 0, Periods.hourStartMicros(cell.hour()), receivedAtMicros);
    }

    /**
     * Where it counts: a cell whose month was closed when the record came is no longer held, so a change of it goes
     * beside it, into the cell of the month of receipt. Null: there is nothing to change.
     */
    public @Nullable Contribution settled(Duration openAfterEnd) {
        if (Periods.cellHeldUntilMillis(cell, openAfterEnd) > Math.floorDiv(receivedAtMicros, 1000)) {
            return this;
        }
        return difference.isZero()
                ? null
                : new Contribution(
                        cell.withImportedIn(Periods.yearMonth(receivedAtMicros)),
                        difference,
                        event,
                        occurredAtMicros,
                        receivedAtMicros);
    }

    public void write(RowWriter row) {
        putHead(
                row,
                cell.account(),
                event,
                cell.dimensions(),
                cell.hour(),
                occurredAtMicros,
                cell.counters(),
                cell.importedIn(),
                receivedAtMicros);
        difference.write(row);
        byte[] encoded = cell.encoded();
        if (encoded == null) {
            row.putVarlong(0);
        } else {
            row.putBlock(encoded);
        }
    }

    /** The exact time, of what {@link #putHead} put from the hour on. */
    public static long readOccurredAtMicros(RowReader row) {
        return readOccurredAtMicros(row.readVarlong(), row);
    }

    /** What {@link #putHead} put after the hour. */
    static long readOccurredAtMicros(long hour, RowReader row) {
        return Periods.hourStartMicros(hour) + Integer.toUnsignedLong(row.readInt());
    }

    /** What comes before the {@link Amounts} and the block of encoded {@link Dimensions} (empty: not known). */
    public static void putHead(
            RowWriter row,
            Id account,
            long event,
            Id dimensions,
            long hour,
            long occurredAtMicros,
            boolean counters,
            int importedIn,
            long receivedAtMicros) {
        row.putId(account);
        row.putLong(event);
        row.putId(dimensions);
        row.putVarlong(hour);
        row.putInt((int) (occurredAtMicros - Periods.hourStartMicros(hour))); // without sign: 3.6 * 10^9 are in an hour
        row.putByte(counters ? 1 : 0);
        row.putVarlong(importedIn);
        row.putLong(receivedAtMicros);
    }
}
