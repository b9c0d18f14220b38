package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.content.Folding;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.Micros;
import io.sluice.testing.ElasticsearchServer;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Documents of conversations as the job writes them. */
final class ContentDocuments {
    private final ElasticsearchServer elasticsearch;
    private final Set<String> indices = new HashSet<>();

    ContentDocuments(ElasticsearchServer elasticsearch) throws IOException, InterruptedException {
        this.elasticsearch = elasticsearch;
        for (ContentIndex index : ContentIndex.values()) {
            TestElastic.send(elasticsearch, "PUT", "/_index_template/" + index.templateName(), index.template());
        }
    }

    /** A message of alice in claude-code, unless it is said otherwise. */
    String message(String orgId, String conversation, String message, String at, String text, Consumer<ObjectNode> more)
            throws IOException, InterruptedException {
        String id = ContentIndex.documentId(conversation, message);
        part(orgId, id, conversation, message, at, text, more);
        return id;
    }

    /** The same of many, at once. */
    void messages(
            String orgId, String conversation, List<String> messages, String at, String text, Consumer<ObjectNode> more)
            throws IOException, InterruptedException {
        StringBuilder body = new StringBuilder();
        for (String message : messages) {
            String id = ContentIndex.documentId(conversation, message);
            ObjectNode action = JsonNodeFactory.instance.objectNode();
            action.putObject("index").put("_id", id);
            body.append(action)
                    .append('\n')
                    .append(document(orgId, id, conversation, message, at, text, more))
                    .append('\n');
        }
        String index = ContentIndex.messages(orgId, Micros.of(Instant.parse(at)));
        require(index);
        String answer = TestElastic.send(elasticsearch, "POST", "/" + index + "/_bulk", body.toString());
        assertThat(RunningServer.JSON.readTree(answer).path("errors").asBoolean(true))
                .isFalse();
    }

    void part(
            String orgId,
            String id,
            String conversation,
            String message,
            String at,
            String text,
            Consumer<ObjectNode> more)
            throws IOException, InterruptedException {
        put(
                ContentIndex.messages(orgId, Micros.of(Instant.parse(at))),
                id,
                document(orgId, id, conversation, message, at, text, more));
    }

    private static ObjectNode document(
            String orgId,
            String id,
            String conversation,
            String message,
            String at,
            String text,
            Consumer<ObjectNode> more) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("org_id", orgId)
                .put("doc_id", id)
                .put("conversation_id", conversation)
                .put("message_id", message)
                .put("part", 0)
                .put("parts", 1)
                .put("occurred_at", at)
                .put("received_at", at)
                .put("source", "otlp-logs")
                .put("role", "user")
                .put("user", "alice@example.com")
                .put("team", "platform")
                .put("product", "claude-code")
                .put("model", "opus")
                .put("has_files", false)
                .put("flagged", false)
                .put("text", text)
                .put("folded", Folding.fold(text));
        document.putArray("labels").add("alice@example.com");
        more.accept(document);
        return document;
    }

    void conversation(String orgId, String conversation, String first, String last, Consumer<ObjectNode> more)
            throws IOException, InterruptedException {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("org_id", orgId)
                .put("conversation_id", conversation)
                .put("title", "About " + conversation)
                .put("first_at", first)
                .put("last_at", last)
                .put("messages", 2)
                .put("user", "alice@example.com")
                .put("product", "claude-code")
                .put("flagged", false);
        document.putArray("labels").add("alice@example.com");
        document.putArray("models").add("opus");
        more.accept(document);
        put(ContentIndex.conversations(orgId), ContentIndex.documentId(conversation, ""), document);
    }

    /** In the place of a message that was erased. */
    void stub(String orgId, String conversation, String message, String at) throws IOException, InterruptedException {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("org_id", orgId).put("empty", true);
        put(
                ContentIndex.messages(orgId, Micros.of(Instant.parse(at))),
                ContentIndex.documentId(conversation, message),
                document);
    }

    private void put(String index, String id, ObjectNode document) throws IOException, InterruptedException {
        require(index);
        TestElastic.send(elasticsearch, "PUT", "/" + index + "/_doc/" + id, document.toString());
    }

    /** Makes an index anew before its first document. */
    private void require(String index) throws IOException, InterruptedException {
        if (indices.add(index)) {
            TestElastic.send(elasticsearch, "DELETE", "/" + index + "?ignore_unavailable=true", "");
            TestElastic.send(elasticsearch, "PUT", "/" + index, "{}");
        }
    }

    void refresh() throws IOException, InterruptedException {
        TestElastic.send(elasticsearch, "POST", "/sluice-messages-*,sluice-conversations-*/_refresh", "");
    }
}
