package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.Index;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What the ledger counts and is not sure of: models that the price book does not know, whose tokens are priced at a
 * default.
 */
final class LedgerWarnings {
    /** Models with the most spend; telemetry can name any number of them. */
    private static final int MOST_MODELS = 100;

    /** Of request ids; up to it Elasticsearch counts nearly exactly. */
    private static final int PRECISION = 10_000;

    private final Elastic elastic;

    LedgerWarnings(Elastic elastic) {
        this.elastic = elastic;
    }

    /**
     * One warning a model, most spend first.
     *
     * @param filters of the ledger, on fields that the reports of requests have too
     */
    CompletableFuture<ArrayNode> of(String orgId, List<ObjectNode> filters) {
        List<ObjectNode> unknown = new ArrayList<>(filters);
        unknown.add(Elastic.term("unknown_model", "true"));
        // What a source reports the cost of is not priced at the default.
        unknown.add(Elastic.term("cost_basis", "priced"));
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        ObjectNode models = body.putObject("aggs").putObject("models");
        models.putObject("terms")
                .put("field", "model")
                .put("size", MOST_MODELS)
                .putObject("order")
                .put("spend_micros", "desc");
        ObjectNode aggs = models.putObject("aggs");
        aggs.putObject("spend_micros").putObject("sum").put("field", "spend_micros");
        aggs.putObject("first_seen").putObject("min").put("field", "occurred_at");
        aggs.putObject("last_seen").putObject("max").put("field", "occurred_at");
        aggs.putObject("request_ids")
                .putObject("cardinality")
                .put("field", "request_id")
                .put("precision_threshold", PRECISION);
        aggs.putObject("without_id").putObject("missing").put("field", "request_id");
        return elastic.search(orgId, Index.SPEND_EVENTS, unknown, body).thenApply(response -> {
            ArrayNode warnings = JsonNodeFactory.instance.arrayNode();
            for (JsonNode model : response.path("aggregations").path("models").path("buckets")) {
                warnings.add(warning(model));
            }
            return warnings;
        });
    }

    private static ObjectNode warning(JsonNode model) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("kind", "unknown-model")
                .put("model", model.path("key").asText())
                .put(
                        "requests",
                        model.path("request_ids").path("value").asLong()
                                + model.path("without_id").path("doc_count").asLong())
                .put(
                        "spend_micros",
                        Math.round(model.path("spend_micros").path("value").asDouble()))
                .put("first_seen", time(model.path("first_seen")))
                .put("last_seen", time(model.path("last_seen")));
    }

    private static String time(JsonNode aggregate) {
        return Instant.ofEpochMilli(Math.round(aggregate.path("value").asDouble()))
                .toString();
    }
}
