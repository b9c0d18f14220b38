package io.sluice.server;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.Locale;

/** The periods that spend is reported by, in UTC. Names are those of Elasticsearch's calendar intervals too. */
enum Period {
    HOUR(ChronoUnit.HOURS),
    DAY(ChronoUnit.DAYS),
    /** ISO: from Monday. */
    WEEK(ChronoUnit.WEEKS),
    MONTH(ChronoUnit.MONTHS);

    private final ChronoUnit unit;

    Period(ChronoUnit unit) {
        this.unit = unit;
    }

    String parameter() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The end, not included, of the period that starts at {@code start}. */
    Instant end(Instant start) {
        return start.atZone(ZoneOffset.UTC).plus(1, unit).toInstant();
    }

    /** The start of the period that {@code time} is in. */
    Instant start(Instant time) {
        ZonedDateTime utc = time.atZone(ZoneOffset.UTC);
        ZonedDateTime day = utc.truncatedTo(ChronoUnit.DAYS);
        return switch (this) {
            case HOUR -> time.truncatedTo(ChronoUnit.HOURS);
            case DAY -> day.toInstant();
            case WEEK ->
                day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)).toInstant();
            case MONTH -> monthOf(time);
        };
    }

    /** The start of the month that {@code time} is in. */
    static Instant monthOf(Instant time) {
        ZonedDateTime utc = time.atZone(ZoneOffset.UTC);
        return utc.truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1).toInstant();
    }
}
