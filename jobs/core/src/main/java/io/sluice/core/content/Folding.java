package io.sluice.core.content;

import java.text.Normalizer;
import java.util.Locale;

/** Letters as a search compares them: {@code Résumé}, {@code RESUME} and {@code ｒｅｓｕｍｅ} are one word. */
public final class Folding {
    private Folding() {}

    /**
     * NFKC, lower case, without marks on letters. Control characters become spaces, so that they cannot hide a word, and signs
     * that stand for letters or digits become words of their own, so that {@code Slack™} is found as {@code slack}.
     */
    public static String fold(String text) {
        if (isAscii(text)) {
            return text.toLowerCase(Locale.ROOT);
        }
        String lower =
                Normalizer.normalize(withSignsApart(text), Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
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

    private static String withSignsApart(String text) {
        if (text.codePoints().noneMatch(Folding::isWordInASign)) {
            return text;
        }
        StringBuilder apart = new StringBuilder(text.length() + 16);
        boolean afterSign = false;
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            boolean sign = isWordInASign(codePoint);
            boolean afterWord = !apart.isEmpty() && Character.isLetterOrDigit(apart.codePointBefore(apart.length()));
            if ((sign && (afterWord || afterSign)) || (afterSign && Character.isLetterOrDigit(codePoint))) {
                apart.append(' ');
            }
            apart.appendCodePoint(codePoint);
            afterSign = sign;
        }
        return apart.toString();
    }

    /** Such as ™, ² and ①. */
    public static boolean isWordInASign(int codePoint) {
        int type = Character.getType(codePoint);
        return codePoint > '~'
                && (type == Character.OTHER_SYMBOL || type == Character.OTHER_NUMBER)
                && Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFKC)
                        .codePoints()
                        .anyMatch(Character::isLetterOrDigit);
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
