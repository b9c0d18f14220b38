package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One search of a dashboard: filters and aggregations, never documents.
 *
 * @param filters all of which must hold, besides the organization
 */
record DashboardSearch(List<ObjectNode> filters, Map<String, DashboardAggregation> aggregations) {
    private static final Set<String> HEADER =
            Set.of("index", "search_type", "ignore_unavailable", "allow_no_indices", "max_concurrent_shard_requests");
    private static final Set<String> BODY = Set.of("size", "query", "aggs", "aggregations");

    /**
     * @param header of {@code _msearch}
     * @throws Refusal NOT_FOUND when it does not name exactly one index that may be asked
     */
    static DashboardIndex index(JsonNode header) {
        JsonNode given = DashboardFilter.allowed(header, HEADER).path("index");
        JsonNode one = given.isArray() && given.size() == 1 ? given.path(0) : given;
        return DashboardIndex.of(one.isTextual() ? one.asText() : "");
    }

    /**
     * @param persons the value in the index of a person's name in a filter
     * @throws Refusal INVALID for what is not allowed
     */
    static DashboardSearch of(DashboardIndex index, JsonNode body, Privacy privacy, UnaryOperator<String> persons) {
        DashboardFilter.allowed(body, BODY);
        if (body.path("size").asInt(0) != 0 || body.has("aggs") && body.has("aggregations")) {
            throw Refusal.invalid(
                    "size", body.path("size").toString(), "0: documents are not told here, but by the REST API");
        }
        DashboardFilter filter = new DashboardFilter(index, persons);
        ObjectNode query = body.has("query") ? filter.of(body.path("query")) : JsonNodeFactory.instance.objectNode();
        return new DashboardSearch(
                query.isEmpty() ? List.of() : List.of(query),
                new DashboardAggregation.Reader(index, filter, privacy, DashboardRange.of(query, index.time()))
                        .all(body.path(body.has("aggs") ? "aggs" : "aggregations")));
    }

    /** Everything but the query of what has to be asked before; null: nothing. */
    @Nullable
    ObjectNode first() {
        Map<String, DashboardAggregation> first = new TreeMap<>();
        aggregations.forEach((name, each) -> {
            if (each instanceof DashboardAggregation.Buckets buckets && buckets.isChosenFirst()) {
                first.put(name, buckets.everybody());
            }
        });
        return first.isEmpty() ? null : new DashboardSearch(filters, first).body();
    }

    /** The same search of those alone who are shown. @param response to {@link #first} */
    DashboardSearch chosen(JsonNode response) {
        Map<String, DashboardAggregation> chosen = new TreeMap<>(aggregations);
        chosen.replaceAll(
                (name, each) -> each instanceof DashboardAggregation.Buckets buckets && buckets.isChosenFirst()
                        ? buckets.chosen(response.path("aggregations").path(name))
                        : each);
        return new DashboardSearch(filters, chosen);
    }

    /** Everything but the query. */
    ObjectNode body() {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        ObjectNode requests = DashboardAggregation.requests(aggregations);
        if (!requests.isEmpty()) {
            body.set("aggs", requests);
        }
        return body;
    }

    /** One of the {@code responses} of {@code _msearch}. */
    ObjectNode answer(JsonNode response) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.put("took", response.path("took").asLong()).put("timed_out", false);
        answer.putObject("hits").putArray("hits");
        ObjectNode told = answer.putObject("aggregations");
        aggregations.forEach((name, each) -> {
            // Only within buckets is there an aggregation without an answer.
            ObjectNode one = each.answer(response.path("aggregations").path(name), response);
            if (one != null) {
                told.set(name, one);
            }
        });
        return answer.put("status", 200);
    }
}
