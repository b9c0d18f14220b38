package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a PATCH on one target: operations without a path are taken apart.
 *
 * @param value as the client wrote it; null if absent. JSON null stays, since it unassigns
 */
record PatchStep(Kind kind, PatchPath path, @Nullable JsonNode value) {
    static final int MOST_OPERATIONS = 10_000;

    enum Kind {
        ADD,
        REPLACE,
        REMOVE
    }

    /** @param ignored names that are not kept, fit for a log */
    record Steps(List<PatchStep> steps, Set<String> ignored) {}

    /** @throws ScimException 400 of many kinds */
    static Steps parse(ScimResourceType type, ObjectNode body) {
        checkSchemas(ScimJson.field(body, "schemas"));
        JsonNode operations = ScimJson.field(body, "Operations");
        if (operations == null
                || !operations.isArray()
                || operations.isEmpty()
                || operations.size() > MOST_OPERATIONS) {
            throw ScimException.invalid(
                    ScimErrorType.INVALID_SYNTAX,
                    "Operations",
                    operations == null ? body.path("Operations") : operations,
                    "a list of 1 to " + MOST_OPERATIONS + " operations");
        }
        Steps steps = new Steps(new ArrayList<>(), new LinkedHashSet<>());
        for (JsonNode operation : operations) {
            if (!(operation instanceof ObjectNode object)) {
                throw ScimException.invalid(
                        ScimErrorType.INVALID_SYNTAX, "Operations", operation, "objects in the list");
            }
            read(type, object, steps);
        }
        return steps;
    }

    private static void checkSchemas(@Nullable JsonNode schemas) {
        if (schemas == null) {
            return;
        }
        ScimNormalizer.checkSchemas(schemas);
        for (JsonNode schema : schemas) {
            if (schema.textValue().equalsIgnoreCase(ScimSchemas.PATCH_OP)) {
                return;
            }
        }
        throw ScimException.invalid(ScimErrorType.INVALID_SYNTAX, "schemas", schemas, ScimSchemas.PATCH_OP);
    }

    private static void read(ScimResourceType type, ObjectNode operation, Steps steps) {
        Kind kind = kind(ScimJson.field(operation, "op"));
        JsonNode path = ScimJson.field(operation, "path");
        JsonNode value = value(operation);
        if (path != null && !path.isTextual()) {
            throw ScimException.invalid(ScimErrorType.INVALID_PATH, "path", path, "a text");
        }
        if (path == null || path.textValue().isBlank()) {
            readObject(type, kind, null, value, steps);
        } else if (!ScimResourceType.isPassword(path.textValue())) {
            readPath(type, kind, path.textValue().trim(), value, steps);
        }
    }

    private static Kind kind(@Nullable JsonNode op) {
        String word = op != null && op.isTextual() ? op.textValue().toLowerCase(Locale.ROOT) : "";
        return switch (word) {
            case "add" -> Kind.ADD;
            case "replace" -> Kind.REPLACE;
            case "remove" -> Kind.REMOVE;
            default ->
                throw ScimException.badRequest(
                        ScimErrorType.INVALID_SYNTAX,
                        "op: " + (op == null ? "nothing" : Shape.of(op)) + " (expected: add, replace or remove)");
        };
    }

    /** Null if absent; JSON null if it is. */
    private static @Nullable JsonNode value(ObjectNode operation) {
        for (var entry : operation.properties()) {
            if (entry.getKey().equalsIgnoreCase("value")) {
                return entry.getValue();
            }
        }
        return null;
    }

    private static void readPath(ScimResourceType type, Kind kind, String text, @Nullable JsonNode value, Steps steps) {
        PatchPath path = PatchPath.parse(type, text);
        if (path == null && type.knownButNotKept(text)) {
            steps.ignored.add(Shape.name(text));
            return;
        }
        if (path == null) {
            throw PatchPath.refused(text, "an attribute that is listed in /Schemas");
        }
        Target target = path.target();
        if (target.readOnly()) {
            throw ScimException.badRequest(
                    ScimErrorType.MUTABILITY, "path: " + target.name() + " (expected: not a read-only attribute)");
        }
        if (value == null && kind != Kind.REMOVE) {
            throw ScimException.badRequest(
                    ScimErrorType.INVALID_VALUE, target.name() + ": nothing (expected: a value to add or replace)");
        }
        if (target.attribute() == null && kind != Kind.REMOVE) {
            readObject(type, kind, target, value, steps);
        } else {
            steps.steps.add(new PatchStep(kind, path, value));
        }
    }

    /** An operation without path: each key of its value is one, also dotted, with a URN, or with a filter. */
    private static void readObject(
            ScimResourceType type, Kind kind, @Nullable Target within, @Nullable JsonNode value, Steps steps) {
        if (kind == Kind.REMOVE) {
            throw ScimException.badRequest(ScimErrorType.NO_TARGET, "path: nothing (expected: what is to be removed)");
        }
        if (value == null || !(value.isObject() || (within != null && value.isNull()))) {
            throw ScimException.badRequest(
                    ScimErrorType.INVALID_VALUE,
                    "value: " + (value == null ? "nothing" : Shape.of(value))
                            + " (expected: an object, since the operation has no path to one attribute)");
        }
        if (within != null && value.isNull()) {
            if (kind == Kind.REPLACE) {
                steps.steps.add(new PatchStep(Kind.REMOVE, new PatchPath(within, null), null));
            }
            return;
        }
        for (var entry : value.properties()) {
            readKey(type, kind, within, entry.getKey(), entry.getValue(), steps);
        }
    }

    private static void readKey(
            ScimResourceType type, Kind kind, @Nullable Target within, String key, JsonNode value, Steps steps) {
        if (ScimResourceType.isPassword(key) || key.equalsIgnoreCase("schemas")) {
            return;
        }
        String name = within == null || within.core() ? key : within.schema().urn() + ":" + key;
        PatchPath path = PatchPath.parse(type, name);
        if (path == null) {
            steps.ignored.add(Shape.name(name));
        } else if (path.target().attribute() == null) {
            if (within == null) {
                readObject(type, kind, path.target(), value, steps);
            } else {
                steps.ignored.add(Shape.name(name));
            }
        } else if (!path.target().readOnly()) {
            steps.steps.add(new PatchStep(kind, path, value));
        }
    }
}
