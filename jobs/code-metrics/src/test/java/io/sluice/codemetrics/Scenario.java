package io.sluice.codemetrics;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.sluice.core.codemetrics.Measure;
import io.sluice.otlp.OtlpContext;
import io.sluice.otlp.OtlpDecoder;
import io.sluice.otlp.Records;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DirectoryTeam;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Temporality;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import io.sluice.simulator.Batch;
import io.sluice.simulator.Share;
import io.sluice.simulator.Simulation;
import io.sluice.simulator.SimulationOptions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A simulated organization at the turn of a month, whose people change teams, and what it did, counted by hand. */
final class Scenario {
    private static final String ORG = "acme";
    private static final Instant END = Instant.parse("2026-11-02T00:00:00Z");
    private static final Set<String> EDIT_TOOLS = Set.of("Edit", "MultiEdit", "Write", "NotebookEdit");

    final List<Recorded.Value> values = new ArrayList<>();
    final List<byte[]> versions = new ArrayList<>();
    final Map<Measure, Long> truth = new EnumMap<>(Measure.class);

    /** Who worked, by day since the epoch: by events, of those who send none by counters that grew. */
    final Map<Long, Set<String>> people = new HashMap<>();

    Scenario(long seed) throws Exception {
        SimulationOptions options = SimulationOptions.builder(seed, 6, 4, END)
                .sessionsPerDay(2)
                .promptsPerSession(2)
                .share(Share.WEEKENDS, 1)
                .share(Share.COUNTERS_ONLY, 0.3)
                .share(Share.EVENTS_ONLY, 0.2)
                .share(Share.CUMULATIVE, 0.5)
                .build();
        Records records = Recorded.records(values);
        TreeSet<String> users = new TreeSet<>();
        for (Iterator<Batch> batches = new Simulation(options).batches(); batches.hasNext(); ) {
            Batch batch = batches.next();
            users.add(batch.user());
            OtlpContext context = new OtlpContext(ORG, Set.of(), batch.sentAt(), false);
            switch (batch.signal()) {
                case LOGS -> OtlpDecoder.decode((ExportLogsServiceRequest) batch.request(), context, records);
                case METRICS -> OtlpDecoder.decode((ExportMetricsServiceRequest) batch.request(), context, records);
                case TRACES -> throw new IllegalStateException("no spans were asked for");
            }
        }
        long at = 0;
        for (String user : users) {
            at++;
            versions.add(version(user, at, "user", END.minusSeconds(864_000)));
            versions.add(version(user, 1, "team", END.minusSeconds(120_000 + 3_600 * at)));
            if (at % 2 == 0) {
                versions.add(version(user, 2, "team", END.minusSeconds(100_000 + 777 * at)));
            }
        }
        count();
    }

    private static byte[] version(String user, long version, String kind, Instant effectiveAt) {
        long at = effectiveAt.getEpochSecond() * 1_000_000;
        DirectoryVersion.Builder made = DirectoryVersion.newBuilder()
                .setOrgId(ORG)
                .setKind(kind)
                .setId("usr_" + user)
                .setVersion(kind.equals("user") ? 1 : version)
                .setEffectiveAt(at)
                .setRecordedAt(at)
                .setCreatedAt(at)
                .setSource("hand");
        if (kind.equals("user")) {
            made.setUser(DirectoryUser.newBuilder()
                    .setUserName(user)
                    .setEmails(List.of(user))
                    .build());
        } else {
            made.setTeam(DirectoryTeam.newBuilder().setTeam("team-" + version).build());
        }
        return Codec.encode(made.build());
    }

    /** Of whoever sends events by events, of the others by counters. Nothing is lost here, so each tells all. */
    private void count() throws Exception {
        Set<String> withEvents = new HashSet<>();
        Map<String, Set<String>> seen = new HashMap<>();
        Map<String, CounterPoint> last = new HashMap<>();
        for (Recorded.Value value : values) {
            if (value.topic() == Topic.ACTIVITY) {
                ActivityEvent event = Codec.of(ActivityEvent.class).decode(value.bytes());
                Map<String, String> attributes = event.getAttributes();
                String call = String.valueOf(attributes.get("tool_use_id"));
                withEvents.add(String.valueOf(event.getActor().getEmail()));
                switch (event.getName()) {
                    case "user_prompt" -> once(seen, Measure.PROMPTS, event.getEventId());
                    case "tool_result" ->
                        once(
                                seen,
                                "true".equals(attributes.get("success")) ? Measure.TOOL_SUCCEEDED : Measure.TOOL_FAILED,
                                call);
                    case "skill_activated" -> once(seen, Measure.SKILL_ACTIVATIONS, event.getEventId());
                    case "subagent_completed" -> once(seen, Measure.SUBAGENT_RUNS, event.getEventId());
                    case "api_error" -> once(seen, Measure.API_ERRORS, event.getEventId());
                    case "tool_decision" -> {
                        if ("config".equals(attributes.get("source"))) {
                            once(
                                    seen,
                                    "accept".equals(attributes.get("decision"))
                                            ? Measure.ACCEPTED_CONFIG
                                            : Measure.REJECTED_CONFIG,
                                    call);
                        }
                    }
                    default -> {}
                }
            }
        }
        seen.forEach((measure, ids) -> truth.put(Measure.valueOf(measure), (long) ids.size()));
        Set<String> points = new HashSet<>();
        for (Recorded.Value value : values) {
            if (value.topic() == Topic.COUNTERS) {
                CounterPoint point = Codec.of(CounterPoint.class).decode(value.bytes());
                boolean first = points.add(point.getEventId());
                if (first && point.getTemporality() == Temporality.CUMULATIVE) {
                    last.merge(
                            point.getSeriesId() + point.getStartAt(),
                            point,
                            (a, b) -> a.getOccurredAt() > b.getOccurredAt() ? a : b);
                } else if (first) {
                    count(point, withEvents);
                }
            }
        }
        last.values().forEach(point -> count(point, withEvents));
        countPeople(withEvents);
    }

    private static final Set<String> WORK = Set.of(
            "user_prompt",
            "tool_decision",
            "tool_result",
            "api_error",
            "api_retries_exhausted",
            "api_refusal",
            "skill_activated",
            "subagent_completed",
            "compaction",
            "permission_mode_changed");
    private static final Set<String> COUNTERS = Set.of(
            "claude_code.lines_of_code.count",
            "claude_code.commit.count",
            "claude_code.pull_request.count",
            "claude_code.active_time.total",
            "claude_code.code_edit_tool.decision");

    private void countPeople(Set<String> withEvents) throws Exception {
        Map<String, TreeMap<Long, CounterPoint>> series = new HashMap<>();
        for (Recorded.Value value : values) {
            switch (value.topic()) {
                case ACTIVITY -> {
                    ActivityEvent event = Codec.of(ActivityEvent.class).decode(value.bytes());
                    if (WORK.contains(event.getName())) {
                        worked(event.getActor(), event.getOccurredAt());
                    }
                }
                case USAGE -> {
                    UsageEvent event = Codec.of(UsageEvent.class).decode(value.bytes());
                    worked(event.getActor(), event.getOccurredAt());
                }
                default -> {
                    CounterPoint point = Codec.of(CounterPoint.class).decode(value.bytes());
                    if (COUNTERS.contains(point.getMetric())
                            && !withEvents.contains(
                                    String.valueOf(point.getActor().getEmail()))) {
                        series.computeIfAbsent(
                                        point.getSeriesId() + point.getTemporality() + point.getStartAt(),
                                        each -> new TreeMap<>())
                                .put(point.getOccurredAt(), point);
                    }
                }
            }
        }
        for (TreeMap<Long, CounterPoint> points : series.values()) {
            double before = 0;
            for (CounterPoint point : points.values()) {
                if (point.getValue() > before) {
                    worked(point.getActor(), point.getOccurredAt());
                }
                before = point.getTemporality() == Temporality.CUMULATIVE ? point.getValue() : 0;
            }
        }
    }

    private void worked(Actor actor, long at) {
        people.computeIfAbsent(Math.floorDiv(at, 86_400_000_000L), day -> new HashSet<>())
                .add(String.valueOf(actor.getEmail()));
    }

    private static void once(Map<String, Set<String>> seen, Measure measure, String id) {
        seen.computeIfAbsent(measure.name(), each -> new HashSet<>()).add(id);
    }

    private void count(CounterPoint point, Set<String> withEvents) {
        Map<String, String> attributes = point.getAttributes();
        long value = Math.round(point.getValue());
        switch (point.getMetric()) {
            case "claude_code.lines_of_code.count" ->
                truth.merge(
                        "added".equals(point.getType()) ? Measure.LINES_ADDED : Measure.LINES_REMOVED,
                        value,
                        Long::sum);
            case "claude_code.active_time.total" ->
                truth.merge(
                        "user".equals(point.getType()) ? Measure.ACTIVE_USER_MICROS : Measure.ACTIVE_CLI_MICROS,
                        Math.round(point.getValue() * 1e6),
                        Long::sum);
            case "claude_code.pull_request.count" -> truth.merge(Measure.PULL_REQUESTS, value, Long::sum);
            case "claude_code.code_edit_tool.decision" -> {
                boolean counts =
                        !withEvents.contains(String.valueOf(point.getActor().getEmail()))
                                && "config".equals(attributes.get("source"))
                                && EDIT_TOOLS.contains(attributes.get("tool_name"));
                if (counts) {
                    truth.merge(
                            "accept".equals(attributes.get("decision"))
                                    ? Measure.ACCEPTED_CONFIG
                                    : Measure.REJECTED_CONFIG,
                            value,
                            Long::sum);
                }
            }
            default -> {}
        }
    }
}
