package io.sluice.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordTracerTest {
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

    @ParameterizedTest(name = "event {0}")
    @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, 20_261_124})
    void spansMadeApartAreOneTrace(long event) {
        InMemorySpanExporter exported = InMemorySpanExporter.create();
        // As in two processes, and in any order.
        for (Stage stage : new Stage[] {Stage.TOLD, Stage.RECEIVED, Stage.ROWS, Stage.PUBLISHED, Stage.FACTS}) {
            try (RecordTracer tracer = new RecordTracer("test", 1, SimpleSpanProcessor.create(exported))) {
                tracer.span(new RecordTrace(event), stage, NOON.plusSeconds(stage.ordinal()), NOON.plusSeconds(9));
                assertThat(exported.getFinishedSpanItems()).hasSize(1);
                SpanData span = exported.getFinishedSpanItems().get(0);
                RecordTrace trace = new RecordTrace(event);
                assertThat(span.getSpanContext().isValid()).isTrue();
                assertThat(span.getTraceId()).isEqualTo(trace.traceId());
                assertThat(span.getSpanId()).isEqualTo(trace.spanId(stage));
                assertThat(span.getName()).isEqualTo(stage.span());
                Stage parent = stage.parent();
                assertThat(span.getParentSpanId())
                        .isEqualTo(parent == null ? "0000000000000000" : trace.spanId(parent));
                exported.reset();
            }
            exported = InMemorySpanExporter.create();
        }
    }

    @Test
    void stagesOfOneRecordAreApart() {
        RecordTrace trace = new RecordTrace(7);
        Set<String> ids = new HashSet<>();
        Arrays.stream(Stage.values()).forEach(stage -> ids.add(trace.spanId(stage)));
        assertThat(ids).hasSameSizeAs(Stage.values());
        assertThat(trace.traceparent(Stage.PUBLISHED)).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 20_261_124})
    void theShareThatIsAskedForIsSampled(long seed) {
        Random random = new Random(seed);
        int sampled = 0;
        for (int i = 0; i < 100_000; i++) {
            sampled += RecordTrace.isSampled(random.nextLong(), 100) ? 1 : 0;
        }
        assertThat(sampled).as("seed %d", seed).isBetween(850, 1150);
        assertThat(RecordTrace.isSampled(random.nextLong(), 1)).isTrue();
    }

    @Test
    void aClockThatIsSetBackDoesNotEndASpanBeforeItsStart() {
        InMemorySpanExporter exported = InMemorySpanExporter.create();
        try (RecordTracer tracer = new RecordTracer("test", 1, SimpleSpanProcessor.create(exported))) {
            tracer.span(new RecordTrace(3), Stage.FACTS, NOON, NOON.minusSeconds(5));
            SpanData span = exported.getFinishedSpanItems().get(0);
            assertThat(span.getEndEpochNanos()).isEqualTo(span.getStartEpochNanos());
        }
    }
}
