package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Index;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Documents as they are, page by page: the events behind a number, the ledger, the dead letters. */
final class Listing {
    private static final Set<String> DATES = Set.of("occurred_at", "received_at", "hour");

    static final Set<String> EVENT_PARAMETERS = Set.of("user", "session", "starting_at", "ending_at", "limit", "page");
    static final Set<String> LEDGER_PARAMETERS = Set.of("source", "limit", "page");
    static final Set<String> DEAD_LETTER_PARAMETERS = Set.of("reason", "source", "limit", "page");

    /** received = the sum of all the others. */
    private static final List<String> LEDGER_ENDS =
            List.of("accepted", "duplicate", "rejected", "late", "ignored", "erased", "superseded");

    private record Order(String field, boolean ascending) {}

    private final Elastic elastic;

    Listing(Elastic elastic) {
        this.elastic = elastic;
    }

    /** {@code GET /v1/spend/events}, oldest first. */
    CompletableFuture<ObjectNode> events(String orgId, Parameters parameters) {
        List<ObjectNode> filters = equal(parameters, "user", "user", "session", "session_id");
        var startingAt = parameters.time("starting_at");
        var endingAt = parameters.time("ending_at");
        Parameters.requireOrder(startingAt, endingAt);
        if (startingAt != null || endingAt != null) {
            filters.add(Elastic.between("occurred_at", startingAt, endingAt));
        }
        return page(
                orgId,
                Index.SPEND_EVENTS,
                parameters,
                filters,
                List.of(new Order("occurred_at", true), new Order("event_id", true)),
                JsonNodeFactory.instance.objectNode());
    }

    /** {@code GET /v1/dead-letters}, newest first. */
    CompletableFuture<ObjectNode> deadLetters(String orgId, Parameters parameters) {
        return page(
                orgId,
                Index.DEAD_LETTERS,
                parameters,
                equal(parameters, "reason", "reason", "source", "source"),
                List.of(new Order("received_at", false), new Order("event_id", true)),
                JsonNodeFactory.instance.objectNode());
    }

    /** {@code GET /v1/ledger}, newest hour first, with the totals of all hours. */
    CompletableFuture<ObjectNode> ledger(String orgId, Parameters parameters) {
        ObjectNode totals = JsonNodeFactory.instance.objectNode();
        totals.putObject("received").putObject("sum").put("field", "received");
        LEDGER_ENDS.forEach(end -> totals.putObject(end).putObject("sum").put("field", end));
        return page(
                orgId,
                Index.LEDGER,
                parameters,
                equal(parameters, "source", "source"),
                List.of(new Order("hour", false), new Order("source", true)),
                totals);
    }

    private static List<ObjectNode> equal(Parameters parameters, String... namesAndFields) {
        List<ObjectNode> filters = new ArrayList<>();
        for (int i = 0; i < namesAndFields.length; i += 2) {
            String value = parameters.text(namesAndFields[i]);
            if (value != null) {
                filters.add(Elastic.term(namesAndFields[i + 1], value));
            }
        }
        return filters;
    }

    private CompletableFuture<ObjectNode> page(
            String orgId,
            Index index,
            Parameters parameters,
            List<ObjectNode> filters,
            List<Order> orders,
            ObjectNode totals) {
        int limit = parameters.limit();
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", limit + 1);
        ArrayNode sort = body.putArray("sort");
        orders.forEach(order -> sort.addObject().put(order.field(), order.ascending() ? "asc" : "desc"));
        JsonNode position = PageToken.decode(parameters.text("page"), orders.size());
        if (position != null) {
            body.set("search_after", position.path("after"));
        }
        if (!totals.isEmpty()) {
            body.set("aggs", totals);
        }
        return elastic.search(orgId, index, filters, body)
                .thenApply(response -> index == Index.LEDGER
                        ? withTotals(envelope(response, limit), response.path("aggregations"))
                        : envelope(response, limit));
    }

    private static ObjectNode envelope(JsonNode response, int limit) {
        JsonNode hits = response.path("hits").path("hits");
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        for (int i = 0; i < Math.min(limit, hits.size()); i++) {
            data.add(row(hits.get(i).path("_source")));
        }
        boolean more = hits.size() > limit;
        answer.put("has_more", more);
        if (more) {
            ObjectNode position = JsonNodeFactory.instance.objectNode();
            position.set("after", hits.get(limit - 1).path("sort"));
            answer.put("next_page", PageToken.encode(position));
        } else {
            answer.putNull("next_page");
        }
        return answer;
    }

    private static ObjectNode row(JsonNode source) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        source.properties().forEach(field -> {
            if (DATES.contains(field.getKey())) {
                row.put(field.getKey(), Elastic.time(field.getValue()));
            } else {
                row.set(field.getKey(), field.getValue());
            }
        });
        row.remove(List.of("org_id", "empty"));
        return row;
    }

    private static ObjectNode withTotals(ObjectNode answer, JsonNode sums) {
        ObjectNode totals = answer.putObject("totals");
        totals.put("received", total(sums, "received"));
        LEDGER_ENDS.forEach(end -> totals.put(end, total(sums, end)));
        boolean balanced = isBalanced(totals);
        for (JsonNode row : answer.path("data")) {
            if (row instanceof ObjectNode counts) {
                // A count that is not in the document is none, and shown as such.
                LEDGER_ENDS.forEach(end -> counts.put(end, row.path(end).asLong()));
            }
            balanced &= isBalanced(row);
        }
        return answer.put("balanced", balanced);
    }

    private static long total(JsonNode sums, String field) {
        return Math.round(sums.path(field).path("value").asDouble());
    }

    private static boolean isBalanced(JsonNode counts) {
        long ends =
                LEDGER_ENDS.stream().mapToLong(end -> counts.path(end).asLong()).sum();
        return counts.path("received").asLong() == ends;
    }
}
