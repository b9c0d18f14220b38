package io.sluice.claudeapi;

import io.sluice.schema.Micros;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;

/**
 * When a day is read. Values are there some hours after the day's end and move for up to 30 days: a day is read when it is
 * expected to be there, then often, then daily, and for the last time when it does not change any more.
 */
final class Timetable {
    private static final Duration OVERLAP = Duration.ofDays(3);
    private static final Duration OVERLAP_PACE = Duration.ofHours(4);
    private static final Duration REVISED = Duration.ofDays(30);
    private static final Duration REVISED_PACE = Duration.ofDays(1);
    private static final Duration SERVED = Duration.ofDays(365);

    /** A day, and the earliest time at which it is read. */
    record Due(LocalDate day, Instant at) {}

    private Timetable() {}

    /**
     * What is to be read first.
     *
     * @param busy days that are not read now
     * @param notBefore of days that upstream has said it does not have yet
     */
    static Due next(ReportSplit split, Set<LocalDate> busy, Map<LocalDate, Instant> notBefore) {
        Instant expected = end(split.next).plus(split.report().freshness());
        Instant delayed = notBefore.getOrDefault(split.next, Instant.EPOCH);
        Due next = new Due(split.next, delayed.isAfter(expected) ? delayed : expected);
        for (Map.Entry<LocalDate, DayState> entry : split.days.entrySet()) {
            LocalDate day = entry.getKey();
            if (!busy.contains(day)) {
                Instant at = again(day, entry.getValue().readAt);
                if (at.isBefore(next.at())) {
                    next = new Due(day, at);
                }
            }
        }
        return next;
    }

    private static Instant again(LocalDate day, long readAtMicros) {
        if (readAtMicros == 0) {
            return Instant.EPOCH;
        }
        Instant readAt = Micros.toInstant(readAtMicros);
        boolean fresh = readAt.isBefore(end(day).plus(OVERLAP));
        return readAt.plus(fresh ? OVERLAP_PACE : REVISED_PACE);
    }

    /** Whether a day that is read at a time is not read again. */
    static boolean isFinal(LocalDate day, Instant readAt) {
        return !readAt.isBefore(end(day).plus(REVISED));
    }

    /** Whether a refusal of a day can mean that it is no longer there. Some reports have older days all the same. */
    static boolean mayBeGone(LocalDate day, Instant now) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant().isBefore(now.minus(SERVED));
    }

    private static Instant end(LocalDate day) {
        return day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
