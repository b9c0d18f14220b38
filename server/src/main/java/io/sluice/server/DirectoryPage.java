package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Listing;
import io.sluice.core.directory.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One page of documents, oldest first. A document keeps its place for ever, so a walk from page to page sees each
 * document that is there all the time exactly once, whatever is added, changed or deleted meanwhile.
 *
 * @param after the place that the page follows; null: the first page
 */
record DirectoryPage(PageToken token, int limit, @Nullable Place after) {
    private static final int CHUNK = 1000;

    /** @param absent limit where none is given */
    static DirectoryPage of(Parameters parameters, int absent) {
        PageToken token = parameters.page();
        JsonNode position = token.position();
        Place after = position == null
                ? null
                : new Place(position.path("at").asLong(), position.path("id").asText());
        return new DirectoryPage(token, parameters.limit(absent), after);
    }

    <T> ObjectNode answer(Listing<T> all, Function<Document<T>, ObjectNode> json) {
        return envelope(all.after(after, limit + 1), json);
    }

    <T> ObjectNode answer(Listing<T> all, Predicate<Document<T>> wanted, Function<Document<T>, ObjectNode> json) {
        List<Document<T>> found = new ArrayList<>();
        Place place = after;
        while (found.size() <= limit) {
            List<Document<T>> chunk = all.after(place, CHUNK);
            chunk.stream().filter(wanted).limit(limit + 1L - found.size()).forEach(found::add);
            if (chunk.size() < CHUNK) {
                break;
            }
            place = chunk.get(CHUNK - 1).place();
        }
        return envelope(found, json);
    }

    /** Of some documents, in any order. */
    <T> ObjectNode answer(
            List<Document<T>> some, Predicate<Document<T>> wanted, Function<Document<T>, ObjectNode> json) {
        List<Document<T>> found = some.stream()
                .filter(document -> after == null || document.place().compareTo(after) > 0)
                .filter(wanted)
                .sorted(Comparator.comparing(Document::place))
                .limit(limit + 1L)
                .toList();
        return envelope(found, json);
    }

    /** @param found one more than the limit where there are more */
    private <T> ObjectNode envelope(List<Document<T>> found, Function<Document<T>, ObjectNode> json) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        found.stream().limit(limit).map(json).forEach(data::add);
        boolean more = found.size() > limit;
        answer.put("has_more", more);
        if (!more) {
            return answer.putNull("next_page");
        }
        Place last = found.get(limit - 1).place();
        ObjectNode position = JsonNodeFactory.instance.objectNode();
        return answer.put(
                "next_page", token.next(position.put("at", last.createdAt()).put("id", last.id())));
    }
}
