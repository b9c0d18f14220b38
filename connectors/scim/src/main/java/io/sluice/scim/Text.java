package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** Rules for texts in values. */
final class Text {
    private Text() {}

    /** Without NUL and lone surrogates, which stores and other clients fail on. */
    static boolean isClean(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isLowSurrogate(c)) {
                return false;
            }
            if (Character.isHighSurrogate(c) && (++i == text.length() || !Character.isLowSurrogate(text.charAt(i)))) {
                return false;
            }
        }
        return true;
    }

    /** A boolean, also as text in any case, as Entra sends it. Null if it is neither. */
    static @Nullable Boolean bool(JsonNode value) {
        if (value.isBoolean()) {
            return value.booleanValue();
        }
        if (value.isTextual() && value.textValue().equalsIgnoreCase("true")) {
            return true;
        }
        return (value.isTextual() && value.textValue().equalsIgnoreCase("false")) ? Boolean.FALSE : null;
    }
}
