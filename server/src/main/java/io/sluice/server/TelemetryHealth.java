package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Measure;
import io.sluice.core.codemetrics.SilentDays;
import io.sluice.schema.Index;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How much of what happened telemetry tells: {@code GET /v1/telemetry-health}, and the coverage that stands beside every
 * figure.
 */
final class TelemetryHealth {
    static final List<String> SUMS = Stream.of(
                    Measure.EVENTS_SEEN,
                    Measure.EVENTS_MISSING,
                    Measure.EVENTS_COUNTERS_DIFFERENCE,
                    Measure.SESSION_DAYS,
                    Measure.SESSION_DAYS_COUNTERS_ONLY,
                    Measure.POINTS_WRONG_TEMPORALITY,
                    Measure.FACTS_LATE)
            .map(Measure::field)
            .toList();

    static final Set<String> PARAMETERS =
            Set.of(Route.ORGANIZATION, "by", "starting_at", "ending_at", "user", "least_version", "limit", "page");

    private static final String CHANNELS = "channels";
    private static final String VERSIONS = "app_versions";

    private static final String USER = "user";
    private static final String CLOCK = "ahead_micros";
    private static final String SESSIONS = "sessions";
    private static final String PROBLEMS = "problems";
    private static final String SILENT = "silent";

    /** A clock that is ahead by less is as good as right. */
    private static final long AHEAD_MILLIS = 2_000;

    /** Clients send every 5 s (events) and every minute (counters), so what is on its way for longer has another reason. */
    private static final long BEHIND_MILLIS = Duration.ofMinutes(2).toMillis();

    /** More than that is what imports and records sent again look like, not clocks. */
    private static final long NO_CLOCK_MILLIS = Duration.ofDays(1).toMillis();

    private final Elastic elastic;
    private final ActiveDays activeDays;

    TelemetryHealth(Elastic elastic, ActiveDays activeDays) {
        this.elastic = elastic;
        this.activeDays = activeDays;
    }

    /** The coverage that stands beside every figure; {@code complete} is null where no event has a sequence number. */
    static ObjectNode coverage(JsonNode sums) {
        ObjectNode coverage = JsonNodeFactory.instance.objectNode();
        for (String field : SUMS) {
            coverage.put(field, Math.round(sums.path(field).path("value").asDouble()));
        }
        long seen = coverage.path(Measure.EVENTS_SEEN.field()).asLong();
        long missing = coverage.path(Measure.EVENTS_MISSING.field()).asLong();
        if (seen + missing == 0) {
            coverage.putNull("complete");
        } else {
            coverage.put("complete", (double) seen / (seen + missing));
        }
        return coverage;
    }

    CompletableFuture<ObjectNode> answer(String orgId, Parameters parameters, Privacy privacy) {
        String by = Objects.requireNonNullElse(parameters.text("by"), USER);
        List<String> fields = switch (by) {
            case USER -> List.of(USER);
            case "session" -> List.of(USER, "session_id");
            case "channel" -> List.of(CHANNELS);
            default -> throw Refusal.invalid("by", by, "user, session or channel");
        };
        Instant startingAt = parameters.time("starting_at");
        Instant endingAt = parameters.time("ending_at");
        Parameters.requireOrder(startingAt, endingAt);
        List<ObjectNode> filters = new ArrayList<>();
        filters.add(Elastic.between("starting_at", startingAt, endingAt));
        if (!parameters.all(USER).isEmpty()) {
            filters.add(Elastic.anyOf(USER, parameters.all(USER)));
        }
        int limit = parameters.limit();
        PageToken page = parameters.page();
        Look look = new Look(new Composite(fields), fields, limit, privacy, parameters.text("least_version"));
        CompletableFuture<@Nullable String> watermark = elastic.watermark("code-metrics");
        CompletableFuture<List<JsonNode>> buckets = look.groups.page(
                elastic,
                orgId,
                Index.CODE_METRICS,
                filters,
                aggregations(),
                group -> true,
                privacy,
                limit,
                page.position());
        CompletableFuture<ObjectNode> answer = by.equals(USER)
                ? buckets.thenCombine(
                                activeDays.actors(
                                        orgId,
                                        startingAt,
                                        endingAt,
                                        parameters.all(USER),
                                        privacy,
                                        limit,
                                        page.position()),
                                look::people)
                        .thenCompose(people -> people(orgId, people, startingAt, endingAt, look, page))
                : buckets.thenApply(all -> groups(all, look, page));
        return answer.thenCombine(watermark, (json, mark) -> json.put("watermark", mark));
    }

    /** Of whom rows tell, or only reports do: then the rows' bucket has nothing but the key. */
    private record Person(ArrayNode key, JsonNode bucket, boolean hasRows) {
        String name() {
            return key.path(0).asText();
        }
    }

    /** How rows are looked at. */
    private record Look(
            Composite groups,
            List<String> fields,
            int limit,
            Privacy privacy,
            @Nullable String leastVersion) {
        /** In the order in which they are told. */
        List<Person> people(List<JsonNode> rows, List<JsonNode> actors) {
            SortedMap<ArrayNode, Person> people = new TreeMap<>(Composite.ORDER);
            actors.forEach(bucket -> put(people, bucket, false));
            rows.forEach(bucket -> put(people, bucket, true));
            return List.copyOf(people.values());
        }

        private void put(SortedMap<ArrayNode, Person> people, JsonNode bucket, boolean hasRows) {
            ArrayNode key = groups.key(bucket);
            people.put(groups.told(key, privacy), new Person(key, bucket, hasRows));
        }

        /** @param last of the page; null: there is no more */
        ObjectNode paged(ObjectNode answer, PageToken page, @Nullable ArrayNode last) {
            return answer.put("has_more", last != null)
                    .put("next_page", last == null ? null : page.next(groups.position(last, privacy)));
        }
    }

    /** Reports name API keys, and people whose rows have another name: neither is told, so a page may be short. */
    private CompletableFuture<ObjectNode> people(
            String orgId,
            List<Person> people,
            @Nullable Instant from,
            @Nullable Instant to,
            Look look,
            PageToken page) {
        List<Person> shown = people.subList(0, Math.min(look.limit, people.size()));
        List<String> names = shown.stream().map(Person::name).toList();
        return activeDays.of(orgId, names, from, to).thenApply(days -> {
            ObjectNode answer = JsonNodeFactory.instance.objectNode();
            ArrayNode data = answer.putArray("data");
            for (Person person : shown) {
                ActiveDays.Days of = days.getOrDefault(person.name(), ActiveDays.Days.NONE);
                SortedMap<LocalDate, SortedSet<String>> silent = SilentDays.of(of.bySource());
                if (!person.hasRows
                        && (silent.isEmpty() || of.hasRows() || !activeDays.isPerson(orgId, person.name()))) {
                    continue;
                }
                ObjectNode row = row(person.bucket, look);
                problem(row, SILENT, !silent.isEmpty());
                ArrayNode list = row.putArray("silent_days");
                silent.forEach((day, sources) -> {
                    ObjectNode told = list.addObject().put("date", day.toString());
                    sources.forEach(told.putArray("seen_in")::add);
                });
                data.add(row);
            }
            return look.paged(answer, page, people.size() > look.limit ? shown.get(look.limit - 1).key : null);
        });
    }

    private static ObjectNode groups(List<JsonNode> buckets, Look look, PageToken page) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        List<JsonNode> shown = buckets.subList(0, Math.min(look.limit, buckets.size()));
        for (JsonNode bucket : shown) {
            ObjectNode row = row(bucket, look);
            Set<String> channels = values(bucket.path(CHANNELS));
            problem(
                    row,
                    SILENT,
                    channels.contains("session-file")
                            && !channels.contains("events")
                            && !channels.contains("counters"));
            data.add(row);
        }
        return look.paged(
                answer, page, buckets.size() > look.limit ? look.groups.key(shown.get(look.limit - 1)) : null);
    }

    private static ObjectNode aggregations() {
        ObjectNode inside = Composite.sums(SUMS);
        inside.putObject("last_at").putObject("max").put("field", "last_at");
        inside.putObject(CLOCK).putObject("max").put("field", CLOCK);
        ObjectNode told = inside.putObject(SESSIONS);
        told.putObject("filter").putObject("exists").put("field", CLOCK);
        ObjectNode farthestBehind = told.putObject("aggs").putObject(SESSIONS);
        ObjectNode terms = farthestBehind
                .putObject("terms")
                .put("field", "session_id")
                .put("missing", "")
                .put("size", 1);
        terms.putObject("order").put(CLOCK, "asc");
        farthestBehind.putObject("aggs").putObject(CLOCK).putObject("max").put("field", CLOCK);
        inside.putObject(CHANNELS).putObject("terms").put("field", CHANNELS);
        inside.putObject(VERSIONS)
                .putObject("terms")
                .put("field", "app_version")
                .put("size", 20);
        return inside;
    }

    private static ObjectNode row(JsonNode bucket, Look look) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        for (String field : look.fields) {
            row.set(
                    field.equals(CHANNELS) ? "channel" : field,
                    bucket.path("key").get(field));
        }
        Set<String> channels = values(bucket.path(CHANNELS));
        Set<String> versions = values(bucket.path(VERSIONS));
        ObjectNode coverage = coverage(bucket);
        row.put("last_at", Elastic.time(bucket.path("last_at").path("value_as_string")));
        row.set("coverage", coverage);
        ArrayNode sources = row.putArray(CHANNELS);
        channels.stream().sorted().forEach(sources::add);
        ArrayNode clients = row.putArray(VERSIONS);
        versions.stream().sorted().forEach(clients::add);
        long ahead = Math.max(0, Composite.sum(bucket, CLOCK) / 1000);
        row.put("clock_ahead_ms", ahead);
        Long behind = behind(bucket);
        row.put("clock_behind_ms", behind);
        row.putArray(PROBLEMS);
        problem(
                row,
                "sequence-gaps",
                coverage.path(Measure.EVENTS_MISSING.field()).asLong() > 0);
        problem(
                row,
                "counters-without-events",
                coverage.path(Measure.SESSION_DAYS_COUNTERS_ONLY.field()).asLong() > 0);
        problem(
                row,
                "events-and-counters-differ",
                coverage.path(Measure.EVENTS_COUNTERS_DIFFERENCE.field()).asLong() > 0);
        problem(
                row,
                "wrong-temporality",
                coverage.path(Measure.POINTS_WRONG_TEMPORALITY.field()).asLong() > 0);
        problem(row, "late", coverage.path(Measure.FACTS_LATE.field()).asLong() > 0);
        problem(row, "clock-ahead", ahead > AHEAD_MILLIS);
        problem(row, "clock-behind", behind != null && behind > BEHIND_MILLIS && behind <= NO_CLOCK_MILLIS);
        String least = look.leastVersion;
        problem(row, "old-version", least != null && versions.stream().anyMatch(version -> isOlder(version, least)));
        return row;
    }

    /**
     * The least time between event and receipt in the session where that is longest: by how much the clock is behind, if
     * nothing else delays all of it. Null: no telemetry tells.
     */
    private static @Nullable Long behind(JsonNode bucket) {
        JsonNode sessions = bucket.path(SESSIONS).path(SESSIONS).path("buckets");
        return sessions.isEmpty() ? null : Math.max(0, -Composite.sum(sessions.path(0), CLOCK) / 1000);
    }

    private static void problem(ObjectNode row, String name, boolean is) {
        if (is) {
            row.withArray(PROBLEMS).add(name);
        }
    }

    private static Set<String> values(JsonNode terms) {
        Set<String> values = new HashSet<>();
        terms.path("buckets").forEach(bucket -> values.add(bucket.path("key").asText()));
        return values;
    }

    /** By the numbers between the dots; what is no number is 0. */
    static boolean isOlder(String version, String least) {
        String[] a = version.split("[.-]");
        String[] b = least.split("[.-]");
        for (int i = 0; i < Math.max(a.length, b.length); i++) {
            int order = Long.compare(number(a, i), number(b, i));
            if (order != 0) {
                return order < 0;
            }
        }
        return false;
    }

    private static long number(String[] parts, int at) {
        return at < parts.length
                        && !parts[at].isEmpty()
                        && parts[at].length() < 10
                        && parts[at].chars().allMatch(Character::isDigit)
                ? Long.parseLong(parts[at])
                : 0;
    }
}
