package io.sluice.core.counters;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IncreasesTest {
    private record Point(long startMicros, long timeMicros, long exact, boolean cumulative) implements Sample {}

    private static final Comparator<Point> ORDER = Comparator.comparing(Point::cumulative)
            .thenComparingLong(Point::startMicros)
            .thenComparingLong(Point::timeMicros)
            .thenComparingLong(Point::exact);

    private static long sum(List<Point> points) {
        long[] sum = new long[1];
        Increases.of(points, (point, from, increase) -> sum[0] += increase);
        return sum[0];
    }

    /** A point is `start>time=value`; `c` before it: it claims to be cumulative. */
    private static List<Point> points(String text) {
        return Arrays.stream(text.split(" "))
                .map(each -> {
                    boolean cumulative = each.startsWith("c");
                    String[] parts = (cumulative ? each.substring(1) : each).split("[>=]");
                    return new Point(
                            Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]), cumulative);
                })
                .sorted(ORDER)
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "one delta,                              0>10=5,                          5, 0",
        "deltas in a row,                        0>10=5 10>20=3,                  8, 0",
        "a series that was left out,             0>10=5 30>40=3,                  8, 0",
        "overlapping deltas of two processes,    0>10=5 2>12=3,                   8, 0",
        "cumulative,                             c0>10=5 c0>20=8,                 8, 0",
        "cumulative that stands still,           c0>10=5 c0>20=5 c0>30=5,         5, 0",
        "a restart with a start of its own,      c0>10=5 c20>30=4,                9, 0",
        "a fall without a new start,             c0>10=5 c0>20=8 c0>30=2,        10, 0",
        "two processes at a time,                c0>10=5 c2>12=3 c0>20=8 c2>22=7, 15, 0",
        "a reset with unknown start,             c0>10=5 c20>20=100 c20>30=104,   9, 0",
        "cumulative that claims to be delta,     1>10=5 1>20=8 1>30=8,            8, 3",
        "delta that claims to be cumulative,     c0>10=5 c10>20=3,                8, 0",
        "deltas of one start that fall,          1>10=5 1>20=3,                   8, 0",
        "deltas of one start and time,           1>10=5 1>10=6,                  11, 0",
        "deltas without a start,                 0>10=3 0>20=3 0>30=4,           10, 0",
    })
    void anIncreaseIsWhatHappened(String what, String text, long sum, int misnamed) {
        assertThat(sum(points(text))).as(what).isEqualTo(sum);
        assertThat(Increases.misnamed(points(text))).as(what).isEqualTo(misnamed);
    }

    /** The same events of some processes, exported in every way, each with points sent twice. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyTemporalityGivesTheSameTotals(long seed) {
        Random random = new Random(seed);
        long truth = 0;
        TreeSet<Point> delta = new TreeSet<>(ORDER);
        TreeSet<Point> cumulative = new TreeSet<>(ORDER);
        TreeSet<Point> claimingDelta = new TreeSet<>(ORDER);
        for (int process = 0; process < 6; process++) {
            // They collide: one series, overlapping times, starts of their own.
            long start = random.nextInt(600) * 1_000L + process;
            long before = start;
            long total = 0;
            for (int export = 1; export <= 10; export++) {
                long time = start + export * 60_000L;
                long happened = random.nextInt(3) == 0 ? 0 : random.nextInt(5);
                total += happened;
                truth += happened;
                if (happened > 0) {
                    delta.add(new Point(before, time, happened, false));
                }
                cumulative.add(new Point(start, time, total, true));
                claimingDelta.add(new Point(start, time, total, false));
                before = time;
            }
        }
        for (TreeSet<Point> each : List.of(delta, cumulative, claimingDelta)) {
            assertThat(sum(new ArrayList<>(each))).isEqualTo(truth);
        }
        assertThat(increaseOfPrometheus(new ArrayList<>(cumulative)))
                .as("what a query for increase() makes of the same points")
                .isNotEqualTo(truth);
    }

    /** Prometheus knows no starts: samples of one label set, in order of time, each fall a reset; no extrapolation. */
    private static long increaseOfPrometheus(List<Point> points) {
        List<Point> byTime = new ArrayList<>(points);
        byTime.sort(Comparator.comparingLong(Point::timeMicros));
        long increase = 0;
        for (int i = 1; i < byTime.size(); i++) {
            long before = byTime.get(i - 1).exact();
            long now = byTime.get(i).exact();
            increase += now >= before ? now - before : now;
        }
        return increase;
    }

    /** The example of docs/code-metrics.md. */
    @Test
    void whatTheGuideSaysOfPrometheusIsSo() {
        List<Point> both = points("c0>10=5 c2>12=3 c0>20=8 c2>22=7 c0>30=12 c2>32=7");
        assertThat(sum(both)).isEqualTo(19);
        assertThat(increaseOfPrometheus(both)).isEqualTo(27);
        assertThat(increaseOfPrometheus(points("c0>10=5 c0>20=8 c0>30=12"))).isEqualTo(7);
    }

    @Test
    void anIncreaseHasTheIntervalThatItIsOf() {
        List<String> intervals = new ArrayList<>();
        Increases.of(
                points("c5>10=5 c5>20=8 c30>40=1"),
                (point, from, increase) -> intervals.add(from + ">" + point.timeMicros() + "=" + increase));
        assertThat(intervals).containsExactly("5>10=5", "10>20=3", "30>40=1");
    }
}
