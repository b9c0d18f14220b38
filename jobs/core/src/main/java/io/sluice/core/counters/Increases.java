package io.sluice.core.counters;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the points of one series add, whatever temporality they claim. A function of the set of points: they are given in
 * order of start, then time, so that the points of two processes with the same attributes, which have starts of their own,
 * do not mix.
 */
public final class Increases {
    /** @param from the interval (from, time of the point] is what the increase is of */
    @FunctionalInterface
    public interface Sink<S> {
        void accept(S point, long from, long increase);
    }

    private Increases() {}

    /**
     * Hands over the increase of each point.
     *
     * <ul>
     *   <li>Points of one start are cumulative, also if they claim to be deltas: a delta begins where the one before it
     *       ended. Only if their values fall they are taken for the deltas that they claim to be.
     *   <li>A cumulative point adds its growth since the point before it of the same start; a fall is a reset, counted from 0.
     *   <li>The first point of a start adds its value, whatever it claims: what claims to be cumulative but begins anew each
     *       time is a delta. A cumulative point whose start is its time is a reset with unknown start and adds nothing.
     * </ul>
     *
     * @param points distinct, by claimed temporality, then start, then time
     */
    public static <S extends Sample> void of(List<S> points, Sink<? super S> sink) {
        int first = 0;
        while (first < points.size()) {
            int end = first + 1;
            while (end < points.size() && isSameStart(points.get(first), points.get(end))) {
                end++;
            }
            boolean cumulative = points.get(first).cumulative() || isMisnamed(points, first, end);
            S before = null;
            for (int i = first; i < end; i++) {
                S point = points.get(i);
                long from = cumulative && before != null ? before.timeMicros() : point.startMicros();
                sink.accept(point, from, cumulative ? growth(point, before) : point.exact());
                before = point;
            }
            first = end;
        }
    }

    /** How many points claim to be deltas and are not. */
    public static <S extends Sample> int misnamed(List<S> points) {
        int misnamed = 0;
        int first = 0;
        while (first < points.size()) {
            int end = first + 1;
            while (end < points.size() && isSameStart(points.get(first), points.get(end))) {
                end++;
            }
            misnamed += isMisnamed(points, first, end) ? end - first : 0;
            first = end;
        }
        return misnamed;
    }

    private static boolean isSameStart(Sample one, Sample other) {
        return one.cumulative() == other.cumulative() && one.startMicros() == other.startMicros();
    }

    private static boolean isMisnamed(List<? extends Sample> points, int first, int end) {
        // Deltas may leave the start out (0); then it says nothing about who counts from where.
        if (end - first < 2
                || points.get(first).cumulative()
                || points.get(first).startMicros() == 0) {
            return false;
        }
        for (int i = first + 1; i < end; i++) {
            Sample point = points.get(i);
            Sample before = points.get(i - 1);
            if (point.timeMicros() == before.timeMicros() || point.exact() < before.exact()) {
                return false;
            }
        }
        return true;
    }

    private static long growth(Sample point, @Nullable Sample before) {
        if (before == null) {
            return point.cumulative() && point.startMicros() == point.timeMicros() ? 0 : point.exact();
        }
        return point.exact() >= before.exact() ? point.exact() - before.exact() : point.exact();
    }
}
