package io.sluice.core.spend;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A session as its events show it: which client processes it had, and which of them reported requests as events. Where
 * a process did, its cost counters say the same again and are not counted. Depends on the set of evidence only.
 *
 * <p>Mutable, and in arrays: one is kept for every session at work.
 */
public final class Timeline {
    /** Records of one process may be out of order by a few milliseconds; a new process takes longer to start. */
    private static final long MAX_DISORDER_MICROS = 100_000;

    private static final int MOST_CHUNKS = 16;

    private static final int USAGE = 2;
    private static final int PROCESS_START = 1;
    private static final int SEQUENCE_SHIFT = 2;

    // In order of time, then mark. A mark is the sequence plus one, shifted, and the two flags.
    private long[] times = new long[4];
    private long[] marks = new long[4];
    private int size;

    private @Nullable Processes processes; // null: not known since the last change

    // Added since the last save.
    private long[] unsaved = new long[8];
    private int unsavedLength;
    private int chunks;

    /** Whether it was not known yet. */
    public boolean add(Evidence evidence) {
        return add(evidence.timeMicros(), evidence.sequence(), evidence.usage(), evidence.processStart());
    }

    /** See {@link Evidence}. */
    public boolean add(long timeMicros, long sequence, boolean usage, boolean processStart) {
        return add(
                timeMicros,
                (sequence + 1) << SEQUENCE_SHIFT | (usage ? USAGE : 0) | (processStart ? PROCESS_START : 0));
    }

    private boolean add(long timeMicros, long mark) {
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
        if (processes != null && !leavesAsTheyAre(processes, at)) {
            processes = null;
        }
        if (unsavedLength == unsaved.length) {
            unsaved = Arrays.copyOf(unsaved, 2 * unsavedLength);
        }
        unsaved[unsavedLength++] = timeMicros;
        unsaved[unsavedLength++] = mark;
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
        if (processes == null) {
            processes = findProcesses();
        }
        return processes;
    }

    /**
     * Whether evidence that has just been added surely changes no process: it begins none, is of one that reported
     * requests already, and its neighbours see no more and no fewer falls of the sequence than before. So a long session
     * is not gone through again for each of its records.
     */
    private boolean leavesAsTheyAre(Processes known, int at) {
        long sequence = sequence(at);
        int process = known.at(times[at]);
        if ((marks[at] & PROCESS_START) != 0
                || sequence == 0
                || known.starts[process] == times[at]
                || ((marks[at] & USAGE) != 0 && !known.usage[process])) {
            return false;
        }
        if (sequence < 0) {
            return true;
        }
        int before = at - 1;
        while (before >= 0 && sequence(before) < 0 && times[before] > known.starts[process]) {
            before--;
        }
        boolean follows = before >= 0 && times[before] >= known.starts[process] && sequence(before) >= 0;
        if (follows && falls(before, at)) {
            return false;
        }
        int after = at + 1;
        while (after < size && sequence(after) < 0 && (marks[after] & PROCESS_START) == 0) {
            after++;
        }
        if (after == size || (marks[after] & PROCESS_START) != 0 || sequence(after) == 0) {
            return true;
        }
        return falls(at, after) == (follows && falls(before, after));
    }

    private long sequence(int at) {
        return (marks[at] >> SEQUENCE_SHIFT) - 1;
    }

    /** Both have a sequence. */
    private boolean falls(int before, int after) {
        return sequence(after) < sequence(before) && times[after] - times[before] > MAX_DISORDER_MICROS;
    }

    private Processes findProcesses() {
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

    /** Whether the next {@link #save} takes the place of the chunks before it, which have become many. */
    public boolean savesAll() {
        return chunks == 0 || chunks >= MOST_CHUNKS;
    }

    /** A chunk for state: everything, or what was added since the chunk before. */
    public void save(RowWriter row) {
        boolean all = savesAll();
        int count = all ? size : unsavedLength / 2;
        row.putVarlong(count);
        long before = 0;
        for (int i = 0; i < count; i++) {
            long time = all ? times[i] : unsaved[2 * i];
            row.putVarlong(time - before);
            row.putVarlong(all ? marks[i] : unsaved[2 * i + 1]);
            before = time;
        }
        chunks = all ? 1 : chunks + 1;
        unsavedLength = 0;
    }

    /** Adds a chunk, oldest first. */
    public void restore(RowReader row) {
        long count = row.readVarlong();
        long time = 0;
        for (long i = 0; i < count; i++) {
            time += row.readVarlong();
            add(time, row.readVarlong());
        }
        chunks++;
        unsavedLength = 0;
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
            return usage[at(timeMicros)];
        }

        /** The number of the process that ran at a time. */
        public int at(long timeMicros) {
            int at = Arrays.binarySearch(starts, timeMicros);
            // Several starts may be equal: the last of them holds the events.
            int index = at >= 0 ? at : -at - 2;
            while (index + 1 < starts.length && starts[index + 1] == timeMicros) {
                index++;
            }
            return index;
        }

        public int count() {
            return starts.length;
        }

        @Override
        public boolean equals(Object other) {
            return this == other
                    || other instanceof Processes that
                            && Arrays.equals(starts, that.starts)
                            && Arrays.equals(usage, that.usage);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(starts) + Arrays.hashCode(usage);
        }
    }
}
