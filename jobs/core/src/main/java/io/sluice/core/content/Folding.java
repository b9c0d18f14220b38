package io.sluice.core.content;

import java.text.Normalizer;
import java.util.Locale;

/** Letters as a search compares them: {@code Résumé}, {@code RESUME} and {@code ｒｅｓｕｍｅ} are one word. */
public final class Folding {
    private Folding() {}

    /** NFKC, lower case, without marks on letters. Control characters become spaces, so that they cannot hide a word. */
    public static String fold(String text) {
        if (isPlain(text)) {
            return text;
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

    /** Most text of programs is. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > '~' || (c >= 'A' && c <= 'Z') || isControl(c)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isControl(int codePoint) {
        return Character.isISOControl(codePoint) && codePoint != '\n' && codePoint != '\t' && codePoint != '\r';
    }
}
