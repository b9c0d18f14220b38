package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.audit.AuditChain;
import io.sluice.core.audit.AuditCheckpoint;
import io.sluice.core.audit.AuditDocument;
import io.sluice.schema.AuditEntry;
import io.sluice.schema.Index;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** {@code /v1/audit}: the entries of an organization as they were hashed, by their number; and what they are verified against. */
final class AuditRoutes {
    private static final String FEATURE = "compliance";
    private static final String NUMBER = "number";
    private static final String HASH = "hash";
    private static final int MOST_CHECKPOINTS = 1_000;
    private static final Set<String> ORDERS = Set.of("asc", "desc");
    /** Compared as a whole. */
    private static final List<String> FILTERS = List.of("actor", "action", "outcome");

    private final Elastic elastic;

    private final ChainHead head;

    private AuditRoutes(Elastic elastic, ChainHead head) {
        this.elastic = elastic;
        this.head = head;
    }

    static RouteGroup of(Elastic elastic, ChainHead head) {
        AuditRoutes routes = new AuditRoutes(elastic, head);
        return RouteGroup.json(
                read("/v1/audit", routes::list)
                        .parameters(Set.of(
                                "actor",
                                "action",
                                "outcome",
                                "starting_at",
                                "ending_at",
                                "order",
                                "limit",
                                PageToken.PAGE)),
                read("/v1/audit/head", routes::head));
    }

    private static Route read(String path, Route.Handler handler) {
        return Route.of(HttpMethod.GET, path, Scope.READ_COMPLIANCE_ACTIVITIES, handler)
                .feature(FEATURE)
                .audited();
    }

    /** What an audit is verified against: the end of the chain on Kafka, and the newest of what was told of it. */
    private CompletableFuture<HttpResponse> head(Call call) {
        AuditEntry newest = head.of(call.orgId());
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("org_id", call.orgId())
                .put(NUMBER, newest == null ? 0 : newest.getNumber())
                .put(HASH, newest == null ? AuditChain.NO_HASH : newest.getHash());
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", MOST_CHECKPOINTS);
        body.putArray("sort").addObject().put("at", "desc");
        return elastic.search(call.orgId(), Index.ALERTS, List.of(Elastic.term("kind", AuditCheckpoint.KIND)), body)
                .thenApply(found -> {
                    ArrayNode told = answer.putArray("checkpoints");
                    for (JsonNode hit : found.path("hits").path("hits")) {
                        JsonNode alert = hit.path("_source");
                        AuditCheckpoint.of(alert)
                                .ifPresent(checkpoint -> told.addObject()
                                        .put(NUMBER, checkpoint.number())
                                        .put(HASH, checkpoint.hash())
                                        .put("at", Elastic.time(alert.path("at"))));
                    }
                    return Answers.ok(answer);
                });
    }

    private CompletableFuture<HttpResponse> list(Call call) {
        Parameters parameters = call.parameters();
        String given = parameters.text("order");
        String order = given == null ? "desc" : given;
        if (!ORDERS.contains(order)) {
            throw Refusal.invalid("order", order, "asc or desc");
        }
        int limit = parameters.limit();
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", limit + 1);
        ArrayNode sort = body.putArray("sort");
        // What has the number of another one, or none, is shown as well.
        sort.addObject().putObject(NUMBER).put("order", order).put("missing", "_last");
        sort.addObject().put(HASH, "asc");
        JsonNode position = parameters.page().position();
        if (position != null) {
            body.set("search_after", position.path("after"));
        }
        return elastic.search(call.orgId(), Index.AUDIT, filters(parameters), body)
                .thenApply(found -> answer(found.path("hits").path("hits"), limit, parameters.page()));
    }

    private static List<ObjectNode> filters(Parameters parameters) {
        List<ObjectNode> filters = new ArrayList<>();
        for (String name : FILTERS) {
            String value = parameters.text(name);
            if (value != null) {
                filters.add(Elastic.term(name, value));
            }
        }
        Instant startingAt = parameters.time("starting_at");
        Instant endingAt = parameters.time("ending_at");
        Parameters.requireOrder(startingAt, endingAt);
        if (startingAt != null || endingAt != null) {
            filters.add(Elastic.between("occurred_at", startingAt, endingAt));
        }
        return filters;
    }

    private static HttpResponse answer(JsonNode hits, int limit, PageToken page) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode data = answer.putArray("data");
        ArrayNode differing = answer.putArray("differing");
        for (int i = 0; i < Math.min(limit, hits.size()); i++) {
            JsonNode hit = hits.get(i);
            AuditDocument.Found found = AuditDocument.read(hit.path("_id").asText(), hit.path("_source"));
            data.add(found.entry());
            if (!found.differing().isEmpty()) {
                ObjectNode different = differing.addObject().put("index", i);
                found.differing().forEach(different.putArray("fields")::add);
            }
        }
        boolean more = hits.size() > limit;
        answer.put("has_more", more);
        if (!more) {
            return Answers.ok(answer.putNull("next_page"));
        }
        ObjectNode next = JsonNodeFactory.instance.objectNode();
        next.set("after", hits.get(limit - 1).path("sort"));
        return Answers.ok(answer.put("next_page", page.next(next)));
    }
}
