package io.sluice.server;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.sluice.otlp.Counts;
import io.sluice.otlp.OtlpContext;
import io.sluice.otlp.OtlpDecoder;
import io.sluice.otlp.OtlpFormatException;
import io.sluice.otlp.OtlpJson;
import io.sluice.otlp.OtlpProtobuf;
import io.sluice.otlp.Records;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.LedgerEntry;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.zip.ZipException;
import org.apache.avro.specific.SpecificRecordBase;
import org.jspecify.annotations.Nullable;

/** From the bytes of one request to the records on Kafka, with their topics and keys. */
final class TelemetryDecoder {
    /** Where the records go, one by one: a large request is never held decoded as a whole. */
    interface Outbox {
        void send(Topic topic, byte[] key, SpecificRecordBase message);
    }

    /** Shorter bodies cannot do harm: no more of them are decoded at a time than there are workers. */
    private static final int WEIGHED = 256 * 1024;

    private final Clock clock;
    private final int maxRequestBytes;
    private final Predicate<String> keepsContent;

    /**
     * @param maxRequestBytes after decompression
     * @param keepsContent whether messages of an organization are stored; refuses while that is not known
     */
    TelemetryDecoder(Clock clock, int maxRequestBytes, Predicate<String> keepsContent) {
        this.clock = clock;
        this.maxRequestBytes = maxRequestBytes;
        this.keepsContent = keepsContent;
    }

    /**
     * Decodes.
     *
     * @param body given back in any case
     * @param lease grows with the bytes that come out of decompression
     * @param outbox gets nothing of a request that is refused
     * @return what the client is told once all records are stored
     * @throws Refusal INVALID for bytes that are not OTLP, TOO_LARGE for too many of them, UNAVAILABLE while the
     *     organization's plan is not known
     */
    Signal.Outcome decode(
            Signal signal, Ingest.Body body, Caller caller, boolean historical, ByteBudget.Lease lease, Outbox outbox)
            throws IOException {
        OtlpContext context = new OtlpContext(caller.orgId(), caller.organizationIds(), clock.instant(), historical);
        Addressed records =
                new Addressed(context.orgId(), outbox, signal == Signal.LOGS && keepsContent.test(context.orgId()));
        Counts counts = decode(signal, body, context, lease, records);
        long ignored = counts.ignored() + records.droppedContent;
        if (ignored > 0) {
            // Whatever else was received is counted by those who read the records.
            LedgerEntry entry = LedgerEntry.newBuilder()
                    .setOrgId(context.orgId())
                    .setSource(signal.source())
                    .setHour(Micros.of(context.receivedAt().truncatedTo(ChronoUnit.HOURS)))
                    .setReceived(ignored)
                    .setIgnored(ignored)
                    .build();
            outbox.send(Topic.INTAKE, utf8(context.orgId()), entry);
        }
        return new Signal.Outcome(counts.rejected(), counts.message());
    }

    private Counts decode(Signal signal, Ingest.Body body, OtlpContext context, ByteBudget.Lease lease, Records records)
            throws IOException {
        try {
            byte[] received = body.take();
            byte[] bytes = body.gzip() ? inflate(received, lease) : received;
            boolean json = body.encoding() == Ingest.Encoding.JSON;
            if (bytes.length > WEIGHED) {
                weigh(json ? Weight.ofJson(bytes) : Weight.ofProtobuf(bytes, signal.request()), lease);
            }
            switch (signal) {
                case LOGS -> {
                    ExportLogsServiceRequest request = json ? OtlpJson.logs(bytes) : OtlpProtobuf.logs(bytes);
                    weigh(Weight.ofRecords(records(request)), lease);
                    return OtlpDecoder.decode(request, context, records);
                }
                case METRICS -> {
                    ExportMetricsServiceRequest request = json ? OtlpJson.metrics(bytes) : OtlpProtobuf.metrics(bytes);
                    weigh(Weight.ofRecords(records(request)), lease);
                    return OtlpDecoder.decode(request, context, records);
                }
                case TRACES -> {
                    // Spans become no records, they are only counted.
                    return OtlpDecoder.decode(
                            json ? OtlpJson.traces(bytes) : ExportTraceServiceRequest.parseFrom(bytes));
                }
            }
            throw new IllegalStateException(signal.name());
        } catch (InvalidProtocolBufferException e) {
            throw notOtlp(signal, "protobuf: " + e.getMessage());
        } catch (OtlpFormatException e) {
            throw notOtlp(signal, "JSON: " + e.getMessage());
        } catch (EOFException | ZipException e) {
            throw new Refusal(Refusal.Kind.INVALID, "body: not gzip, or cut off (expected: complete gzip)");
        }
    }

    private byte[] inflate(byte[] gzip, ByteBudget.Lease lease) throws IOException {
        try (BoundedBody body = new BoundedBody(gzip, maxRequestBytes, lease)) {
            return body.readAllBytes();
        }
    }

    private void weigh(long weight, ByteBudget.Lease lease) {
        if (weight > maxRequestBytes) {
            throw new Refusal(
                    Refusal.Kind.TOO_LARGE,
                    "body: decodes to about " + weight + " bytes (expected: at most " + maxRequestBytes + ")");
        }
        lease.growTo(weight);
    }

    private static long records(ExportLogsServiceRequest request) {
        return request.getResourceLogsList().stream()
                .flatMap(resource -> resource.getScopeLogsList().stream())
                .mapToLong(scope -> scope.getLogRecordsCount())
                .sum();
    }

    private static long records(ExportMetricsServiceRequest request) {
        return request.getResourceMetricsList().stream()
                .flatMap(resource -> resource.getScopeMetricsList().stream())
                .flatMap(scope -> scope.getMetricsList().stream())
                .mapToLong(metric -> metric.getSum().getDataPointsCount())
                .sum();
    }

    private static Refusal notOtlp(Signal signal, String problem) {
        return new Refusal(
                Refusal.Kind.INVALID, "body: not OTLP " + signal.name().toLowerCase(Locale.ROOT) + " in " + problem);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Gives records their topic and key. Messages go no further where they are not kept. */
    private static final class Addressed implements Records {
        private final String orgId;
        private final Outbox outbox;
        private final boolean keepsContent;
        private long droppedContent;
        private @Nullable String sessionId;
        private @Nullable String installationId;
        private byte @Nullable [] sessionKey;

        Addressed(String orgId, Outbox outbox, boolean keepsContent) {
            this.orgId = orgId;
            this.outbox = outbox;
            this.keepsContent = keepsContent;
        }

        /** That of the record before it is most often the same. */
        private byte[] key(@Nullable String session, Actor actor) {
            String installation = actor.getInstallationId();
            if (sessionKey == null
                    || !Objects.equals(session, sessionId)
                    || !Objects.equals(installation, installationId)) {
                sessionId = session;
                installationId = installation;
                sessionKey = utf8(Topic.sessionKey(orgId, session, installation));
            }
            return sessionKey;
        }

        @Override
        public void usage(UsageEvent event) {
            outbox.send(Topic.USAGE, key(event.getSessionId(), event.getActor()), event);
        }

        @Override
        public void counter(CounterPoint point) {
            outbox.send(Topic.COUNTERS, key(point.getSessionId(), point.getActor()), point);
        }

        @Override
        public void activity(ActivityEvent event) {
            outbox.send(Topic.ACTIVITY, key(event.getSessionId(), event.getActor()), event);
        }

        @Override
        public void content(ContentEvent event) {
            if (!keepsContent) {
                droppedContent++;
                return;
            }
            String key = Topic.contentKey(orgId, event.getConversationId(), event.getMessageId());
            outbox.send(Topic.CONTENT, utf8(key), event);
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            outbox.send(Topic.DEAD_LETTERS, utf8(letter.getEventId()), letter);
        }
    }
}
