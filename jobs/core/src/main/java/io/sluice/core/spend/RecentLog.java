package io.sluice.core.spend;

/**
 * Contributions of the last minutes to the cells of one sheet, with their exact times, in order of arrival. Bounded: of
 * more than {@link #MOST_BYTES} the oldest are forgotten early.
 */
final class RecentLog {
    /** About 6,000 contributions. */
    static final int MOST_BYTES = 256 * 1024;

    private static final int MOST_ENTRY_BYTES = 128;

    @FunctionalInterface
    interface Visitor {
        /** @param micros since the start of the day */
        void visit(int dimensions, long micros, int importedIn, Amounts difference);
    }

    private final long dayStartMicros;
    private final RowWriter row = new RowWriter(0);
    private final RowReader reader = new RowReader();
    private int start; // what comes before is forgotten
    private int saved; // what comes before is in a chunk

    RecentLog(long dayStartMicros) {
        this.dayStartMicros = dayStartMicros;
    }

    int bytes() {
        return row.length() - start;
    }

    /**
     * @param micros since the start of the day
     * @param from holds the month of import, the time of receipt and the amounts, as {@link Contribution#write} wrote
     * @param keepFromMicros see {@link #forget}
     */
    void add(int dimensions, long micros, byte[] from, int offset, int length, long keepFromMicros) {
        if (row.length() + MOST_ENTRY_BYTES > row.array().length) {
            forget(keepFromMicros);
        }
        row.putVarlong(dimensions);
        row.putVarlong(micros);
        row.putBytes(from, offset, length);
    }

    /** Forgets what both happened and was received before. */
    void forget(long keepFromMicros) {
        int least = bytes() > MOST_BYTES ? row.length() - MOST_BYTES / 2 : start;
        reader.open(row.array(), start, bytes());
        while (reader.hasMore()) {
            int at = reader.position();
            reader.readVarlong();
            long occurredAt = dayStartMicros + reader.readVarlong();
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
            long micros = entries.readVarlong();
            int importedIn = (int) entries.readVarlong();
            entries.readLong();
            visitor.visit(dimensions, micros, importedIn, Amounts.read(entries));
        }
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
