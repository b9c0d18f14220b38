package io.sluice.scim;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads and writes bodies, with limits against hostile ones. */
public final class ScimJson {
    /** Objects and lists in each other. A group in a PATCH in a bulk request needs 9. */
    static final int DEEPEST = 32;

    static final int LONGEST_TEXT = 65_536;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxStringLength(LONGEST_TEXT)
                            .maxNameLength(1_000)
                            .maxNumberLength(100)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ScimJson() {}

    /**
     * Reads a request's body. The size of the body is the caller's to limit.
     *
     * @param body UTF-8
     * @throws ScimException 400 {@code invalidSyntax} if it is not one JSON object, names a field twice, or is nested
     *     deeper than 32
     */
    public static ObjectNode read(byte[] body) {
        try {
            JsonNode node = MAPPER.readTree(body);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw ScimException.invalid(ScimErrorType.INVALID_SYNTAX, "body", node, "a JSON object");
        } catch (IOException e) {
            throw ScimException.badRequest(
                    ScimErrorType.INVALID_SYNTAX,
                    "body: " + body.length
                            + " bytes (expected: one JSON object in UTF-8, no field twice, nested at most " + DEEPEST
                            + " deep)");
        }
    }

    /** Null if it is not a JSON object within the limits. */
    static @Nullable ObjectNode tryRead(String text) {
        try {
            return MAPPER.readTree(text) instanceof ObjectNode object ? object : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** UTF-8. */
    public static byte[] write(ObjectNode body) {
        try {
            return MAPPER.writeValueAsBytes(body);
        } catch (IOException e) {
            throw new IllegalStateException("A tree of JSON is always writable", e);
        }
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /** A field, whatever the case of its name; null if absent or null. */
    static @Nullable JsonNode field(ObjectNode node, String name) {
        JsonNode exact = node.get(name);
        if (exact != null) {
            return exact.isNull() ? null : exact;
        }
        for (var entry : node.properties()) {
            if (entry.getKey().equalsIgnoreCase(name)) {
                return entry.getValue().isNull() ? null : entry.getValue();
            }
        }
        return null;
    }

    /** How values are compared that are not case-exact. An index in a store must fold in the same way. */
    public static String fold(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
