package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A value as a client spells it, to the canonical one that the schema asks for. Null stands for unassigned throughout:
 * null, {@code []}, {@code {}} and absence are the same (RFC 7643, 2.5).
 */
final class Values {
    static final int LONGEST_TEXT = 2_048;
    static final int MOST_ELEMENTS = 1_000;

    /** Of an element that has nothing but these nothing is left to keep. */
    private static final Set<String> ONLY_DESCRIBING = Set.of("type", "primary");

    private Values() {}

    /**
     * A list of one stands for its element where a complex attribute has one value only: so Entra's documentation writes
     * a manager.
     *
     * @throws ScimException 400 {@code invalidValue}
     */
    static @Nullable JsonNode of(ScimAttribute attribute, String field, JsonNode value) {
        if (attribute.multiValued()) {
            return list(attribute, field, value);
        }
        if (value.isArray() && value.isEmpty()) {
            return null;
        }
        boolean wrapped = attribute.complex() && value.isArray() && value.size() == 1;
        return single(attribute, field, wrapped ? value.get(0) : value);
    }

    /** One element of a multi-valued attribute, or the value of a single-valued one. */
    static @Nullable JsonNode single(ScimAttribute attribute, String field, JsonNode value) {
        if (value.isNull()) {
            return null;
        }
        return switch (attribute.type()) {
            case STRING, REFERENCE, DATE_TIME -> text(field, value);
            case BOOLEAN -> bool(field, value);
            case INTEGER -> throw new IllegalArgumentException(field + ": a number (expected: none in a resource)");
            case COMPLEX -> {
                ObjectNode object = object(attribute, field, value);
                yield holdsSomething(attribute, object) ? object : null;
            }
        };
    }

    private static JsonNode text(String field, JsonNode value) {
        if (!value.isTextual() || value.textValue().length() > LONGEST_TEXT || !Text.isClean(value.textValue())) {
            throw ScimException.invalid(
                    ScimErrorType.INVALID_VALUE,
                    field,
                    value,
                    "text of at most " + LONGEST_TEXT + " characters, without NUL and lone surrogates");
        }
        return value;
    }

    private static JsonNode bool(String field, JsonNode value) {
        Boolean bool = Text.bool(value);
        if (bool == null) {
            throw ScimException.invalid(ScimErrorType.INVALID_VALUE, field, value, "true or false");
        }
        return BooleanNode.valueOf(bool);
    }

    private static @Nullable JsonNode list(ScimAttribute attribute, String field, JsonNode value) {
        ArrayNode out = ScimJson.array();
        if (value instanceof ArrayNode list) {
            if (list.size() > MOST_ELEMENTS) {
                throw ScimException.invalid(
                        ScimErrorType.INVALID_VALUE, field, value, "a list of at most " + MOST_ELEMENTS);
            }
            for (JsonNode element : list) {
                append(out, attribute, single(attribute, field, element));
            }
        } else {
            append(out, attribute, single(attribute, field, value));
        }
        keepOnePrimary(out, null);
        return out.isEmpty() ? null : out;
    }

    /** Adds an element, or merges it into the one with the same value and type (RFC 7643, 2.4). */
    static @Nullable JsonNode append(ArrayNode list, ScimAttribute attribute, @Nullable JsonNode element) {
        if (!(element instanceof ObjectNode object)) {
            return null;
        }
        for (JsonNode present : list) {
            if (present instanceof ObjectNode other
                    && same(attribute, "value", other, object)
                    && same(attribute, "type", other, object)) {
                other.setAll(object);
                return other;
            }
        }
        list.add(object);
        return object;
    }

    private static boolean same(ScimAttribute attribute, String name, ObjectNode one, ObjectNode other) {
        ScimAttribute sub = attribute.sub(name);
        String left = one.path(name).asText("");
        String right = other.path(name).asText("");
        return (sub != null && sub.caseExact()) ? left.equals(right) : left.equalsIgnoreCase(right);
    }

    /** Leaves {@code primary} true on one element at most: on the preferred one, else on the first. */
    @SuppressWarnings("ReferenceEquality") // The very element, not one like it.
    static void keepOnePrimary(ArrayNode list, @Nullable JsonNode preferred) {
        boolean found = preferred != null && preferred.path("primary").asBoolean();
        for (JsonNode element : list) {
            if (element != preferred && element.path("primary").asBoolean()) {
                if (found) {
                    ((ObjectNode) element).put("primary", false);
                }
                found = true;
            }
        }
    }

    /**
     * What is to be written into an element, which may be no more than {@code primary}. A bare text is the {@code value}:
     * so Entra sends a manager.
     */
    static ObjectNode object(ScimAttribute attribute, String field, JsonNode value) {
        ScimAttribute valueSub = attribute.sub("value");
        if (value.isTextual() && valueSub != null) {
            ObjectNode wrapped = ScimJson.object();
            wrapped.set("value", value);
            return fields(attribute, field, wrapped);
        }
        if (value instanceof ObjectNode object) {
            return fields(attribute, field, object);
        }
        throw ScimException.invalid(
                ScimErrorType.INVALID_VALUE, field, value, valueSub == null ? "an object" : "an object or a text");
    }

    private static ObjectNode fields(ScimAttribute attribute, String field, ObjectNode object) {
        ObjectNode unpacked = unpack(attribute, object);
        ObjectNode out = ScimJson.object();
        for (var entry : unpacked.properties()) {
            ScimAttribute sub = attribute.sub(entry.getKey());
            if (sub == null || sub.readOnly()) {
                continue;
            }
            JsonNode value = single(sub, field + "." + sub.name(), entry.getValue());
            if (value != null) {
                out.set(sub.name(), value);
            }
        }
        return out;
    }

    static boolean holdsSomething(ScimAttribute attribute, ObjectNode object) {
        return attribute.multiValued()
                ? object.properties().stream().anyMatch(entry -> !ONLY_DESCRIBING.contains(entry.getKey()))
                : !object.isEmpty();
    }

    /**
     * Entra's role assignments put JSON text into {@code value}: {@code {"id": ..., "value": "Admin", "displayName":
     * "Administrator"}}. Its {@code value} is the role, its {@code displayName} the display; fields outside win.
     */
    private static ObjectNode unpack(ScimAttribute attribute, ObjectNode object) {
        JsonNode value = ScimJson.field(object, "value");
        if (value == null || !isPacked(attribute, value)) {
            return object;
        }
        ObjectNode packed = ScimJson.tryRead(value.textValue().trim());
        JsonNode inner = packed == null ? null : ScimJson.field(packed, "value");
        if (packed == null || inner == null || !inner.isTextual()) {
            return object;
        }
        ObjectNode out = ScimJson.object();
        for (String name : new String[] {"display", "type", "primary"}) {
            JsonNode field = ScimJson.field(packed, name.equals("display") ? "displayName" : name);
            if (field != null) {
                out.set(name, field);
            }
        }
        for (var entry : object.properties()) {
            ScimAttribute sub = attribute.sub(entry.getKey());
            if (sub != null && !entry.getValue().isNull()) {
                out.set(sub.name(), entry.getValue());
            }
        }
        out.set("value", inner);
        return out;
    }

    /** Whether a {@code value} of that attribute is JSON text in Entra's way. */
    static boolean isPacked(ScimAttribute attribute, JsonNode value) {
        return (attribute.name().equals("roles") || attribute.name().equals("entitlements"))
                && value.isTextual()
                && value.textValue().trim().startsWith("{");
    }
}
