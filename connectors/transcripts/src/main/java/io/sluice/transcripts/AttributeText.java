package io.sluice.transcripts;

import io.sluice.schema.Texts;

/** Texts of attributes, which are short: paths, commands, names. */
final class AttributeText {
    private AttributeText() {}

    /** Well-formed, and cut to {@link Limits#ATTRIBUTE_CHARS}. */
    static String of(String text) {
        String wellFormed = Texts.wellFormed(text);
        if (wellFormed.length() <= Limits.ATTRIBUTE_CHARS) {
            return wellFormed;
        }
        int end = Limits.ATTRIBUTE_CHARS - 1;
        return wellFormed.substring(0, Character.isHighSurrogate(wellFormed.charAt(end - 1)) ? end - 1 : end) + '…';
    }
}
