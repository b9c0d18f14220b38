package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One page of rows in the order of their keys, which are texts. A walk from page to page sees each row that is there all
 * the time exactly once.
 *
 * @param query fingerprint of what was asked; the positions of one query are refused by any other
 * @param after key that the page follows; null: the first page
 */
record KeyPage(String query, int limit, @Nullable String after) {
    private record Row(String key, ObjectNode json) {}

    /** @param filters names of the parameters that choose what is listed */
    static KeyPage of(Call call, String... filters) {
        ArrayNode asked = JsonNodeFactory.instance.arrayNode();
        asked.add(call.orgId()).add(call.request().headers().path().split("\\?", 2)[0]);
        for (String filter : filters) {
            ArrayNode values = asked.addArray();
            call.parameters().all(filter).forEach(values::add);
        }
        String query = Secret.sha256(asked.toString()).substring(0, 16);
        String token = call.parameters().text("page");
        int limit = call.parameters().limit(IdPage.DEFAULT_LIMIT);
        JsonNode position = PageToken.decode(token, 2);
        if (position == null) {
            return new KeyPage(query, limit, null);
        }
        if (!position.path("query").asText().equals(query)) {
            throw Refusal.invalid(
                    "page", String.valueOf(token), "next_page of the answer before, with the same other parameters");
        }
        return new KeyPage(query, limit, position.path("after").path(1).asText());
    }

    /**
     * The page.
     *
     * @param sorted by key; read only as far as needed
     * @param json null: no row after all
     */
    <T> ObjectNode answer(Stream<T> sorted, Function<T, String> key, Function<T, @Nullable ObjectNode> json) {
        List<Row> rows = sorted.filter(each -> after == null || key.apply(each).compareTo(after) > 0)
                .flatMap(each -> {
                    ObjectNode row = json.apply(each);
                    return row == null ? Stream.<Row>empty() : Stream.of(new Row(key.apply(each), row));
                })
                .limit(limit + 1L)
                .toList();
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        rows.stream().limit(limit).map(Row::json).forEach(data::add);
        boolean more = rows.size() > limit;
        answer.put("has_more", more);
        if (!more) {
            return answer.putNull("next_page");
        }
        ObjectNode position = JsonNodeFactory.instance.objectNode().put("query", query);
        position.putArray("after").add(0).add(rows.get(limit - 1).key());
        return answer.put("next_page", PageToken.encode(position));
    }
}
