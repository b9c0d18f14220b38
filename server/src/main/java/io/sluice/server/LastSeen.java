package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directory;
import io.sluice.schema.Index;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** When people were seen last: the newest of their billable requests that Elasticsearch has. */
final class LastSeen {
    private static final int PAGE = 1000;
    private static final String USER = "user";
    private static final long MICROS_PER_MILLI = 1_000;

    private final Elastic elastic;

    LastSeen(Elastic elastic) {
        this.elastic = elastic;
    }

    /**
     * By directory id, microseconds; who was never seen is not in it. Blocking.
     *
     * @throws RuntimeException with a {@link Refusal} UNAVAILABLE while Elasticsearch does not answer
     */
    Map<String, Long> of(Directory directory) {
        Map<String, Long> seen = new HashMap<>();
        JsonNode after = null;
        do {
            ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
            ObjectNode users = body.putObject("aggs").putObject("users");
            ObjectNode composite = users.putObject("composite").put("size", PAGE);
            composite
                    .putArray("sources")
                    .addObject()
                    .putObject(USER)
                    .putObject("terms")
                    .put("field", USER);
            if (after != null) {
                composite.set("after", after);
            }
            users.putObject("aggs").putObject("last").putObject("max").put("field", "occurred_at");
            JsonNode found = elastic.search(directory.orgId(), Index.SPEND_EVENTS, List.of(), body)
                    .join()
                    .path("aggregations")
                    .path("users");
            for (JsonNode bucket : found.path("buckets")) {
                long last = bucket.path("last").path("value").asLong() * MICROS_PER_MILLI;
                directory
                        .userByLabel(bucket.path("key").path(USER).asText())
                        .ifPresent(user -> seen.merge(user.id(), last, Math::max));
            }
            after = found.path("buckets").isEmpty() ? null : found.get("after_key");
        } while (after != null);
        return seen;
    }
}
