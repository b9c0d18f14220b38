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
import java.util.Comparator;
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

    /** Of one record. In the order in which Elasticsearch has groups. */
    private record Key(String user, @Nullable String terminal, boolean remote) {
        static final Comparator<Key> ORDER = Comparator.comparing(Key::user, Composite.BYTES)
                .thenComparing(Key::terminal, Comparator.nullsFirst(Composite.BYTES))
                .thenComparing(Key::remote);

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

    CompletableFuture<ObjectNode> answer(String orgId, Parameters parameters) {
        LocalDate day = day(parameters.text("starting_at"));
        int limit = parameters.limit(DEFAULT_LIMIT);
        JsonNode page = PageToken.decode(parameters.text("page"), 4);
        if (page != null && page.path("after").path(0).asLong() != day.toEpochDay()) {
            throw Refusal.invalid(
                    "page", String.valueOf(parameters.text("page")), "next_page of the answer before, of the same day");
        }
        ArrayNode after = null;
        if (page != null) {
            after = JsonNodeFactory.instance.arrayNode();
            after.add(page.path("after").path(1)).add(page.path("after").path(2));
            after.add("true".equals(page.path("after").path(3).asText()));
        }
        // Who only spent has a record too. Twice as many cells: two groups of them may be of one record.
        return ACTORS.ask(
                        elastic,
                        orgId,
                        Index.SPEND_CELLS,
                        filters(day),
                        Composite.sums(List.of()),
                        2 * (limit + 1),
                        after)
                .thenCombine(
                        ACTORS.ask(elastic, orgId, Index.CODE_METRICS, filters(day), aggregations(), limit + 1, after),
                        (cells, rows) -> {
                            SortedMap<Key, JsonNode> actors = new TreeMap<>(Key.ORDER);
                            cells.forEach(bucket -> actors.put(Key.of(bucket), MissingNode.getInstance()));
                            rows.forEach(bucket -> actors.put(Key.of(bucket), bucket));
                            return actors;
                        })
                .thenCompose(actors -> {
                    List<Map.Entry<Key, JsonNode>> shown =
                            actors.entrySet().stream().limit(limit).toList();
                    boolean more = actors.size() > limit;
                    return models(orgId, day, shown).thenApply(models -> answer(orgId, day, shown, models, more));
                });
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
        ObjectNode product = JsonNodeFactory.instance.objectNode();
        product.putObject("prefix").put("product", "claude-code");
        return new ArrayList<>(List.of(Elastic.between("starting_at", start, start.plus(Duration.ofDays(1))), product));
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
    private CompletableFuture<Map<Key, List<JsonNode>>> models(
            String orgId, LocalDate day, List<Map.Entry<Key, JsonNode>> actors) {
        TreeSet<String> users = new TreeSet<>();
        actors.forEach(actor -> users.add(actor.getKey().user));
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
            List<Map.Entry<Key, JsonNode>> actors,
            Map<Key, List<JsonNode>> models,
            boolean more) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        for (Map.Entry<Key, JsonNode> actor : actors) {
            List<JsonNode> spent = models.getOrDefault(actor.getKey(), List.of());
            if (!actor.getValue().isMissingNode() || !spent.isEmpty()) {
                data.add(record(orgId, day, actor.getKey(), actor.getValue(), spent));
            }
        }
        answer.put("has_more", more);
        if (!more) {
            return answer.putNull("next_page");
        }
        Key last = actors.get(actors.size() - 1).getKey();
        ArrayNode after = JsonNodeFactory.instance
                .arrayNode()
                .add(day.toEpochDay())
                .add(last.user)
                .add(last.terminal)
                .add(Boolean.toString(last.remote));
        ObjectNode position = JsonNodeFactory.instance.objectNode();
        position.set("after", after);
        return answer.put("next_page", PageToken.encode(position));
    }

    private ObjectNode record(String orgId, LocalDate day, Key key, JsonNode actor, List<JsonNode> models) {
        String email = email(directories.of(orgId), key.user);
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
