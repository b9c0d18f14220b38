package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Replay;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Finds the hour in which an amount was reached, from the hour cube in Elasticsearch. */
final class SpentHours {
    private static final int MOST = 200;
    private static final long MICROS_PER_HOUR = Duration.ofHours(1).toSeconds() * 1_000_000;

    /** {@code [from, to)}, microseconds. */
    record Hour(long from, long to) {}

    private final Elastic elastic;

    SpentHours(Elastic elastic) {
        this.elastic = elastic;
    }

    /**
     * Of the first of these that are longer than an hour and begin with one. Of pools it is not known: cells do not tell who was in a group.
     *
     * @throws Refusal UNAVAILABLE while Elasticsearch does not answer
     */
    Map<Replay.Alert, Hour> of(String orgId, List<Replay.Alert> alerts) {
        Map<Replay.Alert, CompletableFuture<JsonNode>> asked = new HashMap<>();
        alerts.stream()
                .filter(alert -> alert.to() - alert.from() > MICROS_PER_HOUR && alert.from() % MICROS_PER_HOUR == 0)
                .filter(alert -> alert.subject().scope() != CapScope.GROUP_POOL)
                .limit(MOST)
                .forEach(alert -> asked.put(alert, ask(orgId, alert)));
        Map<Replay.Alert, Hour> hours = new HashMap<>();
        asked.forEach((alert, answer) -> {
            long amount =
                    alert.crossing().limit().thresholdMicros(alert.crossing().percent());
            long spent = alert.spentBefore();
            for (JsonNode bucket :
                    answer.join().path("aggregations").path("hours").path("buckets")) {
                spent += Math.round(bucket.path("spent").path("value").asDouble());
                if (spent >= amount) {
                    long hour = bucket.path("key").asLong() * 1000;
                    hours.put(
                            alert,
                            new Hour(Math.max(alert.from(), hour), Math.min(alert.to(), hour + MICROS_PER_HOUR)));
                    break;
                }
            }
        });
        return hours;
    }

    private CompletableFuture<JsonNode> ask(String orgId, Replay.Alert alert) {
        ObjectNode body = CapRoutes.object().put("size", 0);
        ObjectNode hours = body.putObject("aggs").putObject("hours");
        hours.putObject("date_histogram").put("field", "starting_at").put("fixed_interval", "1h");
        hours.putObject("aggs").putObject("spent").putObject("sum").put("field", "spend_micros");
        ObjectNode time = Elastic.between("starting_at", Micros.toInstant(alert.from()), Micros.toInstant(alert.to()));
        String user = alert.subject().user();
        return elastic.search(
                orgId,
                Index.SPEND_CELLS,
                user == null ? List.of(time) : List.of(time, Elastic.term("user", user)),
                body);
    }
}
