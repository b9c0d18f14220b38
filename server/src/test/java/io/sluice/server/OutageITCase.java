package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.TlsKeyPair;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import io.sluice.testing.FreePort;
import io.sluice.testing.KafkaServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the server answers while its neighbours are down, and that it recovers by itself. */
class OutageITCase {
    @TempDir
    Path folder;

    private static byte[] fixture(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(OutageITCase.class.getResourceAsStream("/claude-code/" + name))) {
            return in.readAllBytes();
        }
    }

    private static HttpResponse<byte[]> export(RunningServer running) throws IOException, InterruptedException {
        return running.sendForBytes(
                running.export(Signal.LOGS, "application/x-protobuf", fixture("protobuf/001-logs.pb")));
    }

    private static void exportByGrpc(RunningServer running) throws IOException {
        GrpcClients.builder("gproto+http://127.0.0.1:" + running.server.otlpGrpcPort() + "/")
                .responseTimeout(Duration.ofSeconds(20))
                .build(LogsServiceGrpc.LogsServiceBlockingStub.class)
                .export(ExportLogsServiceRequest.parseFrom(fixture("grpc/001-logs.pb")));
    }

    private static void assertUnavailable(RunningServer running) throws Exception {
        Instant before = Instant.now();
        HttpResponse<byte[]> http = export(running);
        assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(5));
        assertThat(http.statusCode()).isEqualTo(503);
        assertThat(http.headers().firstValue("retry-after")).contains("1");
        assertThat(Status.parseFrom(http.body()).getCode()).isEqualTo(14);
        assertThatThrownBy(() -> exportByGrpc(running)).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.UNAVAILABLE);
            Status details = Objects.requireNonNull(StatusProto.fromThrowable(e));
            assertThat(details.getDetailsList()).singleElement().matches(detail -> detail.is(RetryInfo.class));
        });
    }

    /** Tries until it is so; the limit is generous since machines differ. */
    private static void await(Callable<Boolean> condition) throws Exception {
        Instant limit = Instant.now().plusSeconds(90);
        while (!condition.call()) {
            if (Instant.now().isAfter(limit)) {
                throw new AssertionError("not so after 90 s");
            }
        }
    }

    @Test
    void kafkaStopsAndComesBack() throws Exception {
        try (KafkaServer kafka = KafkaServer.start();
                RunningServer running = new RunningServer(
                                kafka.bootstrapServers(), folder, Map.of(Setting.KAFKA_ACK_TIMEOUT_MS, "1000"))
                        .awaitKafka()) {
            await(() -> export(running).statusCode() == 200);
            exportByGrpc(running);
            String token = running.token("default", "ingest");
            kafka.stop();
            assertUnavailable(running);
            // Not 401: the token is known.
            HttpResponse<byte[]> withToken = running.sendForBytes(
                    running.export(Signal.LOGS, "application/x-protobuf", fixture("protobuf/001-logs.pb"))
                            .header("authorization", "Bearer " + token));
            assertThat(withToken.statusCode()).isEqualTo(503);
            kafka.restart();
            await(() -> export(running).statusCode() == 200);
            exportByGrpc(running);
            assertThat(running.records(Topic.USAGE, UsageEvent.getDecoder())).isNotNull();
        }
    }

    @Test
    void startsWithoutAnyNeighbour() throws Exception {
        int port = FreePort.next();
        try (RunningServer running = new RunningServer("127.0.0.1:" + port, folder, Map.of())) {
            assertUnavailable(running);
            Instant before = Instant.now();
            HttpResponse<String> response = running.send(HttpRequest.newBuilder(URI.create(running.rest("/health"))));
            assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(4));
            assertThat(response.statusCode()).isEqualTo(503);
            JsonNode health = RunningServer.JSON.readTree(response.body());
            assertThat(health.path("components").properties())
                    .hasSize(4)
                    .allSatisfy(component -> assertThat(
                                    component.getValue().path("status").asText())
                            .as(component.getKey())
                            .isEqualTo("down"));
            assertThat(health.path("lag").isNull()).isTrue();
            // The tokens are not known yet, so even the right one has to wait.
            assertThat(running.get("/v1/spend", running.adminToken()).statusCode())
                    .isEqualTo(503);
            HttpResponse<String> home = running.send(HttpRequest.newBuilder(URI.create(running.rest("/"))));
            assertThat(home.statusCode()).isEqualTo(200);
            assertThat(home.body()).contains("Elasticsearch does not answer");

            try (KafkaServer kafka = KafkaServer.start(folder.resolve("kafka"), port, Map.of())) {
                running.awaitKafka();
                assertThat(kafka.bootstrapServers()).endsWith(":" + port);
                await(() -> export(running).statusCode() == 200);
                // First it is the directory that is not read yet.
                await(() -> running.get("/v1/spend", running.adminToken())
                        .body()
                        .contains("Elasticsearch does not answer"));
                assertThat(running.get("/v1/spend", running.adminToken()).statusCode())
                        .isEqualTo(503);
            }
        }
    }

    @Test
    void tokensSurviveARestart() throws Exception {
        try (KafkaServer kafka = KafkaServer.start()) {
            String valid;
            String revoked;
            try (RunningServer first = new RunningServer(kafka.bootstrapServers(), folder, Map.of()).awaitKafka()) {
                valid = first.token("acme", "admin");
                JsonNode token = first.createToken("acme", "admin");
                revoked = token.path("token").asText();
                first.send(HttpRequest.newBuilder(URI.create(
                                first.rest("/v1/tokens/" + token.path("id").asText())))
                        .DELETE()
                        .header("authorization", "Bearer " + first.adminToken()));
            }
            try (RunningServer second = new RunningServer(kafka.bootstrapServers(), folder, Map.of()).awaitKafka()) {
                assertThat(second.get("/v1/tokens", valid).statusCode()).isEqualTo(200);
                assertThat(second.get("/v1/tokens", revoked).statusCode()).isEqualTo(401);
                assertThat(second.json("/v1/tokens", second.adminToken()).path("data"))
                        .hasSize(3);
            }
        }
    }

    /**
     * A request that was let in and does not send its body. It is itself refused while an answered request has not yet
     * given back its bytes, and then opened again.
     */
    private static Socket holdingTheBudget(RunningServer running) throws Exception {
        while (true) {
            Socket slow = new Socket(InetAddress.getLoopbackAddress(), running.server.otlpHttpPort());
            slow.getOutputStream()
                    .write(("POST /v1/logs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\n"
                                    + "Content-Length: 99999\r\n\r\nbegun")
                            .getBytes(StandardCharsets.US_ASCII));
            await(() -> slow.getInputStream().available() > 0 || export(running).statusCode() == 503);
            if (slow.getInputStream().available() == 0) {
                return slow;
            }
            slow.close();
        }
    }

    @Test
    void aFullBudgetIsToldBeforeTheBodyIsRead() throws Exception {
        try (KafkaServer kafka = KafkaServer.start();
                RunningServer running = new RunningServer(
                                kafka.bootstrapServers(),
                                folder,
                                Map.of(
                                        Setting.MAX_REQUEST_BYTES, "100000",
                                        Setting.MAX_IN_FLIGHT_BYTES, "100000"))
                        .awaitKafka()) {
            await(() -> export(running).statusCode() == 200);
            try (Socket slow = holdingTheBudget(running)) {
                assertThat(slow.isConnected()).isTrue();
                assertThat(export(running).headers().firstValue("retry-after")).contains("1");
                assertThatThrownBy(() -> exportByGrpc(running))
                        .isInstanceOfSatisfying(
                                StatusRuntimeException.class,
                                e -> assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.UNAVAILABLE));
            }
            // Its bytes are given back when it is gone.
            await(() -> export(running).statusCode() == 200);
        }
    }

    @Test
    void tlsOnEveryListener() throws Exception {
        TlsKeyPair pair = TlsKeyPair.ofSelfSigned("localhost");
        Path certificate = folder.resolve("certificate.pem");
        Path key = folder.resolve("key.pem");
        Files.writeString(
                certificate, pem("CERTIFICATE", pair.certificateChain().get(0).getEncoded()));
        Files.writeString(key, pem("PRIVATE KEY", pair.privateKey().getEncoded()));
        try (KafkaServer kafka = KafkaServer.start();
                RunningServer running = new RunningServer(
                                kafka.bootstrapServers(),
                                folder,
                                Map.of(
                                        Setting.TLS_CERTIFICATE_FILE, certificate.toString(),
                                        Setting.TLS_KEY_FILE, key.toString()))
                        .awaitKafka();
                ClientFactory clients = ClientFactory.insecure()) {
            WebClient web = WebClient.builder().factory(clients).build();
            String rest = "https://localhost:" + running.server.restPort();
            assertThat(web.blocking().get(rest + "/openapi.json").status().code())
                    .isEqualTo(200);
            assertThat(web.blocking().get(rest + "/").contentUtf8())
                    .contains("OTEL_EXPORTER_OTLP_ENDPOINT=https://127.0.0.1:" + running.server.otlpHttpPort());
            assertThat(web.blocking()
                            .prepare()
                            .post("https://localhost:" + running.server.otlpHttpPort() + "/v1/logs")
                            .content(MediaType.JSON, "{}")
                            .execute()
                            .contentUtf8())
                    .isEqualTo("{}");
            assertThat(GrpcClients.builder("gproto+https://localhost:" + running.server.otlpGrpcPort() + "/")
                            .factory(clients)
                            .build(LogsServiceGrpc.LogsServiceBlockingStub.class)
                            .export(ExportLogsServiceRequest.getDefaultInstance())
                            .hasPartialSuccess())
                    .isFalse();
            assertThatThrownBy(() -> running.get("/health", "any")).isInstanceOf(IOException.class);
        }
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + type + "-----\n";
    }

    @Test
    void aTakenPortNamesItsSetting() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            String port = Integer.toString(taken.getLocalPort());
            assertThatThrownBy(() -> new RunningServer("127.0.0.1:1", folder, Map.of(Setting.OTLP_GRPC_PORT, port)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("SLUICE_OTLP_GRPC_PORT: " + port + " cannot be bound on 127.0.0.1")
                    .hasMessageContaining("expected: a free port");
        }
    }
}
