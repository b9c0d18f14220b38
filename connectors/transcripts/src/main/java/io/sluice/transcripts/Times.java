package io.sluice.transcripts;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Times as session files have them. */
final class Times {
    private static final String CLIENT_FORM = "0000-00-00T00:00:00.000Z";

    private Times() {}

    /** ISO 8601 with an offset, kept to the microsecond; null: it is none. */
    static @Nullable Instant parse(String text) {
        try {
            if (isClientForm(text)) {
                long second = LocalDate.of(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))
                                        .toEpochDay()
                                * 86_400
                        + at(text, 11, 24) * 3_600L
                        + at(text, 14, 60) * 60L
                        + at(text, 17, 60);
                return Instant.ofEpochSecond(second, digits(text, 20, 23) * 1_000_000L);
            }
            return Instant.parse(text).truncatedTo(ChronoUnit.MICROS);
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** The one form that Claude Code writes; parsed by hand, since the library takes longer than reading the line. */
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

    private static int at(String text, int from, int end) {
        int value = digits(text, from, from + 2);
        if (value >= end) {
            throw new DateTimeException("out of range");
        }
        return value;
    }

    private static int digits(String text, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            value = value * 10 + text.charAt(i) - '0';
        }
        return value;
    }
}
