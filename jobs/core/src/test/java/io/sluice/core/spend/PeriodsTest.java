package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeriodsTest {
    private static final Duration OPEN = Duration.ofDays(35);

    @ParameterizedTest
    @CsvSource({
        "2026-10-31T23:59:59Z, 2026-12-05T23:59:59.999Z, false, false",
        "2026-10-31T23:59:59Z, 2026-12-06T00:00:00Z,     false, true",
        "2026-11-01T00:00:00Z, 2026-12-06T00:00:00Z,     false, false",
        "2026-01-01T00:00:00Z, 2026-12-06T00:00:00Z,     true,  false",
        "2024-02-29T12:00:00Z, 2024-04-04T23:59:59Z,     false, false",
        "2024-02-29T12:00:00Z, 2024-04-05T00:00:00Z,     false, true",
    })
    void lateWhenTheMonthHasBeenClosed(Instant occurred, Instant received, boolean historical, boolean late) {
        assertThat(Periods.isLate(micros(occurred), micros(received), historical, OPEN))
                .isEqualTo(late);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-20T00:00:00Z, 2026-11-23T00:00:00Z, true,  0",
        "2026-03-20T00:00:00Z, 2026-11-23T00:00:00Z, true,  202611",
        "2026-03-20T00:00:00Z, 2026-11-23T00:00:00Z, false, 0",
    })
    void importsIntoClosedMonthsGoBeside(Instant occurred, Instant received, boolean historical, int importedIn) {
        assertThat(Periods.importedIn(micros(occurred), micros(received), historical, OPEN))
                .isEqualTo(importedIn);
    }

    @Test
    void hoursBeforeTheEpochRoundDown() {
        assertThat(Periods.hour(-1)).isEqualTo(-1);
        assertThat(Periods.hourStartMicros(Periods.hour(micros(Instant.parse("2026-11-23T18:52:24.353Z")))))
                .isEqualTo(micros(Instant.parse("2026-11-23T18:00:00Z")));
    }

    private static long micros(Instant at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    }

    /** The arithmetic against java.time, over all days from 1900 to 2200. */
    @Test
    void calendarIsTheCalendar() {
        for (LocalDate day = LocalDate.of(1900, 1, 1); day.getYear() < 2200; day = day.plusDays(1)) {
            long micros = day.toEpochDay() * 24 * 3600 * 1_000_000;
            assertThat(Periods.yearMonth(micros)).as("%s", day).isEqualTo(day.getYear() * 100 + day.getMonthValue());
            if (day.getDayOfMonth() == 1) {
                long closes = Periods.closesAtMillis(Periods.yearMonth(micros), Duration.ofDays(35));
                assertThat(Instant.ofEpochMilli(closes))
                        .as("%s", day)
                        .isEqualTo(day.plusMonths(1)
                                .plusDays(35)
                                .atStartOfDay(ZoneOffset.UTC)
                                .toInstant());
            }
        }
    }
}
