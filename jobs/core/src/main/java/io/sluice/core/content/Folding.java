package io.sluice.core.content;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/** How text is compared: whoever searches {@code resume} finds {@code Résumé}. Index and search have to use the same. */
public final class Folding {
    private static final Pattern MARKS = Pattern.compile("\\p{Mn}+");

    private Folding() {}

    /** NFKC, lower case, without diacritics. What is folded stays the same when it is folded again. */
    public static String fold(String text) {
        String lower = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        String decomposed = Normalizer.normalize(lower, Normalizer.Form.NFD);
        return Normalizer.normalize(MARKS.matcher(decomposed).replaceAll(""), Normalizer.Form.NFKC);
    }
}
