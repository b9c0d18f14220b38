package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The members of a request's body. A name that is not known is an error, so that typing errors show. Errors name the
 * field, the shape of the value and what was expected; never the value.
 */
final class JsonFields {
    /** Ids of documents, of ours and of the identity provider. */
    private static final int LONGEST_ID = 200;

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private final JsonNode body;

    JsonFields(JsonNode body, Set<String> known) {
        String names = String.join(", ", new TreeSet<>(known));
        if (!body.isObject()) {
            throw new Refusal(
                    Refusal.Kind.INVALID, "body: " + shape(body) + " (expected: an object with " + names + ")");
        }
        body.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw new Refusal(Refusal.Kind.INVALID, name, name + ": unknown field (expected: " + names + ")");
            }
        });
        this.body = body;
    }

    /** Given, be it as null. */
    boolean has(String name) {
        return body.has(name);
    }

    /** @throws Refusal when it is not there */
    String text(String name, int longest) {
        String value = textOrNull(name, longest);
        if (value == null) {
            throw invalid(name, body.path(name), textExpected(longest));
        }
        return value;
    }

    /** Null: not given, or given as null. */
    @Nullable
    String textOrNull(String name, int longest) {
        JsonNode value = body.path(name);
        if (isNothing(value)) {
            return null;
        }
        return requireText(name, value, longest);
    }

    @Nullable
    String matchingOrNull(String name, Pattern pattern, String expected) {
        JsonNode value = body.path(name);
        if (isNothing(value)) {
            return null;
        }
        if (!value.isTextual() || !pattern.matcher(value.asText()).matches()) {
            throw invalid(name, value, expected);
        }
        return value.asText();
    }

    /** Any text at all, for fields that somebody else checks; empty where it is not given. */
    String anyText(String name, String absent) {
        JsonNode value = body.path(name);
        if (isNothing(value)) {
            return absent;
        }
        if (!value.isTextual()) {
            throw invalid(name, value, "a text");
        }
        return value.asText();
    }

    int count(String name, int least, int most) {
        return CapFields.wholeNumber(name, body.path(name), least, most);
    }

    boolean flag(String name) {
        JsonNode value = body.path(name);
        if (!value.isBoolean()) {
            throw invalid(name, value, "true or false");
        }
        return value.asBoolean();
    }

    /** Texts of any kind; empty where it is not given. */
    List<String> texts(String name) {
        JsonNode values = body.path(name);
        List<String> texts = new ArrayList<>();
        if (isNothing(values)) {
            return texts;
        }
        if (!values.isArray()) {
            throw invalid(name, values, "a list of texts");
        }
        for (JsonNode value : values) {
            if (!value.isTextual()) {
                throw invalid(name + '[' + texts.size() + ']', value, "a text");
            }
            texts.add(value.asText());
        }
        return texts;
    }

    /**
     * A list of ids that must be given, each once.
     *
     * @param fewest 0: may be empty
     */
    List<String> ids(String name, int fewest, int most) {
        JsonNode values = body.path(name);
        if (!values.isArray() || values.size() < fewest || values.size() > most) {
            throw invalid(name, values, "a list of " + fewest + " to " + most + " ids");
        }
        List<String> ids = new ArrayList<>();
        for (JsonNode value : values) {
            String item = name + '[' + ids.size() + ']';
            String id = requireText(item, value, LONGEST_ID);
            if (ids.contains(id)) {
                throw new Refusal(
                        Refusal.Kind.INVALID, item, item + ": the same as an earlier one (expected: each id once)");
            }
            ids.add(id);
        }
        return ids;
    }

    static String requireText(String name, JsonNode value, int longest) {
        if (!value.isTextual()
                || value.asText().isBlank()
                || value.asText().length() > longest
                || CONTROL.matcher(value.asText()).find()) {
            throw invalid(name, value, textExpected(longest));
        }
        return value.asText();
    }

    private static String textExpected(int longest) {
        return "1 to " + longest + " characters, not only spaces, no control characters";
    }

    private static boolean isNothing(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    static Refusal invalid(String name, JsonNode value, String expected) {
        return new Refusal(Refusal.Kind.INVALID, name, name + ": " + shape(value) + " (expected: " + expected + ")");
    }

    static String shape(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> "a text of " + value.asText().length() + " characters";
            case ARRAY -> "a list of " + value.size();
            case OBJECT -> "an object";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            case NULL -> "null";
            case MISSING -> "missing";
            case BINARY, POJO -> "a value";
        };
    }
}
