package io.sluice.core.spend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;

/**
 * The cells of one user on one day. Mutable: one is kept for every user at work.
 *
 * <p>Remembers the dimensions of every cell that was ever touched, since later changes may know their hash only.
 */
public final class Sheet {
    public static final int HOURS = 24;

    private static final int MOST_CHUNKS = 16;

    /** @param version grows with every change, also over restarts */
    public record Update(Cell cell, Amounts amounts, long version) {}

    @FunctionalInterface
    public interface Updates {
        void accept(Update update);
    }

    private static final class Total {
        Amounts amounts = Amounts.ZERO;
        long version;
        boolean counts; // false: touched only
        boolean changed;
        boolean saved;
    }

    private final Id account;
    private final long day;
    private final Map<Id, Integer> indexes = new HashMap<>();
    private final List<Id> ids = new ArrayList<>();
    private final List<byte[]> encoded = new ArrayList<>();
    private final Map<Long, Total> totals = new HashMap<>();
    private final List<Long> changed = new ArrayList<>(); // slots
    private int heldMonth;
    private boolean hasTimer;
    private int savedDimensions;
    private int chunks;

    /** @param day days since the epoch */
    public Sheet(Id account, long day) {
        this.account = account;
        this.day = day;
    }

    /** Cells and dimensions, a measure of the memory that it takes. */
    public int weight() {
        return totals.size() + ids.size();
    }

    /** Whether somebody sees to it that it is forgotten. */
    public boolean hasTimer() {
        return hasTimer;
    }

    public void setTimer() {
        hasTimer = true;
    }

    /** The month with whose closing it is forgotten: that of the day, or of the latest receipt; 0: nothing was booked. */
    public int heldMonth() {
        return heldMonth;
    }

    /**
     * Adds what {@link Contribution#write} wrote after the account; the reader stands at the end of it afterwards.
     *
     * @return false: nothing was added, since the dimensions were never said
     */
    public boolean add(Id dimensions, long hour, RowReader row) {
        boolean counters = row.readByte() != 0;
        int importedIn = (int) row.readVarlong();
        long receivedAt = row.readLong();
        Amounts difference = Amounts.read(row);
        int length = row.readLength();
        Integer index = indexes.get(dimensions);
        if (index == null) {
            if (length == 0) {
                return difference.isZero(); // then there is nothing to write again either
            }
            byte[] bytes = new byte[length];
            System.arraycopy(row.array(), row.position(), bytes, 0, length);
            index = learn(dimensions, bytes);
        }
        row.skip(length);
        heldMonth = Math.max(
                heldMonth, Math.max(Periods.yearMonth(Periods.hourStartMicros(hour)), Periods.yearMonth(receivedAt)));
        Long slot = slot(index, hour, counters, importedIn);
        Total total = totals.get(slot);
        if (total == null) {
            total = new Total();
            totals.put(slot, total);
        }
        if (!difference.isZero()) {
            total.amounts = total.amounts.plus(difference);
            total.counts = true;
        }
        if (!total.changed) {
            total.changed = true;
            changed.add(slot);
        }
        total.saved = false;
        return true;
    }

    private int learn(Id dimensions, byte[] bytes) {
        int index = ids.size();
        indexes.put(dimensions, index);
        ids.add(dimensions);
        encoded.add(bytes);
        return index;
    }

    private static long slot(int index, long hour, boolean counters, int importedIn) {
        return (long) index << 40
                | (long) importedIn << 6
                | Math.floorMod(hour, (long) HOURS) << 1
                | (counters ? 1 : 0);
    }

    private Cell cell(long slot) {
        int index = (int) (slot >>> 40);
        return new Cell(
                account, ids.get(index), encoded.get(index), day * HOURS + (slot >>> 1 & 0x1F), (slot & 1) != 0, (int)
                        (slot >>> 6 & 0x3FFFFFFF));
    }

    /**
     * Says what changed since the last time.
     *
     * @param nextVersion the version after a given one, or after 0
     * @param touchedVersion of a cell that was touched and has nothing in it: above everything that attempts before
     *     this one wrote, below everything that this one writes
     */
    public void takeUpdates(LongUnaryOperator nextVersion, long touchedVersion, Updates out) {
        for (Long slot : changed) {
            Total total = totals.get(slot);
            if (total == null) {
                continue;
            }
            total.changed = false;
            if (total.counts) {
                total.version = nextVersion.applyAsLong(total.version);
                out.accept(new Update(cell(slot), total.amounts, total.version));
            } else {
                // Only an earlier attempt can have written here, and only what its crash took back.
                out.accept(new Update(cell(slot), Amounts.ZERO, touchedVersion));
                totals.remove(slot);
            }
        }
        changed.clear();
    }

    /** Whether the next {@link #save} takes the place of the chunks before it, which have become many. */
    public boolean savesAll() {
        return chunks == 0 || chunks >= MOST_CHUNKS;
    }

    /** A chunk for state, after {@link #takeUpdates}: everything, or what changed since the chunk before. */
    public byte[] save() {
        boolean all = savesAll();
        int from = all ? 0 : savedDimensions;
        RowWriter row = new RowWriter(256);
        row.putByte(1); // version of the format
        row.putByte(hasTimer ? 1 : 0);
        row.putInt(heldMonth);
        row.putVarlong(ids.size() - from);
        for (int i = from; i < ids.size(); i++) {
            row.putId(ids.get(i));
            row.putBlock(encoded.get(i));
        }
        totals.forEach((slot, total) -> {
            if (all || !total.saved) {
                row.putVarlong(slot);
                row.putLong(total.version);
                total.amounts.write(row);
                total.saved = true;
            }
        });
        savedDimensions = ids.size();
        chunks = all ? 1 : chunks + 1;
        return row.toByteArray();
    }

    /** @param saved the chunks, oldest first; empty: a new sheet */
    public static Sheet restore(Id account, long day, Iterable<byte[]> saved) {
        Sheet sheet = new Sheet(account, day);
        RowReader row = new RowReader();
        for (byte[] chunk : saved) {
            row.open(chunk, 0, chunk.length);
            sheet.restore(row);
        }
        return sheet;
    }

    private void restore(RowReader row) {
        int format = row.readByte();
        if (format != 1) {
            throw new IllegalStateException("sheet of format " + format + " (expected: 1)");
        }
        hasTimer = row.readByte() != 0;
        heldMonth = row.readInt();
        long dimensions = row.readVarlong();
        for (long i = 0; i < dimensions; i++) {
            Id id = row.readId();
            learn(id, row.readBlock());
        }
        while (row.hasMore()) {
            Total total = totals.computeIfAbsent(row.readVarlong(), slot -> new Total());
            total.version = row.readLong();
            total.amounts = Amounts.read(row);
            total.counts = true;
            total.saved = true;
        }
        savedDimensions = ids.size();
        chunks++;
    }
}
