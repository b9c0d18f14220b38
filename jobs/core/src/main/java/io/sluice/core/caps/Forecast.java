package io.sluice.core.caps;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDate;
import java.util.NavigableMap;
import java.util.OptionalDouble;

/**
 * What a subject will have spent by the end of a period, micro-USD, with an interval that should hold four times in five.
 *
 * <p>The days that are left are taken to be like those of the last four weeks, workdays like workdays and days of the
 * weekend like such, each for itself; the rest of today like its part of a day. Days before the first spend are unknown
 * rather than without spend.
 *
 * @param p10 the total is below it one time in ten; never less than what is spent
 */
public record Forecast(long p10, long p50, long p90) {
    private static final long MICROS_PER_DAY = Duration.ofDays(1).toSeconds() * 1_000_000;
    private static final int DAYS_OF_HISTORY = 28;

    /** Of the standard normal distribution: nine tenths are below. */
    private static final double Z90 = 1.2815515655446004;

    /** Days of one kind: what they have cost, and how many are to come. */
    private static final class Days {
        private int count;
        private double sum;
        private double squares;
        private double toCome;

        void add(long amount) {
            count++;
            sum += amount;
            squares += (double) amount * amount;
        }

        double mean() {
            return count == 0 ? 0 : sum / count;
        }

        double more() {
            return toCome * mean();
        }

        /** Of all days to come together: each differs for itself, and their mean is known only as well as the past is long. */
        double variance() {
            double between = count < 2 ? mean() * mean() : Math.max(0, squares - sum * sum / count) / (count - 1);
            return between * (toCome + toCome * toCome / Math.max(1, count));
        }
    }

    private static boolean isWeekend(long day) {
        DayOfWeek weekday = LocalDate.ofEpochDay(day).getDayOfWeek();
        return weekday == DayOfWeek.SATURDAY || weekday == DayOfWeek.SUNDAY;
    }

    /**
     * By what is known now.
     *
     * @param byDay spend by the start of its day, UTC, without gaps being filled; what is after now does not matter
     * @param micros now
     */
    public static Forecast of(NavigableMap<Long, Long> byDay, CapPeriod period, long micros) {
        long start = period.start(micros);
        long today = Math.floorDiv(micros, MICROS_PER_DAY);
        long spent = byDay.subMap(start, today * MICROS_PER_DAY).values().stream()
                        .mapToLong(Long::longValue)
                        .sum()
                + byDay.getOrDefault(today * MICROS_PER_DAY, 0L);
        Days workdays = new Days();
        Days weekends = new Days();
        if (!byDay.isEmpty()) {
            long first = Math.max(today - DAYS_OF_HISTORY, Math.floorDiv(byDay.firstKey(), MICROS_PER_DAY));
            for (long day = first; day < today; day++) {
                (isWeekend(day) ? weekends : workdays).add(byDay.getOrDefault(day * MICROS_PER_DAY, 0L));
            }
        }
        long last = period.end(start) / MICROS_PER_DAY;
        for (long day = today; day < last; day++) {
            Days like = isWeekend(day) ? weekends : workdays;
            if (like.count == 0) {
                like = isWeekend(day) ? workdays : weekends; // the first days are all of one kind
            }
            like.toCome += day > today ? 1 : 1 - (double) Math.floorMod(micros, MICROS_PER_DAY) / MICROS_PER_DAY;
        }
        double more = workdays.more() + weekends.more();
        double width = Z90 * Math.sqrt(workdays.variance() + weekends.variance());
        return new Forecast(
                spent + Math.round(Math.max(0, more - width)),
                spent + Math.round(more),
                spent + Math.round(more + width));
    }

    private boolean holds(long total) {
        return p10 <= total && total <= p90;
    }

    /**
     * How often the interval held: of the forecasts that would have been made at the end of each day of past periods, the
     * share of those that were right. Empty: no period is over yet.
     *
     * @param micros now
     */
    public static OptionalDouble calibration(NavigableMap<Long, Long> byDay, CapPeriod period, long micros) {
        if (byDay.isEmpty()) {
            return OptionalDouble.empty();
        }
        int made = 0;
        int right = 0;
        long current = period.start(micros);
        for (long start = period.end(period.start(byDay.firstKey())); start < current; start = period.end(start)) {
            long end = period.end(start);
            long total = byDay.subMap(start, end).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            for (long night = start + MICROS_PER_DAY; night < end; night += MICROS_PER_DAY) {
                made++;
                right += of(byDay.headMap(night, false), period, night).holds(total) ? 1 : 0;
            }
        }
        return made == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) right / made);
    }
}
