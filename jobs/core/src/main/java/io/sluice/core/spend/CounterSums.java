package io.sluice.core.spend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Turns a session's counter series into contributions, by comparing what they say now with what was booked before.
 *
 * <p>Money is rounded once: the micro-USD of an hour are the rounded sum up to its end less the rounded sum up to its
 * start, so that the hours of a session add up to its rounded total.
 */
public final class CounterSums {
    private static final long PICOS_PER_MICRO = 1_000_000;

    private CounterSums() {}

    /**
     * @param booked amounts by cell
     * @param superseded superseded points by source and hour of receipt
     */
    public record Booked(List<Entry> booked, List<Superseded> superseded) {
        public static final Booked NOTHING = new Booked(List.of(), List.of());

        public record Entry(CellKey cell, Amounts amounts) {}

        public record Superseded(String orgId, String source, long hour, long points) {}
    }

    public record Step(Booked booked, List<Contribution> contributions, List<LedgerChange> ledger) {}

    /**
     * @param user whom series are booked under that name nobody
     * @param touched cells to be written again even if they do not change
     */
    public static Step settle(
            Booked before,
            Iterable<Series> series,
            Series.ReportedAsEvents reported,
            String user,
            Set<CellKey> touched) {
        Map<CellKey, TreeMap<Long, long[]>> sums = new HashMap<>();
        Map<Booked.Superseded, Long> superseded = new HashMap<>();
        for (Series s : series) {
            Series.Effect effect = s.effect(reported);
            CellKey cell = s.cell().user().equals(Users.UNATTRIBUTED) ? s.cell().withUser(user) : s.cell();
            TreeMap<Long, long[]> hours = sums.computeIfAbsent(cell, key -> new TreeMap<>());
            effect.exactByHour()
                    .forEach((hour, sum) ->
                            hours.computeIfAbsent(hour, key -> new long[Series.Measure.values().length])[
                                    s.measure().ordinal()] += sum);
            effect.supersededByReceivedHour()
                    .forEach((hour, points) -> superseded.merge(
                            new Booked.Superseded(s.cell().orgId(), s.source(), hour, 0), points, Long::sum));
        }
        Map<CellKey, Amounts> after = new HashMap<>();
        sums.forEach((cell, hours) -> after.putAll(rounded(cell, hours)));
        return difference(before, after, superseded, touched);
    }

    private static Map<CellKey, Amounts> rounded(CellKey cell, TreeMap<Long, long[]> hours) {
        Map<CellKey, Amounts> amounts = new HashMap<>();
        long picos = 0;
        long booked = 0;
        for (Map.Entry<Long, long[]> hour : hours.entrySet()) {
            long[] sum = hour.getValue();
            picos += sum[Series.Measure.COST.ordinal()];
            long micros = Math.floorDiv(picos + PICOS_PER_MICRO / 2, PICOS_PER_MICRO);
            amounts.put(
                    cell.atHour(hour.getKey()),
                    new Amounts(
                            micros - booked,
                            0,
                            sum[Series.Measure.INPUT.ordinal()],
                            sum[Series.Measure.OUTPUT.ordinal()],
                            sum[Series.Measure.CACHE_READ.ordinal()],
                            sum[Series.Measure.CACHE_CREATION.ordinal()]));
            booked = micros;
        }
        return amounts;
    }

    private static Step difference(
            Booked before,
            Map<CellKey, Amounts> after,
            Map<Booked.Superseded, Long> supersededAfter,
            Set<CellKey> touched) {
        List<Contribution> contributions = new ArrayList<>();
        Map<CellKey, Amounts> rest = new HashMap<>(after);
        Set<CellKey> untouched = new HashSet<>(touched);
        for (Booked.Entry entry : before.booked()) {
            Amounts now = rest.remove(entry.cell());
            Amounts change = (now == null ? Amounts.ZERO : now).minus(entry.amounts());
            if (!change.isZero()) {
                contributions.add(new Contribution(entry.cell(), change));
                untouched.remove(entry.cell());
            }
        }
        rest.forEach((cell, amounts) -> {
            contributions.add(new Contribution(cell, amounts));
            untouched.remove(cell);
        });
        untouched.forEach(cell -> contributions.add(new Contribution(cell, Amounts.ZERO)));

        List<LedgerChange> ledger = new ArrayList<>();
        Map<Booked.Superseded, Long> supersededRest = new HashMap<>(supersededAfter);
        for (Booked.Superseded old : before.superseded()) {
            Booked.Superseded key = new Booked.Superseded(old.orgId(), old.source(), old.hour(), 0);
            Long now = supersededRest.remove(key);
            supersede(ledger, key, (now == null ? 0 : now) - old.points());
        }
        supersededRest.forEach((key, points) -> supersede(ledger, key, points));

        List<Booked.Entry> booked = new ArrayList<>();
        after.forEach((cell, amounts) -> booked.add(new Booked.Entry(cell, amounts)));
        List<Booked.Superseded> superseded = new ArrayList<>();
        supersededAfter.forEach(
                (key, points) -> superseded.add(new Booked.Superseded(key.orgId(), key.source(), key.hour(), points)));
        return new Step(new Booked(booked, superseded), contributions, ledger);
    }

    /** Points are accepted on arrival; those that events supersede change over. */
    private static void supersede(List<LedgerChange> ledger, Booked.Superseded at, long points) {
        if (points != 0) {
            ledger.add(new LedgerChange(at.orgId(), at.source(), at.hour(), Count.ACCEPTED, -points));
            ledger.add(new LedgerChange(at.orgId(), at.source(), at.hour(), Count.SUPERSEDED, points));
        }
    }
}
