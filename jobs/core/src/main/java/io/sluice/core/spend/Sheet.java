package io.sluice.core.spend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The cells of one user on one day. Mutable: one is kept for every user at work.
 *
 * <p>Remembers the dimensions of every cell that was ever touched, since later changes may know their hash only.
 *
 * <p>Where the directory cuts the user's time, the cells of an hour are cut along: see {@link #align}.
 */
public final class Sheet {
    public static final int HOURS = 24;

    private static final int FORMAT = 2;
    private static final int FORMAT_WITHOUT_SEGMENTS = 1;

    private static final int MOST_CHUNKS = 16;

    /** A cell takes some 200 bytes. */
    private static final int BYTES_PER_CELL = 200;

    /**
     * @param version grows with every change, also over restarts
     * @param directoryTeam of the cell's segment; null: none
     */
    public record Update(
            Cell cell,
            Amounts amounts,
            long version,
            @Nullable String directoryTeam) {}

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

    /** The cells of one segment of the user's time. */
    private static final class Part {
        final long segment;
        final Map<Long, Total> totals = new HashMap<>();
        final List<Long> changed = new ArrayList<>(); // slots

        Part(long segment) {
            this.segment = segment;
        }

        Total total(Long slot) {
            Total total = totals.get(slot);
            if (total == null) {
                total = new Total();
                totals.put(slot, total);
            }
            return total;
        }

        void add(Long slot, Amounts difference) {
            Total total = total(slot);
            if (!difference.isZero()) {
                total.amounts = total.amounts.plus(difference);
                total.counts = true;
            }
            change(slot, total);
        }

        void change(Long slot, Total total) {
            if (!total.changed) {
                total.changed = true;
                changed.add(slot);
            }
            total.saved = false;
        }
    }

    /** A cell of this sheet. */
    private record Place(long segment, long slot) {}

    private final Id account;
    private final long day;
    private final Map<Id, Integer> indexes = new HashMap<>();
    private final List<Id> ids = new ArrayList<>();
    private final List<byte[]> encoded = new ArrayList<>();
    private final List<Part> parts = new ArrayList<>(1);
    private final RecentLog recent;
    private Part part = new Part(0); // in use; most sheets have no other
    private Segments segments = Segments.NONE;
    private int heldMonth;
    private boolean hasTimer;
    private int savedDimensions;
    private int chunks;
    private boolean moved; // since the last save

    /** @param day days since the epoch */
    public Sheet(Id account, long day) {
        this.account = account;
        this.day = day;
        recent = new RecentLog(day * HOURS);
        parts.add(part);
    }

    private long dayStartMicros() {
        return Periods.hourStartMicros(day * HOURS);
    }

    private long dayEndMicros() {
        return Periods.hourStartMicros((day + 1) * HOURS);
    }

    /** Cells and dimensions, a measure of the memory that it takes. */
    public int weight() {
        int weight = ids.size() + recent.bytes() / BYTES_PER_CELL;
        for (int i = 0; i < parts.size(); i++) {
            weight += parts.get(i).totals.size();
        }
        return weight;
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
     * Adds what {@link Contribution#write} wrote after the event; the reader stands at the end of it afterwards.
     *
     * @param keepFromMicros contributions received before are no longer needed with their exact times
     * @return false: nothing was added, since the dimensions were never said
     */
    public boolean add(Id dimensions, long hour, RowReader row, long keepFromMicros) {
        int from = row.position();
        long occurredAt = Contribution.readOccurredAtMicros(hour, row);
        boolean counters = row.readByte() != 0;
        int importedIn = (int) row.readVarlong();
        long receivedAt = row.readLong();
        Amounts difference = Amounts.read(row);
        int to = row.position();
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
        long segment = segments.at(occurredAt);
        part(segment).add(slot, difference);
        if (!counters && !difference.isZero()) {
            recent.add(index, hour, row.array(), from, to - from, keepFromMicros);
        }
        // Touches: an earlier attempt may have booked the record when the directory did not have this segment yet.
        while (segment != 0 && segments.mayBeNewTo(segment, receivedAt)) {
            segment = segments.before(segment);
            part(segment).add(slot, Amounts.ZERO);
        }
        return true;
    }

    private Part part(long segment) {
        if (part.segment == segment) {
            return part;
        }
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i).segment == segment) {
                part = parts.get(i);
                return part;
            }
        }
        part = new Part(segment);
        parts.add(part);
        return part;
    }

    /**
     * Books by other segments: the directory has changed. What is known with its exact time goes to the segment of that
     * time; the rest of a cell goes to the segment that holds the beginning of what the cell stood for, which is exact
     * for counters, and where the new cut is at a full hour. A cell that is left is said to be empty.
     */
    public void align(Segments now) {
        Segments before = segments;
        segments = now;
        long dayStart = dayStartMicros();
        if (Arrays.equals(before.startsIn(dayStart, dayEndMicros()), now.startsIn(dayStart, dayEndMicros()))) {
            return;
        }
        moved = true;
        Map<Place, Amounts> exact = new HashMap<>();
        Map<Place, Amounts> differences = new HashMap<>();
        recent.forEach((index, at, importedIn, amounts) -> {
            long slot = slot(index, Periods.hour(at), false, importedIn);
            Place from = new Place(before.at(at), slot);
            exact.merge(from, amounts, Amounts::plus);
            move(from, now.at(at), amounts, differences);
        });
        for (Part from : parts) {
            from.totals.forEach((slot, total) -> {
                Place place = new Place(from.segment, slot);
                Amounts rest = total.amounts.minus(exact.getOrDefault(place, Amounts.ZERO));
                long hourStart = Periods.hourStartMicros(hour(slot));
                move(place, now.at(Math.max(from.segment, hourStart)), rest, differences);
            });
        }
        differences.forEach((place, amounts) -> part(place.segment).add(place.slot, amounts));
    }

    private void move(Place from, long toSegment, Amounts amounts, Map<Place, Amounts> differences) {
        if (from.segment == toSegment || amounts.isZero()) {
            return;
        }
        differences.merge(from, amounts.negated(), Amounts::plus);
        differences.merge(new Place(toSegment, from.slot), amounts, Amounts::plus);
        // Touches: an earlier attempt, which did not know the newest cut yet, may have moved it to one in between.
        for (long between = segments.before(toSegment); between > from.segment; between = segments.before(between)) {
            differences.putIfAbsent(new Place(between, from.slot), Amounts.ZERO);
        }
    }

    /** Says the cells of the segments from one on again: their teams may have changed. */
    public void sayAgain(long fromSegment) {
        for (Part each : parts) {
            if (each.segment >= fromSegment) {
                each.totals.forEach((slot, total) -> {
                    if (total.counts) {
                        each.change(slot, total);
                    }
                });
            }
        }
    }

    /** Whether {@link #takeUpdates} has something to say. */
    public boolean hasUpdates() {
        for (int i = 0; i < parts.size(); i++) {
            if (!parts.get(i).changed.isEmpty()) {
                return true;
            }
        }
        return false;
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

    private long hour(long slot) {
        return day * HOURS + (slot >>> 1 & 0x1F);
    }

    private Cell cell(long slot, long segment) {
        int index = (int) (slot >>> 40);
        return new Cell(
                account,
                ids.get(index),
                encoded.get(index),
                hour(slot),
                (slot & 1) != 0,
                (int) (slot >>> 6 & 0x3FFFFFFF),
                segment);
    }

    /**
     * Says what changed since the last time.
     *
     * @param nextVersion the version after a given one, or after 0
     * @param touchedVersion of a cell that was touched and has nothing in it: above everything that attempts before
     *     this one wrote, below everything that this one writes
     */
    public void takeUpdates(LongUnaryOperator nextVersion, long touchedVersion, Updates out) {
        for (int i = 0; i < parts.size(); i++) {
            takeUpdates(parts.get(i), nextVersion, touchedVersion, out);
        }
    }

    private void takeUpdates(Part from, LongUnaryOperator nextVersion, long touchedVersion, Updates out) {
        if (from.changed.isEmpty()) {
            return;
        }
        String team = segments.team(from.segment);
        for (Long slot : from.changed) {
            Total total = from.totals.get(slot);
            if (total == null) {
                continue;
            }
            total.changed = false;
            Cell cell = cell(slot, from.segment);
            if (total.counts) {
                total.version = nextVersion.applyAsLong(total.version);
                out.accept(new Update(cell, total.amounts, total.version, team));
            } else {
                // Only an earlier attempt can have written here, and only what its crash took back.
                out.accept(new Update(cell, Amounts.ZERO, touchedVersion, team));
                from.totals.remove(slot);
            }
        }
        from.changed.clear();
    }

    /** Forgets the exact times of contributions that happened and were received before. */
    public void forgetTimes(long beforeMicros) {
        recent.forget(beforeMicros);
    }

    /** Whether the next {@link #save} takes the place of the chunks before it, which have become many. */
    public boolean savesAll() {
        return chunks == 0 || chunks >= MOST_CHUNKS || moved;
    }

    /** A chunk for state, after {@link #takeUpdates}: everything, or what changed since the chunk before. */
    public byte[] save() {
        boolean all = savesAll();
        int from = all ? 0 : savedDimensions;
        RowWriter row = new RowWriter(256);
        row.putByte(FORMAT);
        row.putByte(hasTimer ? 1 : 0);
        row.putInt(heldMonth);
        row.putVarlong(ids.size() - from);
        for (int i = from; i < ids.size(); i++) {
            row.putId(ids.get(i));
            row.putBlock(encoded.get(i));
        }
        recent.save(row, all);
        long[] starts = segments.startsIn(dayStartMicros(), dayEndMicros());
        row.putVarlong(starts.length);
        for (long start : starts) {
            row.putVarlong(start);
        }
        for (Part each : parts) {
            each.totals.forEach((slot, total) -> {
                if (all || !total.saved) {
                    row.putVarlong(each.segment);
                    row.putVarlong(slot);
                    row.putLong(total.version);
                    total.amounts.write(row);
                    total.saved = true;
                }
            });
        }
        savedDimensions = ids.size();
        chunks = all ? 1 : chunks + 1;
        moved = false;
        return row.toByteArray();
    }

    /**
     * @param saved the chunks, oldest first; empty: a new sheet
     * @param now the user's segments, which may have changed since: then there is something to say
     */
    public static Sheet restore(Id account, long day, Iterable<byte[]> saved, Segments now) {
        Sheet sheet = new Sheet(account, day);
        RowReader row = new RowReader();
        for (byte[] chunk : saved) {
            row.open(chunk, 0, chunk.length);
            sheet.restore(row);
        }
        sheet.align(now);
        return sheet;
    }

    private void restore(RowReader row) {
        int format = row.readByte();
        if (format != FORMAT && format != FORMAT_WITHOUT_SEGMENTS) {
            throw new IllegalStateException("sheet of format " + format + " (expected: 1 or 2)");
        }
        boolean withSegments = format == FORMAT;
        hasTimer = row.readByte() != 0;
        heldMonth = row.readInt();
        long dimensions = row.readVarlong();
        for (long i = 0; i < dimensions; i++) {
            Id id = row.readId();
            learn(id, row.readBlock());
        }
        if (withSegments) {
            recent.restore(row);
            long[] starts = new long[(int) row.readVarlong()];
            for (int i = 0; i < starts.length; i++) {
                starts[i] = row.readVarlong();
            }
            segments = Segments.of(starts);
        }
        while (row.hasMore()) {
            Part of = part(withSegments ? row.readVarlong() : 0);
            Total total = of.total(row.readVarlong());
            total.version = row.readLong();
            total.amounts = Amounts.read(row);
            total.counts = true;
            total.saved = true;
        }
        savedDimensions = ids.size();
        chunks++;
    }
}
