package io.sluice.schema;

/** Texts as the records hold them: well-formed, so that they survive UTF-8, and of bounded length. */
public final class Texts {
    private Texts() {}

    /** The text with every lone surrogate replaced by U+FFFD: UTF-8 has no bytes for them. */
    public static String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return replaceLoneSurrogates(text);
            }
        }
        return text;
    }

    private static String replaceLoneSurrogates(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            out.appendCodePoint(
                    codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE ? 0xFFFD : codePoint);
            i += Character.charCount(codePoint);
        }
        return out.toString();
    }

    /**
     * The text itself, or its start with a marker that tells its size.
     *
     * @param text well-formed
     * @param maxBytes of UTF-8, of the result in all; at least 64
     */
    public static String cut(String text, int maxBytes) {
        // A UTF-16 unit is at most three bytes.
        if (text.length() <= maxBytes / 3) {
            return text;
        }
        long bytes = utf8Length(text);
        return bytes <= maxBytes ? text : start(text, maxBytes, bytes);
    }

    /**
     * The start of a text with a marker.
     *
     * @param text well-formed, longer than {@code maxBytes} or the beginning of what is
     * @param maxBytes of UTF-8, of the result in all; at least 64
     * @param bytes that the marker tells
     */
    public static String start(String text, int maxBytes, long bytes) {
        String marker = "…[cut, " + bytes + " bytes]";
        long room = maxBytes - utf8Length(marker);
        int end = 0;
        while (end < text.length()) {
            int codePoint = text.codePointAt(end);
            room -= utf8Length(codePoint);
            if (room < 0) {
                break;
            }
            end += Character.charCount(codePoint);
        }
        return text.substring(0, end) + marker;
    }

    /** Bytes of the text in UTF-8, without encoding it. */
    public static long utf8Length(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            bytes += utf8Length(codePoint);
            i += Character.charCount(codePoint);
        }
        return bytes;
    }

    private static int utf8Length(int codePoint) {
        if (codePoint < 0x80) {
            return 1;
        }
        if (codePoint < 0x800) {
            return 2;
        }
        return codePoint < 0x10000 ? 3 : 4;
    }
}
