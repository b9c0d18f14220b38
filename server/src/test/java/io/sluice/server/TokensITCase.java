package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.HttpHeaderNames;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Token;
import io.sluice.schema.Topic;
import io.sluice.testing.KafkaServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens, limits and the audit, over a real Kafka. */
class TokensITCase {
    @TempDir
    static Path folder;

    private static final MovableClock CLOCK = new MovableClock();

    @SuppressWarnings("NullAway.Init")
    private static KafkaServer kafka;

    @SuppressWarnings("NullAway.Init")
    private RunningServer running;

    @BeforeAll
    static void startKafka() throws Exception {
        kafka = KafkaServer.start();
    }

    @AfterAll
    static void stopKafka() throws Exception {
        kafka.close();
    }

    @BeforeEach
    void start() throws Exception {
        running = start(Map.of());
    }

    private static RunningServer start(Map<Setting, String> settings) throws Exception {
        return new RunningServer(kafka.bootstrapServers(), folder, settings, CLOCK).awaitKafka();
    }

    @AfterEach
    void stop() {
        running.close();
        // No guess of one test counts in the next.
        CLOCK.advance(Duration.ofMinutes(1));
    }

    private JsonNode create(String token, String body) throws Exception {
        HttpResponse<String> response = running.post("/v1/tokens", token, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return RunningServer.JSON.readTree(response.body());
    }

    private int status(JsonNode token) throws Exception {
        return export(token.path("token").asText()).statusCode();
    }

    private HttpResponse<String> export(String token) throws IOException, InterruptedException {
        return running.send(running.export(Signal.LOGS, "application/json", "{}".getBytes(StandardCharsets.UTF_8))
                .header("authorization", "Bearer " + token));
    }

    private HttpResponse<String> revoke(String by, String id) throws IOException, InterruptedException {
        return running.send(HttpRequest.newBuilder(URI.create(running.rest("/v1/tokens/" + id)))
                .header("authorization", "Bearer " + by)
                .DELETE());
    }

    private StatusRuntimeException grpcFailure(String token) {
        LogsServiceGrpc.LogsServiceBlockingStub stub = GrpcClients.builder(
                        "gproto+http://127.0.0.1:" + running.server.otlpGrpcPort() + "/")
                .responseTimeoutMillis(20_000)
                .addHeader(HttpHeaderNames.AUTHORIZATION, "Bearer " + token)
                .build(LogsServiceGrpc.LogsServiceBlockingStub.class);
        StatusRuntimeException[] failure = new StatusRuntimeException[1];
        assertThatThrownBy(() -> stub.export(ExportLogsServiceRequest.getDefaultInstance()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> failure[0] = e);
        return failure[0];
    }

    private static boolean saysWhenToRetry(StatusRuntimeException e) {
        Status details = StatusProto.fromThrowable(e);
        return details != null && details.getDetailsList().stream().anyMatch(detail -> detail.is(RetryInfo.class));
    }

    @Test
    void aLifeOfTokensIsInTheAuditAndSurvivesARestart() throws Exception {
        String admin = running.token("life", "admin");
        JsonNode expiring = create(admin, "{\"name\": \"a\", \"scopes\": [\"ingest\"], \"expires_in_days\": 1}");
        JsonNode rotated = create(admin, "{\"name\": \"b\", \"scopes\": [\"ingest\"]}");
        JsonNode revoked = create(admin, "{\"name\": \"c\", \"scopes\": [\"ingest\"]}");
        HttpResponse<String> answer =
                running.post("/v1/tokens/" + rotated.path("id").asText() + "/rotate", admin, "{\"grace_hours\": 2}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        JsonNode successor = RunningServer.JSON.readTree(answer.body());
        assertThat(revoke(admin, revoked.path("id").asText()).statusCode()).isEqualTo(200);
        assertThat(List.of(status(expiring), status(rotated), status(successor), status(revoked)))
                .containsExactly(200, 200, 200, 401);

        running.close();
        running = start(Map.of());
        assertThat(List.of(status(expiring), status(rotated), status(successor), status(revoked)))
                .containsExactly(200, 200, 200, 401);
        CLOCK.advance(Duration.ofHours(2));
        assertThat(List.of(status(expiring), status(rotated), status(successor)))
                .containsExactly(200, 401, 200);
        CLOCK.advance(Duration.ofHours(22));
        assertThat(List.of(status(expiring), status(successor))).containsExactly(401, 200);

        List<Map.Entry<String, AuditRecord>> audit = running.records(Topic.AUDIT, AuditRecord.getDecoder()).stream()
                .filter(record -> record.getValue().getOrgId().equals("life"))
                .toList();
        assertThat(audit)
                .allSatisfy(record -> assertThat(record.getKey()).isEqualTo("life"))
                .extracting(
                        record -> record.getValue().getAction(),
                        record -> record.getValue().getTarget(),
                        record -> record.getValue().getOutcome())
                .startsWith(tuple("POST /v1/tokens", id(admin), "done"))
                .endsWith(
                        tuple("POST /v1/tokens", expiring.path("id").asText(), "done"),
                        tuple("POST /v1/tokens", rotated.path("id").asText(), "done"),
                        tuple("POST /v1/tokens", revoked.path("id").asText(), "done"),
                        tuple(
                                "POST /v1/tokens/{id}/rotate",
                                successor.path("id").asText(),
                                "done"),
                        tuple("DELETE /v1/tokens/{id}", revoked.path("id").asText(), "done"))
                .hasSize(6);
        assertThat(audit.toString()).doesNotContain("sluice_");
    }

    /** Of a token that may list tokens. */
    private String id(String admin) throws Exception {
        for (JsonNode token : running.json("/v1/tokens", admin).path("data")) {
            if (token.path("scopes").toString().contains("admin")) {
                return token.path("id").asText();
            }
        }
        throw new AssertionError("no admin token");
    }

    @Test
    void whenATokenWasLastUsedSurvivesARestart() throws Exception {
        JsonNode token = running.createToken("used", "ingest");
        String usedAt = CLOCK.instant().toString();
        for (int i = 0; i < 5; i++) {
            assertThat(status(token)).isEqualTo(200);
        }
        running.close();
        CLOCK.advance(Duration.ofHours(1));
        running = start(Map.of());
        List<String> lastUsed = new ArrayList<>();
        for (JsonNode each : running.json("/v1/tokens", running.adminToken()).path("data")) {
            if (each.path("id").equals(token.path("id"))) {
                lastUsed.add(each.path("last_used_at").asText());
            }
        }
        assertThat(lastUsed).containsExactly(usedAt);
        String key = "used|" + token.path("id").asText() + "|used";
        assertThat(running.records(Topic.TOKENS, Token.getDecoder()))
                .extracting(Map.Entry::getKey)
                .filteredOn(key::equals)
                .hasSize(1);
    }

    @Test
    void refusedCallsOfAdministratorsRoutesAreAudited() throws Exception {
        String ingest = running.token("refused", "ingest");
        assertThat(running.get("/v1/tokens", ingest).statusCode()).isEqualTo(403);
        assertThat(running.post("/v1/tokens", ingest, "{}").statusCode()).isEqualTo(403);
        String admin = running.token("refused", "admin");
        assertThat(running.post("/v1/tokens", admin, "{}").statusCode()).isEqualTo(400);
        assertThat(revoke(admin, "tok_of-nobody").statusCode()).isEqualTo(404);
        assertThat(running.get("/v1/tokens", admin).statusCode()).isEqualTo(200);
        assertThat(running.records(Topic.AUDIT, AuditRecord.getDecoder()).stream()
                        .map(Map.Entry::getValue)
                        .filter(record -> record.getOrgId().equals("refused"))
                        .filter(record -> !record.getOutcome().equals("done")))
                .extracting(AuditRecord::getAction, AuditRecord::getTarget, AuditRecord::getOutcome)
                .containsExactly(
                        tuple("GET /v1/tokens", null, "permission_error"),
                        tuple("POST /v1/tokens", null, "permission_error"),
                        tuple("POST /v1/tokens", null, "invalid_request_error"),
                        tuple("DELETE /v1/tokens/{id}", "tok_of-nobody", "not_found_error"));
    }

    @Test
    void guessesOnAnyPortCloseAllOfThem() throws Exception {
        String known = running.token("guessed", "ingest");
        assertThat(export(known).statusCode()).isEqualTo(200);
        String fresh = running.token("guessed", "ingest");
        for (int i = 0; i < 4; i++) {
            assertThat(export("sluice_wrong-" + i).statusCode()).isEqualTo(401);
            assertThat(grpcFailure("sluice_wrong-" + i).getStatus().getCode())
                    .isEqualTo(io.grpc.Status.Code.UNAUTHENTICATED);
        }
        assertThat(running.get("/v1/spend", "sluice_wrong").statusCode()).isEqualTo(401);
        assertThat(running.get("/v1/tokens", "sluice_wrong").statusCode()).isEqualTo(401);

        HttpResponse<String> refused = export(fresh);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("retry-after")).contains("60");
        HttpResponse<String> rest = running.get("/v1/tokens", fresh);
        assertThat(rest.statusCode()).isEqualTo(429);
        assertThat(rest.body()).contains("rate_limit_error");
        StatusRuntimeException grpc = grpcFailure(fresh);
        assertThat(grpc.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.RESOURCE_EXHAUSTED);
        assertThat(saysWhenToRetry(grpc)).isTrue();
        // What was accepted from here before, and what needs no token, goes on.
        assertThat(export(known).statusCode()).isEqualTo(200);
        assertThat(running.send(running.export(Signal.LOGS, "application/json", "{}".getBytes(StandardCharsets.UTF_8)))
                        .statusCode())
                .isEqualTo(200);
        CLOCK.advance(Duration.ofMinutes(1));
        assertThat(export(fresh).statusCode()).isEqualTo(200);

        running.close();
        running = start(Map.of());
        assertThat(running.records(Topic.AUDIT, AuditRecord.getDecoder()).stream()
                        .map(Map.Entry::getValue)
                        .filter(record -> record.getAction().equals("authenticate")))
                .extracting(
                        AuditRecord::getOrgId,
                        AuditRecord::getActor,
                        AuditRecord::getOutcome,
                        AuditRecord::getRemote,
                        record -> record.getDetails().get("count"))
                .contains(
                        tuple("default", "unauthenticated", "authentication_error", "127.0.0.1", "10"),
                        tuple("default", "unauthenticated", "rate_limit_error", "127.0.0.1", "3"));
    }

    @Test
    void ratesAreOfATokenAndOfAKindOfTraffic() throws Exception {
        running.close();
        running = start(Map.of(Setting.RATE_LIMIT_PER_MINUTE, "2", Setting.INGEST_RATE_LIMIT_PER_MINUTE, "3"));
        // The admin token may make two requests a minute as well.
        String token = running.token("rates", "admin");
        String ingest = running.token("rates", "ingest");
        for (int i = 0; i < 3; i++) {
            assertThat(export(ingest).statusCode()).isEqualTo(200);
        }
        HttpResponse<String> otlp = export(ingest);
        assertThat(otlp.statusCode()).isEqualTo(429);
        assertThat(otlp.headers().firstValue("retry-after")).contains("20");
        StatusRuntimeException grpc = grpcFailure(ingest);
        assertThat(grpc.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.RESOURCE_EXHAUSTED);
        assertThat(saysWhenToRetry(grpc)).isTrue();
        assertThat(running.get("/v1/tokens", token).statusCode()).isEqualTo(200);
        assertThat(running.get("/v1/tokens", token).statusCode()).isEqualTo(200);
        HttpResponse<String> rest = running.get("/v1/tokens", token);
        assertThat(rest.statusCode()).isEqualTo(429);
        assertThat(rest.headers().firstValue("retry-after")).contains("30");
        assertThat(export(token).statusCode()).isEqualTo(200);
        for (int i = 0; i < 10; i++) {
            assertThat(running.send(running.export(
                                    Signal.LOGS, "application/json", "{}".getBytes(StandardCharsets.UTF_8)))
                            .statusCode())
                    .isEqualTo(200);
        }
        CLOCK.advance(Duration.ofSeconds(30));
        assertThat(running.get("/v1/tokens", token).statusCode()).isEqualTo(200);
        assertThat(export(ingest).statusCode()).isEqualTo(200);
    }

    @Test
    void secretsAreNowhere() throws Exception {
        String secret = running.token("secrets", "admin");
        running.close();
        running = start(Map.of());
        assertThat(running.records(Topic.TOKENS, Token.getDecoder()).toString())
                .contains("secrets")
                .doesNotContain(secret)
                .doesNotContain(Files.readString(folder.resolve("admin.token")).strip());
    }
}
