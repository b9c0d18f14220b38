package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import io.sluice.core.compliance.Held;
import io.sluice.core.compliance.Item;
import io.sluice.elasticsearch.TargetQuery;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.ContentTarget;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** What an organization's indices of conversations have of a target. Tells ids and numbers, never content. Blocking. */
final class CoveredContent {
    private static final int SAMPLE = 10;
    private static final int PAGE = 1000;
    private static final int CONVERSATIONS_AT_ONCE = 500;
    private static final long MICROS_PER_MILLI = 1000;
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
    record Count(long found, long held, Map<String, Long> heldBy, ArrayNode sample) {
        /** Ids of the holds that keep most, first the one that keeps most. */
        List<String> keepingMost(int most) {
            return heldBy.entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue()
                            .reversed()
                            .thenComparing(Map.Entry.comparingByKey()))
                    .limit(most)
                    .map(Map.Entry::getKey)
                    .toList();
        }
    }

    /** A count that is still going on. */
    private static final class Tally {
        private final List<JsonNode> newest = new ArrayList<>();
        private final Map<String, Long> heldBy = new TreeMap<>();
        private long found;
        private long held;

        void sample(JsonNode hits) {
            hits.forEach(newest::add);
            newest.sort(
                    Comparator.comparingLong(hit -> -hit.path("sort").path(0).asLong()));
            newest.subList(Math.min(SAMPLE, newest.size()), newest.size()).clear();
        }

        void look(Item item, Collection<Held> holds) {
            long before = held;
            found++;
            for (Held hold : holds) {
                if (hold.covers(item)) {
                    held = before + 1;
                    heldBy.merge(hold.hold().getId(), 1L, Long::sum);
                }
            }
        }

        Count count() {
            ArrayNode sample = JsonNodeFactory.instance.arrayNode();
            newest.forEach(hit -> sample.add(hit.path("_source")));
            return new Count(found, held, heldBy, sample);
        }
    }

    /**
     * Counts as an erasure goes about it: a message that names nobody is whose its conversation is. What holds keep is told from
     * the documents, page by page, so that no question grows with the holds.
     *
     * @param holds that stand
     */
    Count count(String orgId, ContentTarget target, Collection<Held> holds) {
        Tally tally = new Tally();
        add(tally, orgId, TargetQuery.of(orgId, target), holds);
        if (!target.getLabels().isEmpty()) {
            forEach(
                    ContentIndex.conversations(orgId),
                    TargetQuery.conversations(orgId, target),
                    CONVERSATIONS_AT_ONCE,
                    List.of("conversation_id"),
                    page -> add(
                            tally,
                            orgId,
                            TargetQuery.unnamed(
                                    orgId,
                                    target,
                                    page.stream()
                                            .map(each -> text(each, "conversation_id"))
                                            .toList()),
                            holds));
        }
        return tally.count();
    }

    private void add(Tally tally, String orgId, ObjectNode query, Collection<Held> holds) {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("size", SAMPLE).put("track_total_hits", true);
        body.set("query", query);
        body.putArray("_source")
                .add("conversation_id")
                .add("message_id")
                .add("occurred_at")
                .add("product");
        body.putArray("sort").addObject().put("occurred_at", "desc");
        JsonNode hits = search(ContentIndex.allMessages(orgId), body).path("hits");
        tally.sample(hits.path("hits"));
        if (holds.isEmpty()) {
            tally.found += hits.at("/total/value").asLong();
        } else {
            forEach(ContentIndex.allMessages(orgId), query, PAGE, List.of("doc_id", "part"), page -> {
                Map<String, Set<String>> labels = labelsOfConversations(orgId, page);
                page.forEach(each -> tally.look(item(each, labels), holds));
            });
        }
    }

    /** Of those that have messages among these that name nobody. */
    private Map<String, Set<String>> labelsOfConversations(String orgId, List<JsonNode> messages) {
        Set<String> unnamed = new TreeSet<>();
        for (JsonNode each : messages) {
            if (each.path("labels").isEmpty()) {
                unnamed.add(text(each, "conversation_id"));
            }
        }
        Map<String, Set<String>> labels = new HashMap<>();
        if (!unnamed.isEmpty()) {
            forEach(
                    ContentIndex.conversations(orgId),
                    TargetQuery.of(orgId, ContentTargets.conversations(List.copyOf(unnamed))),
                    PAGE,
                    List.of("conversation_id"),
                    page -> page.forEach(each -> labels.put(text(each, "conversation_id"), labels(each))));
        }
        return labels;
    }

    private static Item item(JsonNode fields, Map<String, Set<String>> ofConversations) {
        Set<String> labels = labels(fields);
        String conversation = text(fields, "conversation_id");
        return new Item(
                conversation,
                text(fields, "doc_id"),
                labels.isEmpty() ? ofConversations.getOrDefault(conversation, Set.of()) : labels,
                fields.path("project_id").path(0).textValue(),
                text(fields, "product"),
                fields.path("occurred_at").path(0).asLong() * MICROS_PER_MILLI);
    }

    private static Set<String> labels(JsonNode fields) {
        Set<String> labels = new TreeSet<>();
        fields.path("labels").forEach(label -> labels.add(label.asText()));
        return labels;
    }

    /** Empty: there is none. */
    private static String text(JsonNode fields, String name) {
        return fields.path(name).path(0).asText();
    }

    /**
     * Tells page by page what a query finds.
     *
     * @param order fields that together differ between any two documents
     * @param visitor is given fields of documents, each a list of values
     */
    private void forEach(
            String index, ObjectNode query, int size, List<String> order, Consumer<List<JsonNode>> visitor) {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("size", size).put("_source", false);
        body.put("track_total_hits", false).set("query", query);
        ArrayNode fields = body.putArray("docvalue_fields");
        List.of("conversation_id", "doc_id", "labels", "project_id", "product").forEach(fields::add);
        fields.addObject().put("field", "occurred_at").put("format", "epoch_millis");
        ArrayNode sort = body.putArray("sort");
        order.forEach(field -> sort.addObject().put(field, "asc"));
        while (true) {
            JsonNode hits = search(index, body).at("/hits/hits");
            List<JsonNode> page = new ArrayList<>();
            hits.forEach(hit -> page.add(hit.path("fields")));
            if (!page.isEmpty()) {
                visitor.accept(page);
            }
            if (page.size() < size) {
                return;
            }
            body.set("search_after", hits.path(size - 1).path("sort"));
        }
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
        search(ContentIndex.allMessages(orgId), body)
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
            JsonNode found = search(ContentIndex.allMessages(orgId), body).at("/aggregations/labels");
            found.path("buckets")
                    .forEach(bucket -> labels.add(bucket.at("/key/label").asText()));
            after = found.get("after_key");
            if (after == null) {
                return labels;
            }
        }
    }

    private JsonNode search(String indices, ObjectNode body) {
        return elastic.exchange(HttpRequest.of(
                        HttpMethod.POST,
                        "/" + URLEncoder.encode(indices, StandardCharsets.UTF_8)
                                + "/_search?ignore_unavailable=true&allow_partial_search_results=false",
                        MediaType.JSON,
                        body.toString()))
                .expect(200);
    }
}
