package io.sluice.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.time.Instant;
import java.util.Set;

/** What holds for every request, however odd. */
final class Checks {
    static final Instant RECEIVED = Instant.parse("2026-11-23T20:00:00Z");
    static final OtlpContext CONTEXT = new OtlpContext("org-1", Set.of(), RECEIVED, false);

    /** Kafka's own default. */
    private static final int KAFKA_MESSAGE_BYTES = 1_048_576;

    private Checks() {}

    static Decoded decode(ExportLogsServiceRequest request) throws IOException {
        return consistent(OtlpDecoder.decode(request, CONTEXT));
    }

    static Decoded decode(ExportMetricsServiceRequest request) throws IOException {
        return consistent(OtlpDecoder.decode(request, CONTEXT));
    }

    static Decoded decode(ExportTraceServiceRequest request) throws IOException {
        return consistent(Decoded.of(records -> OtlpDecoder.decode(request)));
    }

    /** Every record is accounted for once, and everything fits the schema and a Kafka message. */
    static Decoded consistent(Decoded decoded) throws IOException {
        assertThat(decoded.received())
                .isEqualTo(decoded.usage().size()
                        + decoded.counters().size()
                        + decoded.activity().size()
                        + decoded.rejected()
                        + decoded.ignored());
        assertThat(decoded.message().isEmpty()).isEqualTo(decoded.rejected() == 0);
        for (UsageEvent event : decoded.usage()) {
            byte[] bytes = UsageEvent.getEncoder().encode(event).array();
            assertThat(bytes.length).isLessThan(KAFKA_MESSAGE_BYTES);
            assertThat(UsageEvent.getDecoder().decode(bytes)).isEqualTo(event);
        }
        for (CounterPoint point : decoded.counters()) {
            byte[] bytes = CounterPoint.getEncoder().encode(point).array();
            assertThat(bytes.length).isLessThan(KAFKA_MESSAGE_BYTES);
            assertThat(CounterPoint.getDecoder().decode(bytes)).isEqualTo(point);
        }
        for (ActivityEvent event : decoded.activity()) {
            byte[] bytes = ActivityEvent.getEncoder().encode(event).array();
            assertThat(bytes.length).isLessThan(KAFKA_MESSAGE_BYTES);
            assertThat(ActivityEvent.getDecoder().decode(bytes)).isEqualTo(event);
        }
        for (ContentEvent event : decoded.content()) {
            byte[] bytes = ContentEvent.getEncoder().encode(event).array();
            assertThat(bytes.length).isLessThan(KAFKA_MESSAGE_BYTES);
            assertThat(ContentEvent.getDecoder().decode(bytes)).isEqualTo(event);
        }
        for (DeadLetter letter : decoded.deadLetters()) {
            byte[] bytes = DeadLetter.getEncoder().encode(letter).array();
            assertThat(bytes.length).isLessThan(8_192);
            assertThat(DeadLetter.getDecoder().decode(bytes)).isEqualTo(letter);
        }
        return decoded;
    }
}
