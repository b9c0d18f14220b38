package io.sluice.core.caps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class ForecastTest {
    private static final long DAY = Duration.ofDays(1).toSeconds() * 1_000_000;
    private static final long NOON = History.at("2026-11-16T12:00:00Z"); // a Monday

    private static NavigableMap<Long, Long> days(String from, String to, LongUnaryOperator amount) {
        NavigableMap<Long, Long> days = new TreeMap<>();
        for (long day = History.at(from); day < History.at(to); day += DAY) {
            long spent = amount.applyAsLong(day);
            if (spent != 0) {
                days.put(day, spent);
            }
        }
        return days;
    }

    private static boolean isWorkday(long day) {
        DayOfWeek weekday =
                Instant.ofEpochSecond(day / 1_000_000).atZone(ZoneOffset.UTC).getDayOfWeek();
        return weekday.getValue() <= 5;
    }

    @Test
    void workdaysAndWeekendsGoOnAsTheyWere() {
        NavigableMap<Long, Long> days =
                days("2026-10-05T00:00:00Z", "2026-11-16T00:00:00Z", day -> isWorkday(day) ? 100 : 0);
        days.put(History.at("2026-11-16T00:00:00Z"), 30L);
        // 10 workdays in the month so far, 30 today, half a day and 10 workdays to come.
        assertThat(Forecast.of(days, CapPeriod.MONTHLY, NOON)).isEqualTo(new Forecast(2080, 2080, 2080));
        assertThat(Forecast.of(days, CapPeriod.WEEKLY, NOON)).isEqualTo(new Forecast(480, 480, 480));
        assertThat(Forecast.of(days, CapPeriod.DAILY, NOON)).isEqualTo(new Forecast(80, 80, 80));
        assertThat(Forecast.calibration(days, CapPeriod.MONTHLY, NOON))
                .as("October began in the middle, November is not over")
                .isEmpty();
        assertThat(Forecast.calibration(days, CapPeriod.WEEKLY, NOON)).hasValue(1);
    }

    @Test
    void whoJustBeganIsNotKnownWell() {
        assertThat(Forecast.of(new TreeMap<>(), CapPeriod.MONTHLY, NOON)).isEqualTo(new Forecast(0, 0, 0));
        NavigableMap<Long, Long> one = days("2026-11-15T00:00:00Z", "2026-11-16T00:00:00Z", day -> 100);
        Forecast forecast = Forecast.of(one, CapPeriod.MONTHLY, NOON);
        assertThat(forecast.p50()).isEqualTo(100 + 1450);
        assertThat(forecast.p90()).isGreaterThan(forecast.p50() + 400);
        assertThat(forecast.p10()).isLessThan(forecast.p50() - 400).isGreaterThanOrEqualTo(100);
    }

    @Test
    void whatIsSpentIsTheLeast() {
        Random random = new Random(1);
        NavigableMap<Long, Long> days =
                days("2026-10-05T00:00:00Z", "2026-11-16T00:00:00Z", day -> random.nextInt(20) == 0 ? 1_000 : 0);
        days.put(History.at("2026-11-16T00:00:00Z"), 7L);
        long spent = days.tailMap(History.at("2026-11-01T00:00:00Z")).values().stream()
                .mapToLong(Long::longValue)
                .sum();
        Forecast forecast = Forecast.of(days, CapPeriod.MONTHLY, NOON);
        assertThat(forecast.p10()).isGreaterThanOrEqualTo(spent);
        assertThat(forecast.p50()).isBetween(forecast.p10(), forecast.p90());
    }

    /** Over many people whose days differ by chance the interval holds about as often as it says. */
    @Test
    void theIntervalHoldsFourTimesInFive() {
        Random random = new Random(42);
        double sum = 0;
        int people = 60;
        for (int i = 0; i < people; i++) {
            NavigableMap<Long, Long> days = days(
                    "2026-01-01T00:00:00Z",
                    "2026-11-16T00:00:00Z",
                    day -> isWorkday(day) ? Math.max(0, Math.round(1_000 + 400 * random.nextGaussian())) : 0);
            sum += Forecast.calibration(days, CapPeriod.MONTHLY, NOON).orElseThrow();
        }
        assertThat(sum / people).isCloseTo(0.8, within(0.06));
    }
}
