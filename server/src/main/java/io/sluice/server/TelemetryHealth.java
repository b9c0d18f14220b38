package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Measure;
import io.sluice.schema.Index;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

    /** A clock that is ahead by less is as good as right. */
    private static final long AHEAD_MILLIS = 2_000;

    private final Elastic elastic;

    TelemetryHealth(Elastic elastic) {
        this.elastic = elastic;
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
        String by = parameters.text("by") == null ? "user" : parameters.text("by");
        List<String> fields = switch (String.valueOf(by)) {
            case "user" -> List.of("user");
            case "session" -> List.of("user", "session_id");
            case "channel" -> List.of(CHANNELS);
            default -> throw Refusal.invalid("by", String.valueOf(by), "user, session or channel");
        };
        Instant startingAt = parameters.time("starting_at");
        Instant endingAt = parameters.time("ending_at");
        Parameters.requireOrder(startingAt, endingAt);
        List<ObjectNode> filters = new ArrayList<>();
        filters.add(Elastic.between("starting_at", startingAt, endingAt));
        if (!parameters.all("user").isEmpty()) {
            filters.add(Elastic.anyOf("user", parameters.all("user")));
        }
        int limit = parameters.limit();
        PageToken page = parameters.page();
        Composite groups = new Composite(fields);
        String least = parameters.text("least_version");
        CompletableFuture<@Nullable String> watermark = elastic.watermark("code-metrics");
        return groups.page(
                        elastic,
                        orgId,
                        Index.CODE_METRICS,
                        filters,
                        aggregations(),
                        group -> true,
                        privacy,
                        limit,
                        page.position())
                .thenCombine(watermark, (found, mark) -> {
                    ObjectNode answer = JsonNodeFactory.instance.objectNode();
                    ArrayNode data = answer.putArray("data");
                    boolean more = found.size() > limit;
                    List<JsonNode> shown = more ? found.subList(0, limit) : found;
                    shown.forEach(bucket -> data.add(row(bucket, fields, least)));
                    answer.put("has_more", more);
                    answer.put(
                            "next_page",
                            more ? page.next(groups.position(groups.key(shown.get(limit - 1)), privacy)) : null);
                    return answer.put("watermark", mark);
                });
    }

    private static ObjectNode aggregations() {
        ObjectNode inside = Composite.sums(SUMS);
        inside.putObject("last_at").putObject("max").put("field", "last_at");
        inside.putObject("ahead_micros").putObject("max").put("field", "ahead_micros");
        inside.putObject(CHANNELS).putObject("terms").put("field", CHANNELS);
        inside.putObject(VERSIONS)
                .putObject("terms")
                .put("field", "app_version")
                .put("size", 20);
        return inside;
    }

    private static ObjectNode row(JsonNode bucket, List<String> fields, @Nullable String leastVersion) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        for (String field : fields) {
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
        long ahead = Math.round(bucket.path("ahead_micros").path("value").asDouble()) / 1000;
        row.put("clock_ahead_ms", ahead);
        ArrayNode problems = row.putArray("problems");
        problem(
                problems,
                "sequence-gaps",
                coverage.path(Measure.EVENTS_MISSING.field()).asLong() > 0);
        problem(
                problems,
                "counters-without-events",
                coverage.path(Measure.SESSION_DAYS_COUNTERS_ONLY.field()).asLong() > 0);
        problem(
                problems,
                "events-and-counters-differ",
                coverage.path(Measure.EVENTS_COUNTERS_DIFFERENCE.field()).asLong() > 0);
        problem(
                problems,
                "wrong-temporality",
                coverage.path(Measure.POINTS_WRONG_TEMPORALITY.field()).asLong() > 0);
        problem(problems, "late", coverage.path(Measure.FACTS_LATE.field()).asLong() > 0);
        problem(
                problems,
                "silent",
                channels.contains("session-file") && !channels.contains("events") && !channels.contains("counters"));
        problem(problems, "clock-ahead", ahead > AHEAD_MILLIS);
        problem(
                problems,
                "old-version",
                leastVersion != null && versions.stream().anyMatch(version -> isOlder(version, leastVersion)));
        return row;
    }

    private static void problem(ArrayNode problems, String name, boolean is) {
        if (is) {
            problems.add(name);
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
