package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of a create or a PUT, in any of the forms in which Entra and Okta write it, to the canonical resource: names
 * as the schema spells them, booleans as booleans, lists as lists, extensions in an object under their URN, nothing
 * unassigned. What the client may not set ({@code id}, {@code meta}, {@code groups}) is left out, as RFC 7644, 3.3 says,
 * and so is {@code password}, which Okta sends with every create.
 */
public final class ScimNormalizer {
    private static final int MOST_IGNORED = 50;

    private final ScimResourceType type;
    private final ObjectNode out = ScimJson.object();
    private final Set<String> ignored = new LinkedHashSet<>();

    /**
     * What became of a body.
     *
     * @param resource canonical, with {@code schemas}, without {@code id} and {@code meta}
     * @param ignored names in the body that are not kept, at most 50, fit for a log; for counting. Never {@code password}
     */
    public record Normalized(ObjectNode resource, List<String> ignored) {}

    private ScimNormalizer(ScimResourceType type) {
        this.type = type;
    }

    /**
     * A user's body.
     *
     * @throws ScimException 400 {@code invalidValue} if {@code userName} is missing or blank or a value does not go with
     *     its attribute; {@code invalidSyntax} if {@code schemas} is not a list of texts
     */
    public static Normalized user(ObjectNode body) {
        return normalize(ScimResourceType.USER, body);
    }

    /** A group's body, of at most 1,000 members. For more see {@link GroupChange#ofBody}. */
    public static Normalized group(ObjectNode body) {
        return normalize(ScimResourceType.GROUP, body);
    }

    static Normalized normalize(ScimResourceType type, ObjectNode body) {
        ScimNormalizer normalizer = new ScimNormalizer(type);
        normalizer.read(body);
        ObjectNode resource = complete(type, normalizer.out);
        requireRequired(type, resource, ScimErrorType.INVALID_VALUE);
        return new Normalized(resource, List.copyOf(normalizer.ignored));
    }

    private void read(ObjectNode body) {
        for (var entry : body.properties()) {
            String key = entry.getKey();
            if (key.equalsIgnoreCase("schemas")) {
                checkSchemas(entry.getValue());
            } else if (!ScimResourceType.isPassword(key)) {
                assign(type.resolve(key), key, entry.getValue());
            }
        }
    }

    /** Unknown URNs are let pass: Entra lists one of its own with groups. */
    static void checkSchemas(JsonNode schemas) {
        if (schemas.isNull()) {
            return;
        }
        boolean texts = schemas.isArray();
        for (JsonNode schema : schemas) {
            texts &= schema.isTextual();
        }
        if (!texts) {
            throw ScimException.invalid(ScimErrorType.INVALID_SYNTAX, "schemas", schemas, "a list of URNs");
        }
    }

    private void assign(@Nullable Target target, String key, JsonNode value) {
        if (target == null) {
            if (ignored.size() < MOST_IGNORED) {
                ignored.add(Shape.name(key));
            }
        } else if (target.attribute() == null) {
            assignSchema(target, value);
        } else if (!target.readOnly()) {
            put(target, target.attribute(), value);
        }
    }

    private void assignSchema(Target target, JsonNode value) {
        if (value.isNull()) {
            return;
        }
        if (!(value instanceof ObjectNode object)) {
            throw ScimException.invalid(
                    ScimErrorType.INVALID_VALUE, target.schema().urn(), value, "an object");
        }
        for (var entry : object.properties()) {
            if (!ScimResourceType.isPassword(entry.getKey())) {
                Target inner = type.inSchema(target.schema(), target.core(), entry.getKey());
                assign(inner, target.schema().urn() + ":" + entry.getKey(), entry.getValue());
            }
        }
    }

    private void put(Target target, ScimAttribute attribute, JsonNode value) {
        JsonNode canonical;
        if (target.sub() == null) {
            canonical = Values.of(attribute, target.name(), value);
        } else {
            ObjectNode parent = ScimJson.object();
            parent.set(target.sub().name(), value);
            canonical = Values.of(attribute, attribute.name(), parent);
        }
        if (canonical == null) {
            return;
        }
        ObjectNode container = target.containerForWriting(out);
        if (container.has(attribute.name()) && !canonical.isObject()) {
            throw ScimException.badRequest(
                    ScimErrorType.INVALID_SYNTAX, target.name() + ": given twice, in two spellings (expected: once)");
        }
        merge(container, attribute, canonical);
    }

    /** Sets the value; parts of a single complex one come together from several keys. */
    static void merge(ObjectNode container, ScimAttribute attribute, JsonNode canonical) {
        if (canonical instanceof ObjectNode parts && container.get(attribute.name()) instanceof ObjectNode present) {
            present.setAll(parts);
        } else {
            container.set(attribute.name(), canonical);
        }
    }

    /** Puts {@code schemas} first, with the extensions that are in use, and leaves out empty ones. */
    static ObjectNode complete(ScimResourceType type, ObjectNode resource) {
        ObjectNode complete = ScimJson.object();
        ArrayNode schemas = complete.putArray("schemas").add(type.schema().urn());
        List<String> empty = new ArrayList<>();
        for (ScimSchema extension : type.extensions()) {
            JsonNode node = resource.get(extension.urn());
            if (node != null && !node.isEmpty()) {
                schemas.add(extension.urn());
            } else if (node != null) {
                empty.add(extension.urn());
            }
        }
        resource.remove("schemas");
        resource.remove(empty);
        complete.setAll(resource);
        return complete;
    }

    static void requireRequired(ScimResourceType type, ObjectNode resource, ScimErrorType error) {
        for (ScimAttribute attribute : type.schema().attributes()) {
            if (attribute.required()) {
                requireText(attribute.name(), resource.get(attribute.name()), error);
            }
        }
    }

    static String requireText(String field, @Nullable JsonNode value, ScimErrorType error) {
        if (value == null || value.isNull()) {
            throw ScimException.badRequest(error, field + ": nothing (expected: a text, since it is required)");
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw ScimException.invalid(ScimErrorType.INVALID_VALUE, field, value, "a text that is not blank");
        }
        return value.textValue();
    }
}
