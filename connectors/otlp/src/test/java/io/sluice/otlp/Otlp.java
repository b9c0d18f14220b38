package io.sluice.otlp;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Requests made by hand. */
final class Otlp {
    static final Instant TIME = Instant.parse("2026-11-23T19:00:00.123Z");

    private Otlp() {}

    static long nanos(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }

    static AnyValue value(Object value) {
        AnyValue.Builder any = AnyValue.newBuilder();
        if (value instanceof String text) {
            any.setStringValue(text);
        } else if (value instanceof Boolean bool) {
            any.setBoolValue(bool);
        } else if (value instanceof Double number) {
            any.setDoubleValue(number);
        } else if (value instanceof Number number) {
            any.setIntValue(number.longValue());
        } else if (value instanceof List<?> list) {
            ArrayValue.Builder array = ArrayValue.newBuilder();
            list.forEach(element -> array.addValues(value(element)));
            any.setArrayValue(array);
        } else if (value instanceof Map<?, ?> map) {
            KeyValueList.Builder entries = KeyValueList.newBuilder();
            map.forEach((key, element) -> entries.addValues(attribute((String) key, element)));
            any.setKvlistValue(entries);
        } else {
            throw new IllegalArgumentException(value.getClass().getName());
        }
        return any.build();
    }

    static KeyValue attribute(String key, Object value) {
        return KeyValue.newBuilder().setKey(key).setValue(value(value)).build();
    }

    /** A good {@code api_request}; a test spoils it. */
    static LogRecord.Builder apiRequest() {
        return event("api_request")
                .addAttributes(attribute("request_id", "req_1"))
                .addAttributes(attribute("model", "claude-opus-4-5"))
                .addAttributes(attribute("input_tokens", 10))
                .addAttributes(attribute("output_tokens", 20))
                .addAttributes(attribute("cost_usd", 0.5))
                .addAttributes(attribute("cost_usd_micros", 500_000));
    }

    static LogRecord.Builder event(String name) {
        return LogRecord.newBuilder()
                .setTimeUnixNano(nanos(TIME))
                .addAttributes(attribute("session.id", "session-1"))
                .addAttributes(attribute("event.name", name))
                .addAttributes(attribute("event.timestamp", TIME.toString()))
                .addAttributes(attribute("event.sequence", 7));
    }

    /** Sets an attribute, in place of one of the same key. */
    static LogRecord.Builder with(LogRecord.Builder record, String key, Object value) {
        return without(record, key).addAttributes(attribute(key, value));
    }

    static LogRecord.Builder without(LogRecord.Builder record, String key) {
        for (int i = record.getAttributesCount() - 1; i >= 0; i--) {
            if (record.getAttributes(i).getKey().equals(key)) {
                record.removeAttributes(i);
            }
        }
        return record;
    }

    static ExportLogsServiceRequest logs(Map<String, ?> resource, LogRecord.Builder... records) {
        ScopeLogs.Builder scope = ScopeLogs.newBuilder();
        for (LogRecord.Builder record : records) {
            scope.addLogRecords(record);
        }
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder()
                        .setResource(resource(resource))
                        .addScopeLogs(scope))
                .build();
    }

    static Resource resource(Map<String, ?> attributes) {
        Resource.Builder resource = Resource.newBuilder();
        attributes.forEach((key, value) -> resource.addAttributes(attribute(key, value)));
        return resource.build();
    }

    static NumberDataPoint.Builder point(double value) {
        return NumberDataPoint.newBuilder()
                .setStartTimeUnixNano(nanos(TIME.minusSeconds(60)))
                .setTimeUnixNano(nanos(TIME))
                .setAsDouble(value)
                .addAttributes(attribute("session.id", "session-1"))
                .addAttributes(attribute("model", "claude-opus-4-5"));
    }

    static ExportMetricsServiceRequest sum(NumberDataPoint.Builder... points) {
        Sum.Builder sum = Sum.newBuilder()
                .setIsMonotonic(true)
                .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA);
        for (NumberDataPoint.Builder point : points) {
            sum.addDataPoints(point);
        }
        return metrics(Metric.newBuilder()
                .setName("claude_code.cost.usage")
                .setUnit("USD")
                .setSum(sum));
    }

    static ExportMetricsServiceRequest metrics(Metric.Builder metric) {
        return ExportMetricsServiceRequest.newBuilder()
                .addResourceMetrics(ResourceMetrics.newBuilder()
                        .setResource(resource(Map.of("service.name", "claude-code")))
                        .addScopeMetrics(ScopeMetrics.newBuilder().addMetrics(metric)))
                .build();
    }
}
