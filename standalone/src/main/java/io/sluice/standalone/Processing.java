package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/** Waits until what was sent is in the answers: its records are in a completed checkpoint, and counted in the ledger. */
final class Processing {
    private static final Set<Topic> INPUTS =
            EnumSet.of(Topic.USAGE, Topic.COUNTERS, Topic.ACTIVITY, Topic.DEAD_LETTERS, Topic.INTAKE);

    private static final Duration POLL = Duration.ofMillis(500);

    /** Longer than the job's sink holds a document back. */
    private static final Duration UNCHANGED = Duration.ofSeconds(2);

    private final Settings settings;
    private final Api api;
    private final HttpClient http;

    Processing(Settings settings, Api api) {
        this.settings = settings;
        this.api = api;
        this.http = Api.http(settings);
    }

    /** Of all time, by the sources asked for. */
    Map<String, Long> received(Set<String> sources) throws InterruptedException {
        Map<String, Long> received = new HashMap<>();
        for (String source : sources) {
            received.put(
                    source,
                    LedgerCommand.ask(api, source, 1)
                            .path("totals")
                            .path("received")
                            .asLong());
        }
        return received;
    }

    /**
     * Waits.
     *
     * @param targets what the ledger must have received, at least, by source
     * @param progress told what is still open, about twice a second
     * @throws CommandException if it does not happen within the limit
     */
    void await(Map<String, Long> targets, Duration limit, Consumer<String> progress)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        Map<TopicPartition, Long> ends = new HashMap<>();
        String shown = "";
        long changedAt = System.nanoTime();
        while (true) {
            String open;
            long records = open(ends);
            if (records < 0) {
                open = "Kafka does not answer";
            } else if (records > 0) {
                open = Table.count(records) + " records to be processed";
            } else {
                boolean refreshed = refresh();
                String now = state(targets);
                if (!refreshed || !now.equals(shown)) {
                    shown = now;
                    changedAt = System.nanoTime();
                }
                open = missing(targets);
                if (open.isEmpty() && System.nanoTime() - changedAt >= UNCHANGED.toNanos()) {
                    return;
                }
            }
            progress.accept(open);
            if (System.nanoTime() - deadline >= 0) {
                throw new CommandException("not processed within " + limit.toSeconds() + " s: " + open
                        + " (expected: none; see ./sluice status)");
            }
            TimeUnit.MILLISECONDS.sleep(POLL.toMillis());
        }
    }

    /** Records not processed yet; -1: Kafka does not answer, it may be starting again. Fills the ends once. */
    private long open(Map<TopicPartition, Long> ends) throws InterruptedException {
        try {
            if (ends.isEmpty()) {
                ends.putAll(Kafka.ends(settings, INPUTS));
            }
            return Kafka.open(settings, Job.SPEND.jobName(), ends);
        } catch (IOException e) {
            return -1;
        }
    }

    /** Whatever of the answers may still change. */
    private String state(Map<String, Long> targets) throws InterruptedException {
        JsonNode spend = SpendCommand.ask(api, "month", List.of("user"), List.of(), null, null);
        return spend.path("data") + " " + received(targets.keySet());
    }

    private String missing(Map<String, Long> targets) throws InterruptedException {
        Map<String, Long> received = received(targets.keySet());
        StringBuilder missing = new StringBuilder();
        targets.forEach((source, target) -> {
            long counted = received.getOrDefault(source, 0L);
            if (counted < target) {
                missing.append(missing.isEmpty() ? "" : ", ")
                        .append(source)
                        .append(": ")
                        .append(counted)
                        .append(" of ")
                        .append(target)
                        .append(" in the ledger");
            }
        });
        return missing.toString();
    }

    /** Makes searches see everything that was written until now; false: Elasticsearch does not answer. */
    private boolean refresh() throws IOException, InterruptedException {
        String password = new DataFolder(settings.data()).elasticsearchPassword();
        HttpRequest request = HttpRequest.newBuilder(settings.elasticsearchUrl().resolve("/sluice-*/_refresh"))
                .header("Authorization", Elasticsearch.authorization(password))
                .timeout(Duration.ofSeconds(20))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }
}
