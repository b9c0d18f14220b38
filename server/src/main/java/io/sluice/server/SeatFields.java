package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request about seats. A name that is not known is an error, so that typing errors show. Errors name the
 * field, the shape of the value and what was expected.
 */
final class SeatFields {
    static final Pattern TIER = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N} _.-]{0,63}");
    static final String TIER_EXPECTED =
            "1 to 64 letters, digits, ' ', '_', '.', '-', the first a letter or digit, for example premium";
    private static final int LONGEST_ID = 200;

    private final JsonNode body;

    SeatFields(Call call, Set<String> known) {
        body = call.body();
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
    }

    String tier() {
        JsonNode value = body.path("tier");
        if (!value.isTextual() || !TIER.matcher(value.asText()).matches()) {
            throw invalid("tier", value, TIER_EXPECTED);
        }
        return value.asText();
    }

    String userId() {
        JsonNode value = body.path("user_id");
        if (!value.isTextual() || value.asText().isBlank() || value.asText().length() > LONGEST_ID) {
            throw invalid("user_id", value, "the id of a user of the directory, such as user_…");
        }
        return value.asText();
    }

    /** Empty: not given. */
    String text(String name, int longest) {
        JsonNode value = body.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isTextual() || value.asText().length() > longest) {
            throw invalid(name, value, "a text of at most " + longest + " characters");
        }
        return value.asText();
    }

    /** Null: not given. */
    @Nullable
    Long number(String name, long least, long most) {
        JsonNode value = body.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < least || value.asLong() > most) {
            throw invalid(name, value, String.format(Locale.ROOT, "a whole number, %d to %d", least, most));
        }
        return value.asLong();
    }

    /** Numbers are shown, texts are not. */
    Refusal invalid(String name, JsonNode value, String expected) {
        return new Refusal(Refusal.Kind.INVALID, name, name + ": " + shape(value) + " (expected: " + expected + ")");
    }

    Refusal missing(String name, String expected) {
        return invalid(name, body.path(name), expected);
    }

    private static String shape(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> "a text of " + value.asText().length() + " characters";
            case ARRAY -> "a list of " + value.size();
            case OBJECT -> "an object";
            case NUMBER -> value.asText();
            case BOOLEAN -> "true or false";
            case MISSING, NULL -> "missing";
            case BINARY, POJO -> "a value";
        };
    }
}
