package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Place;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Pages by ids, as the Admin API has them: {@code after_id} goes on, {@code before_id} goes back, in one and the same
 * order.
 *
 * @param after and {@code before}: places of the ids that were given; at most one
 */
record IdPage(int limit, @Nullable Place after, @Nullable Place before) {
    static final Set<String> PARAMETERS = Set.of("limit", "after_id", "before_id");
    static final int DEFAULT_LIMIT = 20;

    /** @param places where a document stands or stood; empty: there never was one of that id */
    static IdPage of(Parameters parameters, Function<String, @Nullable Place> places) {
        String after = parameters.text("after_id");
        String before = parameters.text("before_id");
        if (after != null && before != null) {
            throw new Refusal(
                    Refusal.Kind.INVALID, "before_id", "before_id: given with after_id (expected: one of the two)");
        }
        return new IdPage(
                parameters.limit(DEFAULT_LIMIT), place(places, "after_id", after), place(places, "before_id", before));
    }

    private static @Nullable Place place(Function<String, @Nullable Place> places, String field, @Nullable String id) {
        if (id == null) {
            return null;
        }
        Place place = places.apply(id);
        if (place == null) {
            throw Refusal.invalid(field, "an id that is none", "last_id or first_id of an answer before");
        }
        return place;
    }

    <T> ObjectNode answer(List<Document<T>> all, Function<Document<T>, ObjectNode> json) {
        List<Document<T>> sorted = all.stream()
                .filter(document -> after == null || document.place().compareTo(after) > 0)
                .filter(document -> before == null || document.place().compareTo(before) < 0)
                .sorted(Comparator.comparing(Document::place))
                .toList();
        int from = before == null ? 0 : Math.max(0, sorted.size() - limit);
        List<Document<T>> page = sorted.subList(from, Math.min(sorted.size(), from + limit));
        ObjectNode answer = DirectoryRoutes.object();
        ArrayNode data = answer.putArray("data");
        page.stream().map(json).forEach(data::add);
        return answer.put("first_id", page.isEmpty() ? null : page.get(0).id())
                .put(
                        "last_id",
                        page.isEmpty() ? null : page.get(page.size() - 1).id())
                .put("has_more", sorted.size() > page.size());
    }
}
