package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The queries that dashboards may send. Each clause is written anew from what was understood of it; whatever was not is
 * refused, so nothing reaches Elasticsearch that is not known here.
 */
final class DashboardFilter {
    private static final int MOST_VALUES = 1_000;
    private static final int DEEPEST = 5;
    private static final long LATEST = 9_000_000_000_000L;
    private static final Set<String> BOUNDS = Set.of("gte", "gt", "lte", "lt");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final DashboardIndex index;
    private final UnaryOperator<String> persons;

    /** @param persons the value in the index of a person's name in a query */
    DashboardFilter(DashboardIndex index, UnaryOperator<String> persons) {
        this.index = index;
        this.persons = persons;
    }

    /** @throws Refusal INVALID for what is not allowed */
    ObjectNode of(JsonNode query) {
        return of(query, DEEPEST);
    }

    private ObjectNode of(JsonNode query, int deeper) {
        Map.Entry<String, JsonNode> clause = only(query, "query");
        JsonNode body = clause.getValue();
        return switch (clause.getKey()) {
            case "bool" -> bool(body, deeper);
            case "term" -> term(only(body, "term"));
            case "terms" -> terms(only(body, "terms"));
            case "range" -> range(only(body, "range"));
            case "exists" -> exists(allowed(body, Set.of("field")).path("field"));
            case "match_all" -> all(allowed(body, Set.of()));
            case "query_string" ->
                queryString(allowed(body, Set.of("query", "analyze_wildcard")).path("query"));
            default ->
                throw Refusal.invalid(
                        "query", clause.getKey(), "bool, term, terms, range, exists, match_all or query_string");
        };
    }

    private ObjectNode bool(JsonNode body, int deeper) {
        if (deeper == 0) {
            throw Refusal.invalid("query", "bool", "at most " + DEEPEST + " within each other");
        }
        ObjectNode bool = JSON.objectNode();
        for (Map.Entry<String, JsonNode> part :
                allowed(body, Set.of("filter", "must", "must_not", "should")).properties()) {
            ArrayNode clauses = bool.putArray(part.getKey());
            List<JsonNode> given = part.getValue().isArray() ? list(part.getValue()) : List.of(part.getValue());
            if (given.size() > MOST_VALUES) {
                throw Refusal.invalid(part.getKey(), given.size() + " clauses", "at most " + MOST_VALUES);
            }
            given.forEach(each -> clauses.add(of(each, deeper - 1)));
        }
        if (bool.has("should")) {
            // Beside a filter, Elasticsearch would take it for an order of preference.
            bool.put("minimum_should_match", 1);
        }
        ObjectNode query = JSON.objectNode();
        query.set("bool", bool);
        return query;
    }

    private ObjectNode term(Map.Entry<String, JsonNode> term) {
        JsonNode value = term.getValue().isObject()
                ? allowed(term.getValue(), Set.of("value")).path("value")
                : term.getValue();
        return equal(index.field(JSON.textNode(term.getKey())), List.of(value));
    }

    private ObjectNode terms(Map.Entry<String, JsonNode> terms) {
        // An object here would be read from another document.
        if (!terms.getValue().isArray()) {
            throw Refusal.invalid(terms.getKey(), terms.getValue().getNodeType().toString(), "a list of values");
        }
        return equal(index.field(JSON.textNode(terms.getKey())), list(terms.getValue()));
    }

    private ObjectNode equal(DashboardField field, List<JsonNode> values) {
        if (values.size() > MOST_VALUES) {
            throw Refusal.invalid(field.name(), values.size() + " values", "at most " + MOST_VALUES);
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode value : values) {
            if (!value.isValueNode() || value.isNull()) {
                throw Refusal.invalid(field.name(), value.toString(), "a text, a number or a boolean");
            }
            texts.add(text(field, value.asText()));
        }
        return Elastic.anyOf(field.source(), texts);
    }

    /** A value that the field can have: others Elasticsearch does not take, and blames itself. */
    private String text(DashboardField field, String value) {
        return switch (field.kind()) {
            case PERSON -> persons.apply(value);
            case FLAG -> {
                if (!value.equals("true") && !value.equals("false")) {
                    throw Refusal.invalid(field.name(), value, "true or false");
                }
                yield value;
            }
            case WHOLE -> {
                try {
                    yield String.valueOf(Integer.parseInt(value));
                } catch (NumberFormatException e) {
                    throw Refusal.invalid(field.name(), value, "a whole number");
                }
            }
            case LABEL -> value;
            case TIME, NUMBER, MILLIONTHS ->
                throw Refusal.invalid("field", field.name(), "a label; numbers and times have ranges");
        };
    }

    private ObjectNode range(Map.Entry<String, JsonNode> range) {
        DashboardField field = index.field(JSON.textNode(range.getKey()));
        // The order of names would tell a pseudonym's place among them.
        if (!field.isNumber() && field.kind() != DashboardField.Kind.TIME) {
            throw Refusal.invalid("field", field.name(), "a number or a time");
        }
        ObjectNode query = JSON.objectNode();
        ObjectNode bounds = query.putObject("range").putObject(field.source());
        for (Map.Entry<String, JsonNode> bound : allowed(range.getValue(), Set.of("gte", "gt", "lte", "lt", "format"))
                .properties()) {
            if (BOUNDS.contains(bound.getKey())) {
                long value = field.kind() == DashboardField.Kind.TIME
                        ? time(bound.getKey(), bound.getValue())
                        : Math.round(number(bound.getKey(), bound.getValue()) * field.unit());
                bounds.put(bound.getKey(), value);
            } else if (!bound.getValue().asText().equals("epoch_millis")) {
                throw Refusal.invalid("format", bound.getValue().toString(), "epoch_millis");
            }
        }
        if (field.kind() == DashboardField.Kind.TIME) {
            bounds.put("format", "epoch_millis");
        }
        return query;
    }

    /** Grafana sends numbers as texts, too. */
    static double number(String field, JsonNode value) {
        try {
            double number = Double.parseDouble(value.asText());
            if (Math.abs(number) < 1e15 && value.isValueNode()) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, as any other value that is no number.
        }
        throw Refusal.invalid(field, value.toString(), "a number");
    }

    /** Epoch ms, of which Elasticsearch also has the nanoseconds in a long. */
    static long time(String field, JsonNode value) {
        double time = number(field, value);
        if (time < 0 || time > LATEST) {
            throw Refusal.invalid(field, value.toString(), "epoch milliseconds, 0 to " + LATEST);
        }
        return Math.round(time);
    }

    private ObjectNode exists(JsonNode name) {
        ObjectNode query = JSON.objectNode();
        query.putObject("exists").put("field", index.field(name).source());
        return query;
    }

    private static ObjectNode all(JsonNode body) {
        ObjectNode query = JSON.objectNode();
        query.putObject("match_all").setAll((ObjectNode) body);
        return query;
    }

    private ObjectNode queryString(JsonNode text) {
        if (!text.isTextual()) {
            throw Refusal.invalid("query_string.query", text.toString(), "a text");
        }
        ObjectNode query = JSON.objectNode();
        ObjectNode bool = query.putObject("bool");
        for (DashboardQueryString.Term term : DashboardQueryString.parse(text.asText())) {
            ObjectNode clause = term.exists()
                    ? exists(JSON.textNode(term.field()))
                    : equal(
                            index.field(JSON.textNode(term.field())),
                            term.values().stream().<JsonNode>map(JSON::textNode).toList());
            bool.withArray(term.negated() ? "must_not" : "filter").add(clause);
        }
        return query;
    }

    /** The one member of an object. */
    static Map.Entry<String, JsonNode> only(JsonNode object, String where) {
        if (!object.isObject() || object.size() != 1) {
            throw Refusal.invalid(
                    where,
                    object.isObject()
                            ? object.size() + " members"
                            : object.getNodeType().toString(),
                    "an object of one member");
        }
        return object.properties().iterator().next();
    }

    /** The object, which has no other members than these. */
    static JsonNode allowed(JsonNode object, Set<String> members) {
        if (!object.isObject()) {
            throw Refusal.invalid("query", object.getNodeType().toString(), "an object");
        }
        object.fieldNames().forEachRemaining(name -> {
            if (!members.contains(name)) {
                throw Refusal.invalid(
                        "query",
                        name,
                        members.isEmpty()
                                ? "no members"
                                : "one of "
                                        + String.join(
                                                ", ", members.stream().sorted().toList()));
            }
        });
        return object;
    }

    static List<JsonNode> list(JsonNode array) {
        List<JsonNode> list = new ArrayList<>();
        array.forEach(list::add);
        return list;
    }
}
