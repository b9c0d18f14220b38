package io.sluice.core.audit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;

/**
 * JSON that has one spelling (RFC 8785): names sorted by UTF-16 code units, no blanks, nothing escaped that need not be.
 * Besides objects and arrays it has texts, whole numbers up to 2^53, true, false and null.
 *
 * <p>RFC 8785 has no lone surrogates. Here one is escaped, <code>&#92;ud83d</code>, in lower case: no other text has that
 * spelling, and the result is always UTF-8.
 */
public final class CanonicalJson {
    /** Up to here every whole number has a double of its own. */
    static final long MOST = 1L << 53;

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private CanonicalJson() {}

    /** @throws IllegalArgumentException for numbers with a fraction, or too large */
    public static String of(JsonNode json) {
        StringBuilder text = new StringBuilder(512);
        write(json, text);
        return text.toString();
    }

    private static void write(JsonNode json, StringBuilder text) {
        switch (json.getNodeType()) {
            case OBJECT -> writeObject(json, text);
            case ARRAY -> writeArray(json, text);
            case STRING -> writeText(json.textValue(), text);
            case NUMBER -> writeNumber(json, text);
            case BOOLEAN, NULL -> text.append(json.asText());
            default -> throw new IllegalArgumentException("JSON: " + json.getNodeType() + " (expected: a value)");
        }
    }

    private static void writeObject(JsonNode json, StringBuilder text) {
        Map<String, JsonNode> sorted = new TreeMap<>();
        json.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
        text.append('{');
        sorted.forEach((name, value) -> {
            if (text.charAt(text.length() - 1) != '{') {
                text.append(',');
            }
            writeText(name, text);
            text.append(':');
            write(value, text);
        });
        text.append('}');
    }

    private static void writeArray(JsonNode json, StringBuilder text) {
        text.append('[');
        for (int i = 0; i < json.size(); i++) {
            if (i > 0) {
                text.append(',');
            }
            write(json.get(i), text);
        }
        text.append(']');
    }

    private static void writeNumber(JsonNode json, StringBuilder text) {
        if (!json.isIntegralNumber()
                || !json.canConvertToLong()
                || json.longValue() < -MOST
                || json.longValue() > MOST) {
            throw new IllegalArgumentException("number: " + json + " (expected: a whole number up to 2^53)");
        }
        text.append(json.longValue());
    }

    private static void writeText(String value, StringBuilder text) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\b' -> text.append("\\b");
                case '\t' -> text.append("\\t");
                case '\n' -> text.append("\\n");
                case '\f' -> text.append("\\f");
                case '\r' -> text.append("\\r");
                default -> {
                    if (c < ' ' || isLone(value, i)) {
                        text.append("\\u")
                                .append(HEX[c >> 12])
                                .append(HEX[c >> 8 & 0xf])
                                .append(HEX[c >> 4 & 0xf])
                                .append(HEX[c & 0xf]);
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }

    private static boolean isLone(String value, int i) {
        char c = value.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == value.length() || !Character.isLowSurrogate(value.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(value.charAt(i - 1)));
    }
}
