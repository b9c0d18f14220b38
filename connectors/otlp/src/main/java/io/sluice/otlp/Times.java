package io.sluice.otlp;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;

/** Moments as microseconds since the epoch, UTC. */
final class Times {
    /** No time could be read. */
    static final long NONE = Long.MIN_VALUE;

    private static final long MICROS_PER_SECOND = 1_000_000L;
    private static final int CLIENT_FORM_LENGTH = "2026-11-23T18:52:24.353Z".length();

    private Times() {}

    /**
     * @param nanos unsigned, as OTLP's fixed64
     */
    static long ofNanos(long nanos) {
        return Long.divideUnsigned(nanos, 1_000);
    }

    static long of(Instant instant) {
        return instant.getEpochSecond() * MICROS_PER_SECOND + instant.getNano() / 1_000;
    }

    static Instant instant(long micros) {
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * 1_000);
    }

    /** ISO 8601 with an offset; {@link #NONE}: it is none. */
    static long parse(String text) {
        if (text.length() == CLIENT_FORM_LENGTH
                && text.charAt(4) == '-'
                && text.charAt(7) == '-'
                && text.charAt(10) == 'T'
                && text.charAt(13) == ':'
                && text.charAt(16) == ':'
                && text.charAt(19) == '.'
                && text.charAt(23) == 'Z') {
            return parseClientForm(text);
        }
        if (text.length() > 64) {
            return NONE;
        }
        try {
            Instant instant = Instant.parse(text);
            long seconds = instant.getEpochSecond();
            return Math.abs(seconds) > Long.MAX_VALUE / MICROS_PER_SECOND - 1 ? NONE : of(instant);
        } catch (DateTimeParseException e) {
            return NONE;
        }
    }

    /** The one form that Claude Code sends, read without allocation. */
    private static long parseClientForm(String text) {
        int year = digits(text, 0, 4);
        int month = digits(text, 5, 7);
        int day = digits(text, 8, 10);
        int hour = digits(text, 11, 13);
        int minute = digits(text, 14, 16);
        int second = digits(text, 17, 19);
        int millis = digits(text, 20, 23);
        if ((year | month | day | hour | minute | second | millis) < 0 || hour > 23 || minute > 59 || second > 59) {
            return NONE;
        }
        try {
            long seconds = LocalDate.of(year, month, day).toEpochDay() * 86_400 + hour * 3_600L + minute * 60L + second;
            return seconds * MICROS_PER_SECOND + millis * 1_000L;
        } catch (DateTimeException e) {
            return NONE;
        }
    }

    /** Negative: something is no digit. */
    private static int digits(String text, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    static void check(String field, long micros, long receivedMicros) throws Rejection {
        if (micros > receivedMicros + Limits.AHEAD_MICROS) {
            throw new Rejection(
                    RejectReason.TIMESTAMP_IN_FUTURE,
                    field,
                    instant(micros).toString(),
                    "at most 10 minutes after " + instant(receivedMicros));
        }
        if (micros < Limits.OLDEST_MICROS) {
            throw new Rejection(
                    RejectReason.TIMESTAMP_TOO_OLD,
                    field,
                    instant(micros).toString(),
                    "not before " + instant(Limits.OLDEST_MICROS));
        }
    }
}
