package io.sluice.core.caps;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Optional;

/** How long a cap counts before it begins anew. UTC; times are microseconds since the epoch. */
public enum CapPeriod {
    DAILY,
    /** From Monday. */
    WEEKLY,
    /** From the first of the month. */
    MONTHLY;

    private static final long MICROS_PER_DAY = Duration.ofDays(1).toSeconds() * 1_000_000;
    /** The epoch began on a Thursday. */
    private static final int MONDAY_TO_EPOCH = 3;

    private static final int DAYS_PER_WEEK = 7;

    public String periodName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<CapPeriod> named(String name) {
        for (CapPeriod period : values()) {
            if (period.periodName().equals(name)) {
                return Optional.of(period);
            }
        }
        return Optional.empty();
    }

    /** Start of the period that holds an instant. */
    public long start(long micros) {
        long day = Math.floorDiv(micros, MICROS_PER_DAY);
        return switch (this) {
            case DAILY -> day * MICROS_PER_DAY;
            case WEEKLY ->
                (Math.floorDiv(day + MONDAY_TO_EPOCH, DAYS_PER_WEEK) * DAYS_PER_WEEK - MONDAY_TO_EPOCH)
                        * MICROS_PER_DAY;
            case MONTHLY -> LocalDate.ofEpochDay(day).withDayOfMonth(1).toEpochDay() * MICROS_PER_DAY;
        };
    }

    /**
     * Start of the next period.
     *
     * @param start of a period
     */
    public long end(long start) {
        return switch (this) {
            case DAILY -> start + MICROS_PER_DAY;
            case WEEKLY -> start + DAYS_PER_WEEK * MICROS_PER_DAY;
            case MONTHLY ->
                Instant.ofEpochSecond(Math.floorDiv(start, 1_000_000))
                                .atZone(ZoneOffset.UTC)
                                .plusMonths(1)
                                .toEpochSecond()
                        * 1_000_000;
        };
    }
}
