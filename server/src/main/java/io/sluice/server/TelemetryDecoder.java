package io.sluice.server;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.sluice.otlp.Decoded;
import io.sluice.otlp.OtlpContext;
import io.sluice.otlp.OtlpDecoder;
import io.sluice.otlp.OtlpFormatException;
import io.sluice.otlp.OtlpJson;
import io.sluice.otlp.OtlpProtobuf;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.LedgerEntry;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.io.EOFException;
import java.io.IOException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipException;

/** From the bytes of one request to the records on Kafka, with their topics and keys. */
final class TelemetryDecoder {
    /**
     * One request, ready to be sent.
     *
     * @param outcome what the client is told once all records are stored
     */
    record Batch(List<Publisher.Outgoing> records, Signal.Outcome outcome) {}

    /** Shorter bodies cannot do harm: no more of them are decoded at a time than there are workers. */
    private static final int WEIGHED = 256 * 1024;

    private final Clock clock;
    private final int maxRequestBytes;

    /** @param maxRequestBytes after decompression */
    TelemetryDecoder(Clock clock, int maxRequestBytes) {
        this.clock = clock;
        this.maxRequestBytes = maxRequestBytes;
    }

    /**
     * Decodes.
     *
     * @param lease grows with the bytes that come out of decompression
     * @throws Refusal INVALID for bytes that are not OTLP, TOO_LARGE for too many of them
     */
    Batch decode(Signal signal, Ingest.Body body, Caller caller, boolean historical, ByteBudget.Lease lease)
            throws IOException {
        OtlpContext context = new OtlpContext(caller.orgId(), caller.organizationIds(), clock.instant(), historical);
        return batch(signal, decode(signal, body, context, lease), context);
    }

    private Decoded decode(Signal signal, Ingest.Body body, OtlpContext context, ByteBudget.Lease lease)
            throws IOException {
        try {
            byte[] bytes = body.gzip() ? inflate(body.bytes(), lease) : body.bytes();
            boolean json = body.encoding() == Ingest.Encoding.JSON;
            if (bytes.length > WEIGHED) {
                weigh(json ? Weight.ofJson(bytes) : Weight.ofProtobuf(bytes, signal.request()), lease);
            }
            switch (signal) {
                case LOGS -> {
                    ExportLogsServiceRequest request = json ? OtlpJson.logs(bytes) : OtlpProtobuf.logs(bytes);
                    weigh(Weight.ofRecords(records(request)), lease);
                    return OtlpDecoder.decode(request, context);
                }
                case METRICS -> {
                    ExportMetricsServiceRequest request =
                            json ? OtlpJson.metrics(bytes) : ExportMetricsServiceRequest.parseFrom(bytes);
                    weigh(Weight.ofRecords(records(request)), lease);
                    return OtlpDecoder.decode(request, context);
                }
                case TRACES -> {
                    // Spans become no records, they are only counted.
                    return OtlpDecoder.decode(
                            json ? OtlpJson.traces(bytes) : ExportTraceServiceRequest.parseFrom(bytes), context);
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

    private static Batch batch(Signal signal, Decoded decoded, OtlpContext context) {
        List<Publisher.Outgoing> records = new ArrayList<>();
        for (UsageEvent event : decoded.usage()) {
            String key = Topic.sessionKey(
                    event.getOrgId(), event.getSessionId(), event.getActor().getInstallationId());
            records.add(new Publisher.Outgoing(Topic.USAGE, key, event));
        }
        for (CounterPoint point : decoded.counters()) {
            String key = Topic.sessionKey(
                    point.getOrgId(), point.getSessionId(), point.getActor().getInstallationId());
            records.add(new Publisher.Outgoing(Topic.COUNTERS, key, point));
        }
        for (ActivityEvent event : decoded.activity()) {
            String key = Topic.sessionKey(
                    event.getOrgId(), event.getSessionId(), event.getActor().getInstallationId());
            records.add(new Publisher.Outgoing(Topic.ACTIVITY, key, event));
        }
        for (ContentEvent event : decoded.content()) {
            String key = Topic.contentKey(event.getOrgId(), event.getConversationId(), event.getMessageId());
            records.add(new Publisher.Outgoing(Topic.CONTENT, key, event));
        }
        for (DeadLetter letter : decoded.deadLetters()) {
            records.add(new Publisher.Outgoing(Topic.DEAD_LETTERS, letter.getEventId(), letter));
        }
        if (decoded.ignored() > 0) {
            // Whatever else was received is counted by those who read the records.
            LedgerEntry entry = LedgerEntry.newBuilder()
                    .setOrgId(context.orgId())
                    .setSource(signal.source())
                    .setHour(Micros.of(context.receivedAt().truncatedTo(ChronoUnit.HOURS)))
                    .setReceived(decoded.ignored())
                    .setIgnored(decoded.ignored())
                    .build();
            records.add(new Publisher.Outgoing(Topic.INTAKE, context.orgId(), entry));
        }
        return new Batch(records, new Signal.Outcome(decoded.rejected(), decoded.message()));
    }
}
