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
 * @param query fingerprint of what was asked; the positions of one query are refused by any other
 * @param after the place that the page follows; null: the first page
 */
record DirectoryPage(String query, int limit, @Nullable Place after) {
    private static final int CHUNK = 1000;
    private static final String QUERY = "query";
    private static final String AFTER = "after";

    /**
     * As a request asks for it.
     *
     * @param absent limit where none is given
     * @param filters names of the parameters that choose what is listed
     */
    static DirectoryPage of(Call call, int absent, String... filters) {
        ArrayNode asked = JsonNodeFactory.instance.arrayNode();
        asked.add(call.orgId()).add(call.request().headers().path().split("\\?", 2)[0]);
        for (String filter : filters) {
            asked.add(call.parameters().text(filter));
        }
        String query = Secret.sha256(asked.toString()).substring(0, 16);
        String token = call.parameters().text("page");
        JsonNode position = PageToken.decode(token, 2);
        if (position == null) {
            return new DirectoryPage(query, call.parameters().limit(absent), null);
        }
        if (!position.path(QUERY).asText().equals(query)) {
            throw Refusal.invalid(
                    "page", String.valueOf(token), "next_page of the answer before, with the same other parameters");
        }
        Place after = new Place(
                position.path(AFTER).path(0).asLong(),
                position.path(AFTER).path(1).asText());
        return new DirectoryPage(query, call.parameters().limit(absent), after);
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
        ObjectNode position = JsonNodeFactory.instance.objectNode().put(QUERY, query);
        position.putArray(AFTER).add(last.createdAt()).add(last.id());
        return answer.put("next_page", PageToken.encode(position));
    }
}
