package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;

/** What may be said of a value in an error: its shape, never its content. */
final class Shape {
    private static final int LONGEST_NAME = 120;

    private Shape() {}

    static String of(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> "text of " + value.textValue().length() + " characters";
            case NUMBER -> "a number";
            case BOOLEAN -> "a boolean";
            case ARRAY -> "a list of " + value.size();
            case OBJECT -> "an object of " + value.size();
            case NULL, MISSING -> "nothing";
            case BINARY, POJO -> "something else";
        };
    }

    /** A name that the client chose, fit for a message: printable, and not too long. */
    static String name(String name) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < name.length() && i < LONGEST_NAME; i++) {
            char c = name.charAt(i);
            out.append(c < ' ' || c == 0x7f || Character.isSurrogate(c) ? '?' : c);
        }
        return name.length() > LONGEST_NAME ? out + "…" : out.toString();
    }
}
