package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Index;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Groups of documents by period and keywords, in order; a document without one of them is in the group of null. */
final class Composite {
    static final String STARTING_AT = "starting_at";

    private static final String GROUPS = "groups";
    private static final String AFTER = "after";
    static final String NAMES = "names";

    /** How many groups are read at most to be put in an order that names do not show in. */
    private static final int MOST_HIDDEN = 100_000;

    /** As Elasticsearch orders keys: nothing first, numbers by value, the rest by the bytes of UTF-8. */
    static final Comparator<ArrayNode> ORDER = (a, b) -> {
        int order = 0;
        for (int i = 0; order == 0 && i < a.size(); i++) {
            order = compare(a.path(i), b.path(i));
        }
        return order;
    };

    private final @Nullable Period period;
    private final Map<String, String> fields;

    Composite(List<String> fields) {
        this(null, named(fields));
    }

    /**
     * @param period null: of all time; else the first part of keys is its start, {@value #STARTING_AT}
     * @param fields of the index, by the names that they have in keys, in order
     */
    Composite(@Nullable Period period, Map<String, String> fields) {
        this.period = period;
        this.fields = fields;
    }

    static Map<String, String> named(List<String> fields) {
        Map<String, String> named = new LinkedHashMap<>();
        fields.forEach(field -> named.put(field, field));
        return named;
    }

    /**
     * @param aggregations of each group
     * @param after the key that the groups begin after; null: from the first on
     * @return buckets, of which {@code key} has a value for each field
     */
    CompletableFuture<List<JsonNode>> ask(
            Elastic elastic,
            String orgId,
            Index index,
            List<ObjectNode> filters,
            ObjectNode aggregations,
            int size,
            @Nullable ArrayNode after) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        ObjectNode groups = body.putObject("aggs").putObject(GROUPS);
        ObjectNode composite = groups.putObject("composite").put("size", size);
        ArrayNode sources = composite.putArray("sources");
        if (period != null) {
            sources.addObject()
                    .putObject(STARTING_AT)
                    .putObject("date_histogram")
                    .put("field", STARTING_AT)
                    .put("calendar_interval", period.parameter());
        }
        fields.forEach((name, field) -> sources.addObject()
                .putObject(name)
                .putObject("terms")
                .put("field", field)
                .put("missing_bucket", true));
        if (after != null) {
            ObjectNode key = composite.putObject(AFTER);
            List<String> names = names();
            for (int i = 0; i < names.size(); i++) {
                key.set(names.get(i), after.get(i));
            }
        }
        groups.set("aggs", aggregations.deepCopy());
        return elastic.search(orgId, index, filters, body).thenApply(response -> {
            List<JsonNode> buckets = new ArrayList<>();
            response.path("aggregations").path(GROUPS).path("buckets").forEach(buckets::add);
            return buckets;
        });
    }

    /** All groups, page by page. */
    CompletableFuture<List<JsonNode>> askAll(
            Elastic elastic, String orgId, Index index, List<ObjectNode> filters, ObjectNode aggregations) {
        return askAll(elastic, orgId, index, filters, aggregations, Integer.MAX_VALUE);
    }

    /**
     * The same of as many as can be put in an order of their own.
     *
     * @throws Refusal INVALID, by the future, when there are more
     */
    CompletableFuture<List<JsonNode>> askHidden(
            Elastic elastic, String orgId, Index index, List<ObjectNode> filters, ObjectNode aggregations) {
        return askAll(elastic, orgId, index, filters, aggregations, MOST_HIDDEN);
    }

    private CompletableFuture<List<JsonNode>> askAll(
            Elastic elastic, String orgId, Index index, List<ObjectNode> filters, ObjectNode aggregations, int most) {
        return askUntil(
                all -> {
                    if (all.size() > most) {
                        throw Refusal.invalid(
                                STARTING_AT,
                                "more than " + most + " groups",
                                "a shorter range or fewer groups while analytics_privacy is pseudonymous");
                    }
                    return false;
                },
                each -> true,
                after -> ask(elastic, orgId, index, filters, aggregations, Parameters.MAX_LIMIT, after),
                Parameters.MAX_LIMIT,
                null,
                new ArrayList<>());
    }

    private CompletableFuture<List<JsonNode>> askUntil(
            Predicate<List<JsonNode>> enough,
            Predicate<JsonNode> wanted,
            Function<@Nullable ArrayNode, CompletableFuture<List<JsonNode>>> ask,
            int size,
            @Nullable ArrayNode after,
            List<JsonNode> found) {
        return ask.apply(after).thenCompose(buckets -> {
            buckets.stream().filter(wanted).forEach(found::add);
            return enough.test(found) || buckets.size() < size
                    ? CompletableFuture.completedFuture(found)
                    : askUntil(enough, wanted, ask, size, key(buckets.get(buckets.size() - 1)), found);
        });
    }

    /**
     * A page of groups and, if there is one, the first of the next page. Where people are hidden behind pseudonyms, the
     * groups are in the order of those: in the order of names, a list of who works there would tell who is who.
     *
     * @param wanted which groups are shown
     * @param position {@link #position} of the last group of the page before; null: the first page
     */
    CompletableFuture<List<JsonNode>> page(
            Elastic elastic,
            String orgId,
            Index index,
            List<ObjectNode> filters,
            ObjectNode aggregations,
            Predicate<JsonNode> wanted,
            Privacy privacy,
            int limit,
            @Nullable JsonNode position) {
        ArrayNode after = after(position, privacy);
        CompletableFuture<List<JsonNode>> found = isHidden(privacy)
                ? askHidden(elastic, orgId, index, filters, aggregations)
                        .thenApply(all -> hidden(
                                all.stream().filter(wanted).toList(), bucket -> told(key(bucket), privacy), after))
                : askUntil(
                        all -> all.size() > limit,
                        wanted,
                        from -> ask(elastic, orgId, index, filters, aggregations, limit + 1, from),
                        limit + 1,
                        after,
                        new ArrayList<>());
        return found.thenApply(all -> all.subList(0, Math.min(all.size(), limit + 1)));
    }

    /** Whether the order of keys is not the one that rows may have. */
    boolean isHidden(Privacy privacy) {
        return privacy.names() != null && fields.keySet().stream().anyMatch(Privacy::isPersonal);
    }

    /** Of what follows a key as it is told, in the order of those keys. */
    static <T> List<T> hidden(List<T> all, Function<T, ArrayNode> told, @Nullable ArrayNode after) {
        record Told<T>(ArrayNode key, T item) {}
        return all.stream()
                .map(item -> new Told<>(told.apply(item), item))
                .filter(each -> after == null || ORDER.compare(each.key, after) > 0)
                .sorted(Comparator.comparing(Told::key, ORDER))
                .map(Told::item)
                .toList();
    }

    /** What the groups after this one begin after. */
    ArrayNode key(JsonNode bucket) {
        ArrayNode key = JsonNodeFactory.instance.arrayNode();
        names().forEach(name -> key.add(bucket.path("key").get(name)));
        return key;
    }

    /** A key with pseudonyms in place of names. */
    ArrayNode told(ArrayNode key, Privacy privacy) {
        ArrayNode told = JsonNodeFactory.instance.arrayNode();
        List<String> names = names();
        for (int i = 0; i < names.size(); i++) {
            told.add(privacy.told(names.get(i), key.path(i)));
        }
        return told;
    }

    /** The position of a key, for {@code next_page}. */
    ObjectNode position(ArrayNode key, Privacy privacy) {
        ObjectNode position = JsonNodeFactory.instance.objectNode().put(NAMES, privacy.period());
        position.set(AFTER, isHidden(privacy) ? told(key, privacy) : key);
        return position;
    }

    /**
     * The key that a position is after; null: none.
     *
     * @throws Refusal when pseudonyms have changed since, so that nothing stands where it stood
     */
    static @Nullable ArrayNode after(@Nullable JsonNode position, Privacy privacy) {
        requireSameNames(position, privacy.period());
        return position == null ? null : (ArrayNode) position.path(AFTER);
    }

    /** @throws Refusal when a position is of other pseudonyms than these */
    static void requireSameNames(@Nullable JsonNode position, String period) {
        if (position != null && !position.path(NAMES).asText().equals(period)) {
            throw Refusal.invalid(
                    PageToken.PAGE, "of other pseudonyms", "the first page again: pseudonyms have changed since");
        }
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        if (period != null) {
            names.add(STARTING_AT);
        }
        names.addAll(fields.keySet());
        return names;
    }

    private static int compare(JsonNode a, JsonNode b) {
        if (a.isNull() || b.isNull()) {
            return Boolean.compare(!a.isNull(), !b.isNull());
        }
        if (a.isNumber() && b.isNumber()) {
            return Long.compare(a.asLong(), b.asLong());
        }
        return Arrays.compareUnsigned(
                a.asText().getBytes(StandardCharsets.UTF_8), b.asText().getBytes(StandardCharsets.UTF_8));
    }

    static ObjectNode sums(List<String> measured) {
        ObjectNode sums = JsonNodeFactory.instance.objectNode();
        measured.forEach(field -> sums.putObject(field).putObject("sum").put("field", field));
        return sums;
    }

    static long sum(JsonNode bucket, String field) {
        return Math.round(bucket.path(field).path("value").asDouble());
    }
}
