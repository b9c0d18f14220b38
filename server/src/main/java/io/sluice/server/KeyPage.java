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
 * @param after key that the page follows; null: the first page
 */
record KeyPage(PageToken token, int limit, @Nullable String after) {
    private record Row(String key, ObjectNode json) {}

    static KeyPage of(Call call) {
        PageToken token = call.parameters().page();
        JsonNode position = token.position();
        return new KeyPage(
                token,
                call.parameters().limit(IdPage.DEFAULT_LIMIT),
                position == null ? null : position.path("after").asText());
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
        ObjectNode position = JsonNodeFactory.instance.objectNode();
        return answer.put(
                "next_page",
                token.next(position.put("after", rows.get(limit - 1).key())));
    }
}
