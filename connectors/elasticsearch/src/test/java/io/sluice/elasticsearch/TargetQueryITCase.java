package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.Micros;
import io.sluice.testing.ElasticsearchServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a real server, with the templates of conversations. */
@Timeout(120)
class TargetQueryITCase {
    private static final String ORG = "acme";
    private static final long NOON = 1_795_608_000_000_000L;
    private static final long SECOND = 1_000_000;

    private static ElasticsearchServer server;

    @BeforeAll
    static void start() throws Exception {
        server = ElasticsearchServer.start();
        for (ContentIndex index : ContentIndex.values()) {
            send("PUT", "/_index_template/" + index.templateName(), index.template());
        }
        // The server makes no index by itself.
        for (String name : List.of(
                ContentIndex.messages(ORG, NOON),
                ContentIndex.messages(ORG, NOON - 90 * 86_400 * SECOND),
                ContentIndex.messages("globex", NOON))) {
            send("PUT", "/" + name, "{}");
        }
        message(ORG, "kim-chat", "c1", "chat", "p1", NOON, false, "Kim@Example.com", "acc-kim");
        message(ORG, "kim-code", "c/2 ü", "claude_code", null, NOON + SECOND, false, "acc-kim");
        message(ORG, "kim-part", "c1", "chat", "p1", NOON, false, "kim@example.com");
        message(ORG, "lee-chat", "c3", "chat", "p2", NOON - 90 * 86_400 * SECOND, false, "lee@example.com");
        message(ORG, "nobody", "c4", "chat", null, NOON);
        message(ORG, "stub", "c1", "chat", "p1", NOON, true, "kim@example.com");
        message("globex", "foreign", "c1", "chat", "p1", NOON, false, "kim@example.com");
        message("globex", "foreign-nobody", "c4", "chat", "p1", NOON);
        message(ORG, "nobody-stub", "c4", "chat", "p1", NOON, true);
        for (String org : List.of(ORG, "globex")) {
            send("PUT", "/" + ContentIndex.conversations(org), "{}");
        }
        conversation(ORG, "c1", "kim@example.com");
        conversation(ORG, "c3", "lee@example.com");
        conversation(ORG, "c4", "acc-kim");
        conversation("globex", "c5", "kim@example.com");
        for (ContentIndex index : ContentIndex.values()) {
            send("POST", "/" + index.templateName() + "-*/_refresh", "");
        }
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void findsWhatTheTargetCoversAndNothingElse() throws Exception {
        assertThat(found(target("conversation").setConversationIds(List.of("c1"))))
                .containsExactly("kim-chat", "kim-part");
        assertThat(found(target("conversation").setConversationIds(List.of("c/2 ü", "c3", "*", "c"))))
                .containsExactly("kim-code", "lee-chat");
        assertThat(found(target("user").setLabels(List.of("kim@example.com", "acc-kim"))))
                .containsExactly("kim-chat", "kim-code", "kim-part");
        assertThat(found(target("user").setLabels(List.of("KIM@example.com")))).containsExactly("kim-chat", "kim-part");
        assertThat(found(target("project").setProjectIds(List.of("p1")))).containsExactly("kim-chat", "kim-part");
        assertThat(found(target("search").setDocuments(List.of("kim-part", "nobody", "foreign", "none"))))
                .containsExactly("kim-part", "nobody");
        assertThat(found(target("retention").setProduct("chat")))
                .containsExactly("kim-chat", "kim-part", "lee-chat", "nobody");
        assertThat(found(target("retention").setProduct("chat").setLabels(List.of("lee@example.com"))))
                .containsExactly("lee-chat");
        assertThat(found(target("retention"))).hasSize(5);
        // A list that is empty is nobody, and never everybody.
        for (String kind : List.of("conversation", "user", "project", "search")) {
            assertThat(found(target(kind))).as(kind).isEmpty();
        }
        assertThat(run(TargetQuery.of(ORG, List.of()))).isEmpty();
        assertThat(run(TargetQuery.of(
                        ORG,
                        List.of(
                                target("conversation")
                                        .setConversationIds(List.of("c3"))
                                        .build(),
                                target("project").setProjectIds(List.of("p1")).build()))))
                .containsExactly("kim-chat", "kim-part", "lee-chat");
    }

    @Test
    void upToATimeAndWithoutIt() throws Exception {
        for (ContentTarget.Builder target : List.of(
                target("user").setLabels(List.of("acc-kim")),
                target("retention").setLabels(List.of("acc-kim")))) {
            assertThat(found(target.setUntil(NOON))).isEmpty();
            assertThat(found(target.setUntil(NOON + 1))).containsExactly("kim-chat");
            assertThat(found(target.setUntil(NOON + SECOND))).containsExactly("kim-chat");
            assertThat(found(target.setUntil(null))).containsExactly("kim-chat", "kim-code");
        }
        // Conversations and searches are covered whenever their messages occurred.
        assertThat(found(
                        target("conversation").setConversationIds(List.of("c1")).setUntil(1L)))
                .hasSize(2);
        assertThat(found(target("search").setDocuments(List.of("nobody")).setUntil(1L)))
                .hasSize(1);
    }

    @Test
    void findsWhatNamesNobodyByItsConversation() throws Exception {
        ContentTarget.Builder kim = target("user").setLabels(List.of("KIM@example.com", "acc-kim"));
        List<String> ofKim = List.of("c1", "c4");
        assertThat(run(ContentIndex.CONVERSATIONS, TargetQuery.conversations(ORG, kim.build())))
                .containsExactlyElementsOf(ofKim);
        assertThat(run(TargetQuery.unnamed(ORG, kim.build(), ofKim))).containsExactly("nobody");
        assertThat(run(TargetQuery.unnamed(ORG, kim.build(), List.of("c1")))).isEmpty();
        assertThat(run(TargetQuery.unnamed(ORG, kim.setUntil(NOON).build(), ofKim)))
                .isEmpty();
        assertThat(run(TargetQuery.unnamed(ORG, kim.setUntil(NOON + 1).build(), ofKim)))
                .containsExactly("nobody");
        kim.setKind("retention");
        assertThat(run(TargetQuery.unnamed(ORG, kim.setProduct("chat").build(), ofKim)))
                .containsExactly("nobody");
        assertThat(run(TargetQuery.unnamed(ORG, kim.setProduct("claude_code").build(), ofKim)))
                .isEmpty();
    }

    @Test
    void aKindThatIsNotKnownIsRefused() {
        assertThatThrownBy(() -> TargetQuery.of(ORG, target("planet").build()))
                .hasMessageContaining("target.kind: planet (expected: ");
    }

    private static ContentTarget.Builder target(String kind) {
        return ContentTarget.newBuilder().setKind(kind);
    }

    private static Set<String> found(ContentTarget.Builder target) throws Exception {
        return run(TargetQuery.of(ORG, target.build()));
    }

    /** In the indices of everybody: the query alone has to keep organizations apart. */
    private static Set<String> run(ObjectNode query) throws Exception {
        return run(ContentIndex.MESSAGES, query);
    }

    private static Set<String> run(ContentIndex index, ObjectNode query) throws Exception {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 100);
        body.set("query", query);
        Set<String> ids = new TreeSet<>();
        for (JsonNode hit : new ObjectMapper()
                .readTree(send("POST", "/" + index.templateName() + "-*/_search", body.toString()))
                .at("/hits/hits")) {
            ids.add(hit.path("_id").asText());
        }
        return ids;
    }

    private static void conversation(String orgId, String id, String label) throws Exception {
        ObjectNode document =
                JsonNodeFactory.instance.objectNode().put("org_id", orgId).put("conversation_id", id);
        document.putArray("labels").add(label);
        send("PUT", "/" + ContentIndex.conversations(orgId) + "/_doc/" + id, document.toString());
    }

    private static void message(
            String orgId,
            String id,
            String conversation,
            String product,
            @Nullable String project,
            long at,
            Object... more)
            throws Exception {
        ObjectNode document = JsonNodeFactory.instance
                .objectNode()
                .put("org_id", orgId)
                .put("doc_id", id)
                .put("conversation_id", conversation)
                .put("product", product)
                .put("project_id", project)
                .put("occurred_at", Micros.toInstant(at).toString())
                .put("empty", more.length > 0 && (boolean) more[0]);
        List<Object> labels = new ArrayList<>(List.of(more));
        labels.stream().skip(1).forEach(label -> document.withArray("labels").add((String) label));
        send("PUT", "/" + ContentIndex.messages(orgId, at) + "/_doc/" + id, document.toString());
    }

    private static String send(String method, String path, String body) throws Exception {
        String credentials = ElasticsearchServer.USER + ":" + server.password();
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(server.url() + path))
                                .header("content-type", "application/json")
                                .header(
                                        "authorization",
                                        "Basic "
                                                + Base64.getEncoder()
                                                        .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }
}
