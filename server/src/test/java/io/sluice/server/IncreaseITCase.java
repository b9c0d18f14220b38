package io.sluice.server;

import static io.sluice.server.DirectoryStack.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.caps.IncreaseRequests;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Codec;
import io.sluice.schema.IncreaseRequest;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import io.sluice.server.DirectoryStack.Answer;
import io.sluice.server.DirectoryStack.Client;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests for a higher limit, at real servers. Each test has an organization of its own. */
class IncreaseITCase {
    private static final String LIMITS = "/v1/organizations/spend_limits";
    private static final String REQUESTS = "/v1/organizations/spend_limit_increase_requests";

    @TempDir
    static Path folder;

    private static final MovableClock CLOCK = new MovableClock();

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(CLOCK);
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    private static Client admin(String organization) throws Exception {
        CLOCK.advance(Duration.ofMillis(10));
        return Client.of(running, organization);
    }

    private static String user(Client client, String name) throws Exception {
        return client.post("/v1/users", "{'user_name': '" + name + "@example.com'}")
                .id();
    }

    private static JsonNode ask(Client client, String userId) throws Exception {
        CLOCK.advance(Duration.ofMillis(10));
        return client.post(REQUESTS, "{'user_id': '" + userId + "', 'reason': 'release week'}")
                .body();
    }

    private static Answer answer(Client client, String id, String answer, String body, String... headers)
            throws Exception {
        CLOCK.advance(Duration.ofMillis(10));
        return client.send("POST", REQUESTS + "/" + id + "/" + answer, body, headers);
    }

    private static String limitPath(String userId) {
        return LIMITS + "/spl_user:" + userId + ":monthly";
    }

    @Test
    void aRequestIsApprovedOnce() throws Exception {
        Client admin = admin("approve");
        String kim = user(admin, "kim");
        admin.send("POST", LIMITS, "{'scope': {'type': 'organization'}, 'amount': '50000'}")
                .is(200);
        Answer asked = admin.post(REQUESTS, "{'user_id': 'Kim@example.com', 'reason': 'release week'}");
        String id = asked.id();
        assertThat(id).startsWith("slir_").hasSize(37);
        assertThat(asked.etag()).isEqualTo("W/\"1\"");
        JsonNode pending = asked.body();
        assertThat(pending.path("type").asText()).isEqualTo("spend_limit_increase_request");
        assertThat(pending.path("status").asText()).isEqualTo("pending");
        assertThat(pending.path("period").asText()).isEqualTo("monthly");
        assertThat(pending.at("/actor/user_id").asText()).isEqualTo(kim);
        assertThat(pending.at("/actor/email_address").asText()).isEqualTo("kim@example.com");
        assertThat(pending.at("/spend_summary/amount").asText()).isEqualTo("50000");
        assertThat(pending.at("/spend_summary/source/type").asText()).isEqualTo("organization");
        assertThat(pending.path("resolved_at").isNull()).isTrue();
        assertThat(pending.path("resolved_by").isNull()).isTrue();
        assertThat(admin.get(REQUESTS + "/" + id).body()).isEqualTo(pending);

        // A limit that is set directly answers no request.
        admin.send(
                        "POST",
                        LIMITS,
                        "{'scope': {'type': 'user', 'user_id': '" + kim + "'}, 'amount': '55000',"
                                + " 'thresholds': [80, 100], 'is_enabled': false}")
                .is(200);
        assertThat(admin.get(REQUESTS + "/" + id).body().path("status").asText())
                .isEqualTo("pending");

        JsonNode approved = answer(admin, id, "approve", "{'amount': '60000', 'suppress_notification': true}")
                .is(200)
                .body();
        assertThat(approved.path("status").asText()).isEqualTo("approved");
        assertThat(approved.path("amount").asText()).isEqualTo("60000");
        assertThat(approved.path("amount_micros").asLong()).isEqualTo(600_000_000);
        assertThat(approved.path("resolved_at").asText())
                .isGreaterThan(approved.path("created_at").asText());
        assertThat(approved.at("/resolved_by/type").asText()).isEqualTo("scoped_api_key_actor");
        assertThat(approved.at("/resolved_by/scoped_api_key_id").asText()).startsWith("tok_");
        assertThat(approved.path("spend_summary").isNull()).isTrue();
        JsonNode limit = admin.get(limitPath(kim)).body();
        assertThat(limit.path("amount").asText()).isEqualTo("60000");
        assertThat(limit.path("scope_name").asText()).isEqualTo("kim@example.com");
        assertThat(limit.path("thresholds").toString()).isEqualTo("[80,100]");
        assertThat(limit.path("is_enabled").asBoolean()).isTrue();
        assertThat(limit.path("reason").asText()).isEqualTo("increase request " + id);
        assertThat(limit.path("version").asLong()).isEqualTo(2);

        // Again, as after a lost answer.
        assertThat(answer(admin, id, "approve", "{'amount_micros': 600000000, 'version': 1}")
                        .is(200)
                        .body())
                .isEqualTo(approved);
        assertThat(answer(admin, id, "approve", "{'amount': '60001'}").is(409).message())
                .isEqualTo(
                        "id: the request was approved with an amount of 60000 cents before (expected: a pending one)");
        answer(admin, id, "deny", "{}").is(409);
        assertThat(admin.get(limitPath(kim)).body()).isEqualTo(limit);

        // Nor does an approval of before take back what was decided later.
        admin.send("DELETE", limitPath(kim), "").is(200);
        answer(admin, id, "approve", "{'amount': '60000'}").is(200);
        admin.send("GET", limitPath(kim), "").is(404);

        JsonNode history = admin.get(REQUESTS + "/" + id + "/history").body();
        assertThat(texts(history, "/status")).containsExactly("approved", "pending");
        assertThat(texts(history, "/changed_by"))
                .allSatisfy(by -> assertThat(by).startsWith("tok_"));
        ask(admin, kim);
    }

    @Test
    void aDenialHoldsBack() throws Exception {
        Client admin = admin("deny");
        String kim = user(admin, "kim");
        String id = ask(admin, kim).path("id").asText();
        Answer second = admin.send("POST", REQUESTS, "{'user_id': '" + kim + "', 'period': 'daily'}")
                .is(409);
        assertThat(second.message())
                .isEqualTo("user_id: has the pending request " + id
                        + " (expected: one at a time; approve or deny that first)");
        assertThat(second.body().at("/error/request").asText()).isEqualTo(id);
        JsonNode denied = answer(admin, id, "deny", "{}").is(200).body();
        assertThat(denied.path("status").asText()).isEqualTo("denied");
        assertThat(denied.path("amount").isNull()).isTrue();
        assertThat(answer(admin, id, "deny", "{}").is(200).body()).isEqualTo(denied);
        assertThat(answer(admin, id, "approve", "{'amount': '1'}").is(409).message())
                .isEqualTo("id: the request was denied before (expected: a pending one)");
        admin.send("GET", limitPath(kim), "").is(404);
        Answer held = admin.send("POST", REQUESTS, "{'user_id': '" + kim + "'}").is(409);
        String until = held.body().at("/error/until").asText();
        assertThat(until)
                .isEqualTo(
                        Micros.toInstant(Micros.parse(denied.path("resolved_at").asText()))
                                .plus(IncreaseRequests.HOLD_BACK)
                                .toString());
        assertThat(held.message()).contains("from " + until + " on");
        ask(admin, user(admin, "lee"));
    }

    @Test
    void listsByStatusAndUser() throws Exception {
        Client admin = admin("list");
        List<String> users = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (String name : List.of("a", "b", "c", "d")) {
            users.add(user(admin, name));
            ids.add(ask(admin, users.get(users.size() - 1)).path("id").asText());
        }
        answer(admin, ids.get(1), "deny", "{}").is(200);
        answer(admin, ids.get(2), "approve", "{'amount': null}").is(200);
        assertThat(texts(admin.get(REQUESTS).body(), "/id")).containsExactlyElementsOf(ids);
        assertThat(texts(admin.get(REQUESTS + "?status%5B%5D=pending").body(), "/id"))
                .containsExactly(ids.get(0), ids.get(3));
        assertThat(texts(
                        admin.get(REQUESTS + "?status%5B%5D=pending&status%5B%5D=denied&actor_ids%5B%5D=" + users.get(3)
                                        + "&actor_ids%5B%5D=b@example.com")
                                .body(),
                        "/id"))
                .containsExactly(ids.get(1), ids.get(3));
        JsonNode page = admin.get(REQUESTS + "?limit=3").body();
        assertThat(page.path("has_more").asBoolean()).isTrue();
        String next = page.path("next_page").asText();
        assertThat(texts(admin.get(REQUESTS + "?limit=3&page=" + next).body(), "/id"))
                .containsExactly(ids.get(3));
        admin.send("GET", REQUESTS + "?limit=3&status%5B%5D=denied&page=" + next, "")
                .is(400);
        assertThat(admin.send("GET", REQUESTS + "?status%5B%5D=open", "")
                        .is(400)
                        .message())
                .isEqualTo("status[]: open (expected: one of pending, approved, denied)");

        // Who is deleted keeps the requests, and gets no more limits.
        admin.send("DELETE", "/v1/users/" + users.get(0), "").is(200);
        JsonNode left = admin.get(REQUESTS + "/" + ids.get(0)).body();
        assertThat(left.at("/actor/deleted").asBoolean()).isTrue();
        assertThat(left.path("spend_summary").isNull()).isTrue();
        answer(admin, ids.get(0), "approve", "{'amount': '1'}").is(409);
        answer(admin, ids.get(0), "deny", "{}").is(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
            ; {}; 400; user_id: missing (expected: 1 to 200 characters
            ; {'user_id': 'nobody@example.com'}; 404; user_id: no such user
            ; {'user_id': 'kim@example.com', 'period': 'yearly'}; 400; period: a text of 6 characters (expected: one of daily
            ; {'user_id': 'kim@example.com', 'amount': '5'}; 400; amount: unknown field
            /slir_0/approve; {'amount': '5'}; 404; id: no such increase request
            /slir_0/approve; {}; 400; amount: missing (expected: whole cents as text
            /slir_0/approve; {'amount': '1.5'}; 400; amount: a text of 3 characters (expected: whole cents as text
            /slir_0/approve; {'amount': '5', 'suppress_notification': 1}; 400; suppress_notification: a number (expected: true or false)
            /slir_0/deny; {}; 404; id: no such increase request
            /slir_0/deny; {'amount': '5'}; 400; amount: unknown field
            """)
    void badInput(String path, String body, int status, String message) throws Exception {
        Client admin = admin("bad-requests");
        if (admin.get("/v1/users").body().path("data").isEmpty()) {
            user(admin, "kim");
        }
        assertThat(admin.send("POST", REQUESTS + (path == null ? "" : path), body)
                        .is(status)
                        .message())
                .startsWith(message);
        assertThat(admin.get(REQUESTS).body().path("data")).isEmpty();
    }

    /** Two administrators, at two servers. */
    @Test
    void ofApproveAndDenyAtOnceOneIsTold() throws Exception {
        RunningServer other = stack.server(CLOCK);
        List<Client> admins = List.of(Client.of(running, "race"), Client.of(other, "race"));
        for (int round = 0; round < 5; round++) {
            String userId = user(admins.get(0), "user" + round);
            String id = ask(admins.get(0), userId).path("id").asText();
            DirectoryStack.await(
                    () -> admins.get(1).send("GET", REQUESTS + "/" + id, "").status() == 200);
            List<Answer> answers = DirectoryStack.atOnce(
                    2,
                    i -> () -> i == 0
                            ? answer(admins.get(0), id, "approve", "{'amount': '100', 'version': 1}")
                            : answer(admins.get(1), id, "deny", "{'version': 1}"));
            assertThat(answers).extracting(Answer::status).containsExactlyInAnyOrder(200, 409);
            boolean approved = answers.get(0).status() == 200;
            JsonNode now = admins.get(1).get(REQUESTS + "/" + id).body();
            assertThat(now.path("status").asText()).isEqualTo(approved ? "approved" : "denied");
            admins.get(0).send("GET", limitPath(userId), "").is(approved ? 200 : 404);
        }
        other.close();
    }

    @Test
    void whoDecidesOnAnOldVersionIsTold() throws Exception {
        Client admin = admin("versions");
        String id = ask(admin, user(admin, "kim")).path("id").asText();
        Answer refused =
                answer(admin, id, "approve", "{'amount': '1', 'version': 7}").is(409);
        assertThat(refused.body().at("/error/current_version").asLong()).isEqualTo(1);
        answer(admin, id, "deny", "{}", "if-match", "W/\"7\"").is(412);
        answer(admin, id, "deny", "{}", "if-match", "W/\"1\"").is(200);
    }

    @Test
    void ofTwoRequestsAtOnceOneIsTold() throws Exception {
        RunningServer other = stack.server(CLOCK);
        List<Client> admins = List.of(Client.of(running, "twice"), Client.of(other, "twice"));
        String userId = user(admins.get(0), "kim");
        DirectoryStack.await(
                () -> admins.get(1).send("GET", "/v1/users/" + userId, "").status() == 200);
        List<Answer> answers = DirectoryStack.atOnce(
                2, i -> () -> admins.get(i).send("POST", REQUESTS, "{'user_id': '" + userId + "'}"));
        assertThat(answers).extracting(Answer::status).containsExactlyInAnyOrder(201, 409);
        assertThat(admins.get(0).get(REQUESTS).body().path("data")).hasSize(1);
        other.close();
    }

    /** An approval that a crash cut short: accepted, and the limit not set. */
    @Test
    void whatACrashLeftIsFinishedOnce() throws Exception {
        Client admin = admin("crash-requests");
        String kim = user(admin, "kim");
        String lee = user(admin, "lee");
        String asked = ask(admin, kim).path("id").asText();
        String later = ask(admin, lee).path("id").asText();
        leave("crash-requests", asked, kim, 600_000_000L);
        leave("crash-requests", later, lee, 600_000_000L);
        // Somebody has decided about Lee since.
        admin.send("POST", LIMITS, "{'scope': {'type': 'user', 'user_id': '" + lee + "'}, 'amount': '100'}")
                .is(200);
        // A server that starts then, and the one that is there, both meet it.
        RunningServer started = stack.server(CLOCK);
        Client second = Client.of(started, "crash-requests");
        DirectoryStack.await(() -> second.send("GET", limitPath(kim), "").status() == 200);
        assertThat(second.get(limitPath(kim)).body().path("amount").asText()).isEqualTo("60000");
        // It was decided: the same again does nothing, anything else is refused.
        answer(second, asked, "approve", "{'amount': '60000'}").is(200);
        answer(second, asked, "deny", "{}").is(409);
        answer(second, later, "approve", "{'amount': '60000'}").is(200);
        assertThat(second.get(limitPath(lee)).body().path("amount").asText()).isEqualTo("100");
        assertThat(texts(second.get(limitPath(kim) + "/history").body(), "/version"))
                .containsExactly("1");
        assertThat(started.records(Topic.CAPS, CapVersion.getDecoder()).stream()
                        .filter(each -> each.getKey().startsWith("crash-requests|cap|user|" + kim)))
                .hasSize(1);
        started.close();
    }

    private static void leave(String organization, String id, String userId, long amountMicros) throws Exception {
        CapVersion approval = CapVersion.newBuilder()
                .setOrgId(organization)
                .setKind(IncreaseRequests.KIND)
                .setId(id)
                .setVersion(2)
                .setRecordedAt(Micros.of(CLOCK.instant()))
                .setEffectiveAt(Micros.of(CLOCK.instant()))
                .setCreatedAt(1)
                .setIncreaseRequest(IncreaseRequest.newBuilder()
                        .setUserId(userId)
                        .setPeriod("monthly")
                        .setStatus(IncreaseRequests.APPROVED)
                        .setAmountMicros(amountMicros)
                        .setLimitVersion(0)
                        .build())
                .build();
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + Index.CAPS.indexName() + "/_doc/"
                        + VersionIndex.documentId(organization, IncreaseRequests.KIND, id)
                        + "?version=2&version_type=external&refresh=true",
                "{\"org_id\": \"" + organization + "\", \"kind\": \"" + IncreaseRequests.KIND + "\", \"id\": \"" + id
                        + "\", \"version\": 2, \"recorded_at\": \"" + CLOCK.instant() + "\", \"value\": \""
                        + Base64.getEncoder().encodeToString(Codec.encode(approval)) + "\"}");
    }
}
