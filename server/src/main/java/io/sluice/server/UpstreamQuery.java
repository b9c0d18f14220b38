package io.sluice.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Parameters and lists of the Compliance API, as upstream has them. */
final class UpstreamQuery {
    static final String AFTER = "after_id";
    static final String BEFORE = "before_id";
    static final String LIMIT = "limit";
    static final String ORDER = "order";
    /** Field of documents: the record as upstream gave it. */
    static final String RAW = "raw";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> BOUNDS = List.of("gt", "gte", "lt", "lte");
    private static final int MOST_VALUES = 1000;

    private final Parameters parameters;

    UpstreamQuery(Parameters parameters) {
        this.parameters = parameters;
    }

    /** Names of the bounds of a time. */
    static Set<String> range(String name) {
        Set<String> names = new LinkedHashSet<>();
        BOUNDS.forEach(bound -> names.add(name + '.' + bound));
        return names;
    }

    boolean has(String name) {
        return !parameters.all(name).isEmpty();
    }

    boolean hasRange(String name) {
        return range(name).stream().anyMatch(this::has);
    }

    /** Of all these names, without duplicates. */
    List<String> values(String... names) {
        List<String> values = Stream.of(names)
                .flatMap(name -> parameters.all(name).stream())
                .distinct()
                .toList();
        if (values.size() > MOST_VALUES || values.stream().anyMatch(String::isBlank)) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    names[0],
                    names[0] + ": " + values.size() + " values (expected: 1 to " + MOST_VALUES + ", none blank)");
        }
        return values;
    }

    /** Null: not given. */
    @Nullable
    String one(String name, List<String> allowed, @Nullable String absent) {
        String value = parameters.single(name);
        if (value != null && !allowed.contains(value)) {
            throw Refusal.invalid(name, value, String.join(" or ", allowed));
        }
        return value == null ? absent : value;
    }

    int number(String name, int least, int most, int absent) {
        String value = parameters.single(name);
        if (value == null) {
            return absent;
        }
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw Refusal.invalid(name, value, "a whole number, " + least + " to " + most);
    }

    /** A clause of the range of a time; empty: not bounded. A date alone is refused, as upstream does. */
    Optional<ObjectNode> range(String name, String field) {
        ObjectNode clause = JsonNodeFactory.instance.objectNode();
        ObjectNode range = clause.putObject("range").putObject(field);
        for (String bound : BOUNDS) {
            String value = parameters.single(name + '.' + bound);
            if (value != null) {
                range.put(bound, time(name + '.' + bound, value).toString());
            }
        }
        return range.isEmpty() ? Optional.empty() : Optional.of(clause);
    }

    private static Instant time(String name, String value) {
        try {
            return OffsetDateTime.parse(value).toInstant();
        } catch (DateTimeParseException e) {
            throw Refusal.invalid(name, value, "RFC 3339 with a time zone, such as 2026-11-01T00:00:00Z");
        }
    }

    /**
     * Where a list goes on.
     *
     * @param position null: from the beginning
     * @param back towards the beginning
     */
    record From(@Nullable JsonNode position, boolean back) {
        /** What is found with one more than the limit, as it is shown. */
        <T> Found<T> page(List<T> found, int limit) {
            List<T> page = new ArrayList<>(found.subList(0, Math.min(limit, found.size())));
            if (back) {
                Collections.reverse(page);
            }
            return new Found<>(page, found.size() > limit);
        }
    }

    record Found<T>(List<T> page, boolean more) {}

    /** @param positions by cursor; null: there is none of that name */
    From from(Function<String, @Nullable JsonNode> positions) {
        String after = parameters.single(AFTER);
        String before = parameters.single(BEFORE);
        if (after != null && before != null) {
            throw new Refusal(
                    Refusal.Kind.INVALID, BEFORE, "before_id: given with after_id (expected: one of the two)");
        }
        String name = after == null ? BEFORE : AFTER;
        String cursor = after == null ? before : after;
        if (cursor == null) {
            return new From(null, false);
        }
        JsonNode position = positions.apply(cursor);
        if (position == null) {
            throw Refusal.invalid(name, cursor, "last_id or first_id of an answer to the same question");
        }
        return new From(position, before != null);
    }

    /** The record of a document, as upstream gave it. */
    static ObjectNode raw(JsonNode source) {
        try {
            if (JSON.readTree(source.path(RAW).asText()) instanceof ObjectNode raw) {
                return raw;
            }
        } catch (JsonProcessingException e) {
            // Reported below.
        }
        throw new Refusal(Refusal.Kind.UNAVAILABLE, "a record cannot be read, try again");
    }

    static <T> ObjectNode answer(
            ObjectNode answer, String list, Found<T> found, Function<T, JsonNode> json, Function<T, String> cursor) {
        ArrayNode data = answer.putArray(list);
        found.page().forEach(each -> data.add(json.apply(each)));
        List<T> page = found.page();
        return answer.put("first_id", page.isEmpty() ? null : cursor.apply(page.get(0)))
                .put("last_id", page.isEmpty() ? null : cursor.apply(page.get(page.size() - 1)))
                .put("has_more", found.more());
    }
}
