package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.Index;
import io.sluice.server.DirectoryStack.Answer;
import io.sluice.server.DirectoryStack.Client;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Compliance API's shapes, at real servers. */
class UpstreamContentITCase {
    private static final String ORG = "upstream-content";
    /** Has messages of several parts. */
    private static final String LONG = "upstream-long";

    private static final String ACTIVITIES = "/v1/compliance/activities";
    private static final String CHATS = "/v1/compliance/apps/chats";

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @SuppressWarnings("NullAway.Init")
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(new MovableClock());
        client = Client.of(running, ORG);
        ContentDocuments documents = new ContentDocuments(stack.elasticsearch);
        for (int i = 0; i < 5; i++) {
            activity(ORG, i);
            int number = i;
            documents.conversation(
                    ORG,
                    "claude_chat_" + i,
                    "2026-11-01T09:00:0" + i + "Z",
                    "2026-11-02T09:00:0" + (9 - i) + "Z",
                    document -> {
                        if (number % 2 == 1) {
                            document.put("user", "bob@example.com");
                            document.putArray("labels").add("bob@example.com").add("user_bob");
                        }
                    });
            documents.message(
                    ORG, "claude_chat_1", "msg_" + i, "2026-11-01T09:00:0" + i + "Z", "text " + i, document -> {
                        document.put("role", number % 2 == 0 ? "user" : "assistant");
                        document.putArray("files").add("a.pdf");
                        document.put("tool_text", "0123456789")
                                .putArray("tools")
                                .add("search");
                    });
        }
        documents.conversation(
                LONG, "claude_chat_parts", "2026-11-01T09:00:00Z", "2026-11-01T09:00:01Z", document -> {});
        for (int i = 0; i < 4; i++) {
            List<String> parts = i % 2 == 0 ? List.of("one") : List.of("one ", "two ", "three");
            String id = ContentIndex.documentId("claude_chat_parts", "msg_" + i);
            for (int part = 0; part < parts.size(); part++) {
                int number = part;
                documents.part(
                        LONG,
                        part == 0 ? id : id + "-" + part,
                        "claude_chat_parts",
                        "msg_" + i,
                        "2026-11-01T09:00:0" + i / 2 + "Z",
                        parts.get(part),
                        document ->
                                document.put("doc_id", id).put("part", number).put("parts", parts.size()));
            }
        }
        documents.conversation(
                LONG, "claude_chat_with_files", "2026-11-01T09:00:00Z", "2026-11-01T09:00:01Z", document -> {});
        for (int i = 0; i < 9; i++) {
            boolean message = i % 3 == 1;
            String time = "2026-11-01T09:00:0" + i / 4 + "Z";
            documents.message(LONG, "claude_chat_with_files", "id_" + i, time, "text " + i, document -> {
                document.put("role", message ? "user" : "file").put("has_files", !message);
            });
        }
        longChat(documents, "claude_chat_many", 1004, "short", document -> {});
        longChat(documents, "claude_chat_large", 24, "word ".repeat(50_000), document -> {});
        List<String> names =
                IntStream.range(0, 500).mapToObj(i -> i + "x".repeat(1000)).toList();
        longChat(
                documents,
                "claude_chat_files",
                12,
                "short",
                document -> names.forEach(document.putArray("files")::add));
        activity("upstream-other", 9);
        documents.conversation(
                "upstream-other", "claude_chat_9", "2026-11-01T09:00:00Z", "2026-11-01T09:00:00Z", document -> {});
        documents.refresh();
        TestElastic.send(stack.elasticsearch, "POST", "/" + Index.COMPLIANCE_ACTIVITIES.indexName() + "/_refresh", "");
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    /** Two of a microsecond each, so that ids decide. */
    private static void activity(String org, int number) throws Exception {
        String id = "activity_0" + number;
        String at = "2026-11-01T09:00:00.00000" + number / 2 + "Z";
        String type = number % 2 == 0 ? "claude_chat_created" : "sso_login";
        ObjectNode raw = RunningServer.JSON
                .createObjectNode()
                .put("id", id)
                .put("created_at", at)
                .put("type", type);
        raw.putObject("unknown").put("new", true);
        ObjectNode document = RunningServer.JSON.createObjectNode();
        document.put("org_id", org)
                .put("activity_id", id)
                .put("created_at", at)
                .put("type", type)
                .put("user_id", "user_" + number)
                .put("organization_uuid", "uuid-1")
                .put("raw", raw.toString());
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                "/" + Index.COMPLIANCE_ACTIVITIES.indexName() + "/_doc/" + org + number,
                document.toString());
    }

    private static void longChat(
            ContentDocuments documents, String chat, int messages, String text, Consumer<ObjectNode> more)
            throws Exception {
        documents.conversation(LONG, chat, "2026-11-01T09:00:00Z", "2026-11-01T09:00:00Z", document -> {});
        documents.messages(
                LONG,
                chat,
                IntStream.range(0, messages)
                        .mapToObj(UpstreamContentITCase::longId)
                        .toList(),
                "2026-11-01T09:00:00Z",
                text,
                more);
    }

    private static String ids(JsonNode answer) {
        return String.join(" ", DirectoryStack.texts(answer, "/id")).replaceAll("activity_|claude_chat_", "");
    }

    @ParameterizedTest
    @CsvSource({
        "'', 04 03 02 01 00",
        "order=asc, 00 01 02 03 04",
        "limit=2, 04 03",
        "limit=2&after_id=activity_03, 02 01",
        "limit=2&before_id=activity_01, 03 02",
        "order=asc&limit=2&before_id=activity_03, 01 02",
        "activity_types[]=sso_login, 03 01",
        "exclude_activity_types[]=sso_login, 04 02 00",
        "actor_ids[]=user_1&user_ids[]=user_2, 02 01",
        "organization_ids[]=uuid-1&limit=1, 04",
        "organization_ids[]=another, ''",
        "created_at.gte=2026-11-01T09:00:00.000001Z&created_at.lt=2026-11-01T10:00:00.000002%2B01:00, 03 02",
        "created_at.gt=2026-11-01T09:00:00.000001Z, 04"
    })
    void activities(String query, String expected) throws Exception {
        JsonNode answer =
                client.get(ACTIVITIES + "?" + query.replace("[]", "%5B%5D")).body();
        assertThat(ids(answer)).isEqualTo(expected);
        if (!expected.isEmpty()) {
            assertThat(answer.path("first_id")).isEqualTo(answer.at("/data/0/id"));
            assertThat(answer.at("/data/0/unknown/new").asBoolean()).isTrue();
        }
        assertThat(answer.path("has_more").asBoolean())
                .isEqualTo(query.contains("limit=2") && !query.contains("before")
                        || query.contains("limit=1")
                        || query.contains("limit=2&before_id"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "activity_types[]=a&exclude_activity_types[]=b",
                "created_at.gte=2026-11-01",
                "created_at.gte=yesterday",
                "limit=0",
                "limit=5001",
                "order=up",
                "after_id=activity_09",
                "after_id=activity_01&before_id=activity_02",
                "after_id=*",
                "other=1"
            })
    void activitiesAreRefusedAsUpstreamDoes(String query) throws Exception {
        Answer answer = client.send("GET", ACTIVITIES + "?" + query.replace("[]", "%5B%5D"), "");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().at("/error/type").asText()).isEqualTo("invalid_request_error");
    }

    @Test
    void activitiesHaveTheirOwnScope() throws Exception {
        assertThat(running.get(ACTIVITIES, running.token(ORG, "read:compliance_user_data"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(running.get(ACTIVITIES, running.token(ORG, "read:compliance_activities"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(running.get(CHATS, running.token(ORG, "read:compliance_activities"))
                        .statusCode())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0 1 2 3 4",
        "order_by=updated_at, 4 3 2 1 0",
        "user_ids[]=user_bob, 1 3",
        "user_ids[]=bob@example.com, 1 3",
        "organization_ids[]=upstream-content&limit=1, 0",
        "organization_ids[]=upstream-other, ''",
        "created_at.gte=2026-11-01T09:00:03Z, 3 4",
        "order_by=updated_at&updated_at.lt=2026-11-02T09:00:06Z, 4"
    })
    void chats(String query, String expected) throws Exception {
        assertThat(ids(client.get(CHATS + "?" + query.replace("[]", "%5B%5D")).body()))
                .isEqualTo(expected);
    }

    @Test
    void chatsGoOnAndBackWithAnyToken() throws Exception {
        List<String> found = new ArrayList<>();
        String after = "";
        JsonNode page;
        do {
            page = Client.of(running, ORG).get(CHATS + "?limit=2" + after).body();
            found.add(ids(page));
            after = "&after_id=" + page.path("last_id").asText();
        } while (page.path("has_more").asBoolean());
        assertThat(found).containsExactly("0 1", "2 3", "4");
        JsonNode ofBob = client.get(CHATS + "?user_ids%5B%5D=user_bob").body();
        assertThat(ids(client.get(CHATS + "?user_ids%5B%5D=user_bob&before_id="
                                + ofBob.path("last_id").asText())
                        .body()))
                .isEqualTo("1");
        assertThat(client.send("GET", CHATS + "?order_by=updated_at" + after, "")
                        .status())
                .isEqualTo(400);
        assertThat(Client.of(running, "upstream-other")
                        .send("GET", CHATS + "?limit=2" + after, "")
                        .status())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "project_ids[]=p",
                "before_id=x",
                "order_by=name",
                "order_by=updated_at&user_ids[]=a",
                "user_ids[]=a&updated_at.gte=2026-11-01T09:00:00Z",
                "updated_at.gte=2026-11-01T09:00:00Z",
                "order_by=updated_at&created_at.gte=2026-11-01T09:00:00Z",
                "limit=1001",
                "after_id=forged",
                "user_ids[]=1&user_ids[]=2&user_ids[]=3&user_ids[]=4&user_ids[]=5&user_ids[]=6&user_ids[]=7&user_ids[]=8"
                        + "&user_ids[]=9&user_ids[]=10&user_ids[]=11"
            })
    void chatsAreRefusedAsUpstreamDoes(String query) throws Exception {
        assertThat(client.send("GET", CHATS + "?" + query.replace("[]", "%5B%5D"), "")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void messagesOfAChat() throws Exception {
        JsonNode chat = client.get(CHATS + "/claude_chat_1/messages").body();
        assertThat(chat.path("name").asText()).isEqualTo("About claude_chat_1");
        assertThat(chat.path("user").toString())
                .isEqualTo("{\"id\":\"user_bob\",\"email_address\":\"bob@example.com\"}");
        assertThat(DirectoryStack.texts(chat.path("chat_messages"), "/id"))
                .containsExactly("msg_0", "msg_1", "msg_2", "msg_3", "msg_4");
        assertThat(chat.at("/chat_messages/0/content/0/input").asText()).isEqualTo("0123456789");
        assertThat(chat.at("/chat_messages/0/content/1").toString())
                .isEqualTo("{\"type\":\"text\",\"text\":\"text 0\",\"truncated\":false,\"thinking_redacted\":false}");
        assertThat(chat.at("/chat_messages/0/files/0/filename").asText()).isEqualTo("a.pdf");

        JsonNode page = client.get(CHATS + "/claude_chat_1/messages?limit=2&order=desc&tool_use_input_max_chars=4")
                .body();
        assertThat(DirectoryStack.texts(page.path("chat_messages"), "/id")).containsExactly("msg_4", "msg_3");
        assertThat(page.at("/chat_messages/0/content/0/input").asText()).isEqualTo("0123");
        assertThat(page.at("/chat_messages/0/content/0/truncated").asBoolean()).isTrue();
        assertThat(page.path("has_more").asBoolean()).isTrue();
        String path = CHATS + "/claude_chat_1/messages?limit=2&order=desc&";
        JsonNode next =
                client.get(path + "after_id=" + page.path("last_id").asText()).body();
        assertThat(DirectoryStack.texts(next.path("chat_messages"), "/id")).containsExactly("msg_2", "msg_1");
        JsonNode back =
                client.get(path + "before_id=" + next.path("first_id").asText()).body();
        assertThat(DirectoryStack.texts(back.path("chat_messages"), "/id")).containsExactly("msg_4", "msg_3");
        JsonNode timed = client.get(CHATS + "/claude_chat_1/messages?created_at.gte=2026-11-01T09:00:04Z")
                .body();
        assertThat(DirectoryStack.texts(timed.path("chat_messages"), "/id")).containsExactly("msg_4");
    }

    /** Message 0 and 2 are of one part, 1 and 3 of three. */
    @ParameterizedTest
    @CsvSource({"asc, 1", "asc, 2", "asc, 3", "desc, 1", "desc, 2", "desc, 3"})
    void messagesOfSeveralPartsAreThereOnceForthAndBack(String order, int limit) throws Exception {
        Client reader = Client.of(running, LONG);
        List<String> expected = new ArrayList<>(List.of("msg_0", "msg_1", "msg_2", "msg_3"));
        if (order.equals("desc")) {
            Collections.reverse(expected);
        }
        String path = CHATS + "/claude_chat_parts/messages?limit=" + limit + "&order=" + order;
        List<String> forth = new ArrayList<>();
        JsonNode page = reader.get(path).body();
        forth.addAll(DirectoryStack.texts(page.path("chat_messages"), "/id"));
        while (page.path("has_more").asBoolean()) {
            page = reader.get(path + "&after_id=" + page.path("last_id").asText())
                    .body();
            forth.addAll(DirectoryStack.texts(page.path("chat_messages"), "/id"));
        }
        assertThat(forth).isEqualTo(expected);

        // What came before the last page, and after it what that page had.
        List<String> back = new ArrayList<>(DirectoryStack.texts(page.path("chat_messages"), "/id"));
        do {
            page = reader.get(path + "&before_id=" + page.path("first_id").asText())
                    .body();
            back.addAll(0, DirectoryStack.texts(page.path("chat_messages"), "/id"));
        } while (page.path("has_more").asBoolean());
        assertThat(back).isEqualTo(expected);
        assertThat(page.findValuesAsText("text")).isNotEmpty().allMatch(text -> text.matches("one|one two three"));
    }

    /** Upstream has no message that is a file; pages are as if there were none. */
    @ParameterizedTest
    @CsvSource({"asc, 1", "asc, 2", "asc, 3", "asc, 4", "desc, 1", "desc, 2", "desc, 3"})
    void filesAreNoMessagesForthAndBack(String order, int limit) throws Exception {
        Client reader = Client.of(running, LONG);
        List<String> expected = new ArrayList<>(List.of("id_1", "id_4", "id_7"));
        if (order.equals("desc")) {
            Collections.reverse(expected);
        }
        String path = CHATS + "/claude_chat_with_files/messages?limit=" + limit + "&order=" + order;
        JsonNode page = reader.get(path).body();
        List<String> forth = new ArrayList<>(DirectoryStack.texts(page.path("chat_messages"), "/id"));
        while (page.path("has_more").asBoolean()) {
            assertThat(page.path("chat_messages")).as("pages are full").hasSize(limit);
            page = reader.get(path + "&after_id=" + page.path("last_id").asText())
                    .body();
            assertThat(page.path("chat_messages")).isNotEmpty();
            forth.addAll(DirectoryStack.texts(page.path("chat_messages"), "/id"));
        }
        assertThat(forth).isEqualTo(expected);
        List<String> back = new ArrayList<>(DirectoryStack.texts(page.path("chat_messages"), "/id"));
        do {
            page = reader.get(path + "&before_id=" + page.path("first_id").asText())
                    .body();
            back.addAll(0, DirectoryStack.texts(page.path("chat_messages"), "/id"));
        } while (page.path("has_more").asBoolean());
        assertThat(back).isEqualTo(expected);
        assertThat(DirectoryStack.texts(
                        reader.get(CHATS + "/claude_chat_with_files/messages?created_at.gte=2026-11-01T09:00:01Z")
                                .body()
                                .path("chat_messages"),
                        "/id"))
                .containsExactly("id_4", "id_7");
    }

    /** What does not fit into an answer, by number or by characters, is on the pages behind it. */
    @ParameterizedTest
    @CsvSource({"claude_chat_many, 1004, 1000", "claude_chat_large, 24, 16", "claude_chat_files, 12, 8"})
    void answersAreBoundedWithoutLimit(String chat, int messages, int mostAtOnce) throws Exception {
        Client reader = Client.of(running, LONG);
        String path = CHATS + "/" + chat + "/messages?order=asc";
        List<String> found = new ArrayList<>();
        String after = "";
        JsonNode page;
        do {
            page = reader.get(path + after).body();
            assertThat(page.path("chat_messages")).hasSizeBetween(1, mostAtOnce);
            found.addAll(DirectoryStack.texts(page.path("chat_messages"), "/id"));
            after = "&after_id=" + page.path("last_id").asText();
        } while (page.path("has_more").asBoolean());
        assertThat(found)
                .isEqualTo(IntStream.range(0, messages)
                        .mapToObj(UpstreamContentITCase::longId)
                        .toList());

        String own = "/v1/compliance/conversations/" + chat + "?limit=200";
        found.clear();
        String next = "";
        do {
            page = reader.get(own + next).body();
            assertThat(page.path("data")).hasSizeBetween(1, Math.min(200, mostAtOnce));
            found.addAll(DirectoryStack.texts(page.path("data"), "/message_id"));
            next = "&page=" + page.path("next_page").asText();
        } while (page.path("has_more").asBoolean());
        assertThat(found)
                .isEqualTo(IntStream.range(0, messages)
                        .mapToObj(UpstreamContentITCase::longId)
                        .toList());
    }

    private static String longId(int number) {
        return "msg_%04d".formatted(number);
    }

    @ParameterizedTest
    @CsvSource({
        "claude_chat_9, 404",
        "claude_chat_*, 404",
        "claude_chat_1?limit=0, 400",
        "claude_chat_1?tool_use_input_max_chars=0, 400",
        "claude_chat_1?after_id=forged, 400"
    })
    void messagesAreRefusedAsUpstreamDoes(String chat, int status) throws Exception {
        String[] parts = chat.split("\\?");
        Answer answer =
                client.send("GET", CHATS + "/" + parts[0] + "/messages" + (parts.length > 1 ? "?" + parts[1] : ""), "");
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        assertThat(answer.body().at("/error/type").asText())
                .isEqualTo(status == 404 ? "not_found_error" : "invalid_request_error");
    }
}
