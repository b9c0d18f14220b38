package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Metric;
import io.sluice.core.privacy.PrivacyMode;
import io.sluice.schema.Index;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
    private final FrozenDays frozen;

    CodeMetricsReport(Elastic elastic, PrivacyGate gate, FrozenDays frozen) {
        this.elastic = elastic;
        this.gate = gate;
        this.frozen = frozen;
    }

    CompletableFuture<Table> table(String orgId, CodeMetricsQuery asked, Privacy privacy) {
        if (privacy.mode() == PrivacyMode.TEAM_ONLY) {
            TeamOnlyReport.require(asked);
            return teamsOnly(orgId, asked, privacy.minimum());
        }
        List<String> users = asked.filters().getOrDefault(CodeDimension.USER, List.of());
        return gate.labels(orgId, privacy, users)
                .thenCompose(labels -> named(orgId, asked.ofUsers(labels), privacy))
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

    private CompletableFuture<Table> named(String orgId, CodeMetricsQuery asked, Privacy privacy) {
        CompletableFuture<@Nullable String> watermark = elastic.watermark("code-metrics");
        return withRange(orgId, asked)
                .thenCompose(query -> collect(orgId, query, privacy)
                        .thenCombine(
                                coverage(orgId, query),
                                (table, coverage) -> new Table(
                                        table.query, table.lines, table.nextPage, table.approximate, coverage, null)))
                .thenCombine(
                        watermark,
                        (table, mark) -> new Table(
                                table.query, table.lines, table.nextPage, table.approximate, table.coverage, mark));
    }

    /** Too short for pages. */
    private CompletableFuture<Table> teamsOnly(String orgId, CodeMetricsQuery asked, int minimum) {
        return frozen.firstUnsettled().thenCompose(unsettled -> {
            CodeMetricsQuery query = TeamOnlyReport.withRange(asked, unsettled);
            long from = TeamOnlyReport.day(start(query));
            long to = Math.min(unsettled, TeamOnlyReport.day(end(query)));
            // Not the job's watermark: that moves with each record, whosever it is.
            String known = FrozenDays.start(unsettled).toString();
            return frozen.told(orgId, from, to, minimum)
                    .thenApply(told -> TeamOnlyReport.asked(query, told))
                    .thenApply(told -> new Table(
                            query,
                            TeamOnlyReport.lines(query, told),
                            null,
                            Set.of(),
                            TeamOnlyReport.coverage(told, frozen.knowsPeople(orgId)),
                            known));
        });
    }

    /** A later page keeps the range of the first. */
    private CompletableFuture<CodeMetricsQuery> withRange(String orgId, CodeMetricsQuery query) {
        JsonNode page = query.position();
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

    private static Composite groups(CodeMetricsQuery query) {
        Map<String, String> fields = new LinkedHashMap<>();
        query.groupBy().forEach(dimension -> fields.put(dimension.parameter(), dimension.parameter()));
        return new Composite(query.period(), fields);
    }

    private CompletableFuture<Table> collect(String orgId, CodeMetricsQuery query, Privacy privacy) {
        CodeMetricsFigures figures = new CodeMetricsFigures(query.metrics(), query.period(), query.isByLabel());
        Composite groups = groups(query);
        ArrayNode after = Composite.after(query.position(), privacy);
        CompletableFuture<List<Found>> found = groups.isHidden(privacy)
                ? hidden(orgId, query, figures, groups, privacy, after)
                : more(orgId, query, figures, groups, after, new ArrayList<>());
        return found.thenCompose(all -> finish(orgId, query, figures, groups, privacy, all));
    }

    /** All groups, and of them those that follow in an order that does not show names. */
    private CompletableFuture<List<Found>> hidden(
            String orgId,
            CodeMetricsQuery query,
            CodeMetricsFigures figures,
            Composite groups,
            Privacy privacy,
            @Nullable ArrayNode after) {
        CompletableFuture<List<JsonNode>> rows =
                groups.askHidden(elastic, orgId, Index.CODE_METRICS, filters(query), figures.ofRows());
        CompletableFuture<List<JsonNode>> cells = figures.needsLedger()
                ? groups.askHidden(elastic, orgId, Index.SPEND_CELLS, filters(query), figures.ofLedger())
                : CompletableFuture.completedFuture(List.of());
        return rows.thenCombine(
                cells,
                (ofRows, ofCells) -> Composite.hidden(
                        merged(groups, ofRows, ofCells).stream()
                                .filter(group -> !figures.isZero(query.metrics(), group.rows, group.cells))
                                .toList(),
                        group -> groups.told(group.key, privacy),
                        after));
    }

    /** Both indices are asked for the next groups in the same order, so that the first of both together are the next ones. */
    private CompletableFuture<List<Found>> more(
            String orgId,
            CodeMetricsQuery query,
            CodeMetricsFigures figures,
            Composite by,
            @Nullable ArrayNode after,
            List<Found> found) {
        int size = query.limit() + 1;
        CompletableFuture<List<JsonNode>> rows =
                by.ask(elastic, orgId, Index.CODE_METRICS, filters(query), figures.ofRows(), size, after);
        CompletableFuture<List<JsonNode>> cells = figures.needsLedger()
                ? by.ask(elastic, orgId, Index.SPEND_CELLS, filters(query), figures.ofLedger(), size, after)
                : CompletableFuture.completedFuture(List.of());
        return rows.thenCombine(cells, (ofRows, ofCells) -> merged(by, ofRows, ofCells))
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
                            ? CompletableFuture.completedFuture(found)
                            : more(orgId, query, figures, by, page.get(page.size() - 1).key, found);
                });
    }

    static ObjectNode claudeCode() {
        ObjectNode product = JsonNodeFactory.instance.objectNode();
        product.putObject("prefix").put("product", "claude-code");
        return product;
    }

    private record Found(ArrayNode key, JsonNode rows, JsonNode cells) {}

    private static List<Found> merged(Composite by, List<JsonNode> rows, List<JsonNode> cells) {
        TreeMap<ArrayNode, JsonNode[]> groups = new TreeMap<>(Composite.ORDER);
        for (JsonNode bucket : rows) {
            groups.computeIfAbsent(by.key(bucket), key -> nothing())[0] = bucket;
        }
        for (JsonNode bucket : cells) {
            groups.computeIfAbsent(by.key(bucket), key -> nothing())[1] = bucket;
        }
        List<Found> found = new ArrayList<>(groups.size());
        groups.forEach((key, both) -> found.add(new Found(key, both[0], both[1])));
        return found;
    }

    private static JsonNode[] nothing() {
        return new JsonNode[] {MissingNode.getInstance(), MissingNode.getInstance()};
    }

    static List<ObjectNode> filters(CodeMetricsQuery query) {
        List<ObjectNode> filters = new ArrayList<>();
        filters.add(Elastic.between(STARTING_AT, query.startingAt(), query.endingAt()));
        filters.add(claudeCode());
        query.filters().forEach((dimension, values) -> filters.add(Elastic.anyOf(dimension.parameter(), values)));
        return filters;
    }

    /** @param found what is left from where the page begins */
    private CompletableFuture<Table> finish(
            String orgId,
            CodeMetricsQuery query,
            CodeMetricsFigures figures,
            Composite groups,
            Privacy privacy,
            List<Found> found) {
        boolean more = found.size() > query.limit();
        List<Found> shown = more ? found.subList(0, query.limit()) : found;
        String nextPage = more
                ? query.pageAfter(start(query), end(query), groups.position(shown.get(shown.size() - 1).key, privacy))
                : null;
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
        long millis = group.key.path(0).asLong();
        Instant start = Instant.ofEpochMilli(millis);
        Instant end = query.period().end(start);
        List<@Nullable String> names = new ArrayList<>();
        for (int i = 1; i < group.key.size(); i++) {
            JsonNode part = group.key.path(i);
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
}
