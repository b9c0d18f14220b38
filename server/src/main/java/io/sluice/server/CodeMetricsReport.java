package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Metric;
import io.sluice.core.privacy.PrivacyMode;
import io.sluice.core.privacy.TeamDays;
import io.sluice.core.spend.Users;
import io.sluice.schema.Index;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/code-metrics}: sums of rows, and of the ledger's cells, by group and period. */
final class CodeMetricsReport {
    private static final String STARTING_AT = "starting_at";

    /** Minutes that Elasticsearch may be asked for at once. */
    private static final Duration MOST_MINUTES = Duration.ofDays(31);

    private static final int MOST_COUNTS = 10_000;

    /** Of a group and a period. */
    private record Key(List<JsonNode> parts) {}

    private static final Comparator<Key> ORDER = (a, b) -> {
        int order = Long.compare(a.parts.get(0).asLong(), b.parts.get(0).asLong());
        for (int i = 1; order == 0 && i < a.parts.size(); i++) {
            order = compare(a.parts.get(i), b.parts.get(i));
        }
        return order;
    };

    /**
     * Rows of an answer, in order.
     *
     * @param values by metric; null: there is no such figure
     */
    record Line(Instant startingAt, Instant endingAt, List<@Nullable String> group, List<@Nullable Double> values) {}

    /**
     * @param query with its range
     * @param approximate metrics that a sketch counted
     */
    record Table(
            CodeMetricsQuery query,
            List<Line> lines,
            @Nullable String nextPage,
            Set<Metric> approximate,
            ObjectNode coverage,
            @Nullable String watermark) {}

    private final Elastic elastic;
    private final PrivacyGate gate;
    private final Clock clock;

    CodeMetricsReport(Elastic elastic, PrivacyGate gate, Clock clock) {
        this.elastic = elastic;
        this.gate = gate;
        this.clock = clock;
    }

    CompletableFuture<Table> table(String orgId, CodeMetricsQuery asked, Privacy privacy) {
        if (privacy.mode() == PrivacyMode.TEAM_ONLY) {
            TeamOnlyReport.require(asked);
            return teamsOnly(orgId, asked, privacy.minimum());
        }
        List<String> users = asked.filters().getOrDefault(CodeDimension.USER, List.of());
        return gate.labels(orgId, privacy, users)
                .thenCompose(labels -> named(orgId, asked, asked.ofUsers(labels)))
                .thenApply(table -> new Table(
                        table.query,
                        table.lines.stream()
                                .map(line -> hidden(table.query, line, privacy))
                                .toList(),
                        table.nextPage,
                        table.approximate,
                        table.coverage,
                        table.watermark));
    }

    private static Line hidden(CodeMetricsQuery query, Line line, Privacy privacy) {
        int user = query.groupBy().indexOf(CodeDimension.USER);
        String name = user < 0 ? null : line.group.get(user);
        if (name == null || privacy.names() == null) {
            return line;
        }
        List<@Nullable String> group = new ArrayList<>(line.group);
        group.set(user, privacy.name(name));
        return new Line(line.startingAt, line.endingAt, group, line.values);
    }

    /** @param asked with users as they were given, which cursors are bound to */
    private CompletableFuture<Table> named(String orgId, CodeMetricsQuery asked, CodeMetricsQuery translated) {
        CompletableFuture<@Nullable String> watermark = elastic.watermark("code-metrics");
        return withRange(orgId, translated)
                .thenCompose(query -> collect(orgId, asked, query)
                        .thenCombine(
                                coverage(orgId, query),
                                (table, coverage) -> new Table(
                                        table.query, table.lines, table.nextPage, table.approximate, coverage, null)))
                .thenCombine(
                        watermark,
                        (table, mark) -> new Table(
                                table.query, table.lines, table.nextPage, table.approximate, table.coverage, mark));
    }

    /** All of the table that may be told, and of it what was asked for; too short for pages. */
    private CompletableFuture<Table> teamsOnly(String orgId, CodeMetricsQuery asked, int minimum) {
        List<Metric> metrics = new ArrayList<>(asked.metrics());
        metrics.add(Metric.ACTIVE_USERS);
        CodeMetricsFigures figures = new CodeMetricsFigures(metrics, Period.DAY, false);
        return withRange(orgId, asked).thenCompose(query -> {
            CodeMetricsQuery ofTable = TeamOnlyReport.ofTable(query);
            CompletableFuture<List<JsonNode>> rows =
                    all(orgId, Index.CODE_METRICS, ofTable, figures.ofRows(), null, new ArrayList<>());
            CompletableFuture<List<JsonNode>> cells = figures.needsLedger()
                    ? all(orgId, Index.SPEND_CELLS, ofTable, figures.ofLedger(), null, new ArrayList<>())
                    : CompletableFuture.completedFuture(List.of());
            return rows.thenCombine(cells, (ofRows, ofCells) -> {
                        List<TeamDays.Cell<TeamOnlyReport.Figures>> found = new ArrayList<>();
                        for (Found group : merged(ofTable, ofRows, ofCells)) {
                            found.add(cell(figures, group));
                        }
                        TeamDays.Table<TeamOnlyReport.Figures> table =
                                TeamDays.of(found, minimum, TeamOnlyReport.today(clock.instant()));
                        ObjectNode coverage = JsonNodeFactory.instance.objectNode();
                        coverage.put("team_days_told", table.told().size()).put("team_days_left_out", table.left());
                        return new Table(
                                query, TeamOnlyReport.lines(query, figures, table), null, Set.of(), coverage, null);
                    })
                    .thenCombine(
                            elastic.watermark("code-metrics"),
                            (table, mark) -> new Table(table.query, table.lines, null, Set.of(), table.coverage, mark));
        });
    }

    /** Of the people behind the rows and those behind the cells the fewer ones count. */
    private static TeamDays.Cell<TeamOnlyReport.Figures> cell(CodeMetricsFigures figures, Found group) {
        Double people = figures.value(Metric.ACTIVE_USERS, group.rows, group.cells);
        long behind = people == null ? 0 : Math.round(people);
        if (figures.needsLedger()) {
            behind = Math.min(behind, CodeMetricsFigures.people(group.cells));
        }
        JsonNode team = group.key.parts.get(1);
        return new TeamDays.Cell<>(
                team.isTextual() ? team.asText() : Users.UNASSIGNED,
                Math.floorDiv(
                        group.key.parts.get(0).asLong(), Duration.ofDays(1).toMillis()),
                behind,
                new TeamOnlyReport.Figures(group.rows, group.cells));
    }

    private CompletableFuture<List<JsonNode>> all(
            String orgId,
            Index index,
            CodeMetricsQuery query,
            ObjectNode aggregations,
            @Nullable ArrayNode after,
            List<JsonNode> found) {
        return buckets(orgId, index, query, aggregations.deepCopy(), after, query.limit())
                .thenCompose(buckets -> {
                    found.addAll(buckets);
                    return buckets.size() < query.limit()
                            ? CompletableFuture.completedFuture(found)
                            : all(
                                    orgId,
                                    index,
                                    query,
                                    aggregations,
                                    keys(key(query, buckets.get(buckets.size() - 1))),
                                    found);
                });
    }

    /** A later page keeps the range of the first. */
    private CompletableFuture<CodeMetricsQuery> withRange(String orgId, CodeMetricsQuery query) {
        JsonNode page = query.page();
        if (page != null) {
            return CompletableFuture.completedFuture(query.over(
                    Instant.ofEpochMilli(page.path(STARTING_AT).asLong()),
                    Instant.ofEpochMilli(page.path("ending_at").asLong())));
        }
        if (query.startingAt() != null && query.endingAt() != null) {
            return CompletableFuture.completedFuture(query);
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        ObjectNode aggregations = body.putObject("aggs");
        aggregations.putObject("oldest").putObject("min").put("field", STARTING_AT);
        aggregations.putObject("newest").putObject("max").put("field", STARTING_AT);
        return elastic.search(orgId, Index.CODE_METRICS, new ArrayList<>(), body)
                .thenApply(response -> withRange(query, response.path("aggregations")));
    }

    private static CodeMetricsQuery withRange(CodeMetricsQuery query, JsonNode known) {
        Instant from = query.startingAt();
        Instant to = query.endingAt();
        Instant oldest = Instant.ofEpochMilli(known.path("oldest").path("value").asLong());
        Instant newest = Instant.ofEpochMilli(known.path("newest").path("value").asLong());
        if (from == null && to == null) {
            Instant month = Period.monthOf(newest);
            return query.over(month, Period.MONTH.end(month));
        }
        Instant after = newest.plus(Duration.ofHours(1));
        return query.over(
                from != null ? from : oldest,
                to != null
                        ? to
                        : from != null && from.isBefore(after) ? after : Period.HOUR.end(from == null ? oldest : from));
    }

    private CompletableFuture<Table> collect(String orgId, CodeMetricsQuery asked, CodeMetricsQuery query) {
        CodeMetricsFigures figures = new CodeMetricsFigures(query.metrics(), query.period(), query.isByLabel());
        JsonNode page = query.page();
        ArrayNode after = page != null && page.path("after") instanceof ArrayNode keys ? keys : null;
        return more(orgId, asked, query, figures, after, new ArrayList<>());
    }

    /** Both indices are asked for the next groups in the same order, so that the first of both together are the next ones. */
    private CompletableFuture<Table> more(
            String orgId,
            CodeMetricsQuery asked,
            CodeMetricsQuery query,
            CodeMetricsFigures figures,
            @Nullable ArrayNode after,
            List<Found> found) {
        int size = query.limit() + 1;
        CompletableFuture<List<JsonNode>> rows =
                buckets(orgId, Index.CODE_METRICS, query, figures.ofRows(), after, size);
        CompletableFuture<List<JsonNode>> cells = figures.needsLedger()
                ? buckets(orgId, Index.SPEND_CELLS, query, figures.ofLedger(), after, size)
                : CompletableFuture.completedFuture(List.of());
        return rows.thenCombine(cells, (ofRows, ofCells) -> merged(query, ofRows, ofCells))
                .thenCompose(groups -> {
                    boolean last = groups.size() < size;
                    List<Found> page = last ? groups : groups.subList(0, size);
                    for (Found group : page) {
                        if (found.size() <= query.limit()
                                && !figures.isZero(query.metrics(), group.rows, group.cells)) {
                            found.add(group);
                        }
                    }
                    return last || found.size() > query.limit()
                            ? finish(orgId, asked, query, figures, found)
                            : more(orgId, asked, query, figures, keys(page.get(page.size() - 1).key), found);
                });
    }

    private record Found(Key key, JsonNode rows, JsonNode cells) {}

    private static List<Found> merged(CodeMetricsQuery query, List<JsonNode> rows, List<JsonNode> cells) {
        TreeMap<Key, JsonNode[]> groups = new TreeMap<>(ORDER);
        for (JsonNode bucket : rows) {
            groups.computeIfAbsent(key(query, bucket), key -> nothing())[0] = bucket;
        }
        for (JsonNode bucket : cells) {
            groups.computeIfAbsent(key(query, bucket), key -> nothing())[1] = bucket;
        }
        List<Found> found = new ArrayList<>(groups.size());
        groups.forEach((key, both) -> found.add(new Found(key, both[0], both[1])));
        return found;
    }

    private static JsonNode[] nothing() {
        return new JsonNode[] {MissingNode.getInstance(), MissingNode.getInstance()};
    }

    private CompletableFuture<List<JsonNode>> buckets(
            String orgId,
            Index index,
            CodeMetricsQuery query,
            ObjectNode aggregations,
            @Nullable ArrayNode after,
            int size) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        ObjectNode groups = body.putObject("aggs").putObject("groups");
        ObjectNode composite = groups.putObject("composite").put("size", size);
        ArrayNode sources = composite.putArray("sources");
        sources.addObject()
                .putObject(STARTING_AT)
                .putObject("date_histogram")
                .put("field", STARTING_AT)
                .put("calendar_interval", query.period().parameter());
        for (CodeDimension dimension : query.groupBy()) {
            sources.addObject()
                    .putObject(dimension.parameter())
                    .putObject("terms")
                    .put("field", dimension.parameter())
                    .put("missing_bucket", true);
        }
        if (after != null) {
            ObjectNode key = composite.putObject("after");
            key.set(STARTING_AT, after.get(0));
            for (int i = 0; i < query.groupBy().size(); i++) {
                key.set(query.groupBy().get(i).parameter(), after.get(i + 1));
            }
        }
        groups.set("aggs", aggregations);
        return elastic.search(orgId, index, filters(query), body).thenApply(response -> {
            List<JsonNode> found = new ArrayList<>();
            response.path("aggregations").path("groups").path("buckets").forEach(found::add);
            return found;
        });
    }

    static List<ObjectNode> filters(CodeMetricsQuery query) {
        List<ObjectNode> filters = new ArrayList<>();
        filters.add(Elastic.between(STARTING_AT, query.startingAt(), query.endingAt()));
        ObjectNode product = JsonNodeFactory.instance.objectNode();
        product.putObject("prefix").put("product", "claude-code");
        filters.add(product);
        query.filters().forEach((dimension, values) -> filters.add(Elastic.anyOf(dimension.parameter(), values)));
        return filters;
    }

    private CompletableFuture<Table> finish(
            String orgId,
            CodeMetricsQuery asked,
            CodeMetricsQuery query,
            CodeMetricsFigures figures,
            List<Found> found) {
        boolean more = found.size() > query.limit();
        List<Found> shown = more ? found.subList(0, query.limit()) : found;
        String next = null;
        if (more) {
            ObjectNode position = JsonNodeFactory.instance.objectNode();
            position.set("after", keys(shown.get(shown.size() - 1).key));
            next = query.pageAfter(start(query), end(query), position, asked.at(null));
        }
        String nextPage = next;
        CompletableFuture<@Nullable Map<List<@Nullable String>, Counted>> people = people(orgId, query);
        return people.thenCombine(peaks(orgId, query), (counted, peaks) -> {
            Set<Metric> approximate = new LinkedHashSet<>();
            List<Line> lines = new ArrayList<>(shown.size());
            for (Found group : shown) {
                lines.add(line(query, figures, group, counted, peaks, approximate));
            }
            return new Table(query, lines, nextPage, approximate, JsonNodeFactory.instance.objectNode(), null);
        });
    }

    private static Line line(
            CodeMetricsQuery query,
            CodeMetricsFigures figures,
            Found group,
            @Nullable Map<List<@Nullable String>, Counted> people,
            Map<Long, Double> peaks,
            Set<Metric> approximate) {
        long millis = group.key.parts.get(0).asLong();
        Instant start = Instant.ofEpochMilli(millis);
        Instant end = query.period().end(start);
        List<@Nullable String> names = new ArrayList<>();
        for (int i = 1; i < group.key.parts.size(); i++) {
            JsonNode part = group.key.parts.get(i);
            names.add(part.isNull() || part.isMissingNode() ? null : part.asText());
        }
        List<@Nullable Double> values = new ArrayList<>(query.metrics().size());
        for (Metric metric : query.metrics()) {
            if (metric.formula() instanceof Metric.Peak) {
                values.add(peaks.getOrDefault(millis, 0.0));
            } else if (metric.formula() instanceof Metric.People && people != null && !names.contains(null)) {
                Counted counted = people.getOrDefault(at(millis, names), Counted.NOBODY);
                values.add((double) counted.users);
                if (counted.approximate) {
                    approximate.add(metric);
                }
            } else {
                boolean ofOne = metric.formula() instanceof Metric.People
                        && query.groupBy().contains(CodeDimension.USER);
                if (figures.isApproximate(metric) && !ofOne) {
                    approximate.add(metric);
                }
                values.add(figures.value(metric, group.rows, group.cells));
            }
        }
        return new Line(
                start.isBefore(start(query)) ? start(query) : start,
                end.isAfter(end(query)) ? end(query) : end,
                names,
                values);
    }

    private record Counted(long users, boolean approximate) {
        static final Counted NOBODY = new Counted(0, false);
    }

    private static List<@Nullable String> at(long millis, List<@Nullable String> names) {
        List<@Nullable String> key = new ArrayList<>();
        key.add(Long.toString(millis));
        key.addAll(names);
        return key;
    }

    /**
     * What the job has counted one by one, where the question is one that it counts for; else null. Those who worked outside
     * of any repository or terminal have no value that they could be counted by: they are left to the sketch.
     */
    private CompletableFuture<@Nullable Map<List<@Nullable String>, Counted>> people(
            String orgId, CodeMetricsQuery query) {
        String dimension = countedDimension(query);
        if (dimension == null
                || query.metrics().stream().noneMatch(metric -> metric.formula() instanceof Metric.People)) {
            return CompletableFuture.completedFuture(null);
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", MOST_COUNTS);
        return elastic.search(
                        orgId,
                        Index.ACTIVE_USERS,
                        new ArrayList<>(List.of(
                                Elastic.term("period", query.period().parameter()),
                                Elastic.term("dimension", dimension),
                                Elastic.between(STARTING_AT, query.startingAt(), query.endingAt()))),
                        body)
                .thenApply(response -> {
                    JsonNode hits = response.path("hits").path("hits");
                    if (hits.size() == MOST_COUNTS) {
                        return null;
                    }
                    Map<List<@Nullable String>, Counted> counted = new HashMap<>();
                    for (JsonNode hit : hits) {
                        JsonNode source = hit.path("_source");
                        long millis =
                                Instant.parse(source.path(STARTING_AT).asText()).toEpochMilli();
                        counted.put(
                                at(
                                        millis,
                                        query.groupBy().isEmpty()
                                                ? List.of()
                                                : List.of(source.path("value").asText())),
                                new Counted(
                                        source.path("users").asLong(),
                                        source.path("approximate").asBoolean()));
                    }
                    return counted;
                });
    }

    private static @Nullable String countedDimension(CodeMetricsQuery query) {
        boolean whole = query.filters().isEmpty()
                && query.period() != Period.HOUR
                && isStart(query.period(), start(query))
                && isStart(query.period(), end(query));
        if (!whole || query.groupBy().size() > 1) {
            return null;
        }
        if (query.groupBy().isEmpty()) {
            return "organization";
        }
        return switch (query.groupBy().get(0)) {
            case TEAM, REPOSITORY, TERMINAL -> query.groupBy().get(0).parameter();
            default -> null;
        };
    }

    private static boolean isStart(Period period, Instant time) {
        Instant day = time.truncatedTo(java.time.temporal.ChronoUnit.DAYS);
        return switch (period) {
            case HOUR, DAY -> time.equals(day);
            case WEEK ->
                time.equals(day) && day.atZone(java.time.ZoneOffset.UTC).getDayOfWeek() == java.time.DayOfWeek.MONDAY;
            case MONTH -> time.equals(Period.monthOf(time));
        };
    }

    /** By start of the period. */
    private CompletableFuture<Map<Long, Double>> peaks(String orgId, CodeMetricsQuery query) {
        if (query.metrics().stream().noneMatch(metric -> metric.formula() instanceof Metric.Peak)) {
            return CompletableFuture.completedFuture(Map.of());
        }
        if (!query.groupBy().isEmpty()) {
            throw Refusal.invalid(
                    "group_by[]",
                    query.groupBy().get(0).parameter(),
                    "none with peak_concurrent_sessions; filter instead");
        }
        for (Map.Entry<CodeDimension, List<String>> filter : query.filters().entrySet()) {
            if (filter.getKey().isLabel()) {
                throw Refusal.invalid(
                        filter.getKey().parameter(),
                        filter.getValue().get(0),
                        "no filter by what was done in a session with peak_concurrent_sessions, which counts whole sessions");
            }
        }
        if (Duration.between(start(query), end(query)).compareTo(MOST_MINUTES) > 0) {
            throw Refusal.invalid(
                    STARTING_AT,
                    start(query).toString(),
                    "at most " + MOST_MINUTES.toDays() + " days before ending_at with peak_concurrent_sessions");
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        ObjectNode periods = body.putObject("aggs").putObject("periods");
        periods.putObject("date_histogram")
                .put("field", STARTING_AT)
                .put("calendar_interval", query.period().parameter())
                .put("min_doc_count", 1);
        ObjectNode inside = periods.putObject("aggs");
        inside.putObject("minutes")
                .putObject("date_histogram")
                .put("field", "active_minutes")
                .put("fixed_interval", "1m")
                .put("min_doc_count", 1);
        inside.putObject("peak").putObject("max_bucket").put("buckets_path", "minutes>_count");
        List<ObjectNode> filters = filters(query);
        ObjectNode sessions = JsonNodeFactory.instance.objectNode();
        sessions.putObject("exists").put("field", "session_id"); // what an installation does without one is no session
        filters.add(sessions);
        return elastic.search(orgId, Index.CODE_METRICS, filters, body).thenApply(response -> {
            Map<Long, Double> peaks = new HashMap<>();
            for (JsonNode bucket : response.path("aggregations").path("periods").path("buckets")) {
                peaks.put(
                        bucket.path("key").asLong(),
                        bucket.path("peak").path("value").asDouble());
            }
            return peaks;
        });
    }

    /** How much of what happened is known: of whole sessions, whatever of them is asked for. */
    private CompletableFuture<ObjectNode> coverage(String orgId, CodeMetricsQuery query) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        ObjectNode sums = body.putObject("aggs");
        for (String field : TelemetryHealth.SUMS) {
            sums.putObject(field).putObject("sum").put("field", field);
        }
        return elastic.search(orgId, Index.CODE_METRICS, filters(query.ofWholeSessions()), body)
                .thenApply(response -> TelemetryHealth.coverage(response.path("aggregations")));
    }

    private static Instant start(CodeMetricsQuery query) {
        return query.startingAt() == null ? Instant.EPOCH : query.startingAt();
    }

    private static Instant end(CodeMetricsQuery query) {
        return query.endingAt() == null ? Instant.MAX : query.endingAt();
    }

    private static Key key(CodeMetricsQuery query, JsonNode bucket) {
        List<JsonNode> parts = new ArrayList<>();
        parts.add(bucket.path("key").path(STARTING_AT));
        query.groupBy().forEach(dimension -> parts.add(bucket.path("key").path(dimension.parameter())));
        return new Key(parts);
    }

    private static ArrayNode keys(Key key) {
        ArrayNode keys = JsonNodeFactory.instance.arrayNode();
        key.parts.forEach(keys::add);
        return keys;
    }

    /** As Elasticsearch orders keys: nothing first, then by the bytes of UTF-8. */
    private static int compare(JsonNode a, JsonNode b) {
        if (a.isNull() || b.isNull()) {
            return Boolean.compare(!a.isNull(), !b.isNull());
        }
        return Arrays.compareUnsigned(
                a.asText().getBytes(StandardCharsets.UTF_8), b.asText().getBytes(StandardCharsets.UTF_8));
    }
}
