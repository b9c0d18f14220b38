package io.sluice.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.testing.ComplianceFacts.Activity;
import io.sluice.testing.ComplianceFacts.Chat;
import io.sluice.testing.ComplianceFacts.Document;
import io.sluice.testing.ComplianceFacts.Group;
import io.sluice.testing.ComplianceFacts.Message;
import io.sluice.testing.ComplianceFacts.Person;
import io.sluice.testing.ComplianceFacts.Project;
import io.sluice.testing.ComplianceServer.Mischief;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract, as a client sees it. */
class ComplianceServerTest {
    private static final String KEY = "sk-ant-api01-test";
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Person ANA = new Person("user_01", "ana@example.com", "Ana");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final ComplianceFacts facts = new ComplianceFacts();

    @SuppressWarnings("NullAway.Init")
    private ComplianceServer server;

    @BeforeEach
    void start() throws IOException {
        facts.add(ANA);
        server = ComplianceServer.start(KEY, Clock.fixed(NOW, ZoneOffset.UTC), facts);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<String> send(String method, String target, String key)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(server.url() + "/v1/compliance/" + target))
                        .header("x-api-key", key)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode get(String target) throws IOException, InterruptedException {
        HttpResponse<String> answer = send("GET", target, KEY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static List<String> ids(JsonNode rows) {
        List<String> ids = new ArrayList<>();
        rows.forEach(row -> ids.add(row.path("id").asText()));
        return ids;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private void activities(int count) {
        for (int i = 0; i < count; i++) {
            Instant at = NOW.minusSeconds(1000 - i);
            facts.add(new Activity(
                    "activity_" + i, "claude_chat_created", at, at, ANA, JsonNodeFactory.instance.objectNode()));
        }
    }

    @Test
    void theFeedIsWalkedInBothDirections() throws Exception {
        activities(5);
        JsonNode newest = get("activities?limit=2");
        assertThat(ids(newest.path("data"))).containsExactly("activity_4", "activity_3");
        assertThat(newest.path("has_more").asBoolean()).isTrue();
        JsonNode older =
                get("activities?limit=2&after_id=" + newest.path("last_id").asText());
        assertThat(ids(older.path("data"))).containsExactly("activity_2", "activity_1");
        JsonNode back =
                get("activities?limit=2&before_id=" + older.path("first_id").asText());
        assertThat(ids(back.path("data"))).containsExactly("activity_4", "activity_3");
        assertThat(back.path("has_more").asBoolean()).isFalse();
        JsonNode ascending = get("activities?order=asc&exclude_activity_types[]=other");
        assertThat(ids(ascending.path("data")))
                .containsExactly("activity_0", "activity_1", "activity_2", "activity_3", "activity_4");
        JsonNode none = get("activities?created_at.gte=" + encoded("2027-01-01T00:00:00+00:00"));
        assertThat(none.path("first_id").isNull() && none.path("last_id").isNull())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "activities?limit=0, 400",
        "activities?limit=5001, 400",
        "activities?created_at.gte=2026-11-01, 400",
        "activities?after_id=x&before_id=y, 400",
        "activities?after_id=x, 400",
        "activities?activity_types[]=a&exclude_activity_types[]=b, 400",
        "apps/chats?order_by=name, 400",
        "apps/chats?order_by=updated_at&user_ids[]=user_01, 400",
        "apps/chats?updated_at.gte=2026-11-01T00:00:00Z, 400",
        "apps/chats?before_id=x, 400",
        "apps/chats/claude_chat_absent/messages, 404",
        "apps/projects?limit=101, 400",
        "apps/projects?page=x, 400",
        "apps/projects/absent, 404",
        "organizations/absent/users, 404",
        "groups/absent/members, 404",
        "elsewhere, 404"
    })
    void whatIsWrongIsRefused(String target, int status) throws Exception {
        HttpResponse<String> answer = send("GET", target.replace("[]", "%5B%5D"), KEY);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JSON.readTree(answer.body()).at("/error/type").asText())
                .isEqualTo(status == 400 ? "invalid_request_error" : "not_found_error");
        assertThat(answer.headers().firstValue("request-id")).isPresent();
    }

    @Test
    void aCursorIsOfTheOrderThatItWasIssuedUnder() throws Exception {
        facts.add(new Chat("claude_chat_1", ANA, "One", NOW.minusSeconds(9)));
        facts.add(new Chat("claude_chat_2", ANA, "Two", NOW.minusSeconds(8)));
        String cursor = get("apps/chats?limit=1").path("last_id").asText();
        assertThat(ids(get("apps/chats?after_id=" + cursor).path("data"))).containsExactly("claude_chat_2");
        assertThat(send("GET", "apps/chats?order_by=updated_at&after_id=" + cursor, KEY)
                        .statusCode())
                .isEqualTo(400);
        server.misbehave(Mischief.EXPIRED_CURSOR);
        assertThat(send("GET", "apps/chats?after_id=" + cursor, KEY).statusCode())
                .isEqualTo(400);
    }

    /** A row that comes late is behind the cursor, and stays there. */
    @Test
    void aRowMayComeBehindACursor() throws Exception {
        facts.add(new Chat("claude_chat_1", ANA, "One", NOW.minusSeconds(9)));
        String cursor = get("apps/chats?order_by=updated_at").path("last_id").asText();
        facts.add(new Chat("claude_chat_0", ANA, "Zero", NOW.minusSeconds(20)).listedAfter(Duration.ofSeconds(20)));
        assertThat(get("apps/chats?order_by=updated_at&after_id=" + cursor).path("data"))
                .isEmpty();
        assertThat(ids(get("apps/chats?order_by=updated_at").path("data")))
                .containsExactly("claude_chat_0", "claude_chat_1");
    }

    @Test
    void aChatThatItsUserDeletesIsEmptied() throws Exception {
        Instant at = NOW.minusSeconds(60);
        facts.add(new Chat("claude_chat_1", ANA, "One", at)
                .add(Message.text("claude_chat_msg_1", "user", at, "Hello"))
                .deletedAt(NOW.minusSeconds(30)));
        JsonNode chat = get("apps/chats/claude_chat_1/messages");
        assertThat(chat.path("name").asText()).isEmpty();
        assertThat(chat.path("deleted_at").asText()).isEqualTo("2026-11-22T11:59:30Z");
        assertThat(chat.at("/chat_messages/0/id").asText()).isEqualTo("claude_chat_msg_1");
        assertThat(chat.at("/chat_messages/0/content").isArray()).isTrue();
        assertThat(chat.at("/chat_messages/0/content")).isEmpty();
    }

    @Test
    void deletionsAreForGood() throws Exception {
        facts.add(new Project("claude_proj_1", "P", ANA, NOW)
                .add(new Document("claude_proj_doc_1", "a.txt", NOW, "text"))
                .add(new Document("claude_file_1", "b.pdf", NOW, null)));
        facts.add(new Chat("claude_chat_1", ANA, "One", NOW).inProject("claude_proj_1"));
        assertThat(get("apps/projects/documents/claude_proj_doc_1")
                        .path("content")
                        .asText())
                .isEqualTo("text");
        assertThat(ids(get("apps/projects/claude_proj_1/attachments").path("data")))
                .containsExactlyInAnyOrder("claude_proj_doc_1", "claude_file_1");
        assertThat(send("DELETE", "apps/projects/claude_proj_1", KEY).statusCode())
                .isEqualTo(409);
        for (String target : List.of(
                "apps/chats/claude_chat_1",
                "apps/chats/files/claude_file_1",
                "apps/projects/documents/claude_proj_doc_1",
                "apps/projects/claude_proj_1")) {
            HttpResponse<String> first = send("DELETE", target, KEY);
            assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
            assertThat(JSON.readTree(first.body()).path("type").asText()).endsWith("_deleted");
            assertThat(send("DELETE", target, KEY).statusCode()).isEqualTo(404);
        }
        assertThat(get("apps/projects").path("data")).isEmpty();
    }

    @Test
    void keysAndScopes() throws Exception {
        server.key("reader", Set.of("read:compliance_user_data"));
        assertThat(send("GET", "activities", "unknown").statusCode()).isEqualTo(401);
        assertThat(send("GET", "apps/chats", "reader").statusCode()).isEqualTo(200);
        HttpResponse<String> refused = send("GET", "activities", "reader");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(JSON.readTree(refused.body()).at("/error/message").asText())
                .isEqualTo("Missing required scopes. Got: ['read:compliance_user_data']"
                        + " Needed: ['read:compliance_activities']");
        assertThat(send("DELETE", "apps/chats/x", "reader").statusCode()).isEqualTo(403);
        server.key("reader", Set.of());
        assertThat(send("GET", "apps/chats", "reader").statusCode()).isEqualTo(401);
    }

    @Test
    void theBudgetIsOfAllTogether() throws Exception {
        server.spend(ComplianceServer.PER_MINUTE - 1);
        HttpResponse<String> last = send("GET", "organizations", KEY);
        assertThat(last.statusCode()).isEqualTo(200);
        assertThat(last.headers().firstValue("anthropic-ratelimit-requests-remaining"))
                .hasValue("0");
        HttpResponse<String> refused = send("GET", "organizations", KEY);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("retry-after")).hasValue("61");
        assertThat(refused.headers().firstValue("anthropic-ratelimit-requests-reset"))
                .hasValue("2026-11-22T12:01:00Z");
        assertThat(server.mostWithinAMinute()).isEqualTo(2);
    }

    @Test
    void mischief() throws Exception {
        activities(3);
        server.misbehave(
                Mischief.RATE_LIMITED,
                Mischief.RATE_LIMITED_IN_SILENCE,
                Mischief.ERROR_FOR_GOOD,
                Mischief.BAD_GATEWAY,
                Mischief.OVERLOADED,
                Mischief.REPEATED_ROWS);
        assertThat(send("GET", "activities", KEY).headers().firstValue("retry-after"))
                .hasValue("7");
        assertThat(send("GET", "activities", KEY).headers().firstValue("retry-after"))
                .isEmpty();
        assertThat(send("GET", "activities", KEY).headers().firstValue("x-should-retry"))
                .hasValue("false");
        assertThat(send("GET", "activities", KEY).statusCode()).isEqualTo(502);
        assertThat(send("GET", "activities", KEY).statusCode()).isEqualTo(529);
        JsonNode twice = get("activities?limit=1");
        assertThat(ids(twice.path("data"))).containsExactly("activity_2", "activity_2");
        server.misbehave(Mischief.REPEATED_PAGE);
        assertThat(ids(get("activities?limit=1&after_id="
                                + twice.path("last_id").asText())
                        .path("data")))
                .containsExactly("activity_2");
    }

    @Test
    void bytesOfAFileGoWithItsChat() throws Exception {
        Message said = Message.text("claude_chat_msg_1", "user", NOW.minusSeconds(8), "See");
        said.body().putArray("files").addObject().put("id", "claude_file_1");
        said.body().putArray("generated_files").addObject().put("id", "claude_gen_file_1");
        said.body().putArray("artifacts").addObject().put("version_id", "claude_artifact_version_1");
        Chat chat = new Chat("claude_chat_1", ANA, "One", NOW.minusSeconds(9)).add(said);
        facts.add(chat);
        for (String id : List.of("claude_file_1", "claude_gen_file_1", "claude_artifact_version_1", "claude_file_2")) {
            facts.content(id, "text/plain", "abc".getBytes(StandardCharsets.UTF_8));
        }
        HttpResponse<String> file = send("GET", "apps/chats/files/claude_file_1/content", KEY);
        assertThat(file.body()).isEqualTo("abc");
        assertThat(file.headers().firstValue("content-type")).hasValue("text/plain");
        assertThat(file.headers().firstValue("content-md5")).hasValue("kAFQmDzST7DWlj99KOF/cg==");
        List<String> there = List.of(
                "apps/chats/generated-files/claude_gen_file_1/content",
                "apps/artifacts/claude_artifact_version_1/content");
        for (String target : there) {
            assertThat(send("GET", target, KEY).body()).isEqualTo("abc");
        }
        assertThat(send("GET", "apps/chats/files/claude_gen_file_1/content", KEY)
                        .statusCode())
                .as("of another kind")
                .isEqualTo(404);
        assertThat(send("GET", "apps/chats/files/claude_file_2/content", KEY).statusCode())
                .as("of no chat")
                .isEqualTo(404);
        server.misbehave(Mischief.DAMAGED_BYTES, Mischief.REFUSED);
        assertThat(send("GET", there.get(0), KEY).body()).isEqualTo("bbc");
        assertThat(send("GET", there.get(0), KEY).statusCode()).isEqualTo(403);
        chat.deletedAt(NOW);
        assertThat(send("GET", there.get(0), KEY).statusCode()).isEqualTo(404);
    }

    @Test
    void theDirectoryComesAndGoesWithTheClock() throws Exception {
        Person ben = new Person("user_02", "ben@example.com", "Ben");
        facts.add(ben).add(new Group("rbac_group_1", "Legal", List.of(), List.of(ANA, ben)));
        facts.add(new Group("rbac_group_2", "Sales", List.of(), List.of()));
        facts.role("rbac_role_1", "Old").role("rbac_role_1", "New", NOW);
        facts.permission("rbac_role_1", "read", "organization", "1")
                .permission("rbac_role_1", "write", "organization", "1");
        facts.goes(NOW, "rbac_group_1", "user_02").goes(NOW, "rbac_group_2").goes(NOW, "rbac_role_1", "write");
        facts.comes(NOW.plusSeconds(1), "user_02");
        String organization = get("organizations").at("/data/0/uuid").asText();
        assertThat(ids(get("organizations/" + organization + "/users").path("data")))
                .containsExactly("user_01");
        assertThat(ids(get("groups").path("data"))).containsExactly("rbac_group_1");
        assertThat(get("groups/rbac_group_1/members").path("data"))
                .extracting(member -> member.path("user_id").asText())
                .containsExactly("user_01");
        assertThat(send("GET", "groups/rbac_group_2/members", KEY).statusCode()).isEqualTo(404);
        String roles = "organizations/" + organization + "/roles";
        assertThat(get(roles).at("/data/0/name").asText()).isEqualTo("New");
        assertThat(get(roles + "/rbac_role_1/permissions").path("data"))
                .extracting(permission -> permission.path("action").asText())
                .containsExactly("read");
    }
}
