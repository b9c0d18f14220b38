package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import io.sluice.core.directory.Plans;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Token;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What all routes have in common, with routes made up for it. */
class RestApiTest {
    private static final MediaType PLAIN_JSON = MediaType.parse("application/things+json");

    private final AccessFixture fixture = new AccessFixture();
    private final AtomicInteger changes = new AtomicInteger();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @SuppressWarnings("NullAway.Init")
    private Server server;

    /** A dialect of its own, as SCIM is one. */
    private static final RouteGroup.ErrorBody DIALECT = new RouteGroup.ErrorBody() {
        @Override
        public MediaType type() {
            return PLAIN_JSON;
        }

        @Override
        public ObjectNode of(Refusal refusal) {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("status", Integer.toString(refusal.kind().http().code()));
        }
    };

    @BeforeEach
    void start() {
        fixture.tokens.markReady();
        Route.Handler change = call -> {
            changes.incrementAndGet();
            call.body();
            call.detail("size", "1");
            return CompletableFuture.completedFuture(
                    Answers.ok(JsonNodeFactory.instance.objectNode().put("org", call.orgId())));
        };
        RouteGroup things = RouteGroup.json(
                Route.of(HttpMethod.PUT, "/v1/things/{id}", Scope.WRITE_DIRECTORY, change)
                        .audited(),
                Route.of(HttpMethod.PATCH, "/v1/things/{id}", Scope.WRITE_DIRECTORY, change)
                        .audited(),
                Route.of(
                                HttpMethod.GET,
                                "/v1/things",
                                Scope.READ_DIRECTORY,
                                call -> CompletableFuture.completedFuture(Answers.ok(
                                        JsonNodeFactory.instance.objectNode().put("org", call.orgId()))))
                        .feature("compliance")
                        .parameters(Set.of(Route.ORGANIZATION))
                        .audited());
        RouteGroup dialect = new RouteGroup(
                "/dialect/",
                List.of(PLAIN_JSON, MediaType.JSON),
                100,
                true,
                DIALECT,
                List.of(Route.of(HttpMethod.POST, "/dialect/v2/Things", Scope.SCIM, change)
                        .audited()));
        ServerBuilder builder = Server.builder().http(new InetSocketAddress("127.0.0.1", 0));
        new RestApi(
                        fixture.access,
                        new PlanGate(Plans.bundled(), fixture.organizations),
                        fixture.privacy,
                        fixture.pages,
                        fixture.audit,
                        List.of(things, dialect))
                .register(builder);
        server = builder.build();
        server.start().join();
    }

    @AfterEach
    void stop() {
        // Its threads take two seconds to end, for which nobody has to wait.
        CompletableFuture<?> unused = server.stop();
    }

    private HttpResponse<String> send(String method, String path, String token, String type, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.activeLocalPort() + path))
                .header("authorization", "Bearer " + token)
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (!type.isEmpty()) {
            request.header("content-type", type);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "PATCH"})
    void aChangeIsAuditedBeforeItIsAnswered(String method) throws Exception {
        String token = fixture.token("acme", "write:directory");
        HttpResponse<String> response = send(method, "/v1/things/t1", token, "application/json", "{}");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(fixture.audited)
                .extracting(
                        AuditRecord::getOrgId,
                        AuditRecord::getActor,
                        AuditRecord::getAction,
                        AuditRecord::getTarget,
                        AuditRecord::getOutcome,
                        AuditRecord::getRemote,
                        AuditRecord::getDetails)
                .containsExactly(tuple(
                        "acme",
                        "tok_acme-write:directory",
                        method + " /v1/things/{id}",
                        "t1",
                        "done",
                        "127.0.0.1",
                        Map.of("size", "1")));
    }

    @Test
    void whatCannotBeAuditedIsNotAnsweredAsDone() throws Exception {
        fixture.auditable = false;
        HttpResponse<String> response =
                send("PUT", "/v1/things/t1", fixture.token("acme", "write:directory"), "application/json", "{}");
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("retry-after")).contains("1");
        assertThat(response.body()).contains("overloaded_error").doesNotContain("org");
        // Nor is a refusal told before it is known.
        assertThat(send("PUT", "/v1/things/t1", fixture.token("acme", "ingest"), "application/json", "{}")
                        .statusCode())
                .isEqualTo(503);
    }

    @ParameterizedTest
    @CsvSource({
        // scope, plan, method, path, type, status, type of the error
        "ingest, enterprise, GET, /v1/things, '', 403, permission_error",
        "read:directory, team, GET, /v1/things, '', 403, plan_required",
        "read:directory, enterprise, GET, /v1/things?organization=beta, '', 404, not_found_error",
        "read:directory, enterprise, GET, /v1/things?limit=1, '', 400, invalid_request_error",
        "write:directory, enterprise, PUT, /v1/things/t1, text/plain, 415, invalid_request_error",
    })
    void whatIsRefusedIsAudited(
            String scope, String plan, String method, String path, String type, int status, String error)
            throws Exception {
        fixture.plans.put("acme", plan);
        HttpResponse<String> response =
                send(method, path, fixture.token("acme", scope), type, type.isEmpty() ? "" : "{}");
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).contains("\"type\":\"" + error + "\"");
        assertThat(fixture.audited)
                .extracting(AuditRecord::getOrgId, AuditRecord::getOutcome)
                .containsExactly(tuple("acme", error));
    }

    @Test
    void readingIsNotAuditedAndAGrantReadsAnotherOrganization() throws Exception {
        String token =
                fixture.token(Token.newBuilder().setLinkedOrganizations(List.of("beta")), "acme", "read:directory");
        assertThat(send("GET", "/v1/things", token, "", "").body()).isEqualTo("{\"org\":\"acme\"}");
        assertThat(send("GET", "/v1/things?organization=acme", token, "", "").body())
                .isEqualTo("{\"org\":\"acme\"}");
        assertThat(send("GET", "/v1/things?organization=beta", token, "", "").body())
                .isEqualTo("{\"org\":\"beta\"}");
        assertThat(fixture.audited).isEmpty();
        // It is the other organization's plan that counts.
        fixture.plans.put("beta", "team");
        assertThat(send("GET", "/v1/things?organization=beta", token, "", "").statusCode())
                .isEqualTo(403);
        fixture.plans.put("beta", "enterprise");
        fixture.plans.put("acme", "team");
        assertThat(send("GET", "/v1/things?organization=beta", token, "", "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void theAuditKeepsNoSecretThatCameInAPath() throws Exception {
        String token = fixture.token("acme", "ingest");
        send("PUT", "/v1/things/" + token, token, "application/json", "{}");
        assertThat(fixture.audited).extracting(AuditRecord::getTarget).containsExactly("not-an-id");
    }

    @Test
    void tooManyRequestsAreAskedToComeAgainAndCountedInTheAudit() throws Exception {
        String token = fixture.token("acme", "write:directory");
        for (int i = 0; i < AccessFixture.REST_PER_MINUTE; i++) {
            fixture.access.require(
                    new Caller(
                            "tok_acme-write:directory",
                            "acme",
                            "acme",
                            Set.of(Scope.WRITE_DIRECTORY),
                            Set.of(),
                            Set.of(),
                            null),
                    Scope.WRITE_DIRECTORY);
        }
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> response = send("PUT", "/v1/things/t1", token, "application/json", "{}");
            assertThat(response.statusCode()).isEqualTo(429);
            assertThat(response.headers().firstValue("retry-after")).contains("1");
            assertThat(response.body()).contains("rate_limit_error");
        }
        assertThat(changes).hasValue(0);
        assertThat(fixture.audited).isEmpty();
        fixture.audit.publishCounts().join();
        assertThat(fixture.audited)
                .extracting(
                        AuditRecord::getOutcome, record -> record.getDetails().get("count"))
                .containsExactly(tuple("rate_limit_error", "3"));
    }

    @ParameterizedTest
    @CsvSource({
        // token, method, path, type, body, status
        "scim, POST, /dialect/v2/Things?unknown=1, application/things+json, {}, 200",
        "scim, POST, /dialect/v2/Things, application/json; charset=utf-8, {}, 200",
        "scim, POST, /dialect/v2/Things, text/json, {}, 415",
        "ingest, POST, /dialect/v2/Things, application/json, {}, 403",
        "wrong, POST, /dialect/v2/Things, application/json, {}, 401",
        "scim, DELETE, /dialect/v2/Things, '', '', 405",
        "scim, GET, /dialect/v2/Nothing, '', '', 404",
        "scim, POST, /dialect/v2/Things, application/json, long, 413",
    })
    void aGroupSpeaksItsOwnDialect(String scope, String method, String path, String type, String body, int status)
            throws Exception {
        String token = scope.equals("wrong") ? scope : fixture.token("acme", scope);
        HttpResponse<String> response =
                send(method, path, token, type, body.equals("long") ? "[" + " ".repeat(100) + "]" : body);
        assertThat(response.statusCode()).isEqualTo(status);
        if (status != 200) {
            assertThat(response.body()).isEqualTo("{\"status\":\"" + status + "\"}");
            assertThat(response.headers().firstValue("content-type").orElse("")).startsWith(PLAIN_JSON.toString());
        }
    }

    @Test
    void outsideOfAGroupErrorsAreTheUsualOnes() throws Exception {
        assertThat(send("GET", "/dialects", "none", "", "").body()).contains("not_found_error");
    }

    @Test
    void routesThatCannotBeAreFoundAtStart() {
        assertThatThrownBy(() -> Route.of(HttpMethod.POST, "/v1/x", Scope.ADMIN, call -> new CompletableFuture<>())
                        .parameters(Set.of(Route.ORGANIZATION)))
                .hasMessageContaining("POST /v1/x: organization");
        assertThatThrownBy(() ->
                        Route.open("/x", call -> new CompletableFuture<>()).audited())
                .hasMessageContaining("expected: with a scope");
        Route unknown = Route.of(HttpMethod.GET, "/v1/x", Scope.ADMIN, call -> new CompletableFuture<>())
                .feature("everything");
        assertThatThrownBy(() -> new RestApi(
                        fixture.access,
                        new PlanGate(Plans.bundled(), fixture.organizations),
                        fixture.privacy,
                        fixture.pages,
                        fixture.audit,
                        List.of(RouteGroup.json(unknown))))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
