package io.sluice.core.spend;

/**
 * Contributions of the last minutes to the cells of one sheet, with their exact times, in order of arrival. Bounded: of
 * more than {@link #MOST_BYTES} the oldest are forgotten early.
 */
final class RecentLog {
    /** About 6,000 contributions. */
    static final int MOST_BYTES = 256 * 1024;

    /** Few users do more in ten minutes. */
    private static final int FIRST_BYTES = 256;

    @FunctionalInterface
    interface Visitor {
        void visit(int dimensions, long occurredAtMicros, int importedIn, Amounts difference);
    }

    private final long firstHour;
    private final RowWriter row = new RowWriter(FIRST_BYTES);
    private final RowReader reader = new RowReader();
    private int start; // what comes before is forgotten
    private int saved; // what comes before is in a chunk

    /** @param firstHour of the day, hours since the epoch */
    RecentLog(long firstHour) {
        this.firstHour = firstHour;
    }

    int bytes() {
        return row.length() - start;
    }

    /**
     * @param from holds what {@link Contribution#write} wrote between the hour and the dimensions
     * @param keepFromMicros see {@link #forget}
     */
    void add(int dimensions, long hour, byte[] from, int offset, int length, long keepFromMicros) {
        if (row.length() + length + 16 > row.array().length) {
            forget(keepFromMicros);
        }
        row.putVarlong(dimensions);
        row.putByte((int) (hour - firstHour));
        row.putBytes(from, offset, length);
    }

    /** Forgets what both happened and was received before. */
    void forget(long keepFromMicros) {
        int least = bytes() > MOST_BYTES ? row.length() - MOST_BYTES / 2 : start;
        reader.open(row.array(), start, bytes());
        while (reader.hasMore()) {
            int at = reader.position();
            reader.readVarlong();
            long occurredAt = readOccurredAtMicros(reader);
            reader.readVarlong();
            long receivedAt = reader.readLong();
            if (at >= least && Math.max(occurredAt, receivedAt) >= keepFromMicros) {
                break;
            }
            for (int i = 0; i < Amounts.FIELDS; i++) {
                reader.readVarlong();
            }
            start = reader.position();
        }
        if (start > row.length() / 2) {
            row.removeFirst(start);
            saved = Math.max(0, saved - start);
            start = 0;
        }
    }

    void forEach(Visitor visitor) {
        RowReader entries = new RowReader();
        entries.open(row.array(), start, bytes());
        while (entries.hasMore()) {
            int dimensions = (int) entries.readVarlong();
            long occurredAt = readOccurredAtMicros(entries);
            int importedIn = (int) entries.readVarlong();
            entries.readLong();
            visitor.visit(dimensions, occurredAt, importedIn, Amounts.read(entries));
        }
    }

    /** Afterwards the month of import comes. */
    private long readOccurredAtMicros(RowReader from) {
        long occurredAt = Contribution.readOccurredAtMicros(firstHour + from.readByte(), from);
        from.readByte(); // events, not counters
        return occurredAt;
    }

    /** Appends a block: everything, or what was added since the last time. */
    void save(RowWriter to, boolean all) {
        int from = all ? start : Math.max(start, saved);
        to.putBlock(row.array(), from, row.length() - from);
        saved = row.length();
    }

    /** Adds a block, oldest first. */
    void restore(RowReader from) {
        int length = from.readLength();
        row.putBytes(from.array(), from.position(), length);
        from.skip(length);
        saved = row.length();
    }
}
