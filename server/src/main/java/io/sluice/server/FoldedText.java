package io.sluice.server;

import io.sluice.core.content.Folding;
import java.util.Arrays;

/** A text folded letter by letter, which knows where in the text each letter of it comes from. */
final class FoldedText {
    private final StringBuilder folded;
    private int[] from;
    private final int end;

    /** @param longest what is behind is left out */
    FoldedText(String text, int longest) {
        end = Math.min(text.length(), longest);
        folded = new StringBuilder(end);
        from = new int[end + 16];
        int at = 0;
        while (at < end) {
            int next = at + Character.charCount(text.codePointAt(at));
            while (next < end && isMark(text.codePointAt(next))) {
                next += Character.charCount(text.codePointAt(next));
            }
            char only = text.charAt(at);
            if (next == at + 1 && only < 0x80) {
                append(at, Character.toString(Character.toLowerCase(only)));
            } else if (Folding.isWordInASign(text.codePointAt(at))) {
                append(at, ' ' + Folding.fold(text.substring(at, Math.min(next, text.length()))));
                append(next, " ");
            } else {
                append(at, Folding.fold(text.substring(at, Math.min(next, text.length()))));
            }
            at = next;
        }
    }

    private static boolean isMark(int codePoint) {
        return Character.getType(codePoint) == Character.NON_SPACING_MARK;
    }

    private void append(int at, String letters) {
        if (folded.length() + letters.length() > from.length) {
            from = Arrays.copyOf(from, 2 * from.length + letters.length());
        }
        for (int i = 0; i < letters.length(); i++) {
            from[folded.length()] = at;
            folded.append(letters.charAt(i));
        }
    }

    CharSequence folded() {
        return folded;
    }

    /** Where in the text a place of the folded one is. */
    int original(int place) {
        return place < folded.length() ? from[place] : end;
    }
}
