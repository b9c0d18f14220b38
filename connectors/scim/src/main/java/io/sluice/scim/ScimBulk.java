package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bulk requests (RFC 7644, 3.7). Operations are executed in their order, except that one which refers to the
 * {@code bulkId} of a later one waits for it. What cannot be executed gets an error of its own and the others go on, up
 * to {@code failOnErrors}.
 */
public final class ScimBulk {
    public static final int MAX_OPERATIONS = 1_000;
    public static final int MAX_PAYLOAD_BYTES = 1_048_576;

    private static final String REFERENCE = "bulkId:";

    /** The methods that a bulk request may have. */
    public enum Method {
        POST,
        PUT,
        PATCH,
        DELETE
    }

    /**
     * One operation, ready to be executed: references are replaced by ids.
     *
     * @param bulkId the client's name for it, or null
     * @param id of the resource; null for POST only
     * @param version the ETag that the resource should have, or null
     * @param data the body; empty for DELETE
     */
    public record Operation(
            Method method,
            @Nullable String bulkId,
            ScimResourceType type,
            @Nullable String id,
            @Nullable String version,
            ObjectNode data) {}

    /**
     * How an operation ended well.
     *
     * @param status 200, 201 or 204
     * @param id of the resource, for references to it
     * @param location absolute URL
     * @param version the new ETag; null after DELETE
     */
    public record Outcome(
            int status,
            String id,
            String location,
            @Nullable String version) {}

    /** Executes one operation, with all its effects, before it returns. */
    @FunctionalInterface
    public interface Executor {
        /**
         * Executes one operation.
         *
         * @throws ScimException if it is refused; any other exception ends the whole request, so that a failure which is
         *     to be the operation's alone has to come as a {@link ScimException} of status 500 or 503
         */
        Outcome execute(Operation operation);
    }

    /** One operation as it was read, or why it could not be. */
    private record Entry(
            @Nullable Method method,
            String methodText,
            @Nullable String bulkId,
            String path,
            @Nullable String version,
            ObjectNode data,
            @Nullable ScimException refused) {}

    private final List<Entry> entries;
    private final int failOnErrors;
    private final Executor executor;
    private final String baseUrl;
    private final Map<String, Integer> byBulkId = new HashMap<>();
    private final Map<String, String> ids = new HashMap<>();
    private final @Nullable ObjectNode[] results;
    private int errors;

    private ScimBulk(List<Entry> entries, int failOnErrors, String baseUrl, Executor executor) {
        this.entries = entries;
        this.failOnErrors = failOnErrors;
        this.executor = executor;
        this.baseUrl = baseUrl;
        this.results = new ObjectNode[entries.size()];
    }

    /**
     * Executes a request and returns its answer, which has one result for each operation that was tried, in the order of
     * the request.
     *
     * @param baseUrl absolute, without a slash at its end; for the {@code location} of operations that failed
     * @throws ScimException for the request as a whole, before anything is executed: 413 for more than 1,000 operations,
     *     400 {@code invalidSyntax} if it is not a bulk request, {@code invalidValue} if two operations have the same
     *     {@code bulkId}
     */
    public static ObjectNode run(ObjectNode body, String baseUrl, Executor executor) {
        JsonNode operations = ScimJson.field(body, "Operations");
        checkSchemas(ScimJson.field(body, "schemas"));
        if (operations == null || !operations.isArray()) {
            throw ScimException.invalid(
                    ScimErrorType.INVALID_SYNTAX,
                    "Operations",
                    operations == null ? body.path("Operations") : operations,
                    "a list of operations");
        }
        if (operations.size() > MAX_OPERATIONS) {
            throw new ScimException(
                    413,
                    null,
                    "Operations: a list of " + operations.size() + " (expected: at most " + MAX_OPERATIONS + ")");
        }
        List<Entry> entries = new ArrayList<>();
        operations.forEach(operation -> entries.add(entry(operation)));
        return new ScimBulk(entries, failOnErrors(ScimJson.field(body, "failOnErrors")), baseUrl, executor).run();
    }

    /** The error for a body over {@link #MAX_PAYLOAD_BYTES}, which is the caller's to see. */
    public static ScimException tooLarge() {
        return new ScimException(413, null, "body: too large (expected: at most " + MAX_PAYLOAD_BYTES + " bytes)");
    }

    private static void checkSchemas(@Nullable JsonNode schemas) {
        if (schemas == null) {
            return;
        }
        ScimNormalizer.checkSchemas(schemas);
        for (JsonNode schema : schemas) {
            if (schema.textValue().equalsIgnoreCase(ScimSchemas.BULK_REQUEST)) {
                return;
            }
        }
        throw ScimException.invalid(ScimErrorType.INVALID_SYNTAX, "schemas", schemas, ScimSchemas.BULK_REQUEST);
    }

    /** Absent and 0: no limit. */
    private static int failOnErrors(@Nullable JsonNode value) {
        if (value == null || (value.canConvertToInt() && value.isIntegralNumber() && value.intValue() == 0)) {
            return Integer.MAX_VALUE;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
            throw ScimException.invalid(ScimErrorType.INVALID_VALUE, "failOnErrors", value, "a whole number from 0");
        }
        return value.intValue();
    }

    private static Entry entry(JsonNode operation) {
        if (!(operation instanceof ObjectNode object)) {
            throw ScimException.invalid(ScimErrorType.INVALID_SYNTAX, "Operations", operation, "objects in the list");
        }
        String methodText = text(object, "method");
        String bulkId = optional(object, "bulkId");
        String path = text(object, "path");
        JsonNode data = ScimJson.field(object, "data");
        Method method = method(methodText);
        ScimException refused = null;
        if (method == null) {
            refused = ScimException.badRequest(
                    ScimErrorType.INVALID_SYNTAX,
                    "method: text of " + methodText.length() + " characters (expected: POST, PUT, PATCH or DELETE)");
        } else if (method == Method.POST && bulkId == null) {
            refused = ScimException.badRequest(
                    ScimErrorType.INVALID_SYNTAX, "bulkId: nothing (expected: a text, since the method is POST)");
        } else if (method != Method.DELETE && !(data instanceof ObjectNode)) {
            refused = ScimException.badRequest(
                    ScimErrorType.INVALID_SYNTAX,
                    "data: " + (data == null ? "nothing" : Shape.of(data)) + " (expected: an object)");
        }
        return new Entry(
                method,
                Shape.name(methodText),
                bulkId,
                path,
                optional(object, "version"),
                data instanceof ObjectNode given ? given : ScimJson.object(),
                refused);
    }

    private static @Nullable Method method(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        for (Method method : Method.values()) {
            if (method.name().equals(upper)) {
                return method;
            }
        }
        return null;
    }

    private static String text(ObjectNode operation, String field) {
        String text = optional(operation, field);
        return text == null ? "" : text;
    }

    private static @Nullable String optional(ObjectNode operation, String field) {
        JsonNode value = ScimJson.field(operation, field);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()
                || !Text.isClean(value.textValue())
                || value.textValue().length() > 1_000) {
            throw ScimException.invalid(
                    ScimErrorType.INVALID_SYNTAX,
                    "Operations." + field,
                    value,
                    "a text of at most 1000 characters, without NUL and lone surrogates");
        }
        return value.textValue();
    }

    private ObjectNode run() {
        for (int i = 0; i < entries.size(); i++) {
            String bulkId = entries.get(i).bulkId();
            if (bulkId != null && byBulkId.put(bulkId, i) != null) {
                throw ScimException.badRequest(
                        ScimErrorType.INVALID_VALUE,
                        "bulkId: used by two operations (expected: one that is unique in the request)");
            }
        }
        for (int i = 0; i < entries.size() && errors < failOnErrors; i++) {
            execute(i, new HashSet<>());
        }
        ObjectNode out = ScimJson.object();
        out.putArray("schemas").add(ScimSchemas.BULK_RESPONSE);
        ArrayNode list = out.putArray("Operations");
        for (ObjectNode result : results) {
            if (result != null) {
                list.add(result);
            }
        }
        return out;
    }

    /** @param waiting operations that wait for this one; at most 1,000 deep */
    private void execute(int index, Set<Integer> waiting) {
        if (results[index] != null || errors >= failOnErrors) {
            return;
        }
        Entry entry = entries.get(index);
        try {
            if (entry.refused() != null) {
                throw entry.refused();
            }
            waiting.add(index);
            awaitReferences(entry, waiting);
            waiting.remove(index);
            if (results[index] == null && errors < failOnErrors) {
                results[index] = result(entry, executor.execute(operation(entry)));
            }
        } catch (ScimException e) {
            waiting.remove(index);
            results[index] = failure(entry, e);
            errors++;
        }
    }

    private void awaitReferences(Entry entry, Set<Integer> waiting) {
        Set<String> references = new LinkedHashSet<>();
        collectReferences(TextNode.valueOf(idOf(entry.path())), references);
        collectReferences(entry.data(), references);
        for (String reference : references) {
            Integer other = byBulkId.get(reference);
            if (other == null) {
                throw ScimException.badRequest(
                        ScimErrorType.INVALID_VALUE,
                        "bulkId: a reference to no operation (expected: the bulkId of one in the request)");
            }
            if (waiting.contains(other)) {
                throw new ScimException(
                        409, null, "bulkId: operations refer to each other in a circle (expected: an order)");
            }
            execute(other, waiting);
            if (!ids.containsKey(reference) && errors < failOnErrors) {
                throw new ScimException(
                        409,
                        null,
                        "bulkId: a reference to an operation that failed (expected: one that made a resource)");
            }
        }
    }

    private static void collectReferences(JsonNode node, Set<String> references) {
        if (node.isTextual() && node.textValue().startsWith(REFERENCE)) {
            references.add(node.textValue().substring(REFERENCE.length()));
        }
        node.forEach(child -> collectReferences(child, references));
    }

    private JsonNode resolved(JsonNode node) {
        if (node.isTextual() && node.textValue().startsWith(REFERENCE)) {
            return TextNode.valueOf(resolved(node.textValue()));
        }
        if (node instanceof ObjectNode object) {
            ObjectNode out = ScimJson.object();
            object.properties().forEach(entry -> out.set(entry.getKey(), resolved(entry.getValue())));
            return out;
        }
        if (node instanceof ArrayNode list) {
            ArrayNode out = ScimJson.array();
            list.forEach(element -> out.add(resolved(element)));
            return out;
        }
        return node;
    }

    private String resolved(String text) {
        String id = text.startsWith(REFERENCE) ? ids.get(text.substring(REFERENCE.length())) : null;
        return id == null ? text : id;
    }

    private Operation operation(Entry entry) {
        Method method = entry.method();
        String path = entry.path();
        int slash = path.indexOf('/', 1);
        ScimResourceType type = ScimResourceType.ofEndpoint(slash < 0 ? path : path.substring(0, slash));
        String id = resolved(idOf(path));
        if (method == null || type == null || (method == Method.POST) != id.isEmpty() || id.indexOf('/') >= 0) {
            throw ScimException.badRequest(
                    ScimErrorType.INVALID_PATH,
                    "path: text of " + path.length()
                            + " characters (expected: /Users or /Groups for POST, with the id behind it for others)");
        }
        return new Operation(method, entry.bulkId(), type, id.isEmpty() ? null : id, entry.version(), (ObjectNode)
                resolved(entry.data()));
    }

    private static String idOf(String path) {
        int slash = path.indexOf('/', 1);
        return slash < 0 ? "" : path.substring(slash + 1);
    }

    private ObjectNode result(Entry entry, Outcome outcome) {
        if (entry.bulkId() != null) {
            ids.put(entry.bulkId(), outcome.id());
        }
        ObjectNode out = head(entry, outcome.location());
        if (outcome.version() != null) {
            out.put("version", outcome.version());
        }
        return out.put("status", Integer.toString(outcome.status()));
    }

    /** The location is there unless the operation was to make the resource (RFC 7644, 3.7). */
    private ObjectNode failure(Entry entry, ScimException e) {
        boolean located = entry.method() != Method.POST && !idOf(entry.path()).isEmpty();
        ObjectNode out = head(entry, located ? baseUrl + resolvedPath(entry.path()) : null);
        out.put("status", Integer.toString(e.status()));
        out.set("response", e.body());
        return out;
    }

    private String resolvedPath(String path) {
        String id = idOf(path);
        return path.substring(0, path.length() - id.length()) + resolved(id);
    }

    private static ObjectNode head(Entry entry, @Nullable String location) {
        ObjectNode out = ScimJson.object();
        if (location != null) {
            out.put("location", location);
        }
        out.put(
                "method",
                entry.method() == null ? entry.methodText() : entry.method().name());
        if (entry.bulkId() != null) {
            out.put("bulkId", entry.bulkId());
        }
        return out;
    }
}
