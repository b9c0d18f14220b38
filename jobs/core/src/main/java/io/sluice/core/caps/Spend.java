package io.sluice.core.caps;

import io.sluice.core.spend.Periods;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.schema.SpendMonth;
import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a subject has spent, by segments of time: a segment begins with each day and with each cut, which is the start of a
 * version of one of the subject's virtual caps. Amounts are micro-USD, times are microseconds; an amount below 0 corrects
 * an earlier one of the same instant.
 *
 * <p>The sums are a function of the amounts and the cuts, whatever order they come in, as long as a cut comes before its
 * instant is older than what is kept exactly.
 */
public final class Spend {
    private static final long MICROS_PER_DAY = Duration.ofDays(1).toSeconds() * 1_000_000;

    /** Takes what was spent at an instant. */
    @FunctionalInterface
    public interface Visitor {
        void visit(long at, long micros);
    }

    /** By start of the segment. */
    private final NavigableMap<Long, Long> sums = new TreeMap<>();

    private final NavigableSet<Long> cuts = new TreeSet<>();
    private final RecentSpend recent;
    private long exactFrom = Long.MIN_VALUE;

    /** The segment that was added to last: [start, end), and what of it is not in the sums yet. */
    private long currentStart;

    private long currentEnd;
    private long currentAdded;

    /** @param mostExact instants that are kept exactly; of more the oldest are forgotten early */
    Spend(int mostExact) {
        this.recent = new RecentSpend(mostExact);
    }

    /** Whose exact times are not needed. */
    public Spend() {
        this(0);
    }

    /** Stops at the largest number: no amount, however absurd, may turn much into little. */
    static long sum(long a, long b) {
        long sum = a + b;
        return ((a ^ sum) & (b ^ sum)) < 0 ? (a < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
    }

    private static long dayOf(long micros) {
        return Math.floorDiv(micros, MICROS_PER_DAY) * MICROS_PER_DAY;
    }

    private long segmentOf(long micros) {
        Long cut = cuts.floor(micros);
        long day = dayOf(micros);
        return cut == null ? day : Math.max(cut, day);
    }

    public void add(long at, long amount) {
        if (at < currentStart || at >= currentEnd) {
            settle();
            currentStart = segmentOf(at);
            currentEnd = endOfSegment(currentStart);
        }
        currentAdded = sum(currentAdded, amount);
        recent.add(at, amount, exactFrom);
    }

    /** To be called before sums are read. */
    private void settle() {
        if (currentAdded != 0) {
            sums.merge(currentStart, currentAdded, Spend::sum);
            currentAdded = 0;
        }
    }

    /** Adds what was said of a month, and begins segments where those were. */
    public void add(SpendMonth month) {
        long start = Periods.monthStartMicros(month.getMonth());
        NavigableMap<Long, Long> byCut = new TreeMap<>();
        for (int i = 0; i < month.getCuts().size(); i++) {
            byCut.put(month.getCuts().get(i), month.getCutMicros().get(i));
        }
        long day = start;
        for (long micros : month.getDayMicros()) {
            NavigableMap<Long, Long> ofDay = byCut.subMap(day, true, day + MICROS_PER_DAY, false);
            long rest = micros;
            for (Map.Entry<Long, Long> each : ofDay.entrySet()) {
                cut(each.getKey());
                add(each.getKey(), each.getValue());
                rest -= each.getValue();
            }
            if (rest != 0) {
                add(day, rest);
            }
            day += MICROS_PER_DAY;
        }
    }

    /** Start of the next segment. */
    long endOfSegment(long start) {
        Long next = cuts.higher(start);
        long tomorrow = dayOf(start) + MICROS_PER_DAY;
        return next == null ? tomorrow : Math.min(next, tomorrow);
    }

    /** Segments and exact times, in units of about 200 bytes. */
    int weight() {
        return (sums.size() + cuts.size()) / 3 + recent.size() / 12;
    }

    /** Forgets the exact times of what happened before. */
    public void forget(long before) {
        exactFrom = Math.max(exactFrom, before);
        recent.forget(exactFrom);
    }

    /**
     * Begins a segment. What is not kept exactly stays in the segment before.
     *
     * @return whether sums of segments are others now
     */
    public boolean cut(long at) {
        if (cuts.contains(at)) {
            return false;
        }
        settle();
        currentEnd = currentStart; // it may be another one now
        long from = segmentOf(at);
        cuts.add(at);
        if (from == at) {
            return false; // a day begins there
        }
        Long next = cuts.higher(at);
        long until = Math.min(dayOf(at) + MICROS_PER_DAY, next == null ? Long.MAX_VALUE : next);
        long moved = recent.between(at, until);
        if (moved != 0) {
            sums.merge(from, -moved, Long::sum);
            sums.merge(at, moved, Long::sum);
        }
        return moved != 0;
    }

    /** Of [from, to): each the start of a day or a cut. */
    public long between(long from, long to) {
        settle();
        long sum = 0;
        for (long amount : sums.subMap(from, to).values()) {
            sum = sum(sum, amount);
        }
        return sum;
    }

    /**
     * What was spent in [from, to), each the start of a day or a cut: at its exact time, or at the start of its segment where
     * that is not kept.
     */
    void visit(long from, long to, Visitor visitor) {
        settle();
        NavigableMap<Long, Long> rest = new TreeMap<>(sums.subMap(from, true, to, false));
        recent.visit(from, to, (at, amount) -> {
            visitor.visit(at, amount);
            rest.merge(segmentOf(at), -amount, Long::sum);
        });
        rest.forEach((at, amount) -> {
            if (amount != 0) {
                visitor.visit(at, amount);
            }
        });
    }

    /** By start of the segment, not empty ones. */
    NavigableMap<Long, Long> segments() {
        settle();
        return sums;
    }

    /** Forgets what was spent before the start of a day. */
    void forgetSums(long before) {
        settle();
        sums.headMap(before).clear();
        cuts.headSet(before).clear();
    }

    void save(RowWriter to) {
        settle();
        to.putVarlong(sums.size());
        long last = 0;
        for (Map.Entry<Long, Long> each : sums.entrySet()) {
            to.putVarlong(each.getKey() - last);
            to.putVarlong(each.getValue());
            last = each.getKey();
        }
        recent.save(to);
    }

    /** Cuts are the versions' business: what begins inside of a day was cut there. */
    static Spend restore(RowReader from, int mostExact) {
        Spend spend = new Spend(mostExact);
        long at = 0;
        for (long left = from.readVarlong(); left > 0; left--) {
            at += from.readVarlong();
            spend.sums.put(at, from.readVarlong());
            if (at != dayOf(at)) {
                spend.cuts.add(at);
            }
        }
        spend.recent.restore(from);
        return spend;
    }
}
