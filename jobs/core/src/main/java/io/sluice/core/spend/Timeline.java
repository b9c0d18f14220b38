package io.sluice.core.spend;

import java.util.Arrays;

/**
 * A session as its events show it: which client processes it had, and which of them reported requests as events. Where
 * a process did, its cost counters say the same again and are not counted. Depends on the set of evidence only.
 *
 * <p>Mutable, and in arrays: one is kept for every session at work.
 */
public final class Timeline {
    /** Records of one process may be out of order by a few milliseconds; a new process takes longer to start. */
    private static final long MAX_DISORDER_MICROS = 100_000;

    private static final int USAGE = 2;
    private static final int PROCESS_START = 1;
    private static final int SEQUENCE_SHIFT = 2;

    // In order of time, then mark. A mark is the sequence plus one, shifted, and the two flags.
    private long[] times = new long[4];
    private long[] marks = new long[4];
    private int size;

    /** Whether it was not known yet. */
    public boolean add(Evidence evidence) {
        return add(evidence.timeMicros(), evidence.sequence(), evidence.usage(), evidence.processStart());
    }

    /** See {@link Evidence}. */
    public boolean add(long timeMicros, long sequence, boolean usage, boolean processStart) {
        long mark = (sequence + 1) << SEQUENCE_SHIFT | (usage ? USAGE : 0) | (processStart ? PROCESS_START : 0);
        int at = size;
        while (at > 0 && (times[at - 1] > timeMicros || (times[at - 1] == timeMicros && marks[at - 1] >= mark))) {
            at--;
        }
        if (at < size && times[at] == timeMicros && marks[at] == mark) {
            return false;
        }
        if (size == times.length) {
            times = Arrays.copyOf(times, 2 * size);
            marks = Arrays.copyOf(marks, 2 * size);
        }
        System.arraycopy(times, at, times, at + 1, size - at);
        System.arraycopy(marks, at, marks, at + 1, size - at);
        times[at] = timeMicros;
        marks[at] = mark;
        size++;
        return true;
    }

    /** Whether there is evidence in (from, to]. */
    public boolean hasIn(long fromMicros, long toMicros) {
        int at = Arrays.binarySearch(times, 0, size, toMicros);
        int newest = at >= 0 ? at : -at - 2;
        return newest >= 0 && times[newest] > fromMicros;
    }

    public int size() {
        return size;
    }

    public Processes processes() {
        long[] starts = new long[size + 1];
        boolean[] usage = new boolean[size + 1];
        starts[0] = Long.MIN_VALUE;
        int last = 0;
        long sequenceBefore = -1; // of the newest event of the process that has one
        long timeBefore = 0;
        for (int i = 0; i < size; i++) {
            long sequence = (marks[i] >> SEQUENCE_SHIFT) - 1;
            boolean fell = sequence >= 0
                    && sequenceBefore >= 0
                    && sequence < sequenceBefore
                    && (sequence == 0 || times[i] - timeBefore > MAX_DISORDER_MICROS);
            if ((marks[i] & PROCESS_START) != 0 || sequence == 0 || fell) {
                last++;
                starts[last] = times[i];
                sequenceBefore = -1;
            }
            usage[last] |= (marks[i] & USAGE) != 0;
            if (sequence >= 0) {
                sequenceBefore = sequence;
                timeBefore = times[i];
            }
        }
        return new Processes(Arrays.copyOf(starts, last + 1), Arrays.copyOf(usage, last + 1));
    }

    public void write(RowWriter row) {
        row.putVarlong(size);
        long before = 0;
        for (int i = 0; i < size; i++) {
            row.putVarlong(times[i] - before);
            row.putVarlong(marks[i]);
            before = times[i];
        }
    }

    public static Timeline read(RowReader row) {
        Timeline timeline = new Timeline();
        int size = (int) row.readVarlong();
        timeline.times = new long[Math.max(4, size)];
        timeline.marks = new long[Math.max(4, size)];
        timeline.size = size;
        long before = 0;
        for (int i = 0; i < size; i++) {
            before += row.readVarlong();
            timeline.times[i] = before;
            timeline.marks[i] = row.readVarlong();
        }
        return timeline;
    }

    /** The processes of a session: intervals [start, next start), the first one open to the past. */
    public static final class Processes {
        private final long[] starts;
        private final boolean[] usage;

        private Processes(long[] starts, boolean[] usage) {
            this.starts = starts;
            this.usage = usage;
        }

        /** Whether the process that ran at a time reported requests as events. */
        public boolean reportedUsageAt(long timeMicros) {
            int at = Arrays.binarySearch(starts, timeMicros);
            // Several starts may be equal: the last of them holds the events.
            int index = at >= 0 ? at : -at - 2;
            while (index + 1 < starts.length && starts[index + 1] == timeMicros) {
                index++;
            }
            return usage[index];
        }

        public int count() {
            return starts.length;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Processes that
                    && Arrays.equals(starts, that.starts)
                    && Arrays.equals(usage, that.usage);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(starts) + Arrays.hashCode(usage);
        }
    }
}
