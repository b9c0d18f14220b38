package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.schema.Index;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** {@code GET /v1/compliance/activities}: the activity feed as it came from the Compliance API, in its form. */
final class UpstreamActivityRoutes {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MOST = 5000;
    private static final String TYPES = "activity_types[]";
    private static final String OTHER_TYPES = "exclude_activity_types[]";
    private static final String ACTORS = "actor_ids[]";
    private static final String USERS = "user_ids[]";
    private static final String ORGANIZATIONS = "organization_ids[]";
    private static final String CREATED_AT = "created_at";
    private static final String ID = "activity_id";

    private final Elastic elastic;

    UpstreamActivityRoutes(Elastic elastic) {
        this.elastic = elastic;
    }

    List<Route> routes() {
        Set<String> parameters = new HashSet<>(UpstreamQuery.range(CREATED_AT));
        parameters.addAll(Set.of(
                TYPES,
                OTHER_TYPES,
                ACTORS,
                USERS,
                ORGANIZATIONS,
                UpstreamQuery.ORDER,
                UpstreamQuery.LIMIT,
                UpstreamQuery.AFTER,
                UpstreamQuery.BEFORE));
        return List.of(Route.of(
                        HttpMethod.GET,
                        "/v1/compliance/activities",
                        Scope.READ_COMPLIANCE_ACTIVITIES,
                        call -> CompletableFuture.completedFuture(list(call)))
                .feature(ContentRoutes.FEATURE)
                .auditedAlways()
                .parameters(parameters));
    }

    private record Activity(String id, JsonNode raw) {}

    private HttpResponse list(Call call) {
        UpstreamQuery query = new UpstreamQuery(call.parameters());
        boolean ascending = "asc".equals(query.one(UpstreamQuery.ORDER, List.of("asc", "desc"), "desc"));
        int limit = query.number(UpstreamQuery.LIMIT, 1, MOST, DEFAULT_LIMIT);
        List<ObjectNode> filters = filters(query);
        UpstreamQuery.From from = query.from(id -> position(call.orgId(), id));
        boolean up = ascending != from.back();
        ObjectNode body = body(limit + 1, up, from.position());
        JsonNode hits = elastic.search(call.orgId(), Index.COMPLIANCE_ACTIVITIES, filters, body)
                .join()
                .path("hits")
                .path("hits");
        List<Activity> found = StreamSupport.stream(hits.spliterator(), false)
                .map(hit -> hit.path("_source"))
                .map(source -> new Activity(source.path(ID).asText(), UpstreamQuery.raw(source)))
                .toList();
        UpstreamQuery.Found<Activity> page = from.page(found, limit);
        call.detail("shown", Integer.toString(page.page().size()));
        return Answers.ok(
                UpstreamQuery.answer(JsonNodeFactory.instance.objectNode(), "data", page, Activity::raw, Activity::id));
    }

    private static List<ObjectNode> filters(UpstreamQuery query) {
        if (query.has(TYPES) && query.has(OTHER_TYPES)) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    OTHER_TYPES,
                    OTHER_TYPES + ": given with " + TYPES + " (expected: one of the two)");
        }
        List<ObjectNode> filters = new ArrayList<>();
        if (query.has(TYPES)) {
            filters.add(Elastic.anyOf("type", query.values(TYPES)));
        }
        if (query.has(OTHER_TYPES)) {
            ObjectNode not = JsonNodeFactory.instance.objectNode();
            not.putObject("bool").putArray("must_not").add(Elastic.anyOf("type", query.values(OTHER_TYPES)));
            filters.add(not);
        }
        if (query.has(ACTORS) || query.has(USERS)) {
            filters.add(Elastic.anyOf("user_id", query.values(ACTORS, USERS)));
        }
        if (query.has(ORGANIZATIONS)) {
            filters.add(Elastic.anyOf("organization_uuid", query.values(ORGANIZATIONS)));
        }
        query.range(CREATED_AT, CREATED_AT).ifPresent(filters::add);
        return filters;
    }

    private static ObjectNode body(int size, boolean up, @Nullable JsonNode after) {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", size);
        body.putArray("_source").add(ID).add(UpstreamQuery.RAW);
        var sort = body.putArray("sort");
        sort.addObject()
                .putObject(CREATED_AT)
                .put("order", up ? "asc" : "desc")
                .put("format", "strict_date_optional_time_nanos")
                .put("numeric_type", "date_nanos");
        sort.addObject().put(ID, up ? "asc" : "desc");
        if (after != null) {
            body.set("search_after", after);
        }
        return body;
    }

    /** Cursors are ids of activities, which stay what they are, whatever the token; null: there is none. */
    private @Nullable JsonNode position(String orgId, String id) {
        JsonNode hits = elastic.search(
                        orgId,
                        Index.COMPLIANCE_ACTIVITIES,
                        new ArrayList<>(List.of(Elastic.term(ID, id))),
                        body(1, true, null))
                .join()
                .path("hits")
                .path("hits");
        return hits.isEmpty() ? null : hits.get(0).path("sort");
    }
}
