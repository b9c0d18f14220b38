package io.sluice.transcripts;

/** Texts as Kafka and Elasticsearch can take them. */
final class Texts {
    private Texts() {}

    /** With every lone surrogate replaced by U+FFFD: UTF-8 has no bytes for them. */
    static String wellFormed(String text) {
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

    /** Well-formed, and cut to {@link Limits#ATTRIBUTE_CHARS}. */
    static String attribute(String text) {
        String wellFormed = wellFormed(text);
        if (wellFormed.length() <= Limits.ATTRIBUTE_CHARS) {
            return wellFormed;
        }
        int end = Limits.ATTRIBUTE_CHARS - 1;
        return wellFormed.substring(0, Character.isHighSurrogate(wellFormed.charAt(end - 1)) ? end - 1 : end) + '…';
    }

    /** A well-formed text, or its start with a marker that tells its size, of at most {@code maxBytes} UTF-8 bytes in all. */
    static String cut(String wellFormed, int maxBytes) {
        if (wellFormed.length() <= maxBytes / 3) {
            return wellFormed;
        }
        long bytes = 0;
        int end = 0;
        // The longest marker there is.
        int room = maxBytes - marker(Long.MAX_VALUE).length() - 2;
        for (int i = 0; i < wellFormed.length(); ) {
            int codePoint = wellFormed.codePointAt(i);
            i += Character.charCount(codePoint);
            bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
            if (bytes <= room) {
                end = i;
            }
        }
        return bytes <= maxBytes ? wellFormed : wellFormed.substring(0, end) + marker(bytes);
    }

    private static String marker(long bytes) {
        return "…[cut, " + bytes + " bytes]";
    }
}
