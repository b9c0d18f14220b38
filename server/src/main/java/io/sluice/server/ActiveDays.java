package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Labels;
import io.sluice.schema.Index;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** On which days people used Claude Code, and what tells so: telemetry, session files, Anthropic's reports. */
final class ActiveDays {
    /** Before the names of reports, beside which channels stand. */
    private static final String REPORTED = "report:";

    private static final String ACTOR = "actor";
    private static final String REPORT = "report";
    private static final String USER = "user";
    private static final String CHANNELS = "channels";

    /** With the keys of rows, so that a page of the one goes on where one of the other ended. */
    private static final Composite ACTORS = new Composite(null, Map.of(USER, ACTOR));

    private static final Composite ACTOR_DAYS = new Composite(Period.DAY, Composite.named(List.of(ACTOR, REPORT)));
    private static final Composite USER_DAYS = new Composite(Period.DAY, Composite.named(List.of(USER, CHANNELS)));

    /** Of a report that tells of people who use Claude Code; the report of Claude Enterprise tells of all its products. */
    private static final List<String> USE = List.of(
            "sessions",
            "lines_added",
            "lines_removed",
            "commits",
            "pull_requests",
            "tool_actions_accepted",
            "tool_actions_rejected");

    /**
     * A person's days.
     *
     * @param bySource what tells of each day
     * @param hasRows whether anything but reports does
     */
    record Days(Map<LocalDate, Set<String>> bySource, boolean hasRows) {
        static final Days NONE = new Days(Map.of(), false);
    }

    private final Elastic elastic;
    private final Directories directories;

    ActiveDays(Elastic elastic, Directories directories) {
        this.elastic = elastic;
        this.directories = directories;
    }

    /** Whole days: one that began before the range, or ends after it, would look silent by what is outside. */
    private static ObjectNode days(@Nullable Instant from, @Nullable Instant to) {
        Instant end = to == null ? null : to.truncatedTo(ChronoUnit.DAYS);
        return Elastic.between(
                Composite.STARTING_AT,
                from == null ? null : from.truncatedTo(ChronoUnit.DAYS),
                end == null || end.equals(to) ? end : end.plus(1, ChronoUnit.DAYS));
    }

    private static List<ObjectNode> reports(@Nullable Instant from, @Nullable Instant to) {
        ObjectNode used = JsonNodeFactory.instance.objectNode();
        ArrayNode any = used.putObject("bool").putArray("should");
        USE.forEach(field -> any.addObject().putObject("range").putObject(field).put("gt", 0));
        return new ArrayList<>(List.of(days(from, to), Elastic.anyOf(REPORT, List.of("claude_code", "users")), used));
    }

    /**
     * A page of whom reports show as users of Claude Code, and the first of the next one, as {@link Composite#page}. API
     * keys are among them.
     *
     * @param users only these; empty: all
     */
    CompletableFuture<List<JsonNode>> actors(
            String orgId,
            @Nullable Instant from,
            @Nullable Instant to,
            List<String> users,
            Privacy privacy,
            int limit,
            @Nullable JsonNode position) {
        List<ObjectNode> filters = reports(from, to);
        filters.add(
                users.isEmpty()
                        ? exists(ACTOR)
                        : Elastic.anyOf(ACTOR, List.copyOf(labels(directories.of(orgId), users))));
        return ACTORS.page(
                elastic,
                orgId,
                Index.REPORTED,
                filters,
                JsonNodeFactory.instance.objectNode(),
                actor -> true,
                privacy,
                limit,
                position);
    }

    /** Names of all of whom anything ever came; not in order. */
    CompletableFuture<Set<String>> everybody(String orgId) {
        ObjectNode nothing = JsonNodeFactory.instance.objectNode();
        Composite users = new Composite(List.of(USER));
        return users.askAll(elastic, orgId, Index.CODE_METRICS, List.of(), nothing)
                .thenCombine(users.askAll(elastic, orgId, Index.SPEND_CELLS, List.of(), nothing), (rows, cells) -> {
                    Set<String> names = new HashSet<>();
                    rows.forEach(
                            bucket -> names.add(bucket.path("key").path(USER).asText()));
                    cells.forEach(
                            bucket -> names.add(bucket.path("key").path(USER).asText()));
                    return names;
                })
                .thenCombine(
                        ACTORS.askAll(elastic, orgId, Index.REPORTED, reports(null, null), nothing),
                        (names, actors) -> {
                            actors.forEach(bucket ->
                                    names.add(bucket.path("key").path(USER).asText()));
                            return names;
                        });
    }

    private static ObjectNode exists(String field) {
        ObjectNode clause = JsonNodeFactory.instance.objectNode();
        clause.putObject("exists").put("field", field);
        return clause;
    }

    /** Whether a name is that of a person, and not of an API key. */
    boolean isPerson(String orgId, String name) {
        return name.indexOf('@') >= 0 || directories.of(orgId).userByLabel(name).isPresent();
    }

    /** By name; the days of all labels that the person has in the directory. */
    CompletableFuture<Map<String, Days>> of(
            String orgId, Collection<String> names, @Nullable Instant from, @Nullable Instant to) {
        Directory directory = directories.of(orgId);
        List<String> labels = List.copyOf(labels(directory, names));
        if (labels.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        ObjectNode nothing = JsonNodeFactory.instance.objectNode();
        CompletableFuture<List<JsonNode>> rows = USER_DAYS.askAll(
                elastic,
                orgId,
                Index.CODE_METRICS,
                List.of(days(from, to), Elastic.anyOf(USER, labels), exists(CHANNELS)),
                nothing);
        List<ObjectNode> filters = reports(from, to);
        filters.add(Elastic.anyOf(ACTOR, labels));
        return ACTOR_DAYS
                .askAll(elastic, orgId, Index.REPORTED, filters, nothing)
                .thenCombine(rows, (reported, measured) -> {
                    Map<String, Days> byLabel = new HashMap<>();
                    measured.forEach(bucket -> add(byLabel, bucket, USER, "", CHANNELS));
                    reported.forEach(bucket -> add(byLabel, bucket, ACTOR, REPORTED, REPORT));
                    Map<String, Days> found = new LinkedHashMap<>();
                    for (String name : names) {
                        found.put(name, together(labels(directory, List.of(name)), byLabel));
                    }
                    return found;
                });
    }

    private static Set<String> labels(Directory directory, Collection<String> names) {
        Set<String> labels = new TreeSet<>(names);
        for (String name : names) {
            directory.userByLabel(name).ifPresent(user -> labels.addAll(Labels.of(user.content())));
        }
        return labels;
    }

    private static void add(Map<String, Days> byLabel, JsonNode bucket, String label, String prefix, String source) {
        JsonNode key = bucket.path("key");
        boolean row = prefix.isEmpty();
        Days days = byLabel.compute(
                key.path(label).asText(),
                (name, before) -> before == null
                        ? new Days(new TreeMap<>(), row)
                        : new Days(before.bySource, before.hasRows || row));
        LocalDate day = Instant.ofEpochMilli(key.path(Composite.STARTING_AT).asLong())
                .atZone(ZoneOffset.UTC)
                .toLocalDate();
        days.bySource
                .computeIfAbsent(day, absent -> new HashSet<>())
                .add(prefix + key.path(source).asText());
    }

    private static Days together(Set<String> labels, Map<String, Days> byLabel) {
        Map<LocalDate, Set<String>> days = new TreeMap<>();
        boolean hasRows = false;
        for (String label : labels) {
            Days of = byLabel.get(label);
            if (of != null) {
                hasRows |= of.hasRows;
                of.bySource.forEach((day, sources) ->
                        days.computeIfAbsent(day, absent -> new HashSet<>()).addAll(sources));
            }
        }
        return new Days(days, hasRows);
    }
}
