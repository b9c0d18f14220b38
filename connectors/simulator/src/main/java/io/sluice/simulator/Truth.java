package io.sluice.simulator;

import io.sluice.simulator.SpendKey.Dimension;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * What a correct receiver must show after it has received the batches that were added, in whatever order: kept by the
 * generator itself, from the requests it thought up, not read back from what it sent.
 *
 * <p>It is the truth of a complete run. If a run breaks off, a user who sends both signals may have delivered counters
 * whose events never came. Grows with the number of distinct keys. Not thread-safe.
 */
public final class Truth {
    private final Map<SpendKey, SpendTotals> cells = new HashMap<>();
    private final Map<Signal, Long> sent = new EnumMap<>(Signal.class);
    private final Map<Signal, Long> distinct = new EnumMap<>(Signal.class);

    /** Calendar periods in UTC; weeks begin on Monday. */
    public enum Period {
        HOUR,
        DAY,
        WEEK,
        MONTH;

        /** Start of the period that an hour lies in. */
        public Instant startOf(Instant hour) {
            LocalDate day = LocalDate.ofInstant(hour, ZoneOffset.UTC);
            return switch (this) {
                case HOUR -> hour;
                case DAY -> midnight(day);
                case WEEK -> midnight(day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)));
                case MONTH -> midnight(day.withDayOfMonth(1));
            };
        }

        private static Instant midnight(LocalDate day) {
            return day.atStartOfDay(ZoneOffset.UTC).toInstant();
        }
    }

    /**
     * One row of a report.
     *
     * @param startingAt start of the period
     * @param values by the dimensions asked for; a dimension that is missing: none, for example no repository
     */
    public record Group(Instant startingAt, Map<Dimension, String> values) {}

    public void add(Batch batch) {
        sent.merge(batch.signal(), (long) batch.records(), Long::sum);
        if (!batch.duplicate()) {
            distinct.merge(batch.signal(), (long) batch.records(), Long::sum);
        }
        batch.spend().forEach((key, totals) -> cells.merge(key, totals, SpendTotals::plus));
    }

    /** Adds every batch that is taken from the returned iterator. */
    public Iterator<Batch> addingFrom(Iterator<Batch> batches) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return batches.hasNext();
            }

            @Override
            public Batch next() {
                Batch batch = batches.next();
                add(batch);
                return batch;
            }
        };
    }

    /** Unmodifiable view of the finest grouping. */
    public Map<SpendKey, SpendTotals> cells() {
        return Collections.unmodifiableMap(cells);
    }

    public Map<Group, SpendTotals> rollUp(Period period, Set<Dimension> by) {
        Map<Group, SpendTotals> groups = new HashMap<>();
        cells.forEach((key, totals) ->
                groups.merge(new Group(period.startOf(key.hour()), key.values(by)), totals, SpendTotals::plus));
        return groups;
    }

    /** Over all time, by the values of the dimensions asked for. */
    public Map<Map<Dimension, String>, SpendTotals> rollUp(Set<Dimension> by) {
        Map<Map<Dimension, String>, SpendTotals> groups = new HashMap<>();
        cells.forEach((key, totals) -> groups.merge(key.values(by), totals, SpendTotals::plus));
        return groups;
    }

    /** Of everything; requests is null if no batch told any. */
    public SpendTotals total() {
        SpendTotals nothing = new SpendTotals(0, null, 0, 0, 0, 0);
        return cells.values().stream().reduce(nothing, SpendTotals::plus);
    }

    /** Records sent, duplicates included: what a receiver's ledger must add up to. */
    public long recordsSent(Signal signal) {
        return sent.getOrDefault(signal, 0L);
    }

    public long distinctRecords(Signal signal) {
        return distinct.getOrDefault(signal, 0L);
    }
}
