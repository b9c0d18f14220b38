package io.sluice.core.content;

import java.util.ArrayList;
import java.util.List;

/** Cuts long text into parts that phrases, and marking what was found, can cope with. */
final class Parts {
    /** Of UTF-8, of one part. */
    static final int MOST_BYTES = 256 * 1024;

    private Parts() {}

    /** See {@link #split(String, int)}. */
    static List<String> split(String text) {
        return split(text, MOST_BYTES);
    }

    /**
     * The parts, which together are the text: each as long as it may be, up to the end of a word where there is one, and
     * never within a surrogate pair. No part for no text.
     *
     * @param mostBytes of UTF-8, of one part; 4 or more
     */
    static List<String> split(String text, int mostBytes) {
        if (text.isEmpty()) {
            return List.of();
        }
        // A UTF-16 unit is at most three bytes.
        if (text.length() <= mostBytes / 3) {
            return List.of(text);
        }
        List<String> parts = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = end(text, start, mostBytes);
            parts.add(text.substring(start, end));
            start = end;
        }
        return parts;
    }

    private static int end(String text, int start, int mostBytes) {
        int bytes = 0;
        int afterWord = start;
        for (int i = start; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            bytes += utf8(codePoint);
            if (bytes > mostBytes) {
                return afterWord > start ? afterWord : i;
            }
            i += Character.charCount(codePoint);
            if (Character.isWhitespace(codePoint)) {
                afterWord = i;
            }
        }
        return text.length();
    }

    private static int utf8(int codePoint) {
        if (codePoint < 0x80) {
            return 1;
        }
        if (codePoint < 0x800) {
            return 2;
        }
        return codePoint < 0x10000 ? 3 : 4;
    }
}
