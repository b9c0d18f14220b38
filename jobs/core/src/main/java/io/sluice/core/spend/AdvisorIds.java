package io.sluice.core.spend;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The ids of an advisor's answer: those of the response in which it was asked, the advised one, with {@code
 * :advisor:<n>} appended.
 */
public final class AdvisorIds {
    private static final byte[] MARK = ":advisor:".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_DIGITS = 4;

    private AdvisorIds() {}

    /** The response's part of an id; null: the id is no advisor's. */
    public static @Nullable String advised(@Nullable String id) {
        if (id == null) {
            return null;
        }
        byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
        int length = advisedLength(bytes, 0, bytes.length);
        return length == bytes.length ? null : new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Length of the response's part of an id; the whole length: the id is no advisor's. */
    static int advisedLength(byte[] bytes, int offset, int length) {
        int digits = 0;
        while (digits < MOST_DIGITS && digits < length && isDigit(bytes[offset + length - 1 - digits])) {
            digits++;
        }
        int advised = length - digits - MARK.length;
        if (digits == 0 || advised <= 0) {
            return length;
        }
        for (int i = 0; i < MARK.length; i++) {
            if (bytes[offset + advised + i] != MARK[i]) {
                return length;
            }
        }
        return advised;
    }

    /** See {@link Report#part}. */
    static int part(byte[] bytes, int offset, int length) {
        int advised = advisedLength(bytes, offset, length);
        if (advised == length) {
            return Report.RESPONSE;
        }
        int number = 0;
        for (int i = advised + MARK.length; i < length; i++) {
            number = 10 * number + bytes[offset + i] - '0';
        }
        return number + 1;
    }

    private static boolean isDigit(byte character) {
        return character >= '0' && character <= '9';
    }
}
