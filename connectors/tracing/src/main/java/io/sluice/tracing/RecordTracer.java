package io.sluice.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** Sends spans of sampled records by OTLP over HTTP, from a thread of its own; what it cannot send is lost. */
public final class RecordTracer implements AutoCloseable {
    private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final SdkTracerProvider provider;
    private final Tracer tracer;
    private final Ids ids = new Ids();
    private final long oneIn;

    /** Ids that are known before: those of the span that is being made by this thread. */
    private static final class Ids implements IdGenerator {
        private final ThreadLocal<String> traceId = ThreadLocal.withInitial(() -> "");
        private final ThreadLocal<String> spanId = ThreadLocal.withInitial(() -> "");

        void next(RecordTrace trace, Stage stage) {
            traceId.set(trace.traceId());
            spanId.set(trace.spanId(stage));
        }

        @Override
        public String generateSpanId() {
            return spanId.get();
        }

        @Override
        public String generateTraceId() {
            return traceId.get();
        }
    }

    RecordTracer(String service, long oneIn, SpanProcessor processor) {
        if (oneIn < 1) {
            throw new IllegalArgumentException("oneIn: " + oneIn + " (expected: 1 or more)");
        }
        this.oneIn = oneIn;
        provider = SdkTracerProvider.builder()
                .setResource(Resource.create(Attributes.of(SERVICE, service)))
                .setIdGenerator(ids)
                .setSampler(Sampler.alwaysOn())
                .addSpanProcessor(processor)
                .build();
        tracer = provider.get("io.sluice");
    }

    /**
     * @param service whose spans they are
     * @param oneIn how many records one trace stands for, 1 or more
     * @param url of a receiver, such as {@code https://otlp.example.com/v1/traces}
     * @param headers for it; may be secret
     */
    public static RecordTracer open(String service, long oneIn, String url, Map<String, String> headers) {
        OtlpHttpSpanExporterBuilder exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(url)
                .setCompression("gzip")
                .setTimeout(PATIENCE);
        headers.forEach(exporter::addHeader);
        return new RecordTracer(
                service,
                oneIn,
                BatchSpanProcessor.builder(exporter.build())
                        .setScheduleDelay(INTERVAL)
                        .build());
    }

    /** @param event see {@link RecordTrace} */
    public boolean isSampled(long event) {
        return RecordTrace.isSampled(event, oneIn);
    }

    /** A span that has ended. */
    public void span(RecordTrace trace, Stage stage, Instant start, Instant end) {
        span(trace, stage, start, end, Attributes.empty());
    }

    public void span(RecordTrace trace, Stage stage, Instant start, Instant end, Attributes attributes) {
        ids.next(trace, stage);
        SpanBuilder span =
                tracer.spanBuilder(stage.span()).setStartTimestamp(start).setAllAttributes(attributes);
        Stage parent = stage.parent();
        if (parent == null) {
            span.setNoParent();
        } else {
            span.setParent(Context.root()
                    .with(Span.wrap(SpanContext.createFromRemoteParent(
                            trace.traceId(), trace.spanId(parent), TraceFlags.getSampled(), TraceState.getDefault()))));
        }
        // A clock that was set back must not make a span end before it begins.
        span.startSpan().end(end.isBefore(start) ? start : end);
    }

    /** Sends what is left. */
    @Override
    public void close() {
        provider.shutdown().join(PATIENCE.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    }
}
