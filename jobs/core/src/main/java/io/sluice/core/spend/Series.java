package io.sluice.core.spend;

import io.sluice.core.counters.Increases;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The points of one counter series of a session (or, without session id, of an installation).
 *
 * @param seriesId hash of name and attributes
 * @param cell where its points are booked; the hour is each point's own
 * @param points distinct, in order of start, then time
 */
public record Series(String seriesId, CellKey cell, Measure measure, String source, List<Point> points) {
    /** What a series counts. */
    public enum Measure {
        COST,
        INPUT,
        OUTPUT,
        CACHE_READ,
        CACHE_CREATION
    }

    private static final Comparator<Point> ORDER = Comparator.comparing(Point::cumulative)
            .thenComparingLong(Point::startMicros)
            .thenComparingLong(Point::timeMicros)
            .thenComparing(Point::eventId);

    /** Whether events say better what counters say of (from, to]. */
    @FunctionalInterface
    public interface ReportedAsEvents {
        boolean in(long fromMicros, long toMicros);
    }

    /** Sums by hour, and how many points of each hour of receipt are superseded by events. */
    public record Effect(Map<Long, Long> exactByHour, Map<Long, Long> supersededByReceivedHour) {}

    /** Returns this if the point is known already. */
    public Series with(Point point) {
        for (Point known : points) {
            if (known.eventId().equals(point.eventId())) {
                return this;
            }
        }
        List<Point> next = new ArrayList<>(points);
        next.add(point);
        next.sort(ORDER);
        return new Series(seriesId, cell, measure, source, next);
    }

    /**
     * What the series contributes where the session's events do not say it better. Differences of cumulative points are
     * taken first, see {@link Increases}; each belongs to the hour, and to the process, of its point's time.
     *
     * @param reported whether events say better what a point says
     * @return sums in {@link Point#exact} units
     */
    public Effect effect(ReportedAsEvents reported) {
        Map<Long, Long> byHour = new TreeMap<>();
        Map<Long, Long> superseded = new TreeMap<>();
        Increases.of(points, (point, from, increase) -> {
            if (reported.in(from, point.timeMicros())) {
                superseded.merge(point.receivedHour(), 1L, Long::sum);
            } else {
                byHour.merge(Periods.hour(point.timeMicros()), increase, Long::sum);
            }
        });
        return new Effect(byHour, superseded);
    }
}
