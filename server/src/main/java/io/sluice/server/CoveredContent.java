package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import io.sluice.elasticsearch.TargetQuery;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.LegalHold;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What an organization's index of messages has of a target. Tells ids and numbers, never content. Blocking. */
final class CoveredContent {
    private static final int SAMPLE = 10;
    private static final int PAGE = 1000;
    /** Of one question; an organization has a handful. */
    private static final int MOST_PRODUCTS = 1000;

    private final Elastic elastic;

    CoveredContent(Elastic elastic) {
        this.elastic = elastic;
    }

    /**
     * What would go.
     *
     * @param found documents that the target covers
     * @param held those of them that holds keep
     * @param heldBy how many each hold keeps, by its id; those that keep none are not in it
     * @param sample of what was found, newest first
     */
    record Count(long found, long held, Map<String, Long> heldBy, ArrayNode sample) {}

    /** @param holds that stand */
    Count count(String orgId, ContentTarget target, Collection<LegalHold> holds) {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("size", SAMPLE).put("track_total_hits", true);
        body.set("query", TargetQuery.of(orgId, target));
        body.putArray("_source")
                .add("conversation_id")
                .add("message_id")
                .add("occurred_at")
                .add("product");
        body.putArray("sort").addObject().put("occurred_at", "desc");
        if (!holds.isEmpty()) {
            ObjectNode aggregations = body.putObject("aggs");
            List<ContentTarget> kept = new ArrayList<>();
            ObjectNode filters =
                    aggregations.putObject("by_hold").putObject("filters").putObject("filters");
            for (LegalHold hold : holds) {
                kept.addAll(hold.getTargets());
                filters.set(hold.getId(), TargetQuery.clause(hold.getTargets()));
            }
            aggregations.putObject("held").set("filter", TargetQuery.clause(kept));
        }
        JsonNode answer = search(orgId, body);
        Map<String, Long> heldBy = new TreeMap<>();
        answer.at("/aggregations/by_hold/buckets").properties().forEach(bucket -> {
            long documents = bucket.getValue().path("doc_count").asLong();
            if (documents > 0) {
                heldBy.put(bucket.getKey(), documents);
            }
        });
        ArrayNode sample = JsonNodeFactory.instance.arrayNode();
        answer.at("/hits/hits").forEach(hit -> sample.add(hit.path("_source")));
        return new Count(
                answer.at("/hits/total/value").asLong(),
                answer.at("/aggregations/held/doc_count").asLong(),
                heldBy,
                sample);
    }

    /** Products of which there is content. */
    Set<String> products(String orgId) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        body.set(
                "query",
                TargetQuery.of(
                        orgId, ContentTarget.newBuilder().setKind("retention").build()));
        body.putObject("aggs")
                .putObject("products")
                .putObject("terms")
                .put("field", "product")
                .put("size", MOST_PRODUCTS);
        Set<String> products = new TreeSet<>();
        search(orgId, body)
                .at("/aggregations/products/buckets")
                .forEach(bucket -> products.add(bucket.path("key").asText()));
        return products;
    }

    /**
     * Labels of the people whose content a target covers, but for those who share a message with others.
     *
     * @param without labels of people whose content is not meant
     */
    Set<String> labels(String orgId, ContentTarget target, Collection<String> without) {
        ObjectNode others = JsonNodeFactory.instance.objectNode();
        ArrayNode names = others.putObject("terms").putArray("labels");
        without.forEach(names::add);
        Set<String> labels = labels(orgId, target, "must_not", others);
        // A label that also stands on a message of those is theirs as far as anybody knows.
        labels.removeAll(labels(orgId, target, "filter", others));
        return labels;
    }

    private Set<String> labels(String orgId, ContentTarget target, String occurrence, ObjectNode others) {
        Set<String> labels = new TreeSet<>();
        JsonNode after = null;
        while (true) {
            ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
            ObjectNode bool = body.putObject("query").putObject("bool");
            bool.putArray("filter").add(TargetQuery.of(orgId, target));
            bool.withArray(occurrence).add(others);
            ObjectNode composite = body.putObject("aggs")
                    .putObject("labels")
                    .putObject("composite")
                    .put("size", PAGE);
            composite
                    .putArray("sources")
                    .addObject()
                    .putObject("label")
                    .putObject("terms")
                    .put("field", "labels");
            if (after != null) {
                composite.set("after", after);
            }
            JsonNode found = search(orgId, body).at("/aggregations/labels");
            found.path("buckets")
                    .forEach(bucket -> labels.add(bucket.at("/key/label").asText()));
            after = found.get("after_key");
            if (after == null) {
                return labels;
            }
        }
    }

    private JsonNode search(String orgId, ObjectNode body) {
        return elastic.exchange(HttpRequest.of(
                        HttpMethod.POST,
                        "/" + URLEncoder.encode(ContentIndex.allMessages(orgId), StandardCharsets.UTF_8)
                                + "/_search?ignore_unavailable=true&allow_partial_search_results=false",
                        MediaType.JSON,
                        body.toString()))
                .expect(200);
    }
}
