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

    private static final String CROSSING = "crossing_event_id";
    /** What the job knows of an event: its id would be too long to carry. */
    private static final String HASH = "event_hash";

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
        for (JsonNode hit : search(orgId, Index.ALERTS, filters, body)) {
            alerts.add(AlertRoutes.json(hit.path("_source")));
        }
        Map<String, ObjectNode> events = nameEvents(orgId, alerts);
        alerts.forEach(
                alert -> alert.set("event", events.get(alert.path(CROSSING).asText())));
        return alerts;
    }

    /**
     * Gives the events that crossed their ids; one that is not in Elasticsearch keeps its hash.
     *
     * @param alerts at most as many as a page has
     * @return events by id
     */
    Map<String, ObjectNode> nameEvents(String orgId, List<ObjectNode> alerts) {
        List<String> hashes = alerts.stream()
                .map(alert -> alert.path(CROSSING))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText)
                .distinct()
                .toList();
        Map<String, ObjectNode> events = new HashMap<>();
        if (hashes.isEmpty()) {
            return events;
        }
        Map<String, String> ids = new HashMap<>();
        ObjectNode body = CapRoutes.object().put("size", MOST);
        for (JsonNode hit : search(orgId, Index.SPEND_EVENTS, List.of(Elastic.anyOf(HASH, hashes)), body)) {
            ObjectNode event = Listing.row(hit.path("_source"));
            String id = event.path("event_id").asText();
            ids.put(hit.path("_source").path(HASH).asText(), id);
            events.put(id, event);
        }
        alerts.forEach(alert -> {
            String id = ids.get(alert.path(CROSSING).asText());
            if (id != null) {
                alert.put(CROSSING, id);
            }
        });
        return events;
    }

    private JsonNode search(String orgId, Index index, List<ObjectNode> filters, ObjectNode body) {
        return elastic.search(orgId, index, filters, body).join().path("hits").path("hits");
    }
}
