package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.spend.CounterSums.Booked;
import io.sluice.core.spend.Series.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CounterSumsTest {
    private static final long HOUR = 3_600_000_000L;
    private static final CellKey CELL = new CellKey(
            new Dimensions("acme", "alice", "unassigned", "m", "claude-code", null, null, null, null, false), 0, 0);

    @Test
    void deltasAddUp() {
        assertThat(micros(series(delta(0, 10, 0.040304999999999994), delta(10, 20, 0.040334999999999996))))
                .containsExactly(80_640L);
    }

    /** The captured session: the total repeats, grows, and ends at the client's own 0.09684. */
    @Test
    void cumulativePointsAreDifferencedFirst() {
        assertThat(micros(series(
                        cumulative(0, 10, 0.024183),
                        cumulative(0, 20, 0.048383999999999996),
                        cumulative(0, 30, 0.048383999999999996),
                        cumulative(0, 40, 0.072603),
                        cumulative(0, 50, 0.09684))))
                .containsExactly(96_840L);
    }

    @Test
    void laterStartIsAnotherProcessCountedFromZero() {
        assertThat(micros(series(cumulative(0, 10, 0.5), cumulative(20, 30, 0.1), cumulative(20, 40, 0.3))))
                .containsExactly(800_000L);
    }

    @Test
    void fallIsAReset() {
        assertThat(micros(series(cumulative(0, 10, 0.5), cumulative(0, 20, 0.2))))
                .containsExactly(700_000L);
    }

    @Test
    void startEqualToTimeTellsNothingYet() {
        assertThat(micros(series(cumulative(10, 10, 0.5), cumulative(10, 20, 0.7))))
                .containsExactly(200_000L);
    }

    /** Two processes without session id: same attributes, different starts, interleaved. */
    @Test
    void collidingProcessesAreToldApartByStart() {
        assertThat(micros(series(
                        cumulative(0, 10, 0.1),
                        cumulative(5, 12, 0.2),
                        cumulative(0, 20, 0.3),
                        cumulative(5, 22, 0.5))))
                .containsExactly(800_000L);
    }

    /** A third of a micro-dollar in each of three hours: one micro-dollar in all, not zero. */
    @ParameterizedTest
    @CsvSource({"0.000000333, 0, 1, 0", "0.0000004, 0, 1, 0", "0.0000006, 1, 0, 1"})
    void roundedOnceOverTheSession(double usd, long first, long second, long third) {
        Map<Long, Long> byHour =
                byHour(series(delta(0, 10, usd), delta(HOUR, HOUR + 10, usd), delta(2 * HOUR, 2 * HOUR + 10, usd)));
        assertThat(List.of(byHour.getOrDefault(0L, 0L), byHour.getOrDefault(1L, 0L), byHour.getOrDefault(2L, 0L)))
                .containsExactly(first, second, third);
    }

    @Test
    void whatEventsReportIsSupersededAndTakenBack() {
        Series series = series(delta(0, 10, 0.5), delta(10, 20, 0.25));
        CounterSums.Step counted =
                CounterSums.settle(Booked.NOTHING, List.of(series), (from, to) -> false, "alice", Set.of(), 7);
        CounterSums.Step after =
                CounterSums.settle(counted.booked(), List.of(series), (from, to) -> to <= 10, "alice", Set.of(), 7);
        assertThat(after.contributions())
                .containsExactly(Contribution.ofCounters(CELL.cell(), new Amounts(-500_000, 0, 0, 0, 0, 0), 7));
        assertThat(after.ledger())
                .containsExactlyInAnyOrder(
                        LedgerChange.of(new LedgerScope("acme", "otlp-metrics"), 7, Count.ACCEPTED, -1),
                        LedgerChange.of(new LedgerScope("acme", "otlp-metrics"), 7, Count.SUPERSEDED, 1));
        CounterSums.Step again =
                CounterSums.settle(after.booked(), List.of(series), (from, to) -> to <= 10, "alice", Set.of(), 7);
        assertThat(again.contributions()).isEmpty();
        assertThat(again.ledger()).isEmpty();
    }

    @Test
    void seriesWithoutPersonIsBookedOnTheSessionsPerson() {
        Series nobody = new Series(
                "s", CELL.withUser(Users.UNATTRIBUTED), Measure.COST, "otlp-metrics", List.of(delta(0, 10, 0.5)));
        CounterSums.Step before = CounterSums.settle(
                Booked.NOTHING, List.of(nobody), (from, to) -> false, Users.UNATTRIBUTED, Set.of(), 7);
        CounterSums.Step after =
                CounterSums.settle(before.booked(), List.of(nobody), (from, to) -> false, "alice", Set.of(), 7);
        assertThat(after.contributions())
                .containsExactlyInAnyOrder(
                        Contribution.ofCounters(
                                CELL.withUser(Users.UNATTRIBUTED).cell(), new Amounts(-500_000, 0, 0, 0, 0, 0), 7),
                        Contribution.ofCounters(CELL.cell(), new Amounts(500_000, 0, 0, 0, 0, 0), 7));
    }

    /** Point by point gives what all at once gives. */
    @Test
    void replacedOneByOneIsSettled() {
        List<Point> points = List.of(
                cumulative(0, 10, 0.1),
                cumulative(0, HOUR, 0.35),
                cumulative(0, 20, 0.2),
                delta(5, 2 * HOUR, 0.0000004));
        Series.ReportedAsEvents reported = (from, to) -> to == 20;
        Booked booked = Booked.NOTHING;
        Series known = null;
        for (Point point : points) {
            Series next = known == null
                    ? new Series("s", CELL, Measure.COST, "otlp-metrics", List.of(point))
                    : known.with(point);
            booked = CounterSums.replace(booked, known, next, reported, "alice", Set.of(), 7)
                    .booked();
            known = next;
        }
        CounterSums.Step all = CounterSums.settle(
                Booked.NOTHING, List.of(series(points.toArray(Point[]::new))), reported, "alice", Set.of(), 7);
        assertThat(booked.cells())
                .containsExactlyInAnyOrderElementsOf(all.booked().cells());
        assertThat(booked.superseded()).containsExactlyElementsOf(all.booked().superseded());
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, 1e7, -0.01})
    void absurdMoneyIsRefused(double usd) {
        assertThatThrownBy(() -> Point.exact(usd, Measure.COST))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("expected: a number from 0");
    }

    private static List<Long> micros(Series series) {
        return List.copyOf(byHour(series).values());
    }

    private static Map<Long, Long> byHour(Series series) {
        TreeMap<Long, Long> byHour = new TreeMap<>();
        CounterSums.settle(Booked.NOTHING, List.of(series), (from, to) -> false, "alice", Set.of(), 7)
                .contributions()
                .forEach(contribution -> byHour.put(
                        contribution.cell().hour(), contribution.difference().micros()));
        return byHour;
    }

    private static Series series(Point... points) {
        Series series = new Series("s", CELL, Measure.COST, "otlp-metrics", new ArrayList<>(List.of(points[0])));
        for (Point point : points) {
            series = series.with(point);
        }
        return series;
    }

    private static Point delta(long start, long time, double value) {
        return new Point("d" + start + "-" + time, start, time, Point.exact(value, Measure.COST), false, 7);
    }

    private static Point cumulative(long start, long time, double value) {
        return new Point("c" + start + "-" + time, start, time, Point.exact(value, Measure.COST), true, 7);
    }
}
