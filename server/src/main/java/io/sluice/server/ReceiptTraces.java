package io.sluice.server;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.sluice.core.spend.Id;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.UsageEvent;
import io.sluice.tracing.RecordTrace;
import io.sluice.tracing.RecordTracer;
import io.sluice.tracing.Stage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The first two spans of sampled records: from the begin of decoding to Kafka's acknowledgement. Those records carry
 * {@code traceparent}, for readers that know nothing of how ids are computed.
 *
 * <p>Organization and event are named where the organization's analytics name people. Elsewhere an event's name would join
 * what its privacy mode keeps apart, and a trace has times only.
 */
final class ReceiptTraces {
    private static final String TRACEPARENT = "traceparent";
    private static final AttributeKey<String> ORGANIZATION = AttributeKey.stringKey("sluice.organization");
    private static final AttributeKey<String> EVENT = AttributeKey.stringKey("sluice.event_id");
    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    private static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");

    /** What a record is called. */
    private record Named(String orgId, String eventId) {
        /** Null: a record that tells of others. */
        static @Nullable Named of(SpecificRecordBase message) {
            if (message instanceof ActivityEvent event) {
                return new Named(event.getOrgId(), event.getEventId());
            }
            if (message instanceof UsageEvent event) {
                return new Named(event.getOrgId(), event.getEventId());
            }
            return message instanceof CounterPoint point ? new Named(point.getOrgId(), point.getEventId()) : null;
        }
    }

    private final RecordTracer tracer;
    private final Predicate<String> tells;

    /** @param tells whether records of an organization are named; asked for each span */
    ReceiptTraces(RecordTracer tracer, Predicate<String> tells) {
        this.tracer = tracer;
        this.tells = tells;
    }

    /**
     * To be called right before a record is sent.
     *
     * @param begun when decoding of its request began
     * @return what to call when it is acknowledged, instead of the given
     */
    Callback traced(
            ProducerRecord<byte[], byte[]> sent, SpecificRecordBase message, Instant begun, Callback acknowledged) {
        Named named = Named.of(message);
        if (named == null) {
            return acknowledged;
        }
        RecordTrace trace =
                new RecordTrace(Id.of(Id.Kind.EVENT, "", named.eventId).lo());
        if (!tracer.isSampled(trace.event())) {
            return acknowledged;
        }
        sent.headers().add(TRACEPARENT, trace.traceparent(Stage.PUBLISHED).getBytes(StandardCharsets.US_ASCII));
        Instant sending = Instant.now();
        return (metadata, failure) -> {
            if (failure == null) {
                tracer.span(
                        trace,
                        Stage.RECEIVED,
                        begun,
                        sending,
                        tells.test(named.orgId)
                                ? Attributes.of(ORGANIZATION, named.orgId, EVENT, named.eventId)
                                : Attributes.empty());
                tracer.span(
                        trace,
                        Stage.PUBLISHED,
                        sending,
                        Instant.now(),
                        Attributes.of(SYSTEM, "kafka", DESTINATION, sent.topic()));
            }
            acknowledged.onCompletion(metadata, failure);
        };
    }
}
