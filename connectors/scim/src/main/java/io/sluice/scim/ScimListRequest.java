package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A query (RFC 7644, 3.4.2 and 3.4.3). {@code sortBy} and {@code sortOrder} are let pass, since sorting is declared as not
 * supported; the store has an order of its own, by something that never changes.
 *
 * @param filter null for all resources
 * @param startIndex from 1
 * @param count 0 to 200; 0 asks for the total only
 */
public record ScimListRequest(@Nullable ScimFilter filter, ScimProjection projection, int startIndex, int count) {
    /** On one page, as {@code filter.maxResults} says. */
    public static final int MAX_RESULTS = 200;

    /**
     * From a URL.
     *
     * @param parameter value of a query parameter by its name, decoded; null if not given
     * @throws ScimException 400 {@code invalidFilter}, {@code invalidValue}
     */
    public static ScimListRequest ofQuery(ScimResourceType type, Function<String, @Nullable String> parameter) {
        String filter = parameter.apply("filter");
        return new ScimListRequest(
                filter == null || filter.isBlank() ? null : ScimFilter.parse(type, filter),
                ScimProjection.of(type, parameter.apply("attributes"), parameter.apply("excludedAttributes")),
                startIndex(number("startIndex", parameter.apply("startIndex"))),
                count(number("count", parameter.apply("count"))));
    }

    /**
     * From the body of a POST to {@code /.search}.
     *
     * @throws ScimException 400 {@code invalidFilter}, {@code invalidValue}, {@code invalidSyntax}
     */
    public static ScimListRequest ofSearch(ScimResourceType type, ObjectNode body) {
        checkSchemas(ScimJson.field(body, "schemas"));
        JsonNode filter = ScimJson.field(body, "filter");
        if (filter != null && !filter.isTextual()) {
            throw ScimException.invalid(ScimErrorType.INVALID_FILTER, "filter", filter, "a text");
        }
        return new ScimListRequest(
                filter == null || filter.textValue().isBlank() ? null : ScimFilter.parse(type, filter.textValue()),
                ScimProjection.of(type, names(body, "attributes"), names(body, "excludedAttributes")),
                startIndex(number(body, "startIndex")),
                count(number(body, "count")));
    }

    private static void checkSchemas(@Nullable JsonNode schemas) {
        if (schemas == null) {
            return;
        }
        ScimNormalizer.checkSchemas(schemas);
        for (JsonNode schema : schemas) {
            if (schema.textValue().equalsIgnoreCase(ScimSchemas.SEARCH_REQUEST)) {
                return;
            }
        }
        throw ScimException.invalid(ScimErrorType.INVALID_SYNTAX, "schemas", schemas, ScimSchemas.SEARCH_REQUEST);
    }

    private static List<String> names(ObjectNode body, String field) {
        JsonNode value = ScimJson.field(body, field);
        List<String> names = new ArrayList<>();
        if (value == null) {
            return names;
        }
        for (JsonNode name : value.isTextual() ? List.of(value) : value) {
            if (!value.isContainerNode() || !name.isTextual()) {
                break;
            }
            names.add(name.textValue());
        }
        if (!value.isArray() || names.size() != value.size()) {
            throw ScimException.invalid(ScimErrorType.INVALID_VALUE, field, value, "a list of names");
        }
        return names;
    }

    private static @Nullable BigInteger number(ObjectNode body, String field) {
        JsonNode value = ScimJson.field(body, field);
        if (value == null) {
            return null;
        }
        if (value.isIntegralNumber()) {
            return value.bigIntegerValue();
        }
        if (value.isTextual()) {
            return number(field, value.textValue());
        }
        throw ScimException.invalid(ScimErrorType.INVALID_VALUE, field, value, "a whole number");
    }

    private static @Nullable BigInteger number(String field, @Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        String digits = text.trim();
        if (digits.length() > 20 || !digits.matches("[+-]?[0-9]+")) {
            throw ScimException.badRequest(
                    ScimErrorType.INVALID_VALUE,
                    field + ": text of " + text.length() + " characters (expected: a whole number)");
        }
        return new BigInteger(digits);
    }

    private static int startIndex(@Nullable BigInteger given) {
        return given == null ? 1 : clamp(given, 1, Integer.MAX_VALUE);
    }

    private static int count(@Nullable BigInteger given) {
        return given == null ? MAX_RESULTS : clamp(given, 0, MAX_RESULTS);
    }

    private static int clamp(BigInteger value, int least, int most) {
        return value.max(BigInteger.valueOf(least))
                .min(BigInteger.valueOf(most))
                .intValue();
    }
}
