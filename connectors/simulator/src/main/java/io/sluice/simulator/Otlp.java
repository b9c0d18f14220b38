package io.sluice.simulator;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.List;

/** The envelopes and attribute values of OTLP. */
final class Otlp {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private Otlp() {}

    static KeyValue attribute(String key, String value) {
        return attribute(key, AnyValue.newBuilder().setStringValue(value));
    }

    static KeyValue attribute(String key, long value) {
        return attribute(key, AnyValue.newBuilder().setIntValue(value));
    }

    static KeyValue attribute(String key, double value) {
        return attribute(key, AnyValue.newBuilder().setDoubleValue(value));
    }

    static KeyValue attribute(String key, boolean value) {
        return attribute(key, AnyValue.newBuilder().setBoolValue(value));
    }

    static KeyValue emptyList(String key) {
        return attribute(key, AnyValue.newBuilder().setArrayValue(ArrayValue.getDefaultInstance()));
    }

    private static KeyValue attribute(String key, AnyValue.Builder value) {
        return KeyValue.newBuilder().setKey(key).setValue(value).build();
    }

    static long nanos(long millis) {
        return millis * NANOS_PER_MILLI;
    }

    static ExportLogsServiceRequest logs(Resource resource, String version, List<LogRecord> records) {
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder()
                        .setResource(resource)
                        .addScopeLogs(ScopeLogs.newBuilder()
                                .setScope(scope("com.anthropic.claude_code.events", version))
                                .addAllLogRecords(records)))
                .build();
    }

    static ExportMetricsServiceRequest metrics(Resource resource, String version, List<Metric> metrics) {
        return ExportMetricsServiceRequest.newBuilder()
                .addResourceMetrics(ResourceMetrics.newBuilder()
                        .setResource(resource)
                        .addScopeMetrics(ScopeMetrics.newBuilder()
                                .setScope(scope("com.anthropic.claude_code", version))
                                .addAllMetrics(metrics)))
                .build();
    }

    static ExportTraceServiceRequest traces(Resource resource, List<Span> spans) {
        return ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder()
                        .setResource(resource)
                        .addScopeSpans(ScopeSpans.newBuilder()
                                .setScope(scope("com.anthropic.claude_code.tracing", "1.0.0"))
                                .addAllSpans(spans)))
                .build();
    }

    private static InstrumentationScope scope(String name, String version) {
        return InstrumentationScope.newBuilder()
                .setName(name)
                .setVersion(version)
                .build();
    }
}
