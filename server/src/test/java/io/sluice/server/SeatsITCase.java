package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.directory.Kind;
import io.sluice.core.directory.Source;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Micros;
import io.sluice.scim.ScimSchemas;
import io.sluice.testing.ElasticsearchServer;
import io.sluice.testing.KafkaServer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Seats of a real server: bought, assigned, waited for, requested, idle, and told to a billing system. */
class SeatsITCase {
    private static final String SECRET = "whsec_c3RyZWFtLWNvbnNvbGUtdGVzdC1rZXkh";
    private static final WebhookReceiver.Answer TAKEN = new WebhookReceiver.Answer(204);

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static KafkaServer kafka;

    @SuppressWarnings("NullAway.Init")
    private static ElasticsearchServer elasticsearch;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @BeforeAll
    static void start() throws Exception {
        kafka = KafkaServer.start();
        elasticsearch = TestElastic.empty();
        TestElastic.createIndices(elasticsearch);
        running = server(null);
    }

    private static RunningServer server(@Nullable String webhook) throws Exception {
        Path password = Files.writeString(folder.resolve("password"), elasticsearch.password());
        Path secret = Files.writeString(folder.resolve("webhook-secret"), SECRET + "\n");
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        settings.put(Setting.ELASTICSEARCH_URL, elasticsearch.url().toString());
        settings.put(Setting.ELASTICSEARCH_PASSWORD_FILE, password.toString());
        if (webhook != null) {
            settings.put(Setting.BILLING_WEBHOOK_URL, webhook);
            settings.put(Setting.BILLING_WEBHOOK_SECRET_FILE, secret.toString());
            settings.put(Setting.BILLING_WEBHOOK_ALLOW_LOOPBACK, "true");
        }
        RunningServer server = new RunningServer(kafka.bootstrapServers(), folder, settings).awaitKafka();
        server.server.directory().loaded().get(60, TimeUnit.SECONDS);
        return server;
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
        kafka.close();
    }

    /** One organization: its administrator and its identity provider. */
    private static final class Organization {
        private final String name;
        private final RunningServer server;
        private final String token;
        private final String scim;

        Organization(String name) throws Exception {
            this(name, running);
        }

        Organization(String name, RunningServer server) throws Exception {
            this.name = name;
            this.server = server;
            token = server.token(name, "admin");
            scim = server.token(name, "scim");
        }

        HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
            boolean ofScim = path.startsWith("/scim/");
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.rest(path)))
                    .header("authorization", "Bearer " + (ofScim ? scim : token))
                    .header("content-type", ofScim ? "application/scim+json" : "application/json")
                    .method(
                            method,
                            body.isEmpty()
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body));
            for (int i = 0; i < headers.length; i += 2) {
                request.setHeader(headers[i], headers[i + 1]);
            }
            return server.send(request);
        }

        JsonNode json(int status, String method, String path, String body, String... headers) throws Exception {
            HttpResponse<String> response = send(method, path, body, headers);
            assertThat(response.statusCode())
                    .as("%s %s: %s", method, path, response.body())
                    .isEqualTo(status);
            return RunningServer.JSON.readTree(response.body().isEmpty() ? "{}" : response.body());
        }

        JsonNode get(String path) throws Exception {
            return json(200, "GET", path, "");
        }

        String message(int status, String method, String path, String body, String... headers) throws Exception {
            return json(status, method, path, body, headers)
                    .path("error")
                    .path("message")
                    .asText();
        }

        /** Id of a new user who came by SCIM, without a tier. */
        String user(String userName) throws Exception {
            return json(201, "POST", "/scim/v2/Users", "{\"userName\":\"" + userName + "\",\"active\":true}")
                    .path("id")
                    .asText();
        }

        void patch(String userId, String operations) throws Exception {
            json(
                    200,
                    "PATCH",
                    "/scim/v2/Users/" + userId,
                    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[" + operations
                            + "]}");
        }

        void active(String userId, boolean active) throws Exception {
            patch(userId, "{\"op\":\"replace\",\"value\":{\"active\":" + active + "}}");
        }

        JsonNode buy(String tier, int quantity, String... headers) throws Exception {
            return json(
                    201,
                    "POST",
                    "/v1/seats/purchases",
                    "{\"tier\":\"" + tier + "\",\"quantity\":" + quantity + "}",
                    headers);
        }

        JsonNode assign(String tier, String userId) throws Exception {
            return json(200, "POST", "/v1/seats/" + tier + "/assignments", "{\"user_id\":\"" + userId + "\"}");
        }

        JsonNode tier(String tier) throws Exception {
            return StreamSupport.stream(get("/v1/seats").path("data").spliterator(), false)
                    .filter(each -> each.path("tier").asText().equals(tier))
                    .findFirst()
                    .orElseThrow();
        }

        /** {@code name:status}, in order. */
        List<String> queue(String tier) throws Exception {
            List<String> queue = new ArrayList<>();
            get("/v1/seats/" + tier + "/users")
                    .path("data")
                    .forEach(user -> queue.add(user.path("user_name").asText().replace("@example.com", "") + ":"
                            + user.path("status").asText()
                            + user.path("place").asText().replace("null", "")));
            return queue;
        }
    }

    @Test
    void purchasesAreALogAndAKeyBuysOnce() throws Exception {
        Organization acme = new Organization("purchases");
        assertThat(acme.get("/v1/seats").path("data")).isEmpty();
        String premium = "{\"tier\":\"premium\",\"quantity\":2,\"price_micros\":150000000}";
        JsonNode first = acme.json(201, "POST", "/v1/seats/purchases", premium, "idempotency-key", "renewal-1");
        assertThat(acme.json(201, "POST", "/v1/seats/purchases", premium, "idempotency-key", "renewal-1"))
                .isEqualTo(first);
        assertThat(acme.message(
                        409,
                        "POST",
                        "/v1/seats/purchases",
                        "{\"tier\":\"premium\",\"quantity\":3}",
                        "idempotency-key",
                        "renewal-1"))
                .isEqualTo("Idempotency-Key: used for 2 seats of premium before (expected: the same purchase, or a new"
                        + " key)");
        acme.buy("standard", 5);
        acme.buy("premium", -1);
        acme.buy("premium", -1);
        JsonNode log = acme.get("/v1/seats/purchases");
        assertThat(log.path("data").findValuesAsText("quantity")).containsExactly("2", "5", "-1", "-1");
        assertThat(log.path("data").findValuesAsText("purchased")).containsExactly("2", "5", "1", "0");
        assertThat(log.path("data").findValuesAsText("billing")).containsOnly("off");
        assertThat(log.path("data").path(0).path("id")).isEqualTo(first.path("id"));
        assertThat(log.path("data").path(2).path("price_micros").asLong()).isEqualTo(150_000_000);
        JsonNode page = acme.get("/v1/seats/purchases?limit=3");
        assertThat(page.path("has_more").asBoolean()).isTrue();
        assertThat(acme.get("/v1/seats/purchases?limit=3&page="
                                + page.path("next_page").asText())
                        .path("data"))
                .containsExactly(log.path("data").path(3));
        // A server that starts later knows the same.
        try (RunningServer second = server(null)) {
            assertThat(second.json("/v1/seats/purchases", acme.token)).isEqualTo(log);
        }
    }

    /** Purchases of one tier at the same time: none is lost. */
    @Test
    void purchasesAtTheSameTimeAddUp() throws Exception {
        Organization acme = new Organization("at-once");
        List<CompletableFuture<JsonNode>> all = IntStream.range(0, 6)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try {
                        // Pairs have the same key, so of each one buys.
                        return acme.buy("premium", 1, "idempotency-key", "key-" + i / 2);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList();
        List<String> ids =
                all.stream().map(each -> each.join().path("id").asText()).toList();
        assertThat(acme.tier("premium").path("purchased").asInt()).isEqualTo(3);
        assertThat(ids.get(0)).isEqualTo(ids.get(1)).isNotEqualTo(ids.get(2));
        assertThat(ids).hasSize(6);
        assertThat(ids.stream().distinct()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"quantity\":1} | tier: missing (expected: 1 to 64 letters",
                "{\"tier\":\"a/b\",\"quantity\":1} | tier: a text of 3 characters (expected: 1 to 64 letters",
                "{\"tier\":\"premium\"} | quantity: missing (expected: how many seats to buy",
                "{\"tier\":\"premium\",\"quantity\":0} | quantity: 0 (expected: how many seats to buy",
                "{\"tier\":\"premium\",\"quantity\":1.5} | quantity: 1.5 (expected: a whole number, -1000000 to 1000000)",
                "{\"tier\":\"premium\",\"quantity\":\"2\"} | quantity: a text of 1 characters (expected: a whole number",
                "{\"tier\":\"premium\",\"quantity\":1,\"price_micros\":-1} | price_micros: -1 (expected: a whole number, 0 to",
                "{\"tier\":\"premium\",\"quantity\":1,\"price\":1} | price: unknown field (expected: price_micros, quantity, tier)",
                "[] | body: a list of 0 (expected: an object with price_micros, quantity, tier)"
            },
            quoteCharacter = '`')
    void aWrongPurchaseSaysWhatIsWrong(String body, String message) throws Exception {
        assertThat(new Organization("wrong").message(400, "POST", "/v1/seats/purchases", body))
                .startsWith(message);
    }

    @Test
    void whoComesLateWaitsUntilSomebodyLeaves() throws Exception {
        Organization acme = new Organization("waiting");
        acme.json(
                201, "POST", "/v1/seats/purchases", "{\"tier\":\"premium\",\"quantity\":2,\"price_micros\":150000000}");
        String ann = acme.user("ann@example.com");
        String ben = acme.user("ben@example.com");
        String cem = acme.user("cem@example.com");
        assertThat(acme.assign("premium", ann).path("status").asText()).isEqualTo("assigned");
        assertThat(acme.tier("premium").path("unused_micros_per_month").asLong())
                .isEqualTo(150_000_000);
        acme.assign("premium", ben);
        JsonNode waiting = acme.assign("premium", cem);
        assertThat(waiting.path("status").asText()).isEqualTo("waiting");
        assertThat(waiting.path("place").asInt()).isEqualTo(1);
        assertThat(acme.assign("premium", cem)).as("the place stays").isEqualTo(waiting);
        assertThat(acme.queue("premium")).containsExactly("ann:assigned", "ben:assigned", "cem:waiting1");
        JsonNode tier = acme.tier("premium");
        assertThat(tier.path("waiting").asInt()).isEqualTo(1);
        assertThat(tier.path("free").asInt()).isZero();
        assertThat(tier.path("forecast").path("missing").asInt()).isPositive();
        JsonNode refused = acme.json(409, "POST", "/v1/seats/purchases", "{\"tier\":\"premium\",\"quantity\":-1}");
        assertThat(refused.path("error").path("message").asText())
                .isEqualTo("quantity: -1 (expected: above 0, since 2 of 2 seats are assigned)");
        assertThat(refused.path("error").path("assigned").asInt()).isEqualTo(2);

        acme.active(ann, false);
        assertThat(acme.queue("premium")).containsExactly("ben:assigned", "cem:assigned");
        acme.active(ann, true);
        assertThat(acme.queue("premium")).containsExactly("ben:assigned", "cem:assigned", "ann:waiting1");
        assertThat(acme.json(200, "DELETE", "/v1/seats/premium/assignments/" + ben, "")
                        .path("status")
                        .asText())
                .isEqualTo("none");
        assertThat(acme.queue("premium")).containsExactly("cem:assigned", "ann:assigned");
        acme.json(200, "DELETE", "/v1/seats/premium/assignments/" + ben, "");
        acme.json(204, "DELETE", "/scim/v2/Users/" + cem, "");
        assertThat(acme.queue("premium")).containsExactly("ann:assigned");

        assertThat(acme.message(404, "POST", "/v1/seats/premium/assignments", "{\"user_id\":\"" + cem + "\"}"))
                .startsWith("user_id: no such user");
        assertThat(acme.message(404, "POST", "/v1/seats/premum/assignments", "{\"user_id\":\"" + ben + "\"}"))
                .isEqualTo("tier: premum was never bought (expected: one of premium)");
        acme.active(ben, false);
        assertThat(acme.message(409, "POST", "/v1/seats/premium/assignments", "{\"user_id\":\"" + ben + "\"}"))
                .startsWith("user_id: not active");
    }

    @Test
    void theIdentityProvidersWordWinsAndAHandsStays() throws Exception {
        Organization acme = new Organization("hands");
        acme.buy("premium", 5);
        acme.buy("standard", 5);
        String kim = acme.user("kim@example.com");
        acme.assign("premium", kim);
        acme.patch(kim, "{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"Kim Roe\"}");
        acme.json(200, "PUT", "/scim/v2/Users/" + kim, "{\"userName\":\"kim@example.com\",\"title\":\"Lead\"}");
        assertThat(acme.queue("premium")).containsExactly("kim:assigned");
        assertThat(acme.json(200, "GET", "/scim/v2/Users/" + kim, "").toString())
                .as("what people said is not shown as the identity provider's")
                .doesNotContain("premium");

        String path = ScimSchemas.CLAUDE_USER + ":seatTier";
        acme.patch(kim, "{\"op\":\"add\",\"path\":\"" + path + "\",\"value\":\"standard\"}");
        assertThat(acme.queue("premium")).isEmpty();
        assertThat(acme.queue("standard")).containsExactly("kim:assigned");
        String refusal = "user_id: the identity provider says the seat tier, standard (expected: change seatTier there,"
                + " or let it say none)";
        assertThat(acme.message(409, "POST", "/v1/seats/premium/assignments", "{\"user_id\":\"" + kim + "\"}"))
                .isEqualTo(refusal);
        assertThat(acme.message(409, "DELETE", "/v1/seats/standard/assignments/" + kim, ""))
                .isEqualTo(refusal);
        acme.patch(kim, "{\"op\":\"remove\",\"path\":\"" + path + "\"}");
        assertThat(acme.queue("standard")).isEmpty();
        acme.assign("premium", kim);
        assertThat(acme.queue("premium")).containsExactly("kim:assigned");
    }

    @Test
    void whoIsMadeWithoutATierAsksForTheDefaultOne() throws Exception {
        Organization acme = new Organization("provisioned");
        acme.buy("standard", 2);
        String before = acme.user("before@example.com");
        assertThat(acme.message(400, "PATCH", "/v1/organization", "{\"default_seat_tier\":\"-\"}"))
                .startsWith("default_seat_tier: a text of 1 characters (expected: 1 to 64 letters");
        assertThat(acme.json(200, "PATCH", "/v1/organization", "{\"default_seat_tier\":\"standard\"}")
                        .path("default_seat_tier")
                        .asText())
                .isEqualTo("standard");

        String kim = acme.user("kim@example.com");
        String lee = acme.json(201, "POST", "/v1/users", "{\"user_name\":\"lee@example.com\"}")
                .path("id")
                .asText();
        acme.json(201, "POST", "/v1/users", "{\"user_name\":\"ben@example.com\",\"seat_tier\":\"premium\"}");
        acme.user("cem@example.com");
        assertThat(acme.queue("standard")).containsExactly("kim:assigned", "lee:assigned", "cem:waiting1");
        assertThat(acme.queue("premium")).containsExactly("ben:waiting1");

        acme.json(200, "DELETE", "/v1/seats/standard/assignments/" + lee, "");
        acme.patch(kim, "{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"Kim Roe\"}");
        acme.active(before, false);
        acme.active(before, true);
        assertThat(acme.queue("standard"))
                .as("a default is for new people, and stays as what people said")
                .containsExactly("kim:assigned", "cem:assigned");
        acme.json(200, "PATCH", "/v1/organization", "{\"default_seat_tier\":null}");
        acme.user("dee@example.com");
        assertThat(acme.queue("standard")).containsExactly("kim:assigned", "cem:assigned");
    }

    @Test
    void requestsAreAnsweredOnce() throws Exception {
        Organization acme = new Organization("requests");
        acme.buy("premium", 1);
        String kim = acme.user("kim@example.com");
        String lee = acme.user("lee@example.com");
        String ofKim = "{\"user_id\":\"" + kim + "\",\"tier\":\"premium\",\"reason\":\"on call\"}";
        JsonNode first = acme.json(201, "POST", "/v1/seats/requests", ofKim);
        assertThat(first.path("status").asText()).isEqualTo("pending");
        assertThat(acme.message(409, "POST", "/v1/seats/requests", ofKim)).startsWith("user_id: has a pending request");
        String id = first.path("id").asText();
        JsonNode denied = acme.json(200, "POST", "/v1/seats/requests/" + id + "/deny", "{}");
        assertThat(denied.path("status").asText()).isEqualTo("denied");
        assertThat(acme.json(200, "POST", "/v1/seats/requests/" + id + "/deny", "{}"))
                .isEqualTo(denied);
        assertThat(acme.message(409, "POST", "/v1/seats/requests/" + id + "/approve", "{}"))
                .isEqualTo("id: the request was denied before (expected: a pending one)");
        assertThat(acme.queue("premium")).isEmpty();

        String second =
                acme.json(201, "POST", "/v1/seats/requests", ofKim).path("id").asText();
        JsonNode approved = acme.json(200, "POST", "/v1/seats/requests/" + second + "/approve", "{}");
        assertThat(approved.path("seat").path("status").asText()).isEqualTo("assigned");
        assertThat(acme.message(409, "POST", "/v1/seats/requests/" + second + "/deny", "{}"))
                .isEqualTo("id: the request was approved before (expected: a pending one)");
        // Approving again does not take back what was changed after it.
        acme.json(200, "DELETE", "/v1/seats/premium/assignments/" + kim, "");
        acme.json(200, "POST", "/v1/seats/requests/" + second + "/approve", "{}");
        assertThat(acme.queue("premium")).isEmpty();

        acme.json(201, "POST", "/v1/seats/requests", ofKim.replace(kim, lee));
        assertThat(acme.get("/v1/seats/requests?status=pending").path("data").findValuesAsText("user_name"))
                .containsExactly("lee@example.com");
        assertThat(acme.get("/v1/seats/requests").path("data").findValuesAsText("status"))
                .containsExactly("denied", "approved", "pending");
        assertThat(acme.message(400, "GET", "/v1/seats/requests?status=open", ""))
                .isEqualTo("status: open (expected: one of pending, approved, denied)");
        acme.json(404, "POST", "/v1/seats/requests/seat_request_absent/deny", "{}");
        assertThat(acme.send("POST", "/v1/seats/requests/" + second + "/deny", "", "content-type", "text/plain")
                        .statusCode())
                .as("no foreign page's form")
                .isEqualTo(415);
    }

    /** Both of two requests at the same time would be the same document. */
    @Test
    void oneOfTwoRequestsAtTheSameTimeIsRefused() throws Exception {
        Organization acme = new Organization("two-requests");
        acme.buy("premium", 1);
        String kim = acme.user("kim@example.com");
        List<Integer> statuses = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> {
                    try {
                        return acme.send(
                                        "POST",
                                        "/v1/seats/requests",
                                        "{\"user_id\":\"" + kim + "\",\"tier\":\"premium\"}")
                                .statusCode();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .sorted()
                .toList();
        assertThat(statuses).containsExactly(201, 409, 409, 409);
        assertThat(acme.get("/v1/seats/requests").path("data")).hasSize(1);
    }

    /** A user who asked for a seat long ago. */
    private static String veteran(Organization organization, String userName, Instant since) {
        String id = DirectoryIds.user();
        DirectoryVersion version = DirectoryVersion.newBuilder()
                .setOrgId(organization.name)
                .setKind(Kind.USER.kindName())
                .setId(id)
                .setVersion(1)
                .setEffectiveAt(Micros.of(since))
                .setRecordedAt(Micros.of(since))
                .setCreatedAt(Micros.of(since))
                .setSource(Source.ADMIN)
                .setUser(DirectoryUser.newBuilder()
                        .setUserName(userName)
                        .setEmails(List.of(userName))
                        .setSeatTier("premium")
                        .build())
                .build();
        running.server.directory().change(() -> {
            running.server.directory().accept(List.of(version));
            return id;
        });
        return id;
    }

    private static void seen(String organization, String user, Instant at) throws Exception {
        TestElastic.send(
                elasticsearch,
                "POST",
                "/sluice-spend-events/_doc?refresh=true",
                "{\"org_id\":\"" + organization + "\",\"user\":\"" + user + "\",\"occurred_at\":\"" + at + "\"}");
    }

    @Test
    void idleSeatsAreThoseOfWhomNothingWasSeen() throws Exception {
        Organization acme = new Organization("idle");
        acme.json(
                201, "POST", "/v1/seats/purchases", "{\"tier\":\"premium\",\"quantity\":4,\"price_micros\":150000000}");
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        Instant long_ = now.minus(Duration.ofDays(90));
        String never = veteran(acme, "never@example.com", long_);
        String rarely = veteran(acme, "rarely@example.com", long_.plusSeconds(1));
        veteran(acme, "busy@example.com", long_.plusSeconds(2));
        String fresh = acme.user("fresh@example.com");
        acme.assign("premium", fresh);
        seen("idle", "rarely@example.com", now.minus(Duration.ofDays(60)));
        seen("idle", "Rarely@Example.com", now.minus(Duration.ofDays(40)));
        seen("idle", "busy@example.com", now.minus(Duration.ofDays(50)));
        seen("idle", "busy@example.com", now.minus(Duration.ofDays(2)));
        seen("idle", "stranger@example.com", now);
        seen("another", "never@example.com", now);

        JsonNode idle = acme.get("/v1/seats/idle");
        assertThat(idle.path("data").findValuesAsText("user_id")).containsExactly(never, rarely);
        assertThat(idle.path("data").path(0).path("last_seen").isNull()).isTrue();
        assertThat(idle.path("data").path(0).path("idle_days").asInt()).isEqualTo(90);
        assertThat(idle.path("data").path(1).path("last_seen").asText())
                .isEqualTo(now.minus(Duration.ofDays(40)).toString());
        JsonNode tier = idle.path("tiers").path(0);
        assertThat(tier.path("assigned").asInt()).isEqualTo(4);
        assertThat(tier.path("idle_micros_per_month").asLong()).isEqualTo(300_000_000);
        assertThat(acme.get("/v1/seats/idle?days=50").path("data").findValuesAsText("user_id"))
                .containsExactly(never);
        JsonNode page = acme.get("/v1/seats/idle?limit=1");
        assertThat(acme.get("/v1/seats/idle?limit=1&page="
                                + page.path("next_page").asText())
                        .path("data")
                        .findValuesAsText("user_id"))
                .containsExactly(rarely);
        assertThat(acme.message(400, "GET", "/v1/seats/idle?days=0", ""))
                .isEqualTo("days: 0 (expected: a whole number, 1 to 3650)");
    }

    @Test
    void readingIsNotWritingAndOthersSeeNothing() throws Exception {
        Organization ours = new Organization("ours");
        ours.buy("premium", 1);
        String kim = ours.user("kim@example.com");
        Organization theirs = new Organization("theirs");
        assertThat(theirs.get("/v1/seats").path("data")).isEmpty();
        assertThat(theirs.get("/v1/seats/purchases").path("data")).isEmpty();
        theirs.json(404, "GET", "/v1/seats/premium/users", "");
        theirs.buy("premium", 1);
        theirs.json(404, "POST", "/v1/seats/premium/assignments", "{\"user_id\":\"" + kim + "\"}");
        String reader = running.token("ours", "read:directory");
        assertThat(running.get("/v1/seats", reader).statusCode()).isEqualTo(200);
        assertThat(running.post("/v1/seats/purchases", reader, "{\"tier\":\"premium\",\"quantity\":1}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(running.get("/v1/seats", running.token("ours", "read:analytics"))
                        .statusCode())
                .isEqualTo(403);
    }

    private static void assertSigned(WebhookReceiver.Received received) {
        long at = Long.parseLong(received.header("webhook-timestamp"));
        assertThat(Duration.between(Instant.ofEpochSecond(at), Instant.now()).abs())
                .isLessThan(Duration.ofMinutes(5));
        assertThat(received.header("webhook-signature"))
                .isEqualTo(WebhookSignature.of(SECRET).of(received.header("webhook-id"), at, received.bytes()));
    }

    private static List<String> ids(List<WebhookReceiver.Received> received) {
        return received.stream().map(each -> each.header("webhook-id")).toList();
    }

    /** A receiver that fails at first, then takes; a server that ends while the receiver is down, and one that goes on. */
    @Test
    void purchasesAreToldInOrderAcrossFailuresAndARestart() throws Exception {
        List<String> bought = new ArrayList<>();
        try (WebhookReceiver receiver =
                new WebhookReceiver(received -> new WebhookReceiver.Answer(503, "Retry-After", "2"))) {
            try (RunningServer server = server(receiver.url())) {
                Organization acme = new Organization("told", server);
                bought.add(acme.buy("premium", 2).path("id").asText());
                List<WebhookReceiver.Received> failed = receiver.await("told", all -> !all.isEmpty());
                bought.add(acme.buy("standard", 3).path("id").asText());
                receiver.answers(received -> TAKEN);
                List<WebhookReceiver.Received> all = receiver.await("told", now -> now.size() == 3);
                assertThat(ids(all)).containsExactly(bought.get(0), bought.get(0), bought.get(1));
                assertThat(all).allSatisfy(SeatsITCase::assertSigned);
                assertThat(all.get(1).bytes()).isEqualTo(failed.get(0).bytes());
                assertThat(Duration.ofNanos(all.get(1).nanos() - all.get(0).nanos()))
                        .as("Retry-After")
                        .isGreaterThanOrEqualTo(Duration.ofSeconds(2));
                JsonNode data = all.get(0).body().path("data");
                assertThat(all.get(0).body().path("type").asText()).isEqualTo("seats.purchased");
                assertThat(data.path("quantity").asInt()).isEqualTo(2);
                assertThat(data.path("purchased").asInt()).isEqualTo(2);

                receiver.answers(received -> new WebhookReceiver.Answer(302, "Location", receiver.url()));
                bought.add(acme.buy("premium", -1).path("id").asText());
                bought.add(acme.buy("premium", 7).path("id").asText());
                receiver.await("told", now -> now.size() == 4);
                assertThat(acme.get("/v1/seats/purchases").path("data").findValuesAsText("billing"))
                        .containsExactly("delivered", "delivered", "waiting", "waiting");
            }
            receiver.answers(received -> new WebhookReceiver.Answer(200));
            int before = receiver.of("told").size();
            try (RunningServer server = server(receiver.url())) {
                List<WebhookReceiver.Received> all = receiver.await("told", now -> now.size() == before + 2);
                assertThat(ids(all.subList(before, all.size()))).containsExactly(bought.get(2), bought.get(3));
                assertThat(all.get(before).body().path("type").asText()).isEqualTo("seats.released");
                assertThat(all).allSatisfy(SeatsITCase::assertSigned);

                // The receiver wants no more: the queue stops, and says so.
                receiver.answers(received -> new WebhookReceiver.Answer(410));
                Organization acme = new Organization("told", server);
                bought.add(acme.buy("premium", 1).path("id").asText());
                receiver.await("told", now -> now.size() == before + 3);
                awaitBilling(acme, "stopped");
            }
            receiver.answers(received -> TAKEN);
            try (RunningServer server = server(receiver.url())) {
                awaitBilling(new Organization("told", server), "delivered");
                assertThat(ids(receiver.of("told"))).endsWith(bought.get(4), bought.get(4));
            }
        }
    }

    /** Waits until the newest purchase is in a state. */
    private static void awaitBilling(Organization organization, String state) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        List<String> states = List.of();
        while (System.nanoTime() - deadline < 0) {
            states = organization.get("/v1/seats/purchases").path("data").findValuesAsText("billing");
            if (states.get(states.size() - 1).equals(state)) {
                return;
            }
        }
        throw new AssertionError("billing: " + states + " (expected at its end: " + state + ")");
    }
}
