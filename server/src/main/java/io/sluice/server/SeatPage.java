package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Place;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** A page of a list: what stands after the place at which the page before ended. */
final class SeatPage {
    static final Set<String> PARAMETERS = Set.of("limit", "page");

    private SeatPage() {}

    /** @param place where an item stands; the items are in that order, and no two stand in one place */
    static <T> ObjectNode of(
            Parameters parameters, List<T> items, Function<T, Place> place, Function<T, ObjectNode> json) {
        int limit = parameters.limit();
        PageToken token = parameters.page();
        JsonNode position = token.position();
        Place after = position == null
                ? null
                : new Place(position.path("at").asLong(), position.path("id").asText());
        List<T> rest = items.stream()
                .filter(item -> after == null || place.apply(item).compareTo(after) > 0)
                .limit(limit + 1L)
                .toList();
        boolean more = rest.size() > limit;
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        List<T> shown = more ? rest.subList(0, limit) : rest;
        shown.forEach(item -> data.add(json.apply(item)));
        return answer.put("has_more", more)
                .put("next_page", more ? next(token, place.apply(shown.get(shown.size() - 1))) : null);
    }

    private static String next(PageToken token, Place last) {
        ObjectNode position = JsonNodeFactory.instance.objectNode();
        return token.next(position.put("at", last.createdAt()).put("id", last.id()));
    }
}
