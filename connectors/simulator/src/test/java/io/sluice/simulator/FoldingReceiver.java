package io.sluice.simulator;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A plain, slow, all-in-memory receiver: reads the bytes, drops what it has seen, and adds up. */
final class FoldingReceiver {
    record Event(Map<String, AnyValue> resource, Map<String, AnyValue> attributes, long timeNanos) {
        String name() {
            return text("event.name");
        }

        String text(String key) {
            return required(attributes, key);
        }

        long number(String key) {
            return attributes.getOrDefault(key, AnyValue.getDefaultInstance()).getIntValue();
        }
    }

    record Point(
            Map<String, AnyValue> resource,
            String metric,
            Map<String, AnyValue> attributes,
            boolean cumulative,
            long startNanos,
            long timeNanos,
            double value) {}

    private record PointId(String metric, ByteString attributes, long startNanos, long timeNanos) {}

    final List<Event> events = new ArrayList<>();
    final Map<PointId, Point> points = new LinkedHashMap<>();
    final Map<Signal, Long> received = new EnumMap<>(Signal.class);
    private final Set<ByteString> seen = new HashSet<>();

    void receive(Signal signal, byte[] body) {
        try {
            switch (signal) {
                case LOGS -> receive(ExportLogsServiceRequest.parseFrom(body));
                case METRICS -> receive(ExportMetricsServiceRequest.parseFrom(body));
                case TRACES -> receive(ExportTraceServiceRequest.parseFrom(body));
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private void receive(ExportLogsServiceRequest request) {
        for (ResourceLogs resource : request.getResourceLogsList()) {
            for (ScopeLogs scope : resource.getScopeLogsList()) {
                for (LogRecord logRecord : scope.getLogRecordsList()) {
                    received.merge(Signal.LOGS, 1L, Long::sum);
                    if (seen.add(logRecord.toByteString())) {
                        events.add(new Event(
                                map(resource.getResource().getAttributesList()),
                                map(logRecord.getAttributesList()),
                                logRecord.getTimeUnixNano()));
                    }
                }
            }
        }
    }

    private void receive(ExportMetricsServiceRequest request) {
        for (ResourceMetrics resource : request.getResourceMetricsList()) {
            for (ScopeMetrics scope : resource.getScopeMetricsList()) {
                for (Metric metric : scope.getMetricsList()) {
                    boolean cumulative = metric.getSum().getAggregationTemporality()
                            == AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;
                    for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
                        received.merge(Signal.METRICS, 1L, Long::sum);
                        PointId id = new PointId(
                                metric.getName(),
                                identity(point),
                                point.getStartTimeUnixNano(),
                                point.getTimeUnixNano());
                        if (!points.containsKey(id)) {
                            points.put(
                                    id,
                                    new Point(
                                            map(resource.getResource().getAttributesList()),
                                            metric.getName(),
                                            map(point.getAttributesList()),
                                            cumulative,
                                            point.getStartTimeUnixNano(),
                                            point.getTimeUnixNano(),
                                            point.getAsDouble()));
                        }
                    }
                }
            }
        }
    }

    private static ByteString identity(NumberDataPoint point) {
        return NumberDataPoint.newBuilder()
                .addAllAttributes(point.getAttributesList())
                .build()
                .toByteString();
    }

    private void receive(ExportTraceServiceRequest request) {
        for (ResourceSpans resource : request.getResourceSpansList()) {
            for (ScopeSpans scope : resource.getScopeSpansList()) {
                received.merge(Signal.TRACES, (long) scope.getSpansCount(), Long::sum);
            }
        }
    }

    /** Events before counters: a user who sent any request as an event needs no counters. */
    Map<SpendKey, SpendTotals> spend() {
        Map<SpendKey, SpendTotals> cells = new HashMap<>();
        Set<String> requestIds = new HashSet<>();
        Set<String> withEvents = new HashSet<>();
        for (Event event : events) {
            if (event.name().equals("api_request") && requestIds.add(event.text("request_id"))) {
                withEvents.add(event.text("user.email"));
                cells.merge(
                        key(event.resource(), event.attributes(), event.timeNanos()),
                        new SpendTotals(
                                event.number("cost_usd_micros"),
                                1L,
                                event.number("input_tokens"),
                                event.number("output_tokens"),
                                event.number("cache_read_tokens"),
                                event.number("cache_creation_tokens")),
                        SpendTotals::plus);
            }
        }
        Map<PointId, TreeMap<Long, Point>> series = new HashMap<>();
        points.forEach((id, point) -> {
            if (!withEvents.contains(required(point.attributes(), "user.email"))) {
                PointId of = new PointId(id.metric(), id.attributes(), point.cumulative() ? point.startNanos() : 0, 0);
                Point other = series.computeIfAbsent(of, key -> new TreeMap<>()).put(point.timeNanos(), point);
                if (other != null) {
                    throw new AssertionError("two points of one series at " + point.timeNanos());
                }
            }
        });
        for (Collection<Point> one :
                series.values().stream().map(TreeMap::values).toList()) {
            double before = 0;
            for (Point point : one) {
                double added = point.cumulative() ? point.value() - before : point.value();
                before = point.value();
                SpendTotals totals = totals(point, added);
                if (totals != null) {
                    cells.merge(
                            key(point.resource(), point.attributes(), point.timeNanos()), totals, SpendTotals::plus);
                }
            }
        }
        cells.values().removeIf(totals -> totals.equals(new SpendTotals(0, null, 0, 0, 0, 0)));
        return cells;
    }

    private static @Nullable SpendTotals totals(Point point, double added) {
        if (point.metric().equals("claude_code.cost.usage")) {
            return new SpendTotals(Math.round(added * 1e6), null, 0, 0, 0, 0);
        }
        if (!point.metric().equals("claude_code.token.usage")) {
            return null;
        }
        long tokens = Math.round(added);
        return switch (required(point.attributes(), "type")) {
            case "input" -> new SpendTotals(0, null, tokens, 0, 0, 0);
            case "output" -> new SpendTotals(0, null, 0, tokens, 0, 0);
            case "cacheRead" -> new SpendTotals(0, null, 0, 0, tokens, 0);
            case "cacheCreation" -> new SpendTotals(0, null, 0, 0, 0, tokens);
            default -> throw new AssertionError(point);
        };
    }

    private static SpendKey key(Map<String, AnyValue> resource, Map<String, AnyValue> attributes, long nanos) {
        String team = text(attributes, "team.id");
        return new SpendKey(
                required(attributes, "user.email"),
                team == null ? "unassigned" : team,
                required(attributes, "model"),
                required(resource, "service.name"),
                text(attributes, "vcs.repository.url.full"),
                text(attributes, "mcp_server.name"),
                text(attributes, "skill.name"),
                Instant.ofEpochMilli(nanos / 1_000_000).truncatedTo(ChronoUnit.HOURS));
    }

    private static String required(Map<String, AnyValue> attributes, String key) {
        AnyValue value = attributes.get(key);
        if (value == null) {
            throw new AssertionError(key + " is missing in " + attributes.keySet());
        }
        return value.getStringValue();
    }

    private static @Nullable String text(Map<String, AnyValue> attributes, String key) {
        AnyValue value = attributes.get(key);
        return value == null ? null : value.getStringValue();
    }

    private static Map<String, AnyValue> map(List<KeyValue> attributes) {
        Map<String, AnyValue> map = new LinkedHashMap<>();
        for (KeyValue attribute : attributes) {
            if (map.put(attribute.getKey(), attribute.getValue()) != null) {
                throw new AssertionError("twice: " + attribute.getKey());
            }
        }
        return map;
    }
}
