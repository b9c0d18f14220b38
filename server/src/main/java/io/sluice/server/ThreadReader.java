package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.ContentIndex;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The messages of one conversation in order, whole: parts of a long one are put together. Blocking. */
final class ThreadReader {
    /** Of all fields of an answer's messages. It may be exceeded by one message, and by what is fetched together with it. */
    private static final int MOST_CHARACTERS = 4_000_000;

    /** Documents of a page; more than a message has parts. */
    private static final int REFS = 200;

    private static final List<String> TEXTS = List.of(ContentMessage.TEXT, ContentMessage.TOOL_TEXT);
    private static final int PART = 2;
    private static final List<String> ORDER = List.of("occurred_at", "message_id", "part");

    private final ContentQueries queries;

    ThreadReader(ContentQueries queries) {
        this.queries = queries;
    }

    /**
     * Which messages.
     *
     * @param filter null: all
     * @param after position of the message before; null: from the beginning
     * @param limit how many messages at most; an answer may have fewer, and more behind
     */
    record Question(
            String orgId,
            String conversationId,
            @Nullable ObjectNode filter,
            boolean ascending,
            @Nullable JsonNode after,
            int limit) {}

    /** @param source of its first part, without the texts */
    record Message(JsonNode source, String text, String toolText, List<String> documents, JsonNode position) {
        /** Names of files and tools can be longer than what is said. */
        long characters() {
            return (long) source.toString().length() + text.length() + toolText.length();
        }
    }

    /** @param more whether there are others behind */
    record Page(List<Message> messages, boolean more) {
        List<String> documents() {
            return messages.stream()
                    .flatMap(message -> message.documents().stream())
                    .toList();
        }
    }

    /** @param hits of one message, in the order of the search */
    private record Parts(List<JsonNode> hits) {
        JsonNode position() {
            return hits.get(hits.size() - 1).path("sort");
        }

        List<ContentQueries.Ref> refs() {
            return hits.stream().map(ContentQueries.Ref::of).toList();
        }
    }

    /** @throws Refusal as {@link ContentQueries} */
    Page read(Question question) {
        List<Message> messages = new ArrayList<>();
        long characters = 0;
        JsonNode after = question.after();
        while (true) {
            JsonNode hits = search(question, after).path("hits").path("hits");
            boolean last = hits.size() < REFS;
            List<Parts> all = together(hits);
            if (!last && all.size() > 1) {
                all.remove(all.size() - 1); // some of its parts may be behind
            }
            for (int from = 0; from < all.size(); ) {
                if (messages.size() >= question.limit() || characters >= MOST_CHARACTERS) {
                    return new Page(messages, true);
                }
                List<Parts> batch = batch(all, from, question.limit() - messages.size());
                from += batch.size();
                for (Message message : whole(question.orgId(), batch)) {
                    characters += message.characters();
                    messages.add(message);
                }
            }
            if (last) {
                return new Page(messages, false);
            }
            after = all.get(all.size() - 1).position();
        }
    }

    private JsonNode search(Question question, @Nullable JsonNode after) {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        ObjectNode bool = query.putObject("bool");
        bool.putArray("must_not").add(Elastic.term("role", Conversations.NAME));
        ArrayNode filter = bool.putArray("filter");
        filter.add(Elastic.term("conversation_id", question.conversationId()));
        if (question.filter() != null) {
            filter.add(question.filter());
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", REFS);
        body.putArray("_source").add("message_id");
        ArrayNode sort = body.putArray("sort");
        for (String field : ORDER) {
            sort.addObject().put(field, question.ascending() ? "asc" : "desc");
        }
        if (after != null) {
            body.set("search_after", behind(after, question.ascending()));
        }
        return queries.search(question.orgId(), ContentIndex.MESSAGES, query, body);
    }

    /** Behind all parts of the message, from whichever side the search comes. */
    private static JsonNode behind(JsonNode position, boolean ascending) {
        ArrayNode behind = position.deepCopy();
        behind.set(PART, ascending ? Integer.MAX_VALUE : -1);
        return behind;
    }

    private static List<Parts> together(JsonNode hits) {
        List<Parts> all = new ArrayList<>();
        String before = null;
        for (JsonNode hit : hits) {
            String message = hit.path("_source").path("message_id").asText();
            if (!message.equals(before)) {
                all.add(new Parts(new ArrayList<>()));
                before = message;
            }
            all.get(all.size() - 1).hits().add(hit);
        }
        return all;
    }

    /** As many as are fetched at once; at least one. */
    private static List<Parts> batch(List<Parts> all, int from, int most) {
        int to = from;
        int documents = 0;
        while (to < all.size() && to - from < most) {
            documents += all.get(to).hits().size();
            if (to > from && documents > ContentQueries.BATCH) {
                break;
            }
            to++;
        }
        return all.subList(from, to);
    }

    private List<Message> whole(String orgId, List<Parts> batch) {
        Map<ContentQueries.Ref, JsonNode> documents = queries.documents(
                orgId,
                batch.stream().flatMap(parts -> parts.refs().stream()).toList(),
                ContentMessage.WHOLE,
                (ref, source) -> source);
        List<Message> messages = new ArrayList<>();
        for (Parts parts : batch) {
            List<JsonNode> sources = parts.refs().stream()
                    .map(documents::get)
                    .filter(Objects::nonNull)
                    .map(Objects::requireNonNull)
                    .sorted(Comparator.comparingInt(
                            source -> source.path("part").asInt()))
                    .toList();
            if (!sources.isEmpty()) { // else erased since
                String text = joined(sources, ContentMessage.TEXT);
                String toolText = joined(sources, ContentMessage.TOOL_TEXT);
                messages.add(new Message(
                        ((ObjectNode) sources.get(0)).without(TEXTS),
                        text,
                        toolText,
                        parts.refs().stream().map(ContentQueries.Ref::id).toList(),
                        parts.position()));
            }
        }
        return messages;
    }

    private static String joined(List<JsonNode> sources, String field) {
        return sources.stream().map(source -> source.path(field).asText()).collect(Collectors.joining());
    }
}
