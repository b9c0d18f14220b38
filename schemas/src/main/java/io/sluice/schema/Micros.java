package io.sluice.schema;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;

/** Times of the records: microseconds since the epoch, UTC. */
public final class Micros {
    /** What {@link #parse} gives for a text that is no time. */
    public static final long NONE = Long.MIN_VALUE;

    private static final long PER_SECOND = 1_000_000L;
    private static final int LONGEST_TEXT = 64;
    /** 0: any digit. */
    private static final String CLIENT_FORM = "0000-00-00T00:00:00.000Z";

    private Micros() {}

    /**
     * The time to the microsecond, rounded down.
     *
     * @throws ArithmeticException when the time is more than 292,000 years from the epoch
     */
    public static long of(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), PER_SECOND), time.getNano() / 1_000);
    }

    public static Instant toInstant(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, PER_SECOND), Math.floorMod(micros, PER_SECOND) * 1_000);
    }

    /** ISO 8601 with an offset, to the microsecond; {@link #NONE}: it is none. */
    public static long parse(String text) {
        try {
            if (isClientForm(text)) {
                return parseClientForm(text);
            }
            return text.length() > LONGEST_TEXT ? NONE : of(Instant.parse(text));
        } catch (DateTimeException | ArithmeticException e) {
            return NONE;
        }
    }

    /** The one form that Claude Code writes; read by hand, since the library takes longer than all else of a record. */
    private static long parseClientForm(String text) {
        int hour = digits(text, 11, 13);
        int minute = digits(text, 14, 16);
        int second = digits(text, 17, 19);
        if (hour > 23 || minute > 59 || second > 59) {
            return NONE;
        }
        long day = LocalDate.of(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))
                .toEpochDay();
        return (day * 86_400 + hour * 3_600L + minute * 60L + second) * PER_SECOND + digits(text, 20, 23) * 1_000L;
    }

    private static boolean isClientForm(String text) {
        if (text.length() != CLIENT_FORM.length()) {
            return false;
        }
        for (int i = 0; i < CLIENT_FORM.length(); i++) {
            char expected = CLIENT_FORM.charAt(i);
            char c = text.charAt(i);
            if (expected == '0' ? c < '0' || c > '9' : c != expected) {
                return false;
            }
        }
        return true;
    }

    private static int digits(String text, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            value = value * 10 + text.charAt(i) - '0';
        }
        return value;
    }
}
