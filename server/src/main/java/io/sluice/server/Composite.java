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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Groups of documents by keywords, in order; a document without one of them is in the group of null. */
final class Composite {
    /** A field that documents do not have: the UTC day of {@code starting_at}, as epoch milliseconds. */
    static final String DAY = "day";

    /** The order of keywords. */
    static final Comparator<String> BYTES =
            Comparator.comparing(name -> name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private static final String GROUPS = "groups";

    private final List<String> fields;

    Composite(List<String> fields) {
        this.fields = fields;
    }

    /**
     * @param aggregations of each group
     * @param after the key that the groups begin after, one value for each field; null: from the first on
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
        for (String field : fields) {
            ObjectNode source = sources.addObject().putObject(field);
            if (field.equals(DAY)) {
                source.putObject("date_histogram").put("field", "starting_at").put("calendar_interval", "day");
            } else {
                source.putObject("terms").put("field", field).put("missing_bucket", true);
            }
        }
        if (after != null) {
            ObjectNode key = composite.putObject("after");
            for (int i = 0; i < fields.size(); i++) {
                key.set(fields.get(i), after.get(i));
            }
        }
        groups.set("aggs", aggregations);
        return elastic.search(orgId, index, filters, body).thenApply(response -> {
            List<JsonNode> buckets = new ArrayList<>();
            response.path("aggregations").path(GROUPS).path("buckets").forEach(buckets::add);
            return buckets;
        });
    }

    /** All groups, page by page. */
    CompletableFuture<List<JsonNode>> askAll(
            Elastic elastic, String orgId, Index index, List<ObjectNode> filters, ObjectNode aggregations) {
        return askAll(elastic, orgId, index, filters, aggregations, null, new ArrayList<>());
    }

    private CompletableFuture<List<JsonNode>> askAll(
            Elastic elastic,
            String orgId,
            Index index,
            List<ObjectNode> filters,
            ObjectNode aggregations,
            @Nullable ArrayNode after,
            List<JsonNode> found) {
        return ask(elastic, orgId, index, filters, aggregations, Parameters.MAX_LIMIT, after)
                .thenCompose(buckets -> {
                    found.addAll(buckets);
                    return buckets.size() < Parameters.MAX_LIMIT
                            ? CompletableFuture.completedFuture(found)
                            : askAll(
                                    elastic,
                                    orgId,
                                    index,
                                    filters,
                                    aggregations,
                                    key(buckets.get(buckets.size() - 1)),
                                    found);
                });
    }

    /** What the groups after this one begin after. */
    ArrayNode key(JsonNode bucket) {
        ArrayNode key = JsonNodeFactory.instance.arrayNode();
        fields.forEach(field -> key.add(bucket.path("key").get(field)));
        return key;
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
