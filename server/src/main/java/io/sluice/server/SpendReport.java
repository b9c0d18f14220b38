package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Index;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/spend}: sums of the hour cube's cells. Sums are exact up to 2^53 (nine billion dollars a row), which is
 * what Elasticsearch's doubles hold.
 */
final class SpendReport {
    /** Buckets asked for at once. */
    private static final int BUCKETS = 1000;

    private static final String STARTING_AT = "starting_at";
    private static final List<String> SUMS = List.of(
            "spend_micros", "requests", "input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens");
    private static final String REQUESTS_KNOWN = "requests_known";

    static final Set<String> PARAMETERS = Set.of(
            Route.ORGANIZATION, "period", STARTING_AT, "ending_at", "group_by[]", "group_by", "user", "limit", "page");

    /**
     * One question.
     *
     * @param startingAt start of an hour; null with {@code endingAt} null: the newest month that has data
     * @param endingAt not included, end of an hour; null: no bound
     * @param users any of these; empty: all
     * @param page null: from the beginning
     */
    record Query(
            Period period,
            @Nullable Instant startingAt,
            @Nullable Instant endingAt,
            List<Dimension> groupBy,
            List<String> users,
            int limit,
            @Nullable JsonNode page) {

        /** The newest month by user: what the start page shows. */
        static Query byUser(int limit) {
            return new Query(Period.MONTH, null, null, List.of(Dimension.USER), List.of(), limit, null);
        }

        /** @throws Refusal naming the parameter that is wrong */
        static Query of(Parameters parameters) {
            String given = parameters.text("period");
            Period period = Arrays.stream(Period.values())
                    .filter(p ->
                            given == null ? p == Period.MONTH : p.parameter().equals(given))
                    .findFirst()
                    .orElseThrow(() -> Refusal.invalid(
                            "period",
                            String.valueOf(given),
                            "one of "
                                    + Arrays.stream(Period.values())
                                            .map(Period::parameter)
                                            .collect(Collectors.joining(", "))));
            List<String> names = new ArrayList<>(parameters.names("group_by[]"));
            parameters.names("group_by").stream()
                    .filter(name -> !names.contains(name))
                    .forEach(names::add);
            List<Dimension> groupBy = names.stream().map(Dimension::of).toList();
            Instant startingAt = parameters.time(STARTING_AT);
            Instant endingAt = parameters.time("ending_at");
            Parameters.requireOrder(startingAt, endingAt);
            return new Query(
                    period,
                    startingAt == null ? null : startingAt.truncatedTo(ChronoUnit.HOURS),
                    endingAt == null ? null : nextHour(endingAt),
                    groupBy,
                    parameters.all("user"),
                    parameters.limit(),
                    PageToken.decode(parameters.text("page"), 1 + groupBy.size()));
        }

        private static Instant nextHour(Instant time) {
            Instant hour = time.truncatedTo(ChronoUnit.HOURS);
            return hour.equals(time) ? hour : hour.plus(Duration.ofHours(1));
        }

        private Query over(@Nullable Instant from, @Nullable Instant to) {
            return new Query(period, from, to, groupBy, users, limit, page);
        }
    }

    private final Elastic elastic;

    SpendReport(Elastic elastic) {
        this.elastic = elastic;
    }

    /** The whole answer of {@code GET /v1/spend}. */
    CompletableFuture<ObjectNode> answer(String orgId, Query asked) {
        CompletableFuture<@Nullable String> watermark = elastic.watermark();
        return withRange(orgId, asked)
                .thenCompose(query -> collect(orgId, query, after(query.page()), new ArrayList<>())
                        .thenCombine(watermark, (rows, mark) -> envelope(query, rows, mark)));
    }

    /** A later page keeps the range of the first, also when the newest month has changed in between. */
    private CompletableFuture<Query> withRange(String orgId, Query query) {
        JsonNode page = query.page();
        if (page != null) {
            return CompletableFuture.completedFuture(
                    query.over(instant(page.path(STARTING_AT)), instant(page.path("ending_at"))));
        }
        if (query.startingAt() != null || query.endingAt() != null) {
            return CompletableFuture.completedFuture(query);
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        body.putObject("aggs").putObject("newest").putObject("max").put("field", STARTING_AT);
        return elastic.search(orgId, Index.SPEND_CELLS, List.of(), body).thenApply(response -> {
            JsonNode newest = response.path("aggregations").path("newest").path("value");
            if (!newest.isNumber()) {
                return query;
            }
            Instant month = Period.monthOf(Instant.ofEpochMilli(newest.asLong()));
            return query.over(month, Period.MONTH.end(month));
        });
    }

    private static @Nullable Instant instant(JsonNode millis) {
        return millis.isNumber() ? Instant.ofEpochMilli(millis.asLong()) : null;
    }

    private static @Nullable ArrayNode after(@Nullable JsonNode page) {
        return page != null && page.path("after") instanceof ArrayNode keys ? keys : null;
    }

    /** Asks until there is one row more than the limit, or nothing left: rows that are all zero are passed over. */
    private CompletableFuture<List<JsonNode>> collect(
            String orgId, Query query, @Nullable ArrayNode after, List<JsonNode> rows) {
        return elastic.search(orgId, Index.SPEND_CELLS, filters(query), body(query, after))
                .thenCompose(response -> {
                    JsonNode groups = response.path("aggregations").path("groups");
                    for (JsonNode bucket : groups.path("buckets")) {
                        if (rows.size() <= query.limit() && SUMS.stream().anyMatch(sum -> sum(bucket, sum) != 0)) {
                            rows.add(bucket);
                        }
                    }
                    JsonNode last = groups.path("after_key");
                    return rows.size() > query.limit() || last.isMissingNode()
                            ? CompletableFuture.completedFuture(rows)
                            : collect(orgId, query, keys(query, last), rows);
                });
    }

    private static List<ObjectNode> filters(Query query) {
        List<ObjectNode> filters = new ArrayList<>();
        if (query.startingAt() != null || query.endingAt() != null) {
            filters.add(Elastic.between(STARTING_AT, query.startingAt(), query.endingAt()));
        }
        if (!query.users().isEmpty()) {
            filters.add(Elastic.anyOf("user", query.users()));
        }
        return filters;
    }

    private static ObjectNode body(Query query, @Nullable ArrayNode after) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        ObjectNode groups = body.putObject("aggs").putObject("groups");
        ObjectNode composite = groups.putObject("composite").put("size", Math.min(BUCKETS, query.limit() + 1));
        ArrayNode sources = composite.putArray("sources");
        sources.addObject()
                .putObject(STARTING_AT)
                .putObject("date_histogram")
                .put("field", STARTING_AT)
                .put("calendar_interval", query.period().parameter());
        for (Dimension dimension : query.groupBy()) {
            sources.addObject()
                    .putObject(dimension.parameter())
                    .putObject("terms")
                    .put("field", dimension.field())
                    .put("missing_bucket", true);
        }
        if (after != null) {
            ObjectNode key = composite.putObject("after");
            key.set(STARTING_AT, after.get(0));
            for (int i = 0; i < query.groupBy().size(); i++) {
                key.set(query.groupBy().get(i).parameter(), after.get(i + 1));
            }
        }
        ObjectNode sums = groups.putObject("aggs");
        SUMS.forEach(sum -> sums.putObject(sum).putObject("sum").put("field", sum));
        sums.putObject(REQUESTS_KNOWN).putObject("value_count").put("field", "requests");
        return body;
    }

    private static long sum(JsonNode bucket, String sum) {
        return Math.round(bucket.path(sum).path("value").asDouble());
    }

    private static ArrayNode keys(Query query, JsonNode key) {
        ArrayNode keys = JsonNodeFactory.instance.arrayNode();
        keys.add(key.path(STARTING_AT));
        query.groupBy().forEach(dimension -> keys.add(key.get(dimension.parameter())));
        return keys;
    }

    private static ObjectNode envelope(Query query, List<JsonNode> rows, @Nullable String watermark) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        boolean more = rows.size() > query.limit();
        List<JsonNode> shown = more ? rows.subList(0, query.limit()) : rows;
        shown.forEach(bucket -> data.add(row(query, bucket)));
        answer.put("has_more", more);
        answer.put("next_page", more ? nextPage(query, shown.get(shown.size() - 1)) : null);
        answer.put("watermark", watermark);
        answer.put("period", query.period().parameter());
        answer.put(STARTING_AT, text(query.startingAt()));
        answer.put("ending_at", text(query.endingAt()));
        return answer;
    }

    private static String nextPage(Query query, JsonNode last) {
        ObjectNode position = JsonNodeFactory.instance.objectNode();
        if (query.startingAt() != null) {
            position.put(STARTING_AT, query.startingAt().toEpochMilli());
        }
        if (query.endingAt() != null) {
            position.put("ending_at", query.endingAt().toEpochMilli());
        }
        position.set("after", keys(query, last.path("key")));
        return PageToken.encode(position);
    }

    /** One row; its bounds are those of the period, cut to the range that was asked for. */
    private static ObjectNode row(Query query, JsonNode bucket) {
        JsonNode key = bucket.path("key");
        Instant start = Instant.ofEpochMilli(key.path(STARTING_AT).asLong());
        Instant end = query.period().end(start);
        Instant from = query.startingAt();
        Instant to = query.endingAt();
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.put(STARTING_AT, text(from != null && from.isAfter(start) ? from : start));
        row.put("ending_at", text(to != null && to.isBefore(end) ? to : end));
        ObjectNode group = row.putObject("group");
        query.groupBy().forEach(dimension -> group.set(dimension.parameter(), key.get(dimension.parameter())));
        row.put("spend_micros", sum(bucket, "spend_micros"));
        // Counters do not tell requests: without any document that does, the number is unknown and not 0.
        if (bucket.path(REQUESTS_KNOWN).path("value").asLong() == 0) {
            row.putNull("requests");
        } else {
            row.put("requests", sum(bucket, "requests"));
        }
        row.putObject("tokens")
                .put("input", sum(bucket, "input_tokens"))
                .put("output", sum(bucket, "output_tokens"))
                .put("cache_read", sum(bucket, "cache_read_tokens"))
                .put("cache_write", sum(bucket, "cache_creation_tokens"));
        return row;
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }
}
