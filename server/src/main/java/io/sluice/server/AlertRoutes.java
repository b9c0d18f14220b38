package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.caps.CapScope;
import io.sluice.core.directory.Labels;
import io.sluice.core.hooks.HookAlerts;
import io.sluice.schema.Index;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@code GET /v1/alerts}: the newest status of each alert, the newest first. */
final class AlertRoutes {
    private static final Set<String> STATUSES = Set.of("firing", "resolved");
    private static final List<String> DATES = List.of("period_start", "at");
    /** What an alert that is about no cap does not have. */
    private static final List<String> OF_CAPS = List.of(
            "cap_version",
            "period",
            "period_start",
            "amount_micros",
            "threshold",
            "spend_before_micros",
            "spend_after_micros",
            "late");

    private static final List<String> NULL_WITHOUT = List.of("user", "crossing_event_id");

    private final CapRoutes common;
    private final Elastic elastic;
    private final CrossingDocuments crossings;

    AlertRoutes(CapRoutes common, Elastic elastic) {
        this.common = common;
        this.elastic = elastic;
        this.crossings = new CrossingDocuments(elastic);
    }

    List<Route> routes() {
        return List.of(common.look("/v1/alerts", this::list)
                .parameters(Set.of("kind", "user", "since", "status", "limit", "page")));
    }

    private HttpResponse list(Call call) {
        Parameters parameters = call.parameters();
        List<ObjectNode> filters = new ArrayList<>();
        String kind = parameters.text("kind");
        if (kind != null) {
            filters.add(Elastic.term("kind", kind));
        }
        String status = parameters.text("status");
        if (status != null) {
            if (!STATUSES.contains(status)) {
                throw Refusal.invalid("status", status, "firing or resolved");
            }
            filters.add(Elastic.term("status", status));
        }
        String user = parameters.text("user");
        if (user != null) {
            filters.add(Elastic.anyOf("user", labels(call, user)));
        }
        Instant since = parameters.time("since");
        if (since != null) {
            filters.add(Elastic.between("at", since, null));
        }
        int limit = parameters.limit();
        JsonNode position = parameters.page().position();
        ObjectNode body = CapRoutes.object().put("size", limit + 1);
        ArrayNode sort = body.putArray("sort");
        sort.addObject().put("at", "desc");
        sort.addObject().put("id", "asc");
        if (position != null) {
            body.set("search_after", position.path("after"));
        }
        JsonNode hits = elastic.search(call.orgId(), Index.ALERTS, filters, body)
                .join()
                .path("hits")
                .path("hits");
        List<ObjectNode> alerts = new ArrayList<>();
        for (int i = 0; i < Math.min(limit, hits.size()); i++) {
            alerts.add(json(hits.get(i).path("_source")));
        }
        Map<String, ObjectNode> unused = crossings.nameEvents(call.orgId(), alerts);
        ObjectNode answer = CapRoutes.object();
        answer.putArray("data").addAll(alerts);
        boolean more = hits.size() > limit;
        answer.put("has_more", more);
        if (!more) {
            return Answers.ok(answer.putNull("next_page"));
        }
        ObjectNode next = CapRoutes.object();
        next.set("after", hits.get(limit - 1).path("sort"));
        return Answers.ok(answer.put("next_page", parameters.page().next(next)));
    }

    /** Alerts are of labels; a person in the directory may have had several. */
    private List<String> labels(Call call, String user) {
        Set<String> labels = new TreeSet<>(Set.of(user));
        labels.add(Labels.normalized(user));
        labels.addAll(CapMembers.of(common.directory(call), user, common.store().nowMicros())
                .labels());
        return List.copyOf(labels);
    }

    private static ObjectNode otherScope(String type, JsonNode id) {
        ObjectNode scope = CapRoutes.object().put("type", type);
        return type.equals(HookAlerts.SESSION) ? scope.put("session_id", id.asText()) : scope;
    }

    static ObjectNode json(JsonNode source) {
        ObjectNode json = CapRoutes.object();
        source.properties().forEach(field -> json.set(field.getKey(), field.getValue()));
        json.remove("org_id");
        NULL_WITHOUT.forEach(name -> {
            if (!json.has(name)) {
                json.putNull(name);
            }
        });
        DATES.forEach(name -> json.put(name, Elastic.time(source.path(name))));
        if (source.path("cap_id").asText().isEmpty()) {
            json.remove(OF_CAPS);
        } else {
            json.put("spend_limit_id", CapIds.external(source.path("cap_id").asText()));
        }
        json.remove(List.of("cap_id", "scope_type", "scope_id"));
        String scopeType = source.path("scope_type").asText();
        json.set(
                "scope",
                CapScope.named(scopeType)
                        .map(scope ->
                                CapRoutes.scope(scope, source.path("scope_id").textValue()))
                        .orElseGet(() -> otherScope(scopeType, source.path("scope_id"))));
        return json;
    }
}
