package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.client.grpc.GrpcClientBuilder;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.HttpHeaderNames;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.sluice.schema.Index;
import io.sluice.testing.ElasticsearchServer;
import io.sluice.testing.KafkaServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every endpoint of {@code docs/access.md}, with a token of every scope, for its own organization, a linked one and one
 * that is neither: it does what the table says, and shows nothing of anybody else.
 */
class AccessITCase {
    private static final String OWN = "own-org";
    private static final String LINKED = "linked-org";
    private static final String OTHER = "other-org";
    private static final List<String> ORGANIZATIONS = List.of(OWN, LINKED, OTHER);

    /** In every document of an organization, in every name of a token. */
    private static String marker(String organization) {
        return "marker-of-" + organization;
    }

    /** How an endpoint is called that takes a body; by method and path. An endpoint without an example fails the test. */
    private static final Map<String, String> BODIES = Map.of(
            "POST /v1/tokens", "{\"name\": \"made by the test\", \"scopes\": [\"ingest\"]}",
            "POST /v1/tokens/{id}/rotate", "{\"grace_hours\": 0}");

    /** Health is not up: there is no Flink. */
    private static final Map<String, Integer> UNUSUAL =
            Map.of("GET /health", 503, "POST /v1/tokens", 201, "POST /v1/tokens/{id}/rotate", 201);

    @TempDir
    static Path folder;

    private static final MovableClock CLOCK = new MovableClock();

    @SuppressWarnings("NullAway.Init")
    private static KafkaServer kafka;

    @SuppressWarnings("NullAway.Init")
    private static ElasticsearchServer elasticsearch;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    /** Of the own organization, with a grant of the linked one; by scope. */
    private static final Map<Scope, String> TOKENS = new EnumMap<>(Scope.class);

    /** Tokens of identity providers, by organization. */
    private static final Map<String, String> PROVIDERS = new HashMap<>();

    @BeforeAll
    static void start() throws Exception {
        kafka = KafkaServer.start();
        elasticsearch = ElasticsearchServer.start();
        Path password = Files.writeString(folder.resolve("password"), elasticsearch.password());
        running = new RunningServer(
                        kafka.bootstrapServers(),
                        folder,
                        Map.of(
                                Setting.RATE_LIMIT_PER_MINUTE,
                                "0",
                                Setting.INGEST_RATE_LIMIT_PER_MINUTE,
                                "0",
                                Setting.ELASTICSEARCH_URL,
                                elasticsearch.url().toString(),
                                Setting.ELASTICSEARCH_PASSWORD_FILE,
                                password.toString()),
                        CLOCK)
                .awaitKafka();
        for (Index index : Index.values()) {
            elastic("PUT", "/_index_template/" + index.indexName(), index.template());
            elastic("PUT", "/" + index.indexName(), "{}");
        }
        for (String organization : ORGANIZATIONS) {
            documents(organization);
            PROVIDERS.put(
                    organization,
                    newToken(organization, Scope.SCIM, List.of()).path("token").asText());
        }
        elastic("POST", "/_refresh", "");
        for (Scope scope : Scope.values()) {
            TOKENS.put(
                    scope, newToken(OWN, scope, List.of(LINKED)).path("token").asText());
        }
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
        elasticsearch.close();
        kafka.close();
    }

    private static void elastic(String method, String path, String body) throws IOException, InterruptedException {
        String credentials = ElasticsearchServer.USER + ":" + elasticsearch.password();
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(elasticsearch.url() + path))
                                .header("content-type", "application/json")
                                .header(
                                        "authorization",
                                        "Basic "
                                                + Base64.getEncoder()
                                                        .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isLessThan(300);
    }

    private static void documents(String organization) throws IOException, InterruptedException {
        String common = "{\"org_id\": \"" + organization + "\", ";
        String marker = marker(organization);
        elastic("PUT", "/" + Index.SPEND_CELLS.indexName() + "/_doc/" + organization, common + """
                "starting_at": "2026-11-01T00:00:00Z", "user": "%s", "model": "opus", "basis": "events",
                "spend_micros": 100, "requests": 1, "empty": false}""".formatted(marker));
        elastic(
                "PUT",
                "/" + Index.SPEND_EVENTS.indexName() + "/_doc/" + organization,
                common + """
                "event_id": "%s", "request_id": "request", "sidechain": false, "occurred_at": "2026-11-01T00:00:00Z",
                "received_at": "2026-11-01T00:00:00Z", "source": "otlp-logs", "session_id": "session",
                "user": "%s", "model": "opus", "product": "claude-code", "cost_basis": "reported-micros",
                "reported_micros": 1, "priced_micros": 1, "unknown_model": false, "spend_micros": 1,
                "input_tokens": 1, "output_tokens": 1, "cache_read_tokens": 1, "cache_creation_tokens": 1}""".formatted(marker, marker));
        elastic("PUT", "/" + Index.LEDGER.indexName() + "/_doc/" + organization, common + """
                "source": "%s", "hour": "2026-11-01T00:00:00Z", "received": 1, "accepted": 1}""".formatted(marker));
        elastic("PUT", "/" + Index.DEAD_LETTERS.indexName() + "/_doc/" + organization, common + """
                "event_id": "%s", "received_at": "2026-11-01T00:00:00Z", "source": "otlp-logs",
                "reason": "number-out-of-range", "message": "a: b (expected: c)"}""".formatted(marker));
    }

    private static JsonNode newToken(String organization, Scope scope, List<String> linked)
            throws IOException, InterruptedException {
        ObjectNode body = RunningServer.JSON
                .createObjectNode()
                .put("name", marker(organization))
                .put("organization", organization);
        body.putArray("scopes").add(scope.scopeName());
        linked.forEach(body.putArray("linked_organizations")::add);
        HttpResponse<String> response = running.post("/v1/tokens", running.adminToken(), body.toString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return RunningServer.JSON.readTree(response.body());
    }

    static Stream<AccessTable.Endpoint> rest() throws IOException {
        return AccessTable.endpoints().stream()
                .filter(endpoint -> !endpoint.port().equals(AccessTable.GRPC) && !isScim(endpoint));
    }

    private static boolean isScim(AccessTable.Endpoint endpoint) {
        return endpoint.path().startsWith(ScimRoutes.BASE);
    }

    /**
     * Calls an endpoint.
     *
     * @param id fills the part of the path of that name
     * @param token null: without
     */
    private static HttpResponse<String> call(
            AccessTable.Endpoint endpoint, String id, String query, @Nullable String token, @Nullable String body)
            throws IOException, InterruptedException {
        // Without a grouping there is no name in the answer, so nothing that could be wrong.
        String grouping = endpoint.path().equals("/v1/spend") ? (query.isEmpty() ? "?" : "&") + "group_by=user" : "";
        String path = endpoint.path().replace("{id}", id) + query + grouping;
        assertThat(path).as("the test knows no other part of a path than {id}").doesNotContain("{");
        boolean otlp = endpoint.port().equals(AccessTable.HTTP);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(otlp ? running.otlp(path) : running.rest(path)));
        if (token != null) {
            request.header("authorization", "Bearer " + token);
        }
        if (body == null) {
            request.method(endpoint.method(), HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("content-type", "application/json")
                    .method(endpoint.method(), HttpRequest.BodyPublishers.ofString(body));
        }
        return running.send(request);
    }

    private static @Nullable String body(AccessTable.Endpoint endpoint) {
        if (endpoint.port().equals(AccessTable.HTTP)) {
            return "{}";
        }
        String action = endpoint.method() + " " + endpoint.path();
        String body = BODIES.get(action);
        if (Set.of("POST", "PUT", "PATCH").contains(endpoint.method())) {
            assertThat(body).as("an example of a body for %s", action).isNotNull();
        }
        return body;
    }

    private static int fine(AccessTable.Endpoint endpoint) {
        return UNUSUAL.getOrDefault(endpoint.method() + " " + endpoint.path(), 200);
    }

    /** The id of something of that organization, if the path asks for one. */
    private static String id(AccessTable.Endpoint endpoint, String organization)
            throws IOException, InterruptedException {
        if (!endpoint.path().contains("{id}")) {
            return "";
        }
        assertThat(endpoint.path()).as("the test knows no other ids").startsWith("/v1/tokens/");
        return newToken(organization, Scope.INGEST, List.of()).path("id").asText();
    }

    private static void assertShowsNothingOf(HttpResponse<String> response, String... organizations) {
        for (String organization : organizations) {
            assertThat(response.body()).doesNotContain(marker(organization));
        }
    }

    @ParameterizedTest
    @MethodSource("rest")
    void itsOwnOrganizationByScope(AccessTable.Endpoint endpoint) throws Exception {
        for (Scope scope : Scope.values()) {
            String id = endpoint.lets(scope) ? id(endpoint, OWN) : "some-id";
            HttpResponse<String> response = call(endpoint, id, "", TOKENS.get(scope), body(endpoint));
            assertThat(response.statusCode())
                    .as("%s with %s: %s", endpoint.name(), scope, response.body())
                    .isEqualTo(endpoint.lets(scope) ? fine(endpoint) : 403);
            assertShowsNothingOf(response, LINKED, OTHER);
            if (!endpoint.lets(scope)) {
                assertShowsNothingOf(response, OWN);
            } else if (readsData(endpoint)) {
                assertThat(response.body()).as(endpoint.name()).contains(marker(OWN));
            }
        }
    }

    /** So that a test which finds nothing of others does not find nothing at all. */
    private static boolean readsData(AccessTable.Endpoint endpoint) {
        return endpoint.port().equals("REST") && endpoint.method().equals("GET") && !endpoint.open();
    }

    static Stream<AccessTable.Endpoint> withScope() throws IOException {
        return rest().filter(endpoint -> !endpoint.open() && !endpoint.port().equals(AccessTable.HTTP));
    }

    /** Whether the route reads other organizations at all follows from the routes; what it then does, from the table. */
    private static boolean readsOthers(AccessTable.Endpoint endpoint) {
        boolean[] reads = {false};
        OpenApiTest.withRoutes(routes -> routes.stream()
                .filter(route -> AccessTable.Endpoint.of(route).equals(endpoint))
                .forEach(route -> reads[0] = route.parameters().contains(Route.ORGANIZATION)));
        return reads[0];
    }

    @ParameterizedTest
    @MethodSource("withScope")
    void organizationsByName(AccessTable.Endpoint endpoint) throws Exception {
        boolean readsOthers = readsOthers(endpoint);
        Map<String, Integer> expected = readsOthers
                ? Map.of(OWN, 200, LINKED, 200, OTHER, 404, "no-such-org", 404)
                : Map.of(OWN, 400, LINKED, 400, OTHER, 400, "no-such-org", 400);
        for (Scope scope : Scope.values()) {
            for (String organization : expected.keySet()) {
                HttpResponse<String> response =
                        call(endpoint, "some-id", "?organization=" + organization, TOKENS.get(scope), body(endpoint));
                assertThat(response.statusCode())
                        .as("%s of %s with %s: %s", endpoint.name(), organization, scope, response.body())
                        .isEqualTo(endpoint.lets(scope) ? expected.get(organization) : 403);
                boolean shown = response.statusCode() == 200;
                for (String shownOrNot : ORGANIZATIONS) {
                    if (!shown || !shownOrNot.equals(organization)) {
                        assertShowsNothingOf(response, shownOrNot);
                    } else if (readsData(endpoint)) {
                        assertThat(response.body()).contains(marker(organization));
                    }
                }
            }
            if (readsOthers) {
                HttpResponse<String> other =
                        call(endpoint, "", "?organization=" + OTHER, TOKENS.get(scope), body(endpoint));
                HttpResponse<String> none =
                        call(endpoint, "", "?organization=no-such-org", TOKENS.get(scope), body(endpoint));
                assertThat(other.body()).isEqualTo(none.body());
                assertThat(other.headers().map().keySet())
                        .isEqualTo(none.headers().map().keySet());
            }
        }
    }

    static Stream<AccessTable.Endpoint> withId() throws IOException {
        return withScope().filter(endpoint -> endpoint.path().contains("{id}"));
    }

    /** A grant is for reading: what belongs to the linked organization cannot be changed either. */
    @ParameterizedTest
    @MethodSource("withId")
    void thingsOfOthersAreNotThere(AccessTable.Endpoint endpoint) throws Exception {
        for (Scope scope : Scope.values()) {
            HttpResponse<String> none = call(endpoint, "tok_of-nobody", "", TOKENS.get(scope), body(endpoint));
            for (String organization : List.of(LINKED, OTHER)) {
                HttpResponse<String> response =
                        call(endpoint, id(endpoint, organization), "", TOKENS.get(scope), body(endpoint));
                assertThat(response.statusCode())
                        .as("%s of %s with %s", endpoint.name(), organization, scope)
                        .isEqualTo(endpoint.lets(scope) ? 404 : 403);
                assertThat(response.body()).isEqualTo(none.body());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rest")
    void withoutATokenAndWithAWrongOne(AccessTable.Endpoint endpoint) throws Exception {
        // The guard against guessing begins anew with every minute.
        CLOCK.advance(Duration.ofMinutes(1));
        HttpResponse<String> without = call(endpoint, "some-id", "", null, body(endpoint));
        assertThat(without.statusCode())
                .as("%s without a token", endpoint.name())
                .isEqualTo(endpoint.withoutToken().equals("yes") ? fine(endpoint) : 401);
        HttpResponse<String> wrong = call(endpoint, "some-id", "", "sluice_wrong", body(endpoint));
        assertThat(wrong.statusCode())
                .as("%s with a wrong token", endpoint.name())
                .isEqualTo(endpoint.open() ? fine(endpoint) : 401);
        for (HttpResponse<String> response : List.of(without, wrong)) {
            assertShowsNothingOf(response, OWN, LINKED, OTHER);
        }
    }

    static Stream<AccessTable.Endpoint> scim() throws IOException {
        return AccessTable.endpoints().stream().filter(AccessITCase::isScim);
    }

    /** Makes a user or a group of that organization and tells its id. */
    private static String scimId(String path, String organization) throws Exception {
        boolean user = path.startsWith(ScimRoutes.BASE + "/Users");
        String name = marker(organization) + "-" + UUID.randomUUID() + "@example.com";
        HttpResponse<String> response = running.post(
                user ? "/scim/v2/Users" : "/scim/v2/Groups",
                PROVIDERS.getOrDefault(organization, ""),
                user
                        ? "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"" + name + "\"}"
                        : "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"displayName\":\"" + name
                                + "\"}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return RunningServer.JSON.readTree(response.body()).path("id").asText();
    }

    private static HttpResponse<String> scim(AccessTable.Endpoint endpoint, String id, @Nullable String token)
            throws Exception {
        AccessTable.Endpoint named = new AccessTable.Endpoint(
                endpoint.port(),
                endpoint.method(),
                endpoint.path()
                        .replace("{name}", "User")
                        .replace("{urn}", "urn:ietf:params:scim:schemas:core:2.0:User"),
                endpoint.scope(),
                endpoint.feature(),
                endpoint.withoutToken(),
                endpoint.audited());
        boolean withBody = Set.of("POST", "PUT", "PATCH").contains(endpoint.method());
        return call(named, id, "", token, withBody ? "{}" : null);
    }

    /** Whether a call is right is for others to test; here, whether it got so far, and what it shows. */
    @ParameterizedTest
    @MethodSource("scim")
    void scimByScopeAndOrganization(AccessTable.Endpoint endpoint) throws Exception {
        boolean ofOne = endpoint.path().contains("{id}");
        CLOCK.advance(Duration.ofMinutes(1));
        for (Scope scope : Scope.values()) {
            String own = ofOne ? scimId(endpoint.path(), OWN) : "";
            HttpResponse<String> response = scim(endpoint, own, TOKENS.get(scope));
            if (endpoint.lets(scope)) {
                assertThat(response.statusCode())
                        .as("%s with %s: %s", endpoint.name(), scope, response.body())
                        .isIn(200, 201, 204, 400, endpoint.path().endsWith("/Me") ? 501 : 200);
            } else {
                assertThat(response.statusCode())
                        .as("%s with %s: %s", endpoint.name(), scope, response.body())
                        .isEqualTo(403);
                assertShowsNothingOf(response, OWN);
            }
            assertShowsNothingOf(response, LINKED, OTHER);
            for (String organization : ofOne ? List.of(LINKED, OTHER) : List.<String>of()) {
                HttpResponse<String> others = scim(endpoint, scimId(endpoint.path(), organization), TOKENS.get(scope));
                assertThat(others.statusCode())
                        .as("%s of %s with %s: %s", endpoint.name(), organization, scope, others.body())
                        .isIn(endpoint.lets(scope) ? 404 : 403, endpoint.lets(scope) ? 400 : 403);
                assertShowsNothingOf(others, ORGANIZATIONS.toArray(String[]::new));
            }
        }
        assertThat(scim(endpoint, "some-id", null).statusCode()).isEqualTo(401);
        assertThat(scim(endpoint, "some-id", "sluice_wrong").statusCode()).isEqualTo(401);
    }

    static Stream<AccessTable.Endpoint> grpc() throws IOException {
        return AccessTable.endpoints().stream()
                .filter(endpoint -> endpoint.port().equals(AccessTable.GRPC));
    }

    private static Status.Code grpc(AccessTable.Endpoint endpoint, @Nullable String token) {
        GrpcClientBuilder client = GrpcClients.builder("gproto+http://127.0.0.1:" + running.server.otlpGrpcPort() + "/")
                .responseTimeoutMillis(20_000);
        if (token != null) {
            client.addHeader(HttpHeaderNames.AUTHORIZATION, "Bearer " + token);
        }
        Map<String, Supplier<@Nullable Object>> calls = Map.of(
                Signal.LOGS.grpcService(),
                () -> client.build(LogsServiceGrpc.LogsServiceBlockingStub.class)
                        .export(ExportLogsServiceRequest.getDefaultInstance()),
                Signal.METRICS.grpcService(),
                () -> client.build(MetricsServiceGrpc.MetricsServiceBlockingStub.class)
                        .export(ExportMetricsServiceRequest.getDefaultInstance()),
                Signal.TRACES.grpcService(),
                () -> client.build(TraceServiceGrpc.TraceServiceBlockingStub.class)
                        .export(ExportTraceServiceRequest.getDefaultInstance()));
        Supplier<Object> call = calls.get(endpoint.path().split("/")[1]);
        if (call == null) {
            throw new AssertionError("no client for " + endpoint.name());
        }
        try {
            return call.get() == null ? Status.Code.UNKNOWN : Status.Code.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        }
    }

    @ParameterizedTest
    @MethodSource("grpc")
    void grpcByScope(AccessTable.Endpoint endpoint) {
        CLOCK.advance(Duration.ofMinutes(1));
        for (Scope scope : Scope.values()) {
            assertThat(grpc(endpoint, TOKENS.get(scope)))
                    .as("%s with %s", endpoint.name(), scope)
                    .isEqualTo(endpoint.lets(scope) ? Status.Code.OK : Status.Code.PERMISSION_DENIED);
        }
        assertThat(grpc(endpoint, null))
                .isEqualTo(endpoint.withoutToken().equals("yes") ? Status.Code.OK : Status.Code.UNAUTHENTICATED);
        assertThat(grpc(endpoint, "sluice_wrong")).isEqualTo(Status.Code.UNAUTHENTICATED);
    }
}
