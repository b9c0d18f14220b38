package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Measure;
import io.sluice.core.spend.Users;
import io.sluice.schema.Index;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/organizations/usage_report/claude_code}, with the path and the records of the Claude Code Analytics API: of
 * one UTC day a record for each person, terminal, and whether it was remote. Tokens and cost are the ledger's.
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

    private final Elastic elastic;
    private final Function<String, String> plans;

    /** @param plans the plan of an organization */
    ClaudeCodeReport(Elastic elastic, Function<String, String> plans) {
        this.elastic = elastic;
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
        return ACTORS.page(
                        elastic,
                        orgId,
                        Index.CODE_METRICS,
                        filters(day),
                        aggregations(),
                        actor -> true,
                        privacy,
                        limit,
                        page.position())
                .thenCompose(actors -> {
                    boolean more = actors.size() > limit;
                    List<JsonNode> shown = more ? actors.subList(0, limit) : actors;
                    String next = more ? page.next(ACTORS.position(ACTORS.key(shown.get(limit - 1)), privacy)) : null;
                    return models(orgId, day, shown).thenApply(models -> answer(orgId, day, shown, models, next));
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

    /** The ledger's cells of the people of a page, by {@link #actor}. */
    private CompletableFuture<Map<String, List<JsonNode>>> models(String orgId, LocalDate day, List<JsonNode> actors) {
        TreeSet<String> users = new TreeSet<>();
        actors.forEach(actor -> users.add(actor.path("key").path("user").asText()));
        List<ObjectNode> filters = filters(day);
        filters.add(Elastic.anyOf("user", List.copyOf(users)));
        return MODELS.askAll(elastic, orgId, Index.SPEND_CELLS, filters, Composite.sums(CELLS))
                .thenApply(buckets -> {
                    Map<String, List<JsonNode>> models = new LinkedHashMap<>();
                    for (JsonNode bucket : buckets) {
                        if (CELLS.stream().anyMatch(field -> Composite.sum(bucket, field) != 0)) {
                            models.computeIfAbsent(actor(bucket), key -> new ArrayList<>())
                                    .add(bucket);
                        }
                    }
                    return models;
                });
    }

    private static String actor(JsonNode bucket) {
        JsonNode key = bucket.path("key");
        return key.path("user").asText()
                + '\n'
                + key.path("terminal").asText()
                + '\n'
                + key.path("remote").asBoolean();
    }

    private ObjectNode answer(
            String orgId,
            LocalDate day,
            List<JsonNode> actors,
            Map<String, List<JsonNode>> models,
            @Nullable String next) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        for (JsonNode actor : actors) {
            data.add(record(orgId, day, actor, models.getOrDefault(actor(actor), List.of())));
        }
        return answer.put("has_more", next != null).put("next_page", next);
    }

    private ObjectNode record(String orgId, LocalDate day, JsonNode actor, List<JsonNode> models) {
        JsonNode key = actor.path("key");
        String user = key.path("user").asText();
        boolean person = !user.equals(Users.UNATTRIBUTED);
        ObjectNode record = JsonNodeFactory.instance.objectNode();
        record.put("date", day + "T00:00:00Z");
        if (person) {
            record.putObject("actor").put("type", "user_actor").put("email_address", user);
        } else {
            record.putObject("actor").put("type", "api_actor").put("api_key_name", user);
        }
        record.put("organization_id", orgId)
                .put("customer_type", person ? "subscription" : "api")
                .put("subscription_type", person ? plans.apply(orgId) : null)
                .put(
                        "terminal_type",
                        key.path("terminal").isTextual() ? key.path("terminal").asText() : "unknown")
                .put("is_remote", key.path("remote").asBoolean());
        ObjectNode core = record.putObject("core_metrics");
        core.put("num_sessions", Composite.sum(actor, Measure.SESSIONS_STARTED.field()));
        core.putObject("lines_of_code")
                .put("added", Composite.sum(actor, Measure.LINES_ADDED.field()))
                .put("removed", Composite.sum(actor, Measure.LINES_REMOVED.field()));
        core.put("commits_by_claude_code", Composite.sum(actor, Measure.COMMITS.field()))
                .put("pull_requests_by_claude_code", Composite.sum(actor, Measure.PULL_REQUESTS.field()));
        record.set("tool_actions", toolActions(actor, "accepted", "rejected"));
        ArrayNode breakdown = record.putArray("model_breakdown");
        for (JsonNode model : models) {
            ObjectNode of = breakdown
                    .addObject()
                    .put("model", model.path("key").path("model").asText());
            of.putObject("tokens")
                    .put("input", Composite.sum(model, "input_tokens"))
                    .put("output", Composite.sum(model, "output_tokens"))
                    .put("cache_read", Composite.sum(model, "cache_read_tokens"))
                    .put("cache_creation", Composite.sum(model, "cache_creation_tokens"));
            of.putObject("estimated_cost")
                    .put("currency", "USD")
                    .put("amount", cents(Composite.sum(model, "spend_micros")));
        }
        return record;
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
