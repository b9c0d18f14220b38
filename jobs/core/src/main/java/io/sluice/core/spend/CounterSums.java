package io.sluice.core.spend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Turns a session's counter series into contributions, by comparing what they say now with what was booked before.
 *
 * <p>Money is rounded once: the micro-USD of an hour are the rounded sum up to its end less the rounded sum up to its
 * start, so that the hours of a session add up to its rounded total.
 */
public final class CounterSums {
    private static final long NANOS_PER_MICRO = 1_000;

    private CounterSums() {}

    /**
     * What is booked: cells with their exact sums, and how many points are superseded by source and hour of receipt.
     */
    public record Booked(List<Entry> cells, List<Superseded> superseded) {
        public static final Booked NOTHING = new Booked(List.of(), List.of());

        /** @param nanos money as summed, in 10^-9 USD; the amounts have it rounded */
        public record Entry(CellKey cell, long nanos, Amounts amounts) {}

        public record Superseded(String orgId, String source, long hour, long points) {
            Superseded withPoints(long newPoints) {
                return new Superseded(orgId, source, hour, newPoints);
            }
        }
    }

    public record Step(Booked booked, List<Contribution> contributions, List<LedgerChange> ledger) {}

    /** Exact sums while they are computed: by cell, and within it by {@link Series.Measure#ordinal}. */
    private static final class Sums {
        final Map<CellKey, long[]> cells = new HashMap<>();
        final Map<Booked.Superseded, Long> superseded = new HashMap<>();

        void add(Series series, Series.ReportedAsEvents reported, String user, long sign) {
            Series.Effect effect = series.effect(reported);
            CellKey cell = series.cell();
            CellKey owned = cell.user().equals(Users.UNATTRIBUTED) ? cell.withUser(user) : cell;
            int measure = series.measure().ordinal();
            effect.exactByHour().forEach((hour, sum) -> of(owned.atHour(hour))[measure] += sign * sum);
            effect.supersededByReceivedHour()
                    .forEach((hour, points) -> superseded.merge(
                            new Booked.Superseded(cell.dimensions().orgId(), series.source(), hour, 0),
                            sign * points,
                            Long::sum));
        }

        long[] of(CellKey cell) {
            return cells.computeIfAbsent(cell, key -> new long[Series.Measure.values().length]);
        }

        static Sums of(Booked booked) {
            Sums sums = new Sums();
            for (Booked.Entry entry : booked.cells()) {
                long[] of = sums.of(entry.cell());
                of[Series.Measure.COST.ordinal()] = entry.nanos();
                of[Series.Measure.INPUT.ordinal()] = entry.amounts().input();
                of[Series.Measure.OUTPUT.ordinal()] = entry.amounts().output();
                of[Series.Measure.CACHE_READ.ordinal()] = entry.amounts().cacheRead();
                of[Series.Measure.CACHE_CREATION.ordinal()] = entry.amounts().cacheCreation();
            }
            booked.superseded().forEach(old -> sums.superseded.put(old.withPoints(0), old.points()));
            return sums;
        }
    }

    /**
     * Books all series anew, after something changed that concerns them all.
     *
     * @param user whom series are booked under that name nobody
     * @param touched cells to be written again even if they do not change
     * @param at when the record came that asks for it, epoch microseconds
     */
    public static Step settle(
            Booked before,
            Iterable<Series> series,
            Series.ReportedAsEvents reported,
            String user,
            Set<CellKey> touched,
            long at) {
        Sums sums = new Sums();
        for (Series each : series) {
            sums.add(each, reported, user, 1);
        }
        return step(before, sums, touched, at);
    }

    /**
     * Books one series that has a new point; the others are as they were.
     *
     * @param old the series without the point; null: it is new
     */
    public static Step replace(
            Booked before,
            @Nullable Series old,
            Series now,
            Series.ReportedAsEvents reported,
            String user,
            Set<CellKey> touched,
            long at) {
        Sums sums = Sums.of(before);
        if (old != null) {
            sums.add(old, reported, user, -1);
        }
        sums.add(now, reported, user, 1);
        return step(before, sums, touched, at);
    }

    private static Step step(Booked before, Sums sums, Set<CellKey> touched, long at) {
        List<Booked.Entry> booked = booked(sums.cells);
        List<Contribution> contributions = new ArrayList<>();
        Map<CellKey, Amounts> old = new HashMap<>();
        before.cells().forEach(entry -> old.put(entry.cell(), entry.amounts()));
        Set<CellKey> untouched = new HashSet<>(touched);
        for (Booked.Entry entry : booked) {
            Amounts was = old.remove(entry.cell());
            contribute(
                    contributions,
                    untouched,
                    entry.cell(),
                    was == null ? entry.amounts() : entry.amounts().minus(was),
                    at);
        }
        old.forEach((cell, amounts) -> contribute(contributions, untouched, cell, amounts.negated(), at));
        untouched.forEach(cell -> contributions.add(Contribution.ofCounters(cell.cell(), Amounts.ZERO, at)));

        List<LedgerChange> ledger = new ArrayList<>();
        Map<Booked.Superseded, Long> rest = new HashMap<>(sums.superseded);
        for (Booked.Superseded was : before.superseded()) {
            Long now = rest.remove(was.withPoints(0));
            supersede(ledger, was, (now == null ? 0 : now) - was.points());
        }
        rest.forEach((key, points) -> supersede(ledger, key, points));
        List<Booked.Superseded> superseded = new ArrayList<>();
        sums.superseded.forEach((key, points) -> {
            if (points != 0) {
                superseded.add(key.withPoints(points));
            }
        });
        return new Step(new Booked(booked, superseded), contributions, ledger);
    }

    private static void contribute(
            List<Contribution> contributions, Set<CellKey> untouched, CellKey cell, Amounts difference, long at) {
        if (!difference.isZero()) {
            contributions.add(Contribution.ofCounters(cell.cell(), difference, at));
            untouched.remove(cell);
        }
    }

    private static List<Booked.Entry> booked(Map<CellKey, long[]> sums) {
        Map<CellKey, TreeMap<Long, long[]>> byHour = new HashMap<>();
        sums.forEach((cell, sum) ->
                byHour.computeIfAbsent(cell.atHour(0), key -> new TreeMap<>()).put(cell.hour(), sum));
        List<Booked.Entry> entries = new ArrayList<>();
        byHour.forEach((cell, hours) -> {
            long nanos = 0;
            long rounded = 0;
            for (Map.Entry<Long, long[]> hour : hours.entrySet()) {
                long[] sum = hour.getValue();
                long cost = sum[Series.Measure.COST.ordinal()];
                nanos += cost;
                long micros = Math.floorDiv(nanos + NANOS_PER_MICRO / 2, NANOS_PER_MICRO);
                Amounts amounts = new Amounts(
                        micros - rounded,
                        0,
                        sum[Series.Measure.INPUT.ordinal()],
                        sum[Series.Measure.OUTPUT.ordinal()],
                        sum[Series.Measure.CACHE_READ.ordinal()],
                        sum[Series.Measure.CACHE_CREATION.ordinal()]);
                rounded = micros;
                if (cost != 0 || !amounts.isZero()) {
                    entries.add(new Booked.Entry(cell.atHour(hour.getKey()), cost, amounts));
                }
            }
        });
        return entries;
    }

    /** Points are accepted on arrival; those that events supersede change over. */
    private static void supersede(List<LedgerChange> ledger, Booked.Superseded at, long points) {
        if (points != 0) {
            LedgerScope scope = new LedgerScope(at.orgId(), at.source());
            ledger.add(LedgerChange.of(scope, at.hour(), Count.ACCEPTED, -points));
            ledger.add(LedgerChange.of(scope, at.hour(), Count.SUPERSEDED, points));
        }
    }
}
