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
 * @param names the period of the pseudonyms that keys are made of; empty: of none
 * @param after key that the page follows; null: the first page
 */
record KeyPage(
        PageToken token, int limit, String names, @Nullable String after) {
    private static final String AFTER = "after";

    private record Row(String key, ObjectNode json) {}

    static KeyPage of(Call call) {
        return of(call, "");
    }

    /** @throws Refusal when pseudonyms have changed since the page before, so that nothing stands where it stood */
    static KeyPage ofNames(Call call) {
        return of(call, call.privacy().period());
    }

    private static KeyPage of(Call call, String names) {
        PageToken token = call.parameters().page();
        JsonNode position = token.position();
        Composite.requireSameNames(position, names);
        return new KeyPage(
                token,
                call.parameters().limit(IdPage.DEFAULT_LIMIT),
                names,
                position == null ? null : position.path(AFTER).asText());
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
        ObjectNode position = JsonNodeFactory.instance.objectNode().put(Composite.NAMES, names);
        return answer.put(
                "next_page", token.next(position.put(AFTER, rows.get(limit - 1).key())));
    }
}
