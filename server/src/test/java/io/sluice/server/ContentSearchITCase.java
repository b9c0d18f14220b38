package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.client.ClientFactory;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import io.sluice.server.DirectoryStack.Answer;
import io.sluice.server.DirectoryStack.Client;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Search and reading of conversations at real servers. What a test changes is in an organization of its own. */
class ContentSearchITCase {
    private static final String ORG = "content-org";
    private static final String OTHER = "content-other";
    private static final String SEARCH = "/v1/compliance/search";
    private static final Consumer<ObjectNode> AS_IT_IS = document -> {};

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @SuppressWarnings("NullAway.Init")
    private static ContentDocuments documents;

    @SuppressWarnings("NullAway.Init")
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(new MovableClock());
        documents = new ContentDocuments(stack.elasticsearch);
        client = Client.of(running, ORG);
        documents.message(ORG, "c1", "m1", "2026-10-01T09:00:00Z", "Please read my résumé for the merger", AS_IT_IS);
        documents.message(
                ORG, "c1", "m2", "2026-10-01T09:00:05Z", "It is <em>strong</em>. The merger is secret.", doc -> {
                    doc.put("role", "assistant")
                            .put("tool_text", "grep -rn foo.bar.baz src")
                            .put("flagged", true);
                    doc.putArray("tools").add("Bash");
                    doc.putArray("rules").add("secrets");
                });
        documents.message(ORG, "chat/2 ✓", "m3", "2026-11-02T09:00:00Z", "Quarterly forecast, confidential", doc -> {
            doc.put("user", "Bob@example.com").put("product", "claude").put("model", "sonnet");
            doc.put("has_files", true).put("repository", "acme/web").put("project_id", "claude_proj_1");
            doc.putArray("labels").add("Bob@example.com").add("user_01bob");
            doc.putArray("files").add("merger-plan.xlsx");
        });
        documents.message(ORG, "c4", "m4", "2026-11-03T09:00:00Z", "合并协议 and 漢字", AS_IT_IS);
        documents.stub(ORG, "c5", "m5", "2026-11-03T09:00:00Z");
        documents.conversation(ORG, "c1", "2026-10-01T09:00:00Z", "2026-10-01T09:00:05Z", AS_IT_IS);
        documents.conversation(
                ORG,
                "chat/2 ✓",
                "2026-11-02T09:00:00Z",
                "2026-11-02T09:00:00Z",
                doc -> doc.put("user", "bob@example.com").put("product", "claude"));
        documents.message(
                OTHER,
                "c1",
                "m1",
                "2026-10-01T09:00:00Z",
                "merger of the other, secret-of-other",
                doc -> doc.put("user", "secret-of-other@example.com"));
        documents.conversation(
                OTHER,
                "c9",
                "2026-10-01T09:00:00Z",
                "2026-10-01T09:00:00Z",
                doc -> doc.put("title", "secret-of-other"));
        documents.refresh();
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static JsonNode search(String query) throws Exception {
        return client.get(SEARCH + "?" + query).body();
    }

    private static JsonNode searchText(String q) throws Exception {
        return search("q=" + encoded(q) + "&sort=oldest");
    }

    private static List<String> messages(JsonNode answer) {
        return DirectoryStack.texts(answer, "/message_id");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "resume | m1",
                "RÉSUMÉ | m1",
                "merger | m1 m2 m3",
                "merger secret | m2",
                "\"merger is secret\" | m2",
                "\"secret merger\" |",
                "merg* | m1 m2 m3",
                "confiden* | m3",
                "merger -secret | m1 m3",
                "merger -\"is secret\" | m1 m3",
                "forecast OR strong | m2 m3",
                "-merger | m4",
                "foo.ba* | m2",
                "合并 | m4",
                "漢字* | m4",
                "nothing | ",
            })
    void findsWhatIsAskedFor(String q, String expected) throws Exception {
        assertThat(String.join(" ", messages(searchText(q)))).isEqualTo(expected == null ? "" : expected);
    }

    @ParameterizedTest
    @CsvSource({
        "user=alice@example.com, m1 m2 m4",
        "user=BOB@example.com, m3",
        "user=user_01bob, m3",
        "user=alice@example.com&user=bob@example.com, m1 m2 m3 m4",
        "user=nobody@example.com,",
        "model=sonnet, m3",
        "product=claude, m3",
        "repository=acme/web, m3",
        "role=assistant, m2",
        "project_id=claude_proj_1, m3",
        "conversation=c1, m1 m2",
        "conversation=c*,",
        "flagged=true, m2",
        "flagged=false, m1 m3 m4",
        "rule=secrets, m2",
        "has_files=true, m3",
        "tool=Bash, m2",
        "created_at.gte=2026-11-02T09:00:00Z&created_at.lt=2026-11-03T09:00:00Z, m3",
        "created_at.lt=2026-10-01T09:00:05Z, m1",
        "q=merger&user=alice@example.com&flagged=false, m1"
    })
    void filters(String query, String expected) throws Exception {
        JsonNode answer = search(query + "&sort=oldest");
        assertThat(String.join(" ", messages(answer))).isEqualTo(expected == null ? "" : expected);
        assertThat(answer.path("total").asInt()).isEqualTo(answer.path("data").size());
    }

    @Test
    void aPersonIsFoundUnderEveryLabelAndByGroup() throws Exception {
        Client admin = Client.of(running, "content-people");
        documents.message(
                "content-people",
                "c1",
                "m1",
                "2026-10-01T09:00:00Z",
                "hello",
                doc -> doc.putArray("labels").add("ann@example.com"));
        documents.message(
                "content-people",
                "c1",
                "m2",
                "2026-10-01T09:00:01Z",
                "hello",
                doc -> doc.put("user", "ann.new@example.com").putArray("labels").add("ann.new@example.com"));
        documents.message(
                "content-people",
                "c1",
                "m3",
                "2026-10-01T09:00:02Z",
                "hello",
                doc -> doc.put("user", "x").putArray("labels").add("x"));
        documents.refresh();
        String id = admin.post("/v1/users", "{'user_name': 'ann@example.com', 'email': 'ann@example.com'}")
                .id();
        admin.send("PATCH", "/v1/users/" + id, "{'email': 'ann.new@example.com'}")
                .is(200);
        String group = admin.post("/v1/groups", "{'name': 'legal'}").id();
        admin.send("POST", "/v1/groups/" + group + "/members", "{'user_ids': ['" + id + "']}");
        for (String query : List.of("user=" + id, "user=ann.new@example.com", "group=" + group)) {
            assertThat(messages(admin.get(SEARCH + "?sort=oldest&" + query).body()))
                    .as(query)
                    .containsExactly("m1", "m2");
        }
        assertThat(messages(admin.get(SEARCH + "?group=" + group + "&group_at=2020-01-01T00:00:00Z")
                        .body()))
                .isEmpty();
        assertThat(client.send("GET", SEARCH + "?group=" + group, "").status()).isEqualTo(404);
    }

    /** Of another organization there is a group of the same id, and of this one somebody who is not in it any more. */
    @Test
    void groupsAtAnthropicAreTheirMembersOfNow() throws Exception {
        String org = "content-upstream-group";
        Client own = Client.of(running, org);
        for (String label :
                List.of("ann@example.com", "user_01bob", "gone@example.com", "eve@example.com", "own@example.com")) {
            documents.message(
                    org,
                    "c of " + label,
                    "m of " + label,
                    "2026-10-01T09:00:00Z",
                    "hello",
                    doc -> doc.put("user", label).putArray("labels").add(label));
            documents.conversation(
                    org,
                    "c of " + label,
                    "2026-10-01T09:00:00Z",
                    "2026-10-01T09:00:00Z",
                    doc -> doc.put("user", label).putArray("labels").add(label));
        }
        documents.refresh();
        new UpstreamEntries(stack.elasticsearch, org)
                .group("rbac_group_01Up", "Legal")
                .member("rbac_group_01Up", "user_01Ann", "Ann@example.com")
                .member("rbac_group_01Up", "user_01Bob", null)
                .gone(UpstreamDirectory.Kind.MEMBER, "rbac_group_01Up", "gone@example.com")
                .group("rbac_group_01Nobody", "Nobody")
                .gone(UpstreamDirectory.Kind.GROUP, null, "rbac_group_01Gone")
                .member("rbac_group_01Gone", "user_01Ann", "Ann@example.com")
                .write();
        new UpstreamEntries(stack.elasticsearch, OTHER)
                .group("rbac_group_01Up", "Legal")
                .member("rbac_group_01Up", "user_01Eve", "eve@example.com")
                .group("rbac_group_01Other", "Other")
                .member("rbac_group_01Other", "user_01Eve", "eve@example.com")
                .write();
        String user = own.post("/v1/users", "{'user_name': 'own', 'email': 'own@example.com'}")
                .id();
        String group = own.post("/v1/groups", "{'name': 'own'}").id();
        own.send("POST", "/v1/groups/" + group + "/members", "{'user_ids': ['" + user + "']}");

        assertThat(messages(own.get(SEARCH + "?group=rbac_group_01Up").body()))
                .containsExactlyInAnyOrder("m of ann@example.com", "m of user_01bob");
        assertThat(messages(own.get(SEARCH + "?group=rbac_group_01Up&group=" + group)
                        .body()))
                .containsExactlyInAnyOrder("m of ann@example.com", "m of user_01bob", "m of own@example.com");
        assertThat(messages(own.get(SEARCH + "?group=rbac_group_01Nobody").body()))
                .isEmpty();
        assertThat(DirectoryStack.texts(
                        own.get("/v1/compliance/conversations?group=rbac_group_01Up")
                                .body(),
                        "/id"))
                .containsExactlyInAnyOrder("c of ann@example.com", "c of user_01bob");
        for (String none :
                List.of("rbac_group_01Other", "rbac_group_01Gone", "rbac_group_01*", "rbac_group_", "01Up")) {
            own.send("GET", SEARCH + "?group=" + encoded(none), "").is(404);
        }

        Answer refused = own.send("GET", SEARCH + "?group=rbac_group_01Up&group_at=2026-10-01", "")
                .is(400);
        assertThat(refused.body().at("/error/field").asText()).isEqualTo("group_at");
        assertThat(refused.message())
                .isEqualTo("group_at: 2026-10-01T00:00:00Z with a group at Anthropic (expected: left out: it is only"
                        + " known who is in that group now)");
        own.send("GET", SEARCH + "?group=" + group + "&group_at=2026-10-01", "").is(200);

        String saved = own.post("/v1/compliance/searches", "{'name': 's', 'query': {'group': ['rbac_group_01Up']}}")
                .id();
        JsonNode hold = own.post("/v1/holds", "{'matter': 'm', 'search_id': '" + saved + "'}")
                .body();
        assertThat(hold.at("/targets/0/documents").asInt()).as("%s", hold).isEqualTo(2);
        own.send(
                        "POST",
                        "/v1/erasures",
                        "{'target': {'search': {'group': ['rbac_group_01Up'], 'group_at': '2026-10-01'}}, 'reason': 'r'}")
                .is(400);
        own.send(
                        "POST",
                        "/v1/compliance/exports",
                        "{'search': {'group': ['rbac_group_01Up'], 'group_at': '2026-10-01'}}")
                .is(400);
    }

    /** A member is known by id and e-mail. */
    @Test
    void groupsAtAnthropicOfTooManyAreRefused() throws Exception {
        String org = "content-upstream-many";
        UpstreamEntries entries = new UpstreamEntries(stack.elasticsearch, org)
                .group("rbac_group_most", "Most")
                .group("rbac_group_more", "More");
        for (int i = 0; i < ContentPeople.MOST_LABELS / 2; i++) {
            String user = "user_" + i;
            entries.member("rbac_group_most", user, user + "@example.com")
                    .member("rbac_group_more", user, user + "@example.com");
        }
        entries.member("rbac_group_more", "user_one_more", null).write();
        Client own = Client.of(running, org);
        own.get(SEARCH + "?group=rbac_group_most");
        Answer answer = own.send("GET", SEARCH + "?group=rbac_group_more", "").is(400);
        assertThat(answer.message()).isEqualTo("group: people with more than 10000 labels (expected: at most 10000)");
    }

    /** The text of a file is found, and is not somebody's message. */
    @Test
    void filesAreFoundAndStandInTheirConversation() throws Exception {
        String org = "content-files";
        Client own = Client.of(running, org);
        documents.message(org, "c", "m1", "2026-11-01T09:00:00Z", "please read it", AS_IT_IS);
        file(org, "c", "claude_file_1", "2026-11-01T09:00:01Z", "the merger in numbers", "Zahlen ü.pdf");
        documents.message(
                org, "c", "m2", "2026-11-01T09:00:02Z", "about the merger", doc -> doc.put("role", "assistant"));
        file(org, "left", "claude_gen_file_2", "2026-11-01T09:00:03Z", "", "empty.bin");
        documents.conversation(
                org, "left", "2026-11-01T09:00:03Z", "2026-11-01T09:00:03Z", doc -> doc.put("messages", 0));
        documents.refresh();

        for (String query : List.of("role=file", "has_files=true", "role=file&role=nobody")) {
            assertThat(messages(own.get(SEARCH + "?sort=oldest&" + query).body()))
                    .as(query)
                    .containsExactly("claude_file_1", "claude_gen_file_2");
        }
        assertThat(messages(own.get(SEARCH + "?q=zahlen").body())).containsExactly("claude_file_1");
        JsonNode found = own.get(SEARCH + "?q=merger&sort=oldest").body();
        assertThat(messages(found)).containsExactly("claude_file_1", "m2");
        assertThat(found.at("/data/0/role").asText()).isEqualTo("file");
        assertThat(found.at("/data/0/files").toString()).isEqualTo("[\"Zahlen ü.pdf\"]");
        assertThat(found.at("/facets/role").toString()).contains("\"file\"");
        assertThat(messages(own.get(SEARCH + "?role=assistant&role=user&sort=oldest")
                        .body()))
                .containsExactly("m1", "m2");

        JsonNode thread = own.get("/v1/compliance/conversations/c?limit=2").body();
        assertThat(messages(thread)).containsExactly("m1", "claude_file_1");
        assertThat(thread.at("/data/1/role").asText()).isEqualTo("file");
        assertThat(thread.at("/data/1/text").asText()).isEqualTo("the merger in numbers");
        assertThat(messages(own.get("/v1/compliance/conversations/c?limit=2&page="
                                + thread.path("next_page").asText())
                        .body()))
                .containsExactly("m2");
        JsonNode left = own.get("/v1/compliance/conversations/left").body();
        assertThat(messages(left)).containsExactly("claude_gen_file_2");
        assertThat(left.path("messages").asInt(-1)).isZero();
        assertThat(DirectoryStack.texts(own.get("/v1/compliance/conversations").body(), "/id"))
                .containsExactly("left");
        assertThat(own.get("/v1/compliance/apps/chats/left/messages").body().path("chat_messages"))
                .isEmpty();
    }

    /** The record that a user has deleted a chat is one of the chat, and is found by whoever erases. */
    @Test
    void aDeletionIsNobodysMessage() throws Exception {
        String org = "content-deletion";
        Client own = Client.of(running, org);
        documents.message(org, "c", "m1", "2026-11-01T09:00:00Z", "please read it", AS_IT_IS);
        documents.message(org, "c", "", "2026-11-01T09:00:00Z", "", doc -> {
            doc.put("role", "conversation").remove(List.of("text", "folded"));
        });
        documents.message(org, "named", "", "2026-11-01T09:00:01Z", "a name", doc -> doc.put("role", "conversation"));
        documents.refresh();

        JsonNode found = own.get(SEARCH + "?user=alice@example.com&sort=oldest").body();
        assertThat(found.path("total").asInt()).isEqualTo(2);
        assertThat(DirectoryStack.texts(found, "/conversation_id")).containsExactly("c", "named");
        assertThat(messages(found)).containsExactly("m1", "");
    }

    /** The first message of a month makes an index, which nobody can be asked for at once. */
    @Test
    void aSearchWaitsForAnIndexThatIsBeingMade() throws Exception {
        String org = "content-new-index";
        Client own = Client.of(running, org);
        documents.message(org, "c", "m1", "2026-11-01T09:00:00Z", "please read it", AS_IT_IS);
        documents.refresh();
        String december = "/" + ContentIndex.messages(org, Micros.of(Instant.parse("2026-12-01T00:00:00Z")));
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                december + "?wait_for_active_shards=0",
                "{\"settings\":{\"index.routing.allocation.require._name\":\"nobody\"}}");
        CompletableFuture<JsonNode> found = CompletableFuture.supplyAsync(() -> {
            try {
                return own.get(SEARCH + "?q=read").body();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        TestElastic.send(
                stack.elasticsearch,
                "PUT",
                december + "/_settings",
                "{\"index.routing.allocation.require._name\":null}");
        assertThat(messages(found.join())).containsExactly("m1");
    }

    private static void file(String org, String conversation, String id, String at, String text, String name)
            throws Exception {
        documents.message(org, conversation, id, at, text, doc -> {
            doc.put("role", "file").put("has_files", true).putArray("files").add(name);
        });
    }

    @Test
    void marksMatchesAsRunsThatNoTextCanImitate() throws Exception {
        JsonNode answer = searchText("strong merger");
        assertThat(answer.at("/data/0/fragments").toString())
                .isEqualTo("[{\"field\":\"text\",\"begins\":true,\"ends\":true,\"runs\":[{\"text\":\"It is <em>\"},"
                        + "{\"text\":\"strong\",\"match\":true},{\"text\":\"</em>. The \"},"
                        + "{\"text\":\"merger\",\"match\":true},{\"text\":\" is secret.\"}]}]");
        assertThat(searchText("resume").at("/data/0/fragments/0/runs/1/text").asText())
                .isEqualTo("résumé");
        assertThat(searchText("foo.bar*").at("/data/0/fragments/0/field").asText())
                .isEqualTo("tool_text");
    }

    @Test
    void countsByFacets() throws Exception {
        JsonNode facets = search("q=merger").path("facets");
        assertThat(facets.at("/user/values").toString())
                .isEqualTo(
                        "[{\"value\":\"alice@example.com\",\"count\":2},{\"value\":\"bob@example.com\",\"count\":1}]");
        assertThat(facets.at("/month/values").toString())
                .isEqualTo("[{\"value\":\"2026-10\",\"count\":2},{\"value\":\"2026-11\",\"count\":1}]");
        assertThat(facets.at("/role/values")).hasSize(2);
    }

    @Test
    void stubsAreNeverFound() throws Exception {
        JsonNode all = search("sort=oldest");
        assertThat(messages(all)).containsExactly("m1", "m2", "m3", "m4");
        assertThat(all.path("total").asInt()).isEqualTo(4);
        assertThat(client.send("GET", "/v1/compliance/conversations/c5", "").status())
                .isEqualTo(404);
    }

    /** What would reach other organizations, if anything of it were more than text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "org_id:content-other",
                "* OR org_id:content-other",
                "merger) OR (org_id:content-other",
                "merger\"}}]}},\"query\":{\"match_all\":{}}",
                "_exists_:org_id",
                "/.*/",
                "user:secret*",
                "secret-of-other",
                "secret-of-oth*",
                "_source:secret-of-other OR _all:secret",
                "_index:sluice-messages-*",
                "[* TO *]",
                "merger~2 secret^5 of\\-other",
                "sécrèt-of-öther",
                "merger\u0000secret-of-other",
                "＊ ｏｒｇ＿ｉｄ：content-other",
                "\u202ereht o fo terces",
                "{\"match_all\":{}}",
            })
    void hostileTextFindsNothingOfOthers(String q) throws Exception {
        for (String sort : List.of("newest", "relevance")) {
            Answer answer = client.send("GET", SEARCH + "?q=" + encoded(q) + "&sort=" + sort, "");
            assertThat(answer.status()).isIn(200, 400);
            if (answer.status() == 200) {
                assertThat(answer.body().path("data"))
                        .allSatisfy(hit ->
                                assertThat(hit.path("conversation_id").asText()).isIn("c1", "chat/2 ✓", "c4"));
                assertThat(answer.body().toString()).doesNotContain("secret-of-other");
            }
        }
        for (String filter : List.of("conversation", "user", "project_id", "repository", "tool", "rule", "model")) {
            Answer answer = client.send("GET", SEARCH + "?" + filter + "=" + encoded(q), "");
            assertThat(answer.status()).as("%s", answer.body()).isIn(200, 400);
            assertThat(answer.body().path("total").asInt()).isZero();
        }
        for (String path : List.of("/v1/compliance/conversations/", "/v1/compliance/apps/chats/")) {
            Answer answer = client.send("GET", path + encoded(q).replace("+", "%20"), "");
            assertThat(answer.status()).as("%s", answer.body()).isIn(400, 404, 405);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "c9, 404",
        "c*, 404",
        "*, 404",
        "c1%2Fmessages, 404",
        "_all, 404",
        "c1%2C*, 404",
        "chat%2F2%20%E2%9C%93, 200"
    })
    void idsAreLiteral(String id, int status) throws Exception {
        Answer answer = client.send("GET", "/v1/compliance/conversations/" + id, "");
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        assertThat(answer.body().toString()).doesNotContain("secret-of-other");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'q': '*'} | a * that does not end a word",
                "{'q': 'a*'} | at least 2 letters or digits",
                "{'q': 'a b*c'} | a * that does not end a word",
                "{'q': '\\'open'} | a quotation mark that is not closed",
                "{'q': 'a OR'} | OR at the end",
                "{'q': 'OR a'} | OR without a word before it",
                "{'q': '-a OR b'} | OR without a word before it",
                "{'q': '!!'} | no word",
                "{'q': ''} | q: 0 characters",
                "{'q': 5} | q: no text",
                "{'q': {'match_all': {}}} | q: no text",
                "{'query': {'match_all': {}}} | query: unknown field",
                "{'_source': ['*']} | _source: unknown field",
                "{'user': []} | user: an empty list",
                "{'user': ['']} | user: 0 characters",
                "{'flagged': 'yes'} | flagged: \"yes\"",
                "{'sort': 'relevance'} | sort: relevance (expected: newest or oldest)",
                "{'sort': '_score'} | sort: _score",
                "{'limit': 101} | limit: 101 (expected: a whole number, 1 to 100)",
                "{'limit': 0} | limit: 0",
                "{'page': 'x'} | page: x (expected: next_page of the answer before",
                "{'created_at': {'gte': '2026-11-02', 'lt': '2026-11-01'}} | created_at.lt",
                "{'created_at': {'from': '2026-11-02'}} | from: unknown field",
                "{'group_at': '2026-11-02'} | group_at: given without group",
                "[] | body: no object"
            })
    void badInputIsRefusedByName(String body, String message) throws Exception {
        Answer answer = client.send("POST", SEARCH, body.replace("\\'", "\\\""));
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(400);
        assertThat(answer.message()).contains(message.replace("\"yes\"", ""));
    }

    @Test
    void longQueriesAreRefusedBySize() throws Exception {
        String q = "merger ".repeat(1500);
        assertThat(client.send("POST", SEARCH, "{'q': '" + q + "'}").is(400).message())
                .isEqualTo("q: 10500 bytes (expected: at most 10240)");
        assertThat(client.send("POST", SEARCH, "{'q': '" + "a OR ".repeat(100) + "a'}")
                        .is(400)
                        .message())
                .contains("more than 64 words");
        assertThat(client.send("POST", SEARCH, "{'q': '\\\"" + "a ".repeat(65) + "\\\"'}")
                        .is(400)
                        .message())
                .isEqualTo("q: a phrase of 65 words (expected: at most 64)");
        assertThat(client.send("GET", SEARCH + "?q=a&q=b", "").is(400).message())
                .isEqualTo("q: given 2 times (expected: once)");
        assertThat(client.send("GET", SEARCH + "?limit=1&limit=2", "").is(400).message())
                .contains("limit: given 2 times");
        assertThat(client.send("GET", SEARCH + "?q=" + "merger+".repeat(1500), "")
                        .is(400)
                        .message())
                .isEqualTo("q: 10500 bytes (expected: at most 10240)");
    }

    @Test
    void pagesAreStableWhileOthersWrite() throws Exception {
        String org = "content-pages";
        Client own = Client.of(running, org);
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            documents.message(org, "c", "m" + i, "2026-11-01T09:00:" + (10 + i / 3) + "Z", "page " + i, AS_IT_IS);
            all.add("m" + i);
        }
        documents.refresh();
        for (String sort : List.of("newest", "oldest", "relevance")) {
            List<String> found = new ArrayList<>();
            JsonNode page = own.get(SEARCH + "?q=page&limit=10&sort=" + sort).body();
            int pages = 0;
            while (true) {
                found.addAll(messages(page));
                assertThat(page.path("total").asInt()).isEqualTo(25);
                pages++;
                documents.message(org, "c", sort + pages, "2026-11-01T09:00:14Z", "page page", AS_IT_IS);
                documents.refresh();
                if (!page.path("has_more").asBoolean()) {
                    break;
                }
                page = own.get(SEARCH + "?q=page&limit=10&sort=" + sort + "&page="
                                + page.path("next_page").asText())
                        .body();
            }
            assertThat(pages).isEqualTo(3);
            assertThat(found).hasSize(25);
            assertThat(new HashSet<>(found)).isEqualTo(new HashSet<>(all));
            for (int i = 1; i <= pages; i++) {
                documents.stub(org, "c", sort + i, "2026-11-01T09:00:14Z");
            }
            documents.refresh();
        }
    }

    @Test
    void whatIsErasedBetweenPagesIsNotShown() throws Exception {
        String org = "content-erased";
        Client own = Client.of(running, org);
        for (int i = 0; i < 4; i++) {
            documents.message(org, "c", "m" + i, "2026-11-01T09:00:1" + i + "Z", "page " + i, AS_IT_IS);
        }
        documents.refresh();
        JsonNode page = own.send("POST", SEARCH, "{'q': 'page', 'limit': 2, 'sort': 'oldest'}")
                .is(200)
                .body();
        assertThat(messages(page)).containsExactly("m0", "m1");
        documents.stub(org, "c", "m2", "2026-11-01T09:00:12Z");
        String next = page.path("next_page").asText();
        assertThat(messages(
                        own.send("POST", SEARCH, "{'q': 'page', 'limit': 2, 'sort': 'oldest', 'page': '" + next + "'}")
                                .is(200)
                                .body()))
                .containsExactly("m3");
    }

    @Test
    void pagesAreOfOneQuestionOrganizationAndToken() throws Exception {
        JsonNode first = search("q=merger&limit=1");
        String page = "&page=" + first.path("next_page").asText();
        assertThat(client.send("GET", SEARCH + "?q=secret&limit=1" + page, "").status())
                .isEqualTo(400);
        assertThat(Client.of(running, ORG)
                        .send("GET", SEARCH + "?q=merger&limit=1" + page, "")
                        .status())
                .isEqualTo(400);
        assertThat(Client.of(running, OTHER)
                        .send("GET", SEARCH + "?q=merger&limit=1" + page, "")
                        .status())
                .isEqualTo(400);
        assertThat(client.send("GET", SEARCH + "?q=merger&limit=1" + page + page, "")
                        .message())
                .contains("page: given 2 times");
        assertThat(messages(search("q=merger&limit=2" + page))).hasSize(2);
    }

    @Test
    void anOrganizationWithoutConversationsHasNone() throws Exception {
        Client none = Client.of(running, "content-none");
        JsonNode answer = none.get(SEARCH + "?q=merger").body();
        assertThat(answer.path("data")).isEmpty();
        assertThat(answer.path("total").asInt(-1)).isZero();
        assertThat(answer.path("facets").has("user")).isTrue();
        assertThat(none.get("/v1/compliance/conversations").body().path("data")).isEmpty();
        assertThat(none.send("GET", "/v1/compliance/conversations/c1", "").status())
                .isEqualTo(404);
    }

    @Test
    void threadsAreInOrderWithToolsAndFiles() throws Exception {
        JsonNode thread = client.get("/v1/compliance/conversations/c1").body();
        assertThat(thread.path("title").asText()).isEqualTo("About c1");
        assertThat(messages(thread)).containsExactly("m1", "m2");
        assertThat(thread.at("/data/1/text").asText()).isEqualTo("It is <em>strong</em>. The merger is secret.");
        assertThat(thread.at("/data/1/tool_text").asText()).isEqualTo("grep -rn foo.bar.baz src");
        assertThat(thread.at("/data/1/tools/0").asText()).isEqualTo("Bash");
        assertThat(client.get("/v1/compliance/conversations/chat%2F2%20%E2%9C%93")
                        .body()
                        .at("/data/0/files/0")
                        .asText())
                .isEqualTo("merger-plan.xlsx");
    }

    @Test
    void longMessagesAreOneInAThread() throws Exception {
        String org = "content-long";
        Client own = Client.of(running, org);
        String part = "lorem ipsum ".repeat(20_000);
        for (int message = 0; message < 3; message++) {
            String id = ContentIndex.documentId("c", "m" + message);
            for (int i = 0; i < 9; i++) {
                int number = i;
                documents.part(
                        org,
                        i == 0 ? id : id + "-" + i,
                        "c",
                        "m" + message,
                        "2026-11-01T09:00:0" + message + "Z",
                        part + message + "." + i + " ",
                        doc -> doc.put("part", number).put("parts", 9));
            }
        }
        documents.refresh();
        JsonNode page = own.get("/v1/compliance/conversations/c").body();
        assertThat(messages(page)).containsExactly("m0", "m1");
        assertThat(page.at("/data/0/text").asText())
                .hasSize(9 * (part.length() + 4))
                .endsWith("0.8 ");
        JsonNode next = own.get("/v1/compliance/conversations/c?page="
                        + page.path("next_page").asText())
                .body();
        assertThat(messages(next)).containsExactly("m2");
        assertThat(next.path("has_more").asBoolean()).isFalse();
    }

    @Test
    void tellsAllDocumentsOfASearchOrOfPeople() throws Exception {
        Path password = Files.writeString(folder.resolve("elastic"), stack.elasticsearch.password());
        ContentQueries queries = new ContentQueries(new Elastic(
                Settings.of(Map.of(
                        Setting.ELASTICSEARCH_URL,
                        stack.elasticsearch.url().toString(),
                        Setting.ELASTICSEARCH_PASSWORD_FILE,
                        password.toString())),
                ClientFactory.ofDefault()));
        List<String> ids = new ArrayList<>();
        long count = queries.forEach(
                ORG,
                ContentIndex.MESSAGES,
                SearchClauses.ofLabels(List.of("alice@example.com")),
                page -> page.forEach(ref -> ids.add(ref.id())));
        assertThat(count).isEqualTo(3);
        assertThat(ids)
                .containsExactlyInAnyOrder(
                        ContentIndex.documentId("c1", "m1"),
                        ContentIndex.documentId("c1", "m2"),
                        ContentIndex.documentId("c4", "m4"));
        assertThat(queries.forEach(
                        ORG, ContentIndex.MESSAGES, SearchClauses.ofConversations(List.of("c1", "c*")), page -> {}))
                .isEqualTo(2);
        assertThat(queries.forEach(ORG, ContentIndex.CONVERSATIONS, SearchClauses.ofProjects(List.of("*")), page -> {}))
                .isZero();
        assertThat(queries.forEach("content-none", ContentIndex.MESSAGES, null, page -> {}))
                .isZero();
    }

    @Test
    void listsConversations() throws Exception {
        assertThat(DirectoryStack.texts(
                        client.get("/v1/compliance/conversations").body(), "/id"))
                .containsExactly("chat/2 ✓", "c1");
        assertThat(DirectoryStack.texts(
                        client.get("/v1/compliance/conversations?user=bob@example.com")
                                .body(),
                        "/id"))
                .containsExactly("chat/2 ✓");
        JsonNode page = client.get("/v1/compliance/conversations?limit=1").body();
        assertThat(DirectoryStack.texts(
                        client.get("/v1/compliance/conversations?limit=1&page="
                                        + page.path("next_page").asText())
                                .body(),
                        "/id"))
                .containsExactly("c1");
    }

    private static List<AuditRecord> audit(String organization) {
        Collection<Map.Entry<String, AuditRecord>> all = running.records(Topic.AUDIT, AuditRecord.getDecoder());
        return all.stream()
                .map(Map.Entry::getValue)
                .filter(record -> record.getOrgId().equals(organization)
                        && record.getAction().contains("/v1/compliance/"))
                .toList();
    }

    @Test
    void everyCallIsInTheAuditBeforeItIsAnswered() throws Exception {
        String org = "content-audit";
        Client own = Client.of(running, org);
        String id = documents.message(org, "c1", "m1", "2026-10-01T09:00:00Z", "merger", AS_IT_IS);
        documents.refresh();
        own.get(SEARCH + "?q=merger&user=alice@example.com");
        own.get("/v1/compliance/conversations/c1");
        assertThat(own.send("GET", SEARCH + "?q=*", "").status()).isEqualTo(400);
        String weak = running.token(org, "read:analytics");
        assertThat(running.get(SEARCH + "?q=merger", weak).statusCode()).isEqualTo(403);
        List<AuditRecord> records = audit(org);
        assertThat(records)
                .extracting(record -> record.getAction() + " " + record.getOutcome())
                .containsExactly(
                        "GET " + SEARCH + " done",
                        "GET /v1/compliance/conversations/{id} done",
                        "GET " + SEARCH + " invalid_request_error",
                        "GET " + SEARCH + " permission_error");
        // The audit outlives erasures, so it has no address in it.
        assertThat(records.get(0).getDetails().get("query"))
                .matches("\\{\"q\":\"merger\",\"user\":\\[\"address-[\\w-]+\"],\"sort\":\"relevance\"}");
        assertThat(records.get(0).getDetails()).containsEntry("total", "1").containsEntry("documents", id);
        assertThat(records.get(1).getTarget()).isEqualTo("c1");
        assertThat(records.get(1).getDetails()).containsEntry("documents", id);
    }

    @Test
    void onlyInThePlanAndWithTheScope() throws Exception {
        String org = "content-team";
        assertThat(running.send(HttpRequest.newBuilder(URI.create(running.rest("/v1/organizations/" + org)))
                                .header("authorization", "Bearer " + running.adminToken())
                                .header("content-type", "application/json")
                                .PUT(HttpRequest.BodyPublishers.ofString("{\"plan\": \"team\", \"name\": \"Team\"}")))
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> refused =
                running.get(SEARCH + "?q=merger", running.token(org, "read:compliance_user_data"));
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("plan_required");
        assertThat(audit(org)).extracting(AuditRecord::getOutcome).containsExactly("plan_required");
        assertThat(running.get(SEARCH + "?q=merger", running.token(ORG, "read:compliance_user_data"))
                        .statusCode())
                .isEqualTo(200);
    }
}
