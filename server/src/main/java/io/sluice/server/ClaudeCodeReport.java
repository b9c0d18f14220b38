package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Measure;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Labels;
import io.sluice.schema.Index;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/organizations/usage_report/claude_code}, with the path and the records of the Claude Code Analytics API: of
 * one UTC day a record for each person, terminal, and whether it was remote. Tokens and cost are the ledger's. The API knows
 * people by their addresses, and API keys by name: whoever has no address, as far as is known, is told as a key.
 */
final class ClaudeCodeReport {
    static final Set<String> PARAMETERS = Set.of(Route.ORGANIZATION, "starting_at", "limit", "page");

    private static final int DEFAULT_LIMIT = 20;
    private static final BigDecimal MICROS_PER_CENT = BigDecimal.valueOf(10_000);

    /** Names of upstream, and of the tools. */
    private static final Map<String, String> TOOLS = tools();

    private static final List<String> ACCEPTED = fields("ACCEPTED_");
    private static final List<String> REJECTED = fields("REJECTED_");
    private static final List<String> CORE = List.of(
            Measure.SESSIONS_STARTED.field(),
            Measure.LINES_ADDED.field(),
            Measure.LINES_REMOVED.field(),
            Measure.COMMITS.field(),
            Measure.PULL_REQUESTS.field());
    private static final List<String> CELLS =
            List.of("spend_micros", "input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens");

    private static final Composite ACTORS = new Composite(List.of("user", "terminal", "remote"));
    private static final Composite MODELS = new Composite(List.of("user", "terminal", "remote", "model"));

    /** What a plan is called as a subscription; any other is none that the API documents. */
    private static final Set<String> SUBSCRIPTIONS = Set.of("enterprise", "team");

    /** @param bucket of rows; missing: only cells tell of it */
    private record Actor(Key key, JsonNode bucket) {}

    /** Of one record. */
    private record Key(String user, @Nullable String terminal, boolean remote) {
        ArrayNode keys() {
            return JsonNodeFactory.instance.arrayNode().add(user).add(terminal).add(remote);
        }

        /** Cells of earlier builds do not say whether it was remote: then it was not. */
        static Key of(JsonNode bucket) {
            JsonNode key = bucket.path("key");
            JsonNode terminal = key.path("terminal");
            return new Key(
                    key.path("user").asText(),
                    terminal.isTextual() ? terminal.asText() : null,
                    key.path("remote").asBoolean());
        }
    }

    private final Elastic elastic;
    private final Directories directories;
    private final Function<String, String> plans;

    /** @param plans the plan of an organization */
    ClaudeCodeReport(Elastic elastic, Directories directories, Function<String, String> plans) {
        this.elastic = elastic;
        this.directories = directories;
        this.plans = plans;
    }

    private static Map<String, String> tools() {
        Map<String, String> tools = new LinkedHashMap<>();
        tools.put("edit_tool", "Edit");
        tools.put("multi_edit_tool", "MultiEdit");
        tools.put("write_tool", "Write");
        tools.put("notebook_edit_tool", "NotebookEdit");
        return tools;
    }

    private static List<String> fields(String prefix) {
        return Stream.of(Measure.values())
                .filter(measure -> measure.name().startsWith(prefix))
                .map(Measure::field)
                .toList();
    }

    CompletableFuture<ObjectNode> answer(String orgId, Parameters parameters, Privacy privacy) {
        LocalDate day = day(parameters.text("starting_at"));
        int limit = parameters.limit(DEFAULT_LIMIT);
        PageToken page = parameters.page();
        // Who only spent has a record too. Twice as many cells: two groups of them may be of one record.
        return page(orgId, Index.SPEND_CELLS, day, Composite.sums(List.of()), privacy, 2 * limit + 1, page)
                .thenCombine(
                        page(orgId, Index.CODE_METRICS, day, aggregations(), privacy, limit, page), (cells, rows) -> {
                            SortedMap<ArrayNode, Actor> actors = new TreeMap<>(Composite.ORDER);
                            cells.forEach(bucket -> put(actors, bucket, MissingNode.getInstance(), privacy));
                            rows.forEach(bucket -> put(actors, bucket, bucket, privacy));
                            return List.copyOf(actors.values());
                        })
                .thenCompose(actors -> {
                    boolean more = actors.size() > limit;
                    List<Actor> shown = more ? actors.subList(0, limit) : actors;
                    String next = more
                            ? page.next(ACTORS.position(shown.get(limit - 1).key.keys(), privacy))
                            : null;
                    return models(orgId, day, shown)
                            .thenApply(models -> answer(orgId, day, shown, models, next, privacy));
                });
    }

    private CompletableFuture<List<JsonNode>> page(
            String orgId,
            Index index,
            LocalDate day,
            ObjectNode aggregations,
            Privacy privacy,
            int limit,
            PageToken page) {
        return ACTORS.page(
                elastic, orgId, index, filters(day), aggregations, actor -> true, privacy, limit, page.position());
    }

    private static void put(SortedMap<ArrayNode, Actor> actors, JsonNode bucket, JsonNode measured, Privacy privacy) {
        Key key = Key.of(bucket);
        actors.put(ACTORS.told(key.keys(), privacy), new Actor(key, measured));
    }

    private static LocalDate day(@Nullable String given) {
        try {
            if (given != null) {
                return LocalDate.parse(given);
            }
        } catch (DateTimeParseException e) {
            // Reported below.
        }
        throw Refusal.invalid("starting_at", String.valueOf(given), "a day, YYYY-MM-DD");
    }

    private static List<ObjectNode> filters(LocalDate day) {
        Instant start = day.atStartOfDay(ZoneOffset.UTC).toInstant();
        return new ArrayList<>(List.of(
                Elastic.between("starting_at", start, start.plus(Duration.ofDays(1))), CodeMetricsReport.claudeCode()));
    }

    private static ObjectNode aggregations() {
        ObjectNode aggregations = Composite.sums(CORE);
        ObjectNode tools = aggregations.putObject("tools");
        ObjectNode terms = tools.putObject("terms").put("field", "tool").put("size", TOOLS.size());
        ArrayNode include = terms.putArray("include");
        TOOLS.values().forEach(include::add);
        tools.set(
                "aggs",
                Composite.sums(
                        Stream.concat(ACCEPTED.stream(), REJECTED.stream()).toList()));
        return aggregations;
    }

    /** The ledger's cells of the people of a page. */
    private CompletableFuture<Map<Key, List<JsonNode>>> models(String orgId, LocalDate day, List<Actor> actors) {
        TreeSet<String> users = new TreeSet<>();
        actors.forEach(actor -> users.add(actor.key.user));
        List<ObjectNode> filters = filters(day);
        filters.add(Elastic.anyOf("user", List.copyOf(users)));
        return MODELS.askAll(elastic, orgId, Index.SPEND_CELLS, filters, Composite.sums(CELLS))
                .thenApply(buckets -> {
                    Map<Key, List<JsonNode>> models = new HashMap<>();
                    for (JsonNode bucket : buckets) {
                        if (CELLS.stream().anyMatch(field -> Composite.sum(bucket, field) != 0)) {
                            models.computeIfAbsent(Key.of(bucket), key -> new ArrayList<>())
                                    .add(bucket);
                        }
                    }
                    return models;
                });
    }

    private ObjectNode answer(
            String orgId,
            LocalDate day,
            List<Actor> actors,
            Map<Key, List<JsonNode>> models,
            @Nullable String next,
            Privacy privacy) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        for (Actor actor : actors) {
            List<JsonNode> spent = models.getOrDefault(actor.key, List.of());
            if (!actor.bucket.isMissingNode() || !spent.isEmpty()) {
                data.add(record(orgId, day, actor.key, actor.bucket, spent, privacy));
            }
        }
        return answer.put("has_more", next != null).put("next_page", next);
    }

    private ObjectNode record(
            String orgId, LocalDate day, Key key, JsonNode actor, List<JsonNode> models, Privacy privacy) {
        String email = privacy.otherName(key.user, email(directories.of(orgId), key.user));
        ObjectNode record = JsonNodeFactory.instance.objectNode();
        record.put("date", day + "T00:00:00Z");
        if (email != null) {
            record.putObject("actor").put("type", "user_actor").put("email_address", email);
        } else {
            record.putObject("actor").put("type", "api_actor").put("api_key_name", key.user);
        }
        String plan = plans.apply(orgId);
        record.put("organization_id", orgId)
                .put("customer_type", email != null ? "subscription" : "api")
                .put("subscription_type", email != null && SUBSCRIPTIONS.contains(plan) ? plan : null)
                .put("terminal_type", key.terminal == null ? "unknown" : key.terminal)
                .put("is_remote", key.remote);
        ObjectNode core = record.putObject("core_metrics");
        core.put("num_sessions", Composite.sum(actor, Measure.SESSIONS_STARTED.field()));
        core.putObject("lines_of_code")
                .put("added", Composite.sum(actor, Measure.LINES_ADDED.field()))
                .put("removed", Composite.sum(actor, Measure.LINES_REMOVED.field()));
        core.put("commits_by_claude_code", Composite.sum(actor, Measure.COMMITS.field()))
                .put("pull_requests_by_claude_code", Composite.sum(actor, Measure.PULL_REQUESTS.field()));
        record.set("tool_actions", toolActions(actor, "accepted", "rejected"));
        ArrayNode breakdown = record.putArray("model_breakdown");
        byModel(models).forEach((model, sums) -> {
            ObjectNode of = breakdown.addObject().put("model", model);
            of.putObject("tokens")
                    .put("input", sums.get("input_tokens"))
                    .put("output", sums.get("output_tokens"))
                    .put("cache_read", sums.get("cache_read_tokens"))
                    .put("cache_creation", sums.get("cache_creation_tokens"));
            of.putObject("estimated_cost")
                    .put("currency", "USD")
                    .put("amount", cents(sums.getOrDefault("spend_micros", 0L)));
        });
        return record;
    }

    /** A model has one element, of however many groups of cells. */
    private static SortedMap<String, Map<String, Long>> byModel(List<JsonNode> buckets) {
        SortedMap<String, Map<String, Long>> models = new TreeMap<>();
        for (JsonNode bucket : buckets) {
            JsonNode model = bucket.path("key").path("model");
            Map<String, Long> sums =
                    models.computeIfAbsent(model.isTextual() ? model.asText() : "unknown", absent -> new HashMap<>());
            CELLS.forEach(field -> sums.merge(field, Composite.sum(bucket, field), Long::sum));
        }
        return models;
    }

    /** The address of whom a label names, in telemetry or by the directory; null: the label is no person's address. */
    static @Nullable String email(Directory directory, String label) {
        if (label.indexOf('@') >= 0) {
            return label;
        }
        return directory
                .userByLabel(label)
                .map(user -> Labels.of(user.content()))
                .flatMap(labels ->
                        labels.stream().filter(each -> each.indexOf('@') >= 0).findFirst())
                .orElse(null);
    }

    private static BigDecimal cents(long micros) {
        BigDecimal cents = BigDecimal.valueOf(micros).divide(MICROS_PER_CENT).stripTrailingZeros();
        return cents.scale() < 0 ? cents.setScale(0) : cents; // 50, not 5E+1
    }

    /** Decisions by tool, under the names of upstream. */
    static ObjectNode toolActions(JsonNode bucket, String accepted, String rejected) {
        ObjectNode actions = JsonNodeFactory.instance.objectNode();
        TOOLS.keySet().forEach(name -> actions.putObject(name).put(accepted, 0).put(rejected, 0));
        for (JsonNode tool : bucket.path("tools").path("buckets")) {
            TOOLS.forEach((name, of) -> {
                if (of.equals(tool.path("key").asText())) {
                    actions.putObject(name)
                            .put(
                                    accepted,
                                    ACCEPTED.stream()
                                            .mapToLong(field -> Composite.sum(tool, field))
                                            .sum())
                            .put(
                                    rejected,
                                    REJECTED.stream()
                                            .mapToLong(field -> Composite.sum(tool, field))
                                            .sum());
                }
            });
        }
        return actions;
    }

    /** Sums of a group that {@link #toolActions} and the core metrics are read from. */
    static ObjectNode measured() {
        return aggregations();
    }
}
