package io.sluice.otlp;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;

/**
 * OTLP requests to records. Pure: no clock, no I/O; the same request and context give the same records and ids.
 * Thread-safe.
 *
 * <p>A record that cannot be used becomes a dead letter and costs the rest of its batch nothing; no request, however
 * broken, makes these methods throw. A record's own attributes win over those of its resource. What fills no field of
 * the result is kept as text in its {@code attributes}.
 *
 * <p>A log record's {@code occurred_at} is its {@code time_unix_nano}, else its attribute {@code event.timestamp}, else
 * its {@code observed_time_unix_nano}, else {@link OtlpContext#receivedAt}.
 */
public final class OtlpDecoder {
    private OtlpDecoder() {}

    /**
     * Source {@code otlp-logs}. {@code api_request} becomes usage, every other event activity. A {@code user_prompt} or
     * {@code assistant_response} whose text was sent becomes content besides, and its text is left out of the activity.
     *
     * @param records takes the records in the order in which they were sent
     */
    public static Counts decode(ExportLogsServiceRequest request, OtlpContext context, Records records) {
        return LogDecoder.decode(request, context, records);
    }

    /**
     * Source {@code otlp-metrics}. Points of sums become counter points; gauges, histograms, summaries are ignored.
     *
     * @param records takes the records in the order in which they were sent
     */
    public static Counts decode(ExportMetricsServiceRequest request, OtlpContext context, Records records) {
        return MetricDecoder.decode(request, context, records);
    }

    /** Source {@code otlp-traces}. Every span is counted and ignored: the events say the same, and more. */
    public static Counts decode(ExportTraceServiceRequest request) {
        long spans = 0;
        for (ResourceSpans resource : request.getResourceSpansList()) {
            for (ScopeSpans scope : resource.getScopeSpansList()) {
                spans += scope.getSpansCount();
            }
        }
        return new Counts(spans, spans, 0, "");
    }

    /** All records at once. */
    public static Decoded decode(ExportLogsServiceRequest request, OtlpContext context) {
        return Decoded.of(records -> decode(request, context, records));
    }

    /** All records at once. */
    public static Decoded decode(ExportMetricsServiceRequest request, OtlpContext context) {
        return Decoded.of(records -> decode(request, context, records));
    }
}
