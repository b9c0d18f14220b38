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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/spend}: sums of the hour cube's cells. Sums are exact up to 2^53 (nine billion dollars a row), which is
 * what Elasticsearch's doubles hold.
 */
final class SpendReport {
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
     * @param page null: an answer that nobody goes on from
     */
    record Query(
            Period period,
            @Nullable Instant startingAt,
            @Nullable Instant endingAt,
            List<Dimension> groupBy,
            List<String> users,
            int limit,
            @Nullable PageToken page) {

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
                    parameters.page());
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
    CompletableFuture<ObjectNode> answer(String orgId, Query asked, Privacy privacy) {
        CompletableFuture<@Nullable String> watermark = elastic.watermark();
        Composite groups = new Composite(asked.period(), fields(asked));
        return withRange(orgId, asked)
                .thenCompose(query -> groups.page(
                                elastic,
                                orgId,
                                Index.SPEND_CELLS,
                                filters(query),
                                sums(),
                                // Rows that are all zero are passed over.
                                bucket -> SUMS.stream().anyMatch(sum -> Composite.sum(bucket, sum) != 0),
                                privacy,
                                query.limit(),
                                position(query))
                        .thenCombine(
                                watermark,
                                (rows, mark) -> envelope(query, rows, mark, last -> {
                                    ObjectNode position = groups.position(groups.key(last), privacy);
                                    return nextPage(query, position);
                                })));
    }

    private static Map<String, String> fields(Query query) {
        Map<String, String> fields = new LinkedHashMap<>();
        query.groupBy().forEach(dimension -> fields.put(dimension.parameter(), dimension.field()));
        return fields;
    }

    private static @Nullable JsonNode position(Query query) {
        return query.page() == null ? null : query.page().position();
    }

    /** A later page keeps the range of the first, also when the newest month has changed in between. */
    private CompletableFuture<Query> withRange(String orgId, Query query) {
        JsonNode page = position(query);
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

    private static ObjectNode sums() {
        ObjectNode sums = Composite.sums(SUMS);
        sums.putObject(REQUESTS_KNOWN).putObject("value_count").put("field", "requests");
        return sums;
    }

    private static ObjectNode envelope(
            Query query, List<JsonNode> rows, @Nullable String watermark, Function<JsonNode, @Nullable String> next) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        boolean more = rows.size() > query.limit();
        List<JsonNode> shown = more ? rows.subList(0, query.limit()) : rows;
        shown.forEach(bucket -> data.add(row(query, bucket)));
        answer.put("has_more", more);
        answer.put("next_page", more ? next.apply(shown.get(shown.size() - 1)) : null);
        answer.put("watermark", watermark);
        answer.put("period", query.period().parameter());
        answer.put(STARTING_AT, text(query.startingAt()));
        answer.put("ending_at", text(query.endingAt()));
        return answer;
    }

    private static @Nullable String nextPage(Query query, ObjectNode position) {
        if (query.page() == null) {
            return null;
        }
        if (query.startingAt() != null) {
            position.put(STARTING_AT, query.startingAt().toEpochMilli());
        }
        if (query.endingAt() != null) {
            position.put("ending_at", query.endingAt().toEpochMilli());
        }
        return query.page().next(position);
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
        row.put("spend_micros", Composite.sum(bucket, "spend_micros"));
        // Counters do not tell requests: without any document that does, the number is unknown and not 0.
        if (bucket.path(REQUESTS_KNOWN).path("value").asLong() == 0) {
            row.putNull("requests");
        } else {
            row.put("requests", Composite.sum(bucket, "requests"));
        }
        row.putObject("tokens")
                .put("input", Composite.sum(bucket, "input_tokens"))
                .put("output", Composite.sum(bucket, "output_tokens"))
                .put("cache_read", Composite.sum(bucket, "cache_read_tokens"))
                .put("cache_write", Composite.sum(bucket, "cache_creation_tokens"));
        return row;
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }
}
