package io.sluice.server;

import static io.sluice.server.AccessThings.marker;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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

    private static final String DEFAULT = "default";
    private static final String NOTHINGS_ID = "no-such-thing";

    /** Of what differs from one call to the next: ids, times, versions. */
    private static final Pattern CHANGING = Pattern.compile(
            "\\p{XDigit}{32}|\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}|\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z|\\d{10,}");

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

    /** What each organization has and no test changes, by organization. */
    private static final Map<String, AccessThings> THINGS = new HashMap<>();

    /** All that there is to read of the others' directories, caps and tokens, by organization. */
    private static final Map<String, String> STATES = new HashMap<>();

    /** Which routes read other organizations at all follows from the routes; what they then do, from the table. */
    private static final Set<AccessTable.Endpoint> READ_OTHERS = new HashSet<>();

    @BeforeAll
    static void start() throws Exception {
        kafka = KafkaServer.start();
        elasticsearch = TestElastic.empty();
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
        TestElastic.createIndices(elasticsearch);
        ContentDocuments content = new ContentDocuments(elasticsearch);
        for (String organization : ORGANIZATIONS) {
            documents(organization);
            conversation(content, organization);
            upstreamDirectory(organization);
            THINGS.put(organization, new AccessThings(running, organization, newToken(organization, Scope.ADMIN)));
            organization(organization);
            retention(organization);
            for (AccessTable.Endpoint endpoint : http().toList()) {
                things(organization).ids(AccessExamples.of(endpoint).things());
            }
        }
        elastic("POST", "/_refresh", "");
        for (Scope scope : Scope.values()) {
            TOKENS.put(scope, newToken(OWN, scope, LINKED));
        }
        OpenApiTest.withRoutes(routes -> routes.stream()
                .filter(route -> route.parameters().contains(Route.ORGANIZATION))
                .map(AccessTable.Endpoint::of)
                .forEach(READ_OTHERS::add));
        for (String organization : List.of(LINKED, OTHER)) {
            STATES.put(organization, state(organization));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
        kafka.close();
    }

    private static void elastic(String method, String path, String body) throws IOException, InterruptedException {
        TestElastic.send(elasticsearch, method, path, body);
    }

    /** Its name, the roles of those who have no other, what its seats include. */
    private static void organization(String organization) throws Exception {
        HttpResponse<String> response = send(
                new AccessExamples.Example(
                        "/v1/organization",
                        "{\"name\": \"" + marker(organization) + "\", \"default_role_ids\": [\""
                                + things(organization).id("role") + "\"]}",
                        200),
                "PATCH",
                running.rest(""),
                things(organization).administrator());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        response = send(
                new AccessExamples.Example(
                        "/v1/caps/settings",
                        "{\"included\": [{\"tier\": \"" + marker(organization) + "\", \"amount_micros\": 0}]}",
                        200),
                "PATCH",
                running.rest(""),
                things(organization).administrator());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }

    private static void retention(String organization) throws Exception {
        HttpResponse<String> response = send(
                new AccessExamples.Example(
                        "/v1/retention",
                        "{\"classes\": [{\"product\": \"" + marker(organization) + "\", \"days\": 30}]}",
                        200),
                "PUT",
                running.rest(""),
                things(organization).administrator());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }

    private static AccessThings things(String organization) {
        return Objects.requireNonNull(THINGS.get(organization));
    }

    /** What an organization has, but for the times of asking. */
    private static String state(String organization) throws Exception {
        Set<String> scopes = Stream.of(Scope.READ_DIRECTORY, Scope.READ_SPEND_LIMITS, Scope.SCIM, Scope.ADMIN)
                .map(Scope::scopeName)
                .collect(Collectors.toSet());
        StringBuilder all = new StringBuilder();
        for (AccessTable.Endpoint endpoint : AccessTable.endpoints()) {
            if (endpoint.method().equals("GET") && scopes.contains(endpoint.scope())) {
                AccessThings things = things(organization);
                HttpResponse<String> response =
                        call(endpoint, things.ids(AccessExamples.of(endpoint).things()), "", things.administrator());
                all.append(endpoint.name())
                        .append(' ')
                        .append(response.body().replaceAll("\"(last_used_at|at)\":\"[^\"]*\"", "\"$1\":null"))
                        .append('\n');
            }
        }
        return all.toString();
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
        elastic("PUT", "/" + Index.CODE_METRICS.indexName() + "/_doc/" + organization, common + """
                "starting_at": "2026-11-01T00:00:00Z", "session_id": "session", "user": "%s", "team": "team",
                "team_source": "telemetry", "product": "claude-code", "remote": false, "prompts": 1, "empty": false,
                "sessions_started": 1, "session_days": 1, "channels": ["events"], "last_at": "2026-11-01T00:00:00Z"}""".formatted(marker));
        elastic("PUT", "/" + Index.ACTIVE_USERS.indexName() + "/_doc/" + organization, common + """
                "period": "day", "starting_at": "2026-11-01T00:00:00Z", "dimension": "organization", "value": "%s",
                "users": 1, "approximate": false}""".formatted(marker));
        elastic("PUT", "/" + Index.LEDGER.indexName() + "/_doc/" + organization, common + """
                "source": "%s", "hour": "2026-11-01T00:00:00Z", "received": 1, "accepted": 1}""".formatted(marker));
        elastic("PUT", "/" + Index.DEAD_LETTERS.indexName() + "/_doc/" + organization, common + """
                "event_id": "%s", "received_at": "2026-11-01T00:00:00Z", "source": "otlp-logs",
                "reason": "number-out-of-range", "message": "a: b (expected: c)"}""".formatted(marker));
        elastic("PUT", "/" + Index.ALERTS.indexName() + "/_doc/" + organization, common + """
                "id": "a", "kind": "spend_threshold", "status": "firing", "user": "%s", "scope_type": "organization",
                "cap_id": "organization||monthly", "cap_version": 1, "period": "monthly",
                "period_start": "2026-11-01T00:00:00Z", "amount_micros": 1, "threshold": 50, "occurrence": 1,
                "cause": "spend", "spend_before_micros": 0, "spend_after_micros": 1, "late": false,
                "at": "2026-11-01T00:00:00Z"}""".formatted(marker));
        elastic("PUT", "/" + Index.AUDIT.indexName() + "/_doc/" + organization, common + """
                "number": 1, "hash": "h", "actor": "%s", "entry": "{\\"actor\\":\\"%s\\"}"}""".formatted(marker, marker));
    }

    private static void conversation(ContentDocuments content, String organization)
            throws IOException, InterruptedException {
        String conversation = AccessThings.conversation(organization);
        String at = "2026-11-01T00:00:00Z";
        content.message(organization, conversation, "message", at, "hello of " + marker(organization), document -> {});
        content.conversation(
                organization, conversation, at, at, document -> document.put("title", marker(organization)));
        elastic(
                "PUT",
                "/" + Index.COMPLIANCE_ACTIVITIES.indexName() + "/_doc/" + organization,
                "{\"org_id\": \"" + organization + "\", \"activity_id\": \"activity_1\", \"type\": \"sso_login\","
                        + " \"created_at\": \"" + at + "\", \"raw\": \"{\\\"id\\\": \\\"" + marker(organization)
                        + "\\\"}\"}");
    }

    private static void upstreamDirectory(String organization) throws IOException, InterruptedException {
        String uuid = AccessThings.upstream("upstream-organization", organization);
        String role = AccessThings.upstream("upstream-role", organization);
        String group = AccessThings.upstream("upstream-group", organization);
        String marker = marker(organization);
        new UpstreamEntries(elasticsearch, organization)
                .organization(uuid, marker)
                .user(uuid, marker, "kim@example.com")
                .role(uuid, role, marker)
                .permission(role, marker)
                .group(group, marker)
                .member(group, marker, "kim@example.com")
                .write();
    }

    /** The secret of a new token, made by the operator. */
    private static String newToken(String organization, Scope scope, String... linked)
            throws IOException, InterruptedException {
        ObjectNode body = RunningServer.JSON
                .createObjectNode()
                .put("name", marker(organization))
                .put("organization", organization);
        body.putArray("scopes").add(scope.scopeName());
        List.of(linked).forEach(body.putArray("linked_organizations")::add);
        HttpResponse<String> response = running.post("/v1/tokens", running.adminToken(), body.toString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return RunningServer.JSON.readTree(response.body()).path("token").asText();
    }

    static Stream<AccessTable.Endpoint> http() throws IOException {
        return AccessTable.endpoints().stream()
                .filter(endpoint -> !endpoint.port().equals(AccessTable.GRPC));
    }

    private static boolean isScim(AccessTable.Endpoint endpoint) {
        return endpoint.path().startsWith(ScimRoutes.BASE);
    }

    /**
     * Calls an endpoint as the examples have it.
     *
     * @param ids by thing; one that is missing is some id
     * @param token null: without
     */
    private static HttpResponse<String> call(
            AccessTable.Endpoint endpoint, Map<String, String> ids, String query, @Nullable String token)
            throws IOException, InterruptedException {
        Map<String, String> all = new HashMap<>(ids);
        all.put("new", AccessThings.newName(OWN));
        AccessExamples.Example example = AccessExamples.of(endpoint).with(all);
        // Without a grouping there is no name in the answer, so nothing that could be wrong.
        boolean grouped = endpoint.path().equals("/v1/spend") || endpoint.path().equals("/v1/code-metrics");
        String needed = grouped ? "group_by=user" : AccessExamples.query(endpoint);
        return send(
                example.at(example.path() + query + (needed.isEmpty() ? "" : (query.isEmpty() ? "?" : "&") + needed)),
                endpoint.method(),
                endpoint.port().equals(AccessTable.HTTP) ? running.otlp("") : running.rest(""),
                token);
    }

    private static HttpResponse<String> send(
            AccessExamples.Example example, String method, String base, @Nullable String token)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + example.path()));
        if (token != null) {
            request.header("authorization", "Bearer " + token);
        }
        if (example.user() != null) {
            request.header(AskingUser.HEADER, example.user());
        }
        String body = example.body();
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("content-type", "application/json")
                    .method(method, HttpRequest.BodyPublishers.ofString(body));
        }
        return running.send(request);
    }

    /** What a call of the own organization needs: made for it, if it changes something. */
    private static Map<String, String> own(AccessTable.Endpoint endpoint) throws Exception {
        AccessThings things =
                endpoint.method().equals("GET") ? things(OWN) : things(OWN).anew();
        return things.ids(AccessExamples.of(endpoint).things());
    }

    /** Whether a token of that scope may, of an organization that is not the operator's. */
    private static boolean lets(AccessTable.Endpoint endpoint, Scope scope) {
        return endpoint.lets(scope) && !AccessExamples.isOperators(endpoint);
    }

    private static void assertShowsNothingOf(String body, String... organizations) {
        for (String organization : organizations) {
            assertThat(body).doesNotContain(marker(organization));
        }
    }

    @ParameterizedTest
    @MethodSource("http")
    void itsOwnOrganizationByScope(AccessTable.Endpoint endpoint) throws Exception {
        for (Scope scope : Scope.values()) {
            boolean lets = lets(endpoint, scope);
            HttpResponse<String> response = call(endpoint, lets ? own(endpoint) : Map.of(), "", TOKENS.get(scope));
            assertThat(response.statusCode())
                    .as("%s with %s: %s", endpoint.name(), scope, response.body())
                    .isEqualTo(lets ? AccessExamples.of(endpoint).status() : 403);
            assertShowsNothingOf(response.body(), LINKED, OTHER);
            if (!lets) {
                assertShowsNothingOf(response.body(), OWN);
            } else if (readsData(endpoint)) {
                assertThat(response.body()).as(endpoint.name()).contains(marker(OWN));
            } else if (AccessExamples.isDescription(endpoint)) {
                assertThat(response.body())
                        .isEqualTo(call(endpoint, Map.of(), "", things(OTHER).administrator())
                                .body());
            } else if (endpoint.path().equals(ScimRoutes.BASE + "/Bulk")) {
                assertThat(response.body()).contains("\"204\"").doesNotContain("\"404\"");
            }
        }
    }

    /** So that a test which finds nothing of others does not find nothing at all. */
    private static boolean readsData(AccessTable.Endpoint endpoint) {
        boolean reads = endpoint.method().equals("GET")
                || endpoint.path().endsWith("/.search")
                || endpoint.path().endsWith("/_msearch");
        return reads
                && !endpoint.open()
                && !AccessExamples.isDescription(endpoint)
                && !AccessExamples.isNumbers(endpoint)
                && AccessExamples.of(endpoint).status() == 200;
    }

    static Stream<AccessTable.Endpoint> withScope() throws IOException {
        return http().filter(endpoint -> !endpoint.open() && !endpoint.port().equals(AccessTable.HTTP));
    }

    /** SCIM passes over parameters that it does not know, so there it is always the token's own. */
    @ParameterizedTest
    @MethodSource("withScope")
    void organizationsByName(AccessTable.Endpoint endpoint) throws Exception {
        boolean readsOthers = READ_OTHERS.contains(endpoint);
        for (Scope scope : Scope.values()) {
            for (String organization : List.of(OWN, LINKED, OTHER, "no-such-org")) {
                int expected = !endpoint.lets(scope)
                        ? 403
                        : isScim(endpoint)
                                ? AccessExamples.of(endpoint).status()
                                : !readsOthers ? 400 : Set.of(OWN, LINKED).contains(organization) ? 200 : 404;
                HttpResponse<String> response = call(
                        endpoint,
                        expected < 300 ? own(endpoint) : Map.of(),
                        "?organization=" + organization,
                        TOKENS.get(scope));
                assertThat(response.statusCode())
                        .as("%s of %s with %s: %s", endpoint.name(), organization, scope, response.body())
                        .isEqualTo(expected);
                String shown = expected >= 300 ? "none" : isScim(endpoint) ? OWN : organization;
                for (String shownOrNot : ORGANIZATIONS) {
                    if (!shownOrNot.equals(shown)) {
                        assertShowsNothingOf(response.body(), shownOrNot);
                    } else if (readsData(endpoint)) {
                        assertThat(response.body()).contains(marker(shown));
                    }
                }
            }
            if (readsOthers) {
                HttpResponse<String> other = call(endpoint, Map.of(), "?organization=" + OTHER, TOKENS.get(scope));
                HttpResponse<String> none = call(endpoint, Map.of(), "?organization=no-such-org", TOKENS.get(scope));
                assertThat(other.body()).isEqualTo(none.body());
                assertThat(other.headers().map().keySet())
                        .isEqualTo(none.headers().map().keySet());
            }
        }
    }

    static Stream<AccessTable.Endpoint> withThings() throws IOException {
        return withScope()
                .filter(endpoint -> !AccessExamples.of(endpoint).things().isEmpty());
    }

    /** A grant is for reading: what belongs to the linked organization cannot be changed either. */
    @ParameterizedTest
    @MethodSource("withThings")
    void thingsOfOthersAreNotThere(AccessTable.Endpoint endpoint) throws Exception {
        AccessExamples.Example example = AccessExamples.of(endpoint);
        for (String organization : List.of(LINKED, OTHER)) {
            Map<String, String> foreign = things(organization).ids(example.things());
            for (Scope scope : Scope.values()) {
                HttpResponse<String> others = assertLooksAsIfNotThere(endpoint, organization, Set.of(), foreign, scope);
                if (!example.inPath().isEmpty()) {
                    assertThat(others.statusCode())
                            .as("%s of %s with %s: %s", endpoint.name(), organization, scope, others.body())
                            .isEqualTo(lets(endpoint, scope) ? 404 : 403);
                }
                if (lets(endpoint, scope) && foreign.size() > 1) {
                    for (String thing : foreign.keySet()) {
                        Set<String> own = new HashSet<>(foreign.keySet());
                        own.remove(thing);
                        Map<String, String> one = Map.of(thing, Objects.requireNonNull(foreign.get(thing)));
                        assertLooksAsIfNotThere(endpoint, organization, own, one, scope);
                    }
                }
            }
            if (!endpoint.method().equals("GET")) {
                assertThat(state(organization))
                        .as("%s after %s", organization, endpoint.name())
                        .isEqualTo(STATES.get(organization));
            }
        }
    }

    /**
     * Calls an endpoint with the foreign ids, and with ids of nothing in their place.
     *
     * @param own things that are the caller's
     */
    private static HttpResponse<String> assertLooksAsIfNotThere(
            AccessTable.Endpoint endpoint,
            String organization,
            Set<String> own,
            Map<String, String> foreign,
            Scope scope)
            throws Exception {
        Map<String, String> withNone = new HashMap<>(things(OWN).anew().ids(own));
        foreign.keySet().forEach(thing -> withNone.put(thing, NOTHINGS_ID));
        Map<String, String> withForeign = new HashMap<>(things(OWN).anew().ids(own));
        withForeign.putAll(foreign);
        HttpResponse<String> none = call(endpoint, withNone, "", TOKENS.get(scope));
        HttpResponse<String> others = call(endpoint, withForeign, "", TOKENS.get(scope));
        String told = told(others, foreign.values());
        assertThat(others.statusCode() + " " + told)
                .as("%s with %s of %s with %s", endpoint.name(), foreign.keySet(), organization, scope)
                .isEqualTo(none.statusCode() + " " + told(none, Set.of(NOTHINGS_ID)));
        assertShowsNothingOf(told, LINKED, OTHER);
        return others;
    }

    /** A body, without the ids that were asked for and what differs from one call to the next. */
    private static String told(HttpResponse<String> response, Collection<String> given) {
        String told = response.body();
        for (String id : given) {
            told = told.replace(id, "given");
        }
        return CHANGING.matcher(told).replaceAll("changing");
    }

    @ParameterizedTest
    @MethodSource("http")
    void withoutATokenAndWithAWrongOne(AccessTable.Endpoint endpoint) throws Exception {
        // The guard against guessing begins anew with every minute.
        CLOCK.advance(Duration.ofMinutes(1));
        int fine = AccessExamples.of(endpoint).status();
        HttpResponse<String> without = call(endpoint, Map.of(), "", null);
        assertThat(without.statusCode())
                .as("%s without a token", endpoint.name())
                .isEqualTo(endpoint.withoutToken().equals("yes") ? fine : 401);
        HttpResponse<String> wrong = call(endpoint, Map.of(), "", "sluice_wrong");
        assertThat(wrong.statusCode())
                .as("%s with a wrong token", endpoint.name())
                .isEqualTo(endpoint.open() ? fine : 401);
        for (HttpResponse<String> response : List.of(without, wrong)) {
            assertShowsNothingOf(response.body(), OWN, LINKED, OTHER);
        }
    }

    static Stream<AccessTable.Endpoint> operators() throws IOException {
        return withScope().filter(AccessExamples::isOperators);
    }

    /** That no other organization's administrator may is tried above. */
    @ParameterizedTest
    @MethodSource("operators")
    void theOperatorsByScope(AccessTable.Endpoint endpoint) throws Exception {
        for (Scope scope : Scope.values()) {
            HttpResponse<String> response = call(endpoint, own(endpoint), "", newToken(DEFAULT, scope));
            assertThat(response.statusCode())
                    .as("%s with %s: %s", endpoint.name(), scope, response.body())
                    .isEqualTo(
                            endpoint.lets(scope) ? AccessExamples.of(endpoint).status() : 403);
            if (endpoint.lets(scope)) {
                assertThat(response.body()).contains(marker(OWN));
            } else {
                assertShowsNothingOf(response.body(), OWN);
            }
            assertShowsNothingOf(response.body(), LINKED, OTHER);
        }
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
