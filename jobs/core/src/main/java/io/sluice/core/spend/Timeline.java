package io.sluice.core.spend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * A session as its events show it: which client processes it had, and which of them reported requests as events. Where
 * a process did, its cost counters say the same again and are not counted. Depends on the set of evidence only.
 *
 * @param evidence distinct, in order of time
 */
public record Timeline(List<Evidence> evidence) {
    public static final Timeline EMPTY = new Timeline(List.of());

    /** Records of one process may be out of order by a few milliseconds; a new process takes longer to start. */
    private static final long MAX_DISORDER_MICROS = 100_000;

    private static final Comparator<Evidence> ORDER = Comparator.comparingLong(Evidence::timeMicros)
            .thenComparingLong(Evidence::sequence)
            .thenComparing(Evidence::usage)
            .thenComparing(Evidence::processStart);

    /** Returns this if the evidence is known already. */
    public Timeline with(Evidence added) {
        int at = Collections.binarySearch(evidence, added, ORDER);
        if (at >= 0) {
            return this;
        }
        List<Evidence> next = new ArrayList<>(evidence.size() + 1);
        next.addAll(evidence.subList(0, -at - 1));
        next.add(added);
        next.addAll(evidence.subList(-at - 1, evidence.size()));
        return new Timeline(next);
    }

    public Processes processes() {
        long[] starts = new long[evidence.size() + 1];
        boolean[] usage = new boolean[evidence.size() + 1];
        starts[0] = Long.MIN_VALUE;
        int last = 0;
        Evidence before = null; // the newest of the process that has a sequence
        for (Evidence e : evidence) {
            boolean fell = e.sequence() >= 0
                    && before != null
                    && e.sequence() < before.sequence()
                    && (e.sequence() == 0 || e.timeMicros() - before.timeMicros() > MAX_DISORDER_MICROS);
            if (e.processStart() || e.sequence() == 0 || fell) {
                last++;
                starts[last] = e.timeMicros();
                before = null;
            }
            usage[last] |= e.usage();
            if (e.sequence() >= 0) {
                before = e;
            }
        }
        return new Processes(Arrays.copyOf(starts, last + 1), Arrays.copyOf(usage, last + 1));
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
