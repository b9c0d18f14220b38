package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.ContentIndex;
import java.util.List;
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
        return queries.documents(orgId, List.of(ref), FIELDS, (where, source) -> source).values().stream()
                .filter(source -> source.path("conversation_id").asText().equals(id))
                .findFirst();
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
        return StreamSupport.stream(hits.spliterator(), false)
                .map(hit -> new Listed(hit.path("_source"), hit.path("sort")))
                .toList();
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
