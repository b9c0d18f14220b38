package io.sluice.core.caps;

import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import java.util.Arrays;

/** Amounts with their exact times, of the newest instants. In arrays, since nearly always something is only added. */
final class RecentSpend {
    private static final int FIRST = 8;

    private final int most;
    private long[] at = new long[0];
    private long[] micros = new long[0];
    private int count;

    /** @param most of more than so many the oldest are forgotten early; 0: none are kept */
    RecentSpend(int most) {
        this.most = most;
    }

    int size() {
        return count;
    }

    void add(long when, long amount, long keepFrom) {
        if (most == 0 || when < keepFrom) {
            return;
        }
        if (count > 0 && at[count - 1] == when) {
            micros[count - 1] += amount;
            return;
        }
        if (count == at.length) {
            makeRoom(keepFrom);
        }
        at[count] = when;
        micros[count++] = amount;
    }

    private void makeRoom(long keepFrom) {
        forget(keepFrom);
        if (count >= most / 4 * 3) {
            sort();
            if (count >= most / 4 * 3) {
                keepFrom(count - most / 2);
            }
        }
        if (count == at.length) {
            int length = Math.min(most, Math.max(FIRST, 2 * count));
            at = Arrays.copyOf(at, length);
            micros = Arrays.copyOf(micros, length);
        }
    }

    private void keepFrom(int first) {
        System.arraycopy(at, first, at, 0, count - first);
        System.arraycopy(micros, first, micros, 0, count - first);
        count -= first;
    }

    /** Forgets what happened before. */
    void forget(long before) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (at[i] >= before) {
                at[kept] = at[i];
                micros[kept++] = micros[i];
            }
        }
        count = kept;
    }

    /** What was spent in [from, to). */
    long between(long from, long to) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            if (at[i] >= from && at[i] < to) {
                sum += micros[i];
            }
        }
        return sum;
    }

    /** What was spent in [from, to), in order of time, each instant once. */
    void visit(long from, long to, Spend.Visitor visitor) {
        sort();
        for (int i = 0; i < count; i++) {
            if (at[i] >= from && at[i] < to) {
                visitor.visit(at[i], micros[i]);
            }
        }
    }

    /** By time, each instant once. Nearly always it is nearly sorted: runs are merged, pair by pair. */
    private void sort() {
        long[] fromAt = at;
        long[] fromMicros = micros;
        long[] toAt = new long[at.length];
        long[] toMicros = new long[at.length];
        for (int width = run(); width < count; width *= 2) {
            for (int left = 0; left < count; left += 2 * width) {
                merge(
                        fromAt,
                        fromMicros,
                        toAt,
                        toMicros,
                        left,
                        Math.min(left + width, count),
                        Math.min(left + 2 * width, count));
            }
            long[] swappedAt = fromAt;
            long[] swappedMicros = fromMicros;
            fromAt = toAt;
            fromMicros = toMicros;
            toAt = swappedAt;
            toMicros = swappedMicros;
        }
        at = fromAt;
        micros = fromMicros;
        int last = -1;
        for (int i = 0; i < count; i++) {
            if (last >= 0 && at[last] == at[i]) {
                micros[last] += micros[i];
            } else {
                at[++last] = at[i];
                micros[last] = micros[i];
            }
        }
        count = last + 1;
    }

    /** The whole, if it is sorted; else 1. */
    private int run() {
        for (int i = 1; i < count; i++) {
            if (at[i - 1] > at[i]) {
                return 1;
            }
        }
        return Math.max(1, count);
    }

    private static void merge(
            long[] fromAt, long[] fromMicros, long[] toAt, long[] toMicros, int left, int middle, int right) {
        int a = left;
        int b = middle;
        for (int i = left; i < right; i++) {
            boolean first = a < middle && (b >= right || fromAt[a] <= fromAt[b]);
            int taken = first ? a++ : b++;
            toAt[i] = fromAt[taken];
            toMicros[i] = fromMicros[taken];
        }
    }

    void save(RowWriter to) {
        to.putVarlong(count);
        long last = 0;
        for (int i = 0; i < count; i++) {
            to.putVarlong(at[i] - last);
            to.putVarlong(micros[i]);
            last = at[i];
        }
    }

    void restore(RowReader from) {
        long when = 0;
        for (long left = from.readVarlong(); left > 0; left--) {
            when += from.readVarlong();
            add(when, from.readVarlong(), Long.MIN_VALUE);
        }
    }
}
