package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.client.grpc.GrpcClientBuilder;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.HttpHeaderNames;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.LedgerEntry;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import io.sluice.testing.KafkaServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OTLP to Kafka, over both transports. Each test has an organization of its own. */
class OtlpITCase {
    private static final String PROTOBUF = "application/x-protobuf";
    private static final String JSON = "application/json";
    private static final int LIMIT = 4 * 1024 * 1024;

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static KafkaServer kafka;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @BeforeAll
    static void start() throws Exception {
        kafka = KafkaServer.start();
        running = new RunningServer(
                        kafka.bootstrapServers(),
                        folder,
                        Map.of(
                                Setting.MAX_REQUEST_BYTES, Integer.toString(LIMIT),
                                Setting.MAX_IN_FLIGHT_BYTES, Integer.toString(2 * LIMIT),
                                Setting.KAFKA_ACK_TIMEOUT_MS, "8000"))
                .awaitKafka();
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
        kafka.close();
    }

    private static byte[] fixture(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(OtlpITCase.class.getResourceAsStream("/claude-code/" + name))) {
            return in.readAllBytes();
        }
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }

    private static <T extends SpecificRecord> List<T> stored(
            Topic topic, BinaryMessageDecoder<T> decoder, String organization) {
        return running.records(topic, decoder).stream()
                .map(Map.Entry::getValue)
                .filter(record ->
                        record.get(record.getSchema().getField("org_id").pos()).equals(organization))
                .toList();
    }

    private static List<UsageEvent> usage(String organization) {
        return stored(Topic.USAGE, UsageEvent.getDecoder(), organization);
    }

    private static HttpRequest.Builder as(String organization, HttpRequest.Builder request) throws Exception {
        return request.header("authorization", "Bearer " + running.token(organization, "ingest"));
    }

    @Test
    void jsonReachesTheTopics() throws Exception {
        HttpResponse<String> logs = running.send(as(
                "json",
                running.export(Signal.LOGS, "application/json; charset=utf-8", fixture("accept/001-logs.json"))));
        assertThat(logs.statusCode()).isEqualTo(200);
        assertThat(logs.body()).isEqualTo("{}");
        assertThat(logs.headers().firstValue("content-type")).contains(JSON);
        HttpResponse<String> metrics =
                running.send(as("json", running.export(Signal.METRICS, JSON, fixture("accept/002-metrics.json"))));
        assertThat(metrics.body()).isEqualTo("{}");

        List<UsageEvent> usage = usage("json");
        assertThat(usage).hasSize(4).allSatisfy(event -> {
            assertThat(event.getActor().getEmail()).isEqualTo("alice@example.com");
            assertThat(event.getHistorical()).isFalse();
        });
        assertThat(usage.stream().mapToLong(UsageEvent::getReportedCostMicros).sum())
                .isEqualTo(161_400);
        assertThat(running.records(Topic.USAGE, UsageEvent.getDecoder()).stream()
                        .filter(record -> record.getValue().getOrgId().equals("json"))
                        .map(Map.Entry::getKey))
                .containsOnly("json|5ce97f93-768a-48fb-a236-9b8fea877312");
        assertThat(stored(Topic.COUNTERS, CounterPoint.getDecoder(), "json"))
                .filteredOn(point -> point.getMetric().equals("claude_code.cost.usage"))
                .isNotEmpty();
        assertThat(stored(Topic.ACTIVITY, ActivityEvent.getDecoder(), "json"))
                .extracting(ActivityEvent::getName)
                .contains("user_prompt", "tool_result");
        assertThat(stored(Topic.CONTENT, ContentEvent.getDecoder(), "json")).isNotEmpty();
        assertThat(stored(Topic.DEAD_LETTERS, DeadLetter.getDecoder(), "json")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void protobufPlainOrGzipChunkedOrWithLength(boolean gzip, boolean chunked) throws Exception {
        String organization = "protobuf-" + gzip + "-" + chunked;
        for (String name : List.of("001-logs", "002-logs", "003-metrics", "004-metrics", "005-logs", "006-logs")) {
            byte[] plain = fixture("protobuf/" + name + ".pb");
            byte[] body = gzip ? gzip(plain) : plain;
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create(running.otlp(name.endsWith("logs") ? "/v1/logs" : "/v1/metrics")))
                    .header("content-type", PROTOBUF)
                    .POST(
                            chunked
                                    ? HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
                                    : HttpRequest.BodyPublishers.ofByteArray(body));
            if (gzip) {
                request.header("content-encoding", "gzip");
            }
            HttpResponse<byte[]> response = running.sendForBytes(as(organization, request));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEmpty();
            assertThat(response.headers().firstValue("content-type")).contains(PROTOBUF);
        }
        assertThat(usage(organization)).isNotEmpty();
        assertThat(stored(Topic.COUNTERS, CounterPoint.getDecoder(), organization))
                .isNotEmpty();
    }

    private static GrpcClientBuilder grpc(String token) {
        return GrpcClients.builder("gproto+http://127.0.0.1:" + running.server.otlpGrpcPort() + "/")
                .responseTimeoutMillis(20_000)
                .addHeader(HttpHeaderNames.AUTHORIZATION, "Bearer " + token);
    }

    @ParameterizedTest
    @ValueSource(strings = {"identity", "gzip"})
    void grpcReachesTheTopics(String compression) throws Exception {
        String organization = "grpc-" + compression;
        GrpcClientBuilder client = grpc(running.token(organization, "ingest"));
        LogsServiceGrpc.LogsServiceBlockingStub logs =
                client.build(LogsServiceGrpc.LogsServiceBlockingStub.class).withCompression(compression);
        MetricsServiceGrpc.MetricsServiceBlockingStub metrics = client.build(
                        MetricsServiceGrpc.MetricsServiceBlockingStub.class)
                .withCompression(compression);
        for (String name : List.of("001-logs", "003-logs", "005-logs", "006-logs")) {
            assertThat(logs.export(ExportLogsServiceRequest.parseFrom(fixture("grpc/" + name + ".pb"))))
                    .isEqualTo(ExportLogsServiceResponse.getDefaultInstance());
        }
        for (String name : List.of("002-metrics", "004-metrics", "007-metrics")) {
            assertThat(metrics.export(ExportMetricsServiceRequest.parseFrom(fixture("grpc/" + name + ".pb"))))
                    .isEqualTo(ExportMetricsServiceResponse.getDefaultInstance());
        }
        assertThat(usage(organization)).isNotEmpty();
        assertThat(stored(Topic.COUNTERS, CounterPoint.getDecoder(), organization))
                .isNotEmpty();
    }

    private static ExportTraceServiceRequest spans(int count) {
        ScopeSpans.Builder scope = ScopeSpans.newBuilder();
        for (int i = 0; i < count; i++) {
            scope.addSpans(Span.newBuilder().setName("span"));
        }
        return ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder().addScopeSpans(scope))
                .build();
    }

    @Test
    void tracesAreCountedAsIgnored() throws Exception {
        String token = running.token("traces", "ingest");
        HttpResponse<byte[]> http = running.sendForBytes(running.export(Signal.TRACES, PROTOBUF, spans(3).toByteArray())
                .header("authorization", "Bearer " + token));
        assertThat(http.statusCode()).isEqualTo(200);
        TraceServiceGrpc.TraceServiceBlockingStub traces =
                grpc(token).build(TraceServiceGrpc.TraceServiceBlockingStub.class);
        assertThat(traces.export(spans(2)).hasPartialSuccess()).isFalse();
        List<LedgerEntry> intake = stored(Topic.INTAKE, LedgerEntry.getDecoder(), "traces");
        assertThat(intake).hasSize(2).allSatisfy(entry -> {
            assertThat(entry.getSource()).isEqualTo("otlp-traces");
            assertThat(entry.getReceived()).isEqualTo(entry.getIgnored());
            assertThat(entry.getHour() % 3_600_000_000L).isZero();
        });
        assertThat(intake.stream().mapToLong(LedgerEntry::getIgnored).sum()).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyRequestIsSuccess(Signal signal) throws Exception {
        assertThat(running.send(running.export(signal, JSON, "{}".getBytes(StandardCharsets.UTF_8)))
                        .body())
                .isEqualTo("{}");
        HttpResponse<byte[]> protobuf = running.sendForBytes(running.export(signal, PROTOBUF, new byte[0]));
        assertThat(protobuf.statusCode()).isEqualTo(200);
        assertThat(protobuf.body()).isEmpty();
    }

    @Test
    void oneBadRecordCostsTheOthersNothing() throws Exception {
        ObjectNode request = (ObjectNode) RunningServer.JSON.readTree(fixture("accept/001-logs.json"));
        boolean spoilt = false;
        for (JsonNode record : request.findValue("logRecords")) {
            for (JsonNode attribute : record.path("attributes")) {
                if (!spoilt && attribute.path("key").asText().equals("input_tokens")) {
                    ((ObjectNode) attribute).putObject("value").put("intValue", "-5");
                    spoilt = true;
                }
            }
        }
        assertThat(spoilt).isTrue();
        HttpResponse<String> response = running.send(as(
                "partial", running.export(Signal.LOGS, JSON, request.toString().getBytes(StandardCharsets.UTF_8))));
        assertThat(response.statusCode()).isEqualTo(200);
        JsonNode partial = RunningServer.JSON.readTree(response.body()).path("partialSuccess");
        assertThat(partial.path("rejectedLogRecords")).isEqualTo(RunningServer.JSON.readTree("\"1\""));
        assertThat(partial.path("errorMessage").asText()).contains("input_tokens");
        assertThat(usage("partial")).hasSize(3);
        assertThat(running.records(Topic.DEAD_LETTERS, DeadLetter.getDecoder()))
                .filteredOn(record -> record.getValue().getOrgId().equals("partial"))
                .singleElement()
                .satisfies(record ->
                        assertThat(record.getKey()).isEqualTo(record.getValue().getEventId()));
    }

    @Test
    void anotherOrganizationsTelemetryIsRefused() throws Exception {
        String organization = "11111111-2222-4333-8444-555555555555";
        HttpResponse<String> response =
                running.send(as(organization, running.export(Signal.LOGS, JSON, fixture("accept/001-logs.json"))));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains("rejectedLogRecords").contains("organization");
        assertThat(usage(organization)).isEmpty();
        assertThat(stored(Topic.DEAD_LETTERS, DeadLetter.getDecoder(), organization))
                .isNotEmpty()
                .allSatisfy(letter -> assertThat(letter.getField()).isEqualTo("organization.id"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "POST; /v1/logs; text/plain; ; {}; 415; expected: application/x-protobuf or application/json",
                "POST; /v1/logs; application/json; br; {}; 415; Content-Encoding: br (expected: gzip or none)",
                "POST; /v1/logs; application/json; gzip; {}; 400; expected: complete gzip",
                "POST; /v1/logs; application/json; ; {\"resourceLogs\": 7}; 400; resourceLogs",
                "POST; /v1/metrics; application/json; ; [1, 2; 400; not OTLP metrics in JSON",
                "POST; /v1/logs; application/json; ; hello; 400; not OTLP logs in JSON",
                "GET; /v1/logs; application/json; ; ; 405; expected: POST",
                "POST; /v1/profiles; application/json; ; {}; 404; Not Found",
            })
    void errorsAreAStatusInTheRequestsEncoding(
            String method, String path, String type, String coding, String body, int status, String message)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(running.otlp(path)))
                .header("content-type", type)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (coding != null) {
            request.header("content-encoding", coding);
        }
        HttpResponse<String> response = running.send(request);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains(JSON);
        JsonNode error = RunningServer.JSON.readTree(response.body());
        assertThat(error.path("message").asText()).contains(message);
        assertThat(error.path("code").isInt()).isTrue();
    }

    @Test
    void truncatedProtobufIsInvalid() throws Exception {
        byte[] whole = fixture("protobuf/001-logs.pb");
        byte[] half = Arrays.copyOf(whole, whole.length / 2);
        HttpResponse<byte[]> response = running.sendForBytes(running.export(Signal.LOGS, PROTOBUF, half));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("content-type")).contains(PROTOBUF);
        Status status = Status.parseFrom(response.body());
        assertThat(status.getCode()).isEqualTo(3);
        assertThat(status.getMessage()).startsWith("body: not OTLP logs in protobuf");
    }

    @Test
    void tooLargeWithLength() throws Exception {
        HttpResponse<byte[]> response = running.sendForBytes(
                running.export(Signal.LOGS, PROTOBUF, new byte[LIMIT + 1]).expectContinue(true));
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(Status.parseFrom(response.body()).getMessage()).contains("expected: at most " + LIMIT);
    }

    @Test
    void aGzipBombIsTooLarge() throws Exception {
        byte[] bomb = gzip(new byte[20 * LIMIT]);
        for (String type : List.of(PROTOBUF, JSON)) {
            HttpResponse<byte[]> response =
                    running.sendForBytes(running.export(Signal.LOGS, type, bomb).header("content-encoding", "gzip"));
            assertThat(response.statusCode()).as(type).isEqualTo(413);
        }
    }

    private static ExportLogsServiceRequest oneRecord(int textLength) {
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder()
                        .addScopeLogs(ScopeLogs.newBuilder()
                                .addLogRecords(LogRecord.newBuilder()
                                        .setTimeUnixNano(System.currentTimeMillis() * 1_000_000)
                                        .setBody(AnyValue.newBuilder().setStringValue("claude_code.something_new"))
                                        .addAttributes(KeyValue.newBuilder()
                                                .setKey("text")
                                                .setValue(AnyValue.newBuilder()
                                                        .setStringValue("x".repeat(textLength)))))))
                .build();
    }

    @Test
    void grpcStatuses() throws Exception {
        String token = running.token("grpc-statuses", "ingest");
        assertThatThrownBy(() -> grpc(token)
                        .build(LogsServiceGrpc.LogsServiceBlockingStub.class)
                        .export(oneRecord(LIMIT)))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.RESOURCE_EXHAUSTED);
                    assertThat(retryInfo(e)).isFalse();
                });
        assertThatThrownBy(() -> grpc(token)
                        .build(LogsServiceGrpc.LogsServiceBlockingStub.class)
                        .withCompression("gzip")
                        .export(oneRecord(10 * LIMIT)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.RESOURCE_EXHAUSTED));
        assertThatThrownBy(() -> grpc("sluice_wrong")
                        .build(LogsServiceGrpc.LogsServiceBlockingStub.class)
                        .export(oneRecord(1)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.UNAUTHENTICATED));
        assertThatThrownBy(() -> grpc(running.token("grpc-statuses", "read:analytics"))
                        .build(LogsServiceGrpc.LogsServiceBlockingStub.class)
                        .export(oneRecord(1)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.PERMISSION_DENIED));
        // A message of another type: its field 1 is text where a message is due.
        assertThatThrownBy(() -> grpc(token)
                        .build(LogsServiceGrpc.LogsServiceBlockingStub.class)
                        .export(ExportLogsServiceRequest.newBuilder()
                                .setUnknownFields(UnknownFieldSet.newBuilder()
                                        .addField(
                                                1,
                                                UnknownFieldSet.Field.newBuilder()
                                                        .addLengthDelimited(ByteString.copyFromUtf8("\u000fbroken"))
                                                        .build())
                                        .build())
                                .build()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.INVALID_ARGUMENT));
    }

    private static boolean retryInfo(StatusRuntimeException e) {
        Status details = StatusProto.fromThrowable(e);
        return details != null && details.getDetailsList().stream().anyMatch(detail -> detail.is(RetryInfo.class));
    }

    @Test
    void tokensDecide() throws Exception {
        byte[] body = fixture("accept/001-logs.json");
        HttpResponse<String> wrong =
                running.send(running.export(Signal.LOGS, JSON, body).header("authorization", "Bearer sluice_wrong"));
        assertThat(wrong.statusCode()).isEqualTo(401);
        HttpResponse<String> reader = running.send(running.export(Signal.LOGS, JSON, body)
                .header("authorization", "Bearer " + running.token("tokens", "read:analytics")));
        assertThat(reader.statusCode()).isEqualTo(403);

        JsonNode token = running.createToken("tokens", "ingest");
        String bearer = "Bearer " + token.path("token").asText();
        assertThat(running.send(running.export(Signal.LOGS, JSON, body).header("authorization", bearer))
                        .statusCode())
                .isEqualTo(200);
        running.send(HttpRequest.newBuilder(
                        URI.create(running.rest("/v1/tokens/" + token.path("id").asText())))
                .DELETE()
                .header("authorization", "Bearer " + running.adminToken()));
        HttpResponse<String> revoked =
                running.send(running.export(Signal.LOGS, JSON, body).header("authorization", bearer));
        assertThat(revoked.statusCode()).isEqualTo(401);
        assertThat(revoked.body()).doesNotContain(token.path("token").asText());
    }

    @Test
    void importsAreMarked() throws Exception {
        byte[] body = fixture("accept/001-logs.json");
        HttpResponse<String> local =
                running.send(running.export(Signal.LOGS, JSON, body).header("x-sluice-historical", "true"));
        assertThat(local.statusCode()).isEqualTo(200);
        assertThat(usage("default")).isNotEmpty().allMatch(UsageEvent::getHistorical);
        HttpResponse<String> ingest = running.send(
                as("imports", running.export(Signal.LOGS, JSON, body).header("x-sluice-historical", "true")));
        assertThat(ingest.statusCode()).isEqualTo(403);
        HttpResponse<String> admin = running.send(running.export(Signal.LOGS, JSON, body)
                .header("x-sluice-historical", "true")
                .header("authorization", "Bearer " + running.token("imports", "admin")));
        assertThat(admin.statusCode()).isEqualTo(200);
        assertThat(usage("imports")).isNotEmpty().allMatch(UsageEvent::getHistorical);
    }

    @Test
    void hugeRecordsAreStoredToo() throws Exception {
        ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
        LogRecord.Builder record = request.addResourceLogsBuilder()
                .addScopeLogsBuilder()
                .addLogRecordsBuilder()
                .setTimeUnixNano(System.currentTimeMillis() * 1_000_000)
                .setBody(AnyValue.newBuilder().setStringValue("claude_code.something_new"));
        for (int i = 0; i < 900; i++) {
            record.addAttributes(KeyValue.newBuilder()
                    .setKey("attribute." + i + "." + "é".repeat(400))
                    .setValue(AnyValue.newBuilder().setStringValue("é".repeat(1200))));
        }
        HttpResponse<byte[]> response = running.sendForBytes(
                as("huge", running.export(Signal.LOGS, PROTOBUF, request.build().toByteArray())));
        assertThat(response.statusCode()).isEqualTo(200);
        int stored = stored(Topic.ACTIVITY, ActivityEvent.getDecoder(), "huge").size();
        int dead = stored(Topic.DEAD_LETTERS, DeadLetter.getDecoder(), "huge").size();
        assertThat(stored + dead).isEqualTo(1);
    }
}
