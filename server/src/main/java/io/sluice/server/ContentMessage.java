package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;

/** A message's document as answers have it. */
final class ContentMessage {
    static final String TEXT = "text";
    static final String TOOL_TEXT = "tool_text";

    private static final List<String> TEXTS = List.of(
            "conversation_id", "message_id", "role", "user", "team", "product", "model", "repository", "project_id");

    private static final List<String> LISTS = List.of("tools", "files", "rules");

    /** All but the texts. */
    static final Set<String> HEAD;

    /** With the texts. */
    static final Set<String> WHOLE;

    static {
        Set<String> head = new TreeSet<>(TEXTS);
        head.addAll(LISTS);
        head.addAll(Set.of(
                "part",
                "parts",
                "occurred_at",
                "received_at",
                "source",
                "has_files",
                "flagged",
                "deleted_upstream_at"));
        HEAD = Set.copyOf(head);
        head.addAll(Set.of(TEXT, TOOL_TEXT, "content_sha256"));
        WHOLE = Set.copyOf(head);
    }

    private ContentMessage() {}

    /** Without texts. */
    static ObjectNode json(String id, JsonNode source) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("id", id);
        for (String name : TEXTS) {
            json.set(name, source.hasNonNull(name) ? source.path(name) : JsonNodeFactory.instance.nullNode());
        }
        json.put("created_at", Elastic.time(source.path("occurred_at")))
                .put("received_at", Elastic.time(source.path("received_at")))
                .put("source", source.path("source").textValue())
                .put("part", source.path("part").asInt())
                .put("parts", source.path("parts").asInt(1));
        for (String name : LISTS) {
            json.putArray(name).addAll(list(source.path(name)));
        }
        return json.put("has_files", source.path("has_files").asBoolean())
                .put("flagged", source.path("flagged").asBoolean())
                .put("deleted_upstream_at", Elastic.time(source.path("deleted_upstream_at")));
    }

    private static List<JsonNode> list(JsonNode value) {
        return value.isArray()
                ? StreamSupport.stream(value.spliterator(), false).toList()
                : value.isTextual() ? List.of(value) : List.of();
    }

    static Fragments.Field field(JsonNode source, String name) {
        return new Fragments.Field(name, source.path(name).asText());
    }
}
