package io.sluice.server;

import io.sluice.core.spend.Periods;
import io.sluice.schema.Micros;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * From when a change by hand may hold: from now on, or from a full hour (UTC) of a month that is still open, since whole
 * hours of it can be booked anew and closed months cannot.
 */
final class Backdating {
    /** As the spend job has it: a month closes so long after its end. */
    static final Duration OPEN_AFTER_END = Duration.ofDays(35);

    /** Clocks differ. */
    private static final Duration AHEAD = Duration.ofMinutes(10);

    private Backdating() {}

    /** Why a time must not be used, as a message about that field; empty: it may. */
    static Optional<String> problem(String field, Instant effectiveAt, Instant now) {
        if (effectiveAt.isAfter(now.plus(AHEAD))) {
            return Optional.of(field + ": " + effectiveAt + " (expected: at most " + AHEAD.toMinutes()
                    + " minutes after now, " + now.truncatedTo(ChronoUnit.SECONDS) + ")");
        }
        Instant open = openSince(now);
        if (effectiveAt.isBefore(open)) {
            return Optional.of(field + ": " + effectiveAt + " (expected: not before " + open
                    + "; earlier months are closed, " + OPEN_AFTER_END.toDays() + " days after their end)");
        }
        if (effectiveAt.isBefore(now)
                && !effectiveAt.truncatedTo(ChronoUnit.HOURS).equals(effectiveAt)) {
            return Optional.of(field + ": " + effectiveAt + " (expected: in the past a full hour in UTC, such as "
                    + effectiveAt.truncatedTo(ChronoUnit.HOURS) + "; leave it out for now)");
        }
        return Optional.empty();
    }

    /** Start of the oldest month that is not closed. */
    static Instant openSince(Instant now) {
        YearMonth month = YearMonth.from(now.atOffset(ZoneOffset.UTC));
        while (Periods.monthClosesAtMillis(Micros.of(start(month.minusMonths(1))), OPEN_AFTER_END)
                > now.toEpochMilli()) {
            month = month.minusMonths(1);
        }
        return start(month);
    }

    private static Instant start(YearMonth month) {
        return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
