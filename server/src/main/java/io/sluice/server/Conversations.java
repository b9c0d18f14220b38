package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.ContentIndex;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** The documents of conversations: who, when, how many messages; no text but the title. Blocking. */
final class Conversations {
    private static final Set<String> FIELDS = Set.of(
            "conversation_id",
            "title",
            "first_at",
            "last_at",
            "messages",
            "user",
            "labels",
            "product",
            "models",
            "repositories",
            "project_id",
            "flagged",
            "rules",
            "deleted_upstream_at");

    /** Role of what is no message, but the name of a conversation. */
    static final String NAME = "conversation";

    private static final int MOST_NAMES = 2000;

    private final ContentQueries queries;

    Conversations(ContentQueries queries) {
        this.queries = queries;
    }

    /**
     * An order by a time, and then by id.
     *
     * @param field {@code first_at} or {@code last_at}
     */
    record Order(String field, boolean ascending) {
        Order reversed() {
            return new Order(field, !ascending);
        }
    }

    /** @param position of it in the order */
    record Listed(JsonNode source, JsonNode position) {}

    /** As it is at this moment; empty: there is none, or nothing is left of it. */
    Optional<JsonNode> find(String orgId, String id) {
        ContentQueries.Ref ref =
                new ContentQueries.Ref(ContentIndex.conversations(orgId), ContentIndex.documentId(id, ""));
        List<ObjectNode> found =
                queries.documents(orgId, List.of(ref), FIELDS, (where, source) -> plain(source)).values().stream()
                        .filter(source ->
                                source.path("conversation_id").asText().equals(id))
                        .toList();
        name(orgId, found);
        return found.stream().map(JsonNode.class::cast).findFirst();
    }

    /**
     * Those that match, in order.
     *
     * @param after position; null: from the beginning
     */
    List<Listed> list(String orgId, List<ObjectNode> filters, Order order, @Nullable JsonNode after, int limit) {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        query.putObject("bool").putArray("filter").addAll(filters);
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", limit);
        FIELDS.forEach(body.putArray("_source")::add);
        ArrayNode sort = body.putArray("sort");
        sort.addObject().put(order.field(), order.ascending() ? "asc" : "desc");
        sort.addObject().put("conversation_id", order.ascending() ? "asc" : "desc");
        if (after != null) {
            body.set("search_after", after);
        }
        JsonNode hits = queries.search(orgId, ContentIndex.CONVERSATIONS, query, body)
                .path("hits")
                .path("hits");
        List<Listed> listed = StreamSupport.stream(hits.spliterator(), false)
                .map(hit -> new Listed(plain(hit.path("_source")), hit.path("sort")))
                .toList();
        name(orgId, listed.stream().map(each -> (ObjectNode) each.source()).toList());
        return listed;
    }

    /** With one person, product, project where there are several: the first. */
    private static ObjectNode plain(JsonNode source) {
        ObjectNode plain = source.deepCopy();
        for (String field : List.of("user", "product", "project_id")) {
            if (plain.path(field).isArray()) {
                plain.set(field, plain.path(field).get(0));
            }
        }
        return plain;
    }

    /** Names are text, and stand with the messages: each is a document of the role {@code conversation}. */
    private void name(String orgId, List<ObjectNode> sources) {
        if (sources.isEmpty()) {
            return;
        }
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        ArrayNode filter = query.putObject("bool").putArray("filter");
        filter.add(Elastic.term("role", NAME));
        ArrayNode ids = filter.addObject().putObject("terms").putArray("conversation_id");
        sources.forEach(source -> ids.add(source.path("conversation_id").asText()));
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", MOST_NAMES);
        body.put("_source", false).putArray("sort").addObject().put("occurred_at", "asc");
        List<ContentQueries.Ref> refs = StreamSupport.stream(
                        queries.search(orgId, ContentIndex.MESSAGES, query, body)
                                .path("hits")
                                .path("hits")
                                .spliterator(),
                        false)
                .map(ContentQueries.Ref::of)
                .toList();
        Map<String, String> names = new HashMap<>();
        queries.documents(orgId, refs, Set.of("conversation_id", ContentMessage.TEXT), (where, source) -> source)
                .values()
                .forEach(source -> names.put(
                        source.path("conversation_id").asText(),
                        source.path(ContentMessage.TEXT).asText()));
        for (ObjectNode source : sources) {
            String name = names.get(source.path("conversation_id").asText());
            if (name != null) {
                source.put("title", name);
            }
        }
    }

    static ObjectNode json(JsonNode source) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", source.path("conversation_id").asText())
                .put("title", source.path("title").textValue())
                .put("created_at", Elastic.time(source.path("first_at")))
                .put("updated_at", Elastic.time(source.path("last_at")))
                .put("messages", source.path("messages").asLong())
                .put("user", source.path("user").textValue())
                .put("product", source.path("product").textValue())
                .put("project_id", source.path("project_id").textValue())
                .put("flagged", source.path("flagged").asBoolean());
        for (String name : List.of("models", "repositories", "rules")) {
            JsonNode values = source.path(name);
            ArrayNode list = json.putArray(name);
            if (values.isArray()) {
                values.forEach(list::add);
            } else if (values.isTextual()) {
                list.add(values);
            }
        }
        return json.put("deleted_upstream_at", Elastic.time(source.path("deleted_upstream_at")));
    }
}
