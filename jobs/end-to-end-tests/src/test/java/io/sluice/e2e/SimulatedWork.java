package io.sluice.e2e;

import com.google.protobuf.MessageLite;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.sluice.simulator.Batch;
import io.sluice.simulator.Simulation;
import io.sluice.simulator.SimulationOptions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * What the people of a simulated organization did, by day and person, under the names of code metrics: counted by hand from
 * each request that their clients sent, without those that were sent again. Nothing of it is lost, so what both signals tell is
 * taken from events where there are any, and only lines and pull requests from counters.
 */
final class SimulatedWork {
    static final List<String> METRICS = List.of(
            "sessions_started",
            "prompts",
            "lines_added",
            "lines_removed",
            "pull_requests",
            "edits_accepted",
            "edits_rejected",
            "tool_calls",
            "tool_failures",
            "api_requests",
            "api_errors",
            "skill_activations",
            "subagent_runs");

    private static final Set<String> EDIT_TOOLS = Set.of("Edit", "Write");

    private record Series(String user, String metric, List<KeyValue> attributes, long start) {}

    private final Map<String, TreeMap<String, Long>> work = new TreeMap<>();
    private final Set<String> usersWithEvents = new HashSet<>();
    private final List<Runnable> countersOfEvents = new ArrayList<>();
    private final Map<Series, TreeMap<Long, Double>> cumulative = new HashMap<>();

    private SimulatedWork() {}

    /** Figures that are not 0, by "day user". */
    static Map<String, TreeMap<String, Long>> of(SimulationOptions options) {
        SimulatedWork all = new SimulatedWork();
        for (Iterator<Batch> batches = new Simulation(options).batches(); batches.hasNext(); ) {
            Batch batch = batches.next();
            if (!batch.duplicate()) {
                all.add(batch.user(), batch.request());
            }
        }
        all.cumulative.forEach((series, points) -> {
            double before = 0;
            for (Map.Entry<Long, Double> point : points.entrySet()) {
                all.counted(series.user, series.metric, series.attributes, point.getKey(), point.getValue() - before);
                before = point.getValue();
            }
        });
        all.countersOfEvents.forEach(Runnable::run);
        return all.work;
    }

    private void add(String user, MessageLite request) {
        if (request instanceof ExportLogsServiceRequest logs) {
            usersWithEvents.add(user);
            logs.getResourceLogsList()
                    .forEach(ofResource -> ofResource
                            .getScopeLogsList()
                            .forEach(ofScope -> ofScope.getLogRecordsList().forEach(each -> happened(user, each))));
        } else if (request instanceof ExportMetricsServiceRequest metrics) {
            metrics.getResourceMetricsList()
                    .forEach(ofResource -> ofResource
                            .getScopeMetricsList()
                            .forEach(ofScope -> ofScope.getMetricsList().forEach(each -> measured(user, each))));
        }
    }

    private void happened(String user, LogRecord event) {
        long at = event.getTimeUnixNano();
        List<KeyValue> attributes = event.getAttributesList();
        if (text(attributes, "event.sequence").equals("0")) {
            add(user, at, "sessions_started", 1);
        }
        switch (text(attributes, "event.name")) {
            case "user_prompt" -> add(user, at, "prompts", 1);
            case "tool_result" -> {
                add(user, at, "tool_calls", 1);
                add(user, at, "tool_failures", text(attributes, "success").equals("false") ? 1 : 0);
            }
            case "tool_decision" -> decided(user, at, attributes, 1);
            case "api_request" -> add(user, at, "api_requests", 1);
            case "api_error" -> add(user, at, "api_errors", 1);
            case "skill_activated" -> add(user, at, "skill_activations", 1);
            case "subagent_completed" -> add(user, at, "subagent_runs", 1);
            default -> {}
        }
    }

    private void decided(String user, long at, List<KeyValue> attributes, long times) {
        if (EDIT_TOOLS.contains(text(attributes, "tool_name"))) {
            boolean accepted = text(attributes, "decision").equals("accept");
            add(user, at, accepted ? "edits_accepted" : "edits_rejected", times);
        }
    }

    private void measured(String user, Metric metric) {
        boolean isCumulative = metric.getSum().getAggregationTemporality()
                == AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;
        for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
            if (isCumulative) {
                Series series =
                        new Series(user, metric.getName(), point.getAttributesList(), point.getStartTimeUnixNano());
                cumulative
                        .computeIfAbsent(series, absent -> new TreeMap<>())
                        .put(point.getTimeUnixNano(), point.getAsDouble());
            } else {
                counted(
                        user,
                        metric.getName(),
                        point.getAttributesList(),
                        point.getTimeUnixNano(),
                        point.getAsDouble());
            }
        }
    }

    private void counted(String user, String metric, List<KeyValue> attributes, long at, double increase) {
        long by = Math.round(increase);
        switch (metric) {
            case "claude_code.lines_of_code.count" ->
                add(user, at, text(attributes, "type").equals("added") ? "lines_added" : "lines_removed", by);
            case "claude_code.pull_request.count" -> add(user, at, "pull_requests", by);
            case "claude_code.session.count" -> unlessByEvents(user, () -> add(user, at, "sessions_started", by));
            case "claude_code.code_edit_tool.decision" -> unlessByEvents(user, () -> decided(user, at, attributes, by));
            default -> {}
        }
    }

    /** Who sends events is known when all has been read. */
    private void unlessByEvents(String user, Runnable count) {
        countersOfEvents.add(() -> {
            if (!usersWithEvents.contains(user)) {
                count.run();
            }
        });
    }

    private void add(String user, long atNanos, String metric, long by) {
        if (by != 0) {
            Instant day = Instant.ofEpochSecond(TimeUnit.NANOSECONDS.toSeconds(atNanos))
                    .truncatedTo(ChronoUnit.DAYS);
            work.computeIfAbsent(day + " " + user, absent -> new TreeMap<>()).merge(metric, by, Long::sum);
        }
    }

    private static String text(List<KeyValue> attributes, String key) {
        for (KeyValue each : attributes) {
            if (each.getKey().equals(key)) {
                AnyValue value = each.getValue();
                return value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue();
            }
        }
        return "";
    }
}
