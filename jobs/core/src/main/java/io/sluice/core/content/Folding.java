package io.sluice.core.content;

import java.text.Normalizer;
import java.util.Locale;

/** Letters as a search compares them: {@code Résumé}, {@code RESUME} and {@code ｒｅｓｕｍｅ} are one word. */
public final class Folding {
    private Folding() {}

    /** NFKC, lower case, without marks on letters. Control characters become spaces, so that they cannot hide a word. */
    public static String fold(String text) {
        if (isAscii(text)) {
            return text.toLowerCase(Locale.ROOT);
        }
        String lower = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        String apart = Normalizer.normalize(lower, Normalizer.Form.NFD);
        StringBuilder folded = new StringBuilder(apart.length());
        for (int i = 0; i < apart.length(); ) {
            int codePoint = apart.codePointAt(i);
            i += Character.charCount(codePoint);
            if (isControl(codePoint)) {
                folded.append(' ');
            } else if (Character.getType(codePoint) != Character.NON_SPACING_MARK) {
                folded.appendCodePoint(codePoint);
            }
        }
        return Normalizer.normalize(folded, Normalizer.Form.NFC);
    }

    /** Most text is, and nothing of it needs to be taken apart. */
    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > '~' || isControl(c)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isControl(int codePoint) {
        return Character.isISOControl(codePoint) && codePoint != '\n' && codePoint != '\t' && codePoint != '\r';
    }
}
