package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.caps.Alerts;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What Elasticsearch has of thresholds that somebody crossed: the alerts, and the events that made them be told. */
final class CrossingDocuments {
    /** Of one person since the beginning of the month: thresholds of a day, a week and a month, and their corrections. */
    private static final int MOST = 1000;

    private static final String EVENT_ID = "crossing_event_id";

    private final Elastic elastic;

    CrossingDocuments(Elastic elastic) {
        this.elastic = elastic;
    }

    /**
     * Alerts of thresholds as {@code GET /v1/alerts} has them, oldest first, each with {@code event}: the document of the
     * event, null where there is none.
     *
     * @param labels of one person
     * @param since the earliest start of a period; microseconds
     * @throws Refusal UNAVAILABLE while Elasticsearch does not answer
     */
    List<ObjectNode> of(String orgId, List<String> labels, long since) {
        ObjectNode body = CapRoutes.object().put("size", MOST);
        body.putArray("sort").addObject().put("at", "asc");
        body.withArray("/sort").addObject().put("id", "asc");
        List<ObjectNode> filters = List.of(
                Elastic.anyOf("user", labels),
                Elastic.term("kind", Alerts.SPEND_THRESHOLD),
                Elastic.between("period_start", Micros.toInstant(since), null));
        List<ObjectNode> alerts = new ArrayList<>();
        List<String> eventIds = new ArrayList<>();
        for (JsonNode hit : search(orgId, Index.ALERTS, filters, body)) {
            ObjectNode alert = AlertRoutes.json(hit.path("_source"));
            alerts.add(alert);
            if (alert.path(EVENT_ID).isTextual()) {
                eventIds.add(alert.path(EVENT_ID).asText());
            }
        }
        Map<String, ObjectNode> events = events(orgId, eventIds);
        alerts.forEach(
                alert -> alert.set("event", events.get(alert.path(EVENT_ID).asText())));
        return alerts;
    }

    /** By id; those that are not there are left out. */
    private Map<String, ObjectNode> events(String orgId, List<String> ids) {
        Map<String, ObjectNode> events = new HashMap<>();
        if (!ids.isEmpty()) {
            ObjectNode body = CapRoutes.object().put("size", MOST);
            for (JsonNode hit : search(orgId, Index.SPEND_EVENTS, List.of(Elastic.anyOf("event_id", ids)), body)) {
                ObjectNode event = Listing.row(hit.path("_source"));
                events.put(event.path("event_id").asText(), event);
            }
        }
        return events;
    }

    private JsonNode search(String orgId, Index index, List<ObjectNode> filters, ObjectNode body) {
        return elastic.search(orgId, index, filters, body).join().path("hits").path("hits");
    }
}
