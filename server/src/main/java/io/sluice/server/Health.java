package io.sluice.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /health}: every component is asked at once, and one that does not answer within a second is down.
 *
 * <p>Messages say what is wrong but no address and no cause: the answer needs no token.
 */
final class Health implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMillis(800);
    private static final String SPEND_GROUP = "sluice-spend";
    /** Nobody waits for it: what it reads is of days that have passed. So it is told, and nothing is down without it. */
    private static final String REPORTS = "sluice-reported";

    /** Begin of the name of its only vertex, and the metric of it that tells how many reports cannot be read. */
    private static final String REPORTS_VERTEX = "Source: reported-source";

    private static final String REPORTS_FAILING = "0.Source__reported-source.reports-failing";
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @param json the whole answer
     * @param fine whether every component is up
     */
    record Report(ObjectNode json, boolean fine) {}

    private final TokenRegistry tokens;
    private final Elastic elastic;
    private final BooleanSupplier directoryLoaded;
    private final WebClient flink;
    private final Admin admin;

    /** @param directoryLoaded whether the directory is known */
    Health(
            Settings settings,
            ClientFactory factory,
            TokenRegistry tokens,
            Elastic elastic,
            BooleanSupplier directoryLoaded) {
        this.directoryLoaded = directoryLoaded;
        this.tokens = tokens;
        this.elastic = elastic;
        this.flink = WebClient.builder(settings.flinkUrl())
                .factory(factory)
                .responseTimeout(PATIENCE)
                .build();
        this.admin = Admin.create(Map.of(
                CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
                settings.kafkaBootstrapServers(),
                CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG,
                (int) PATIENCE.toMillis(),
                CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG,
                (int) PATIENCE.toMillis(),
                CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                500));
    }

    CompletableFuture<Report> report() {
        CompletableFuture<Map<String, Long>> lag = lag();
        CompletableFuture<ObjectNode> kafka =
                component(lag.thenApply(known -> tokens.ready() ? up() : down("topics and tokens are not loaded yet")));
        CompletableFuture<ObjectNode> search = component(elastic.clusterStatus()
                .thenApply(status -> status.equals("green") || status.equals("yellow")
                        ? up().put("cluster", status)
                        : down("cluster status " + status)));
        CompletableFuture<JsonNode> overview = ask("/jobs/overview");
        CompletableFuture<String> reports = overview.thenCompose(this::ofReports)
                .completeOnTimeout("", PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(failure -> "");
        CompletableFuture<ObjectNode> jobs = component(overview.thenApply(Health::jobs))
                .thenCombine(
                        reports,
                        (answer, problem) ->
                                problem.isEmpty() || answer.has("message") ? answer : answer.put("message", problem));
        return CompletableFuture.allOf(kafka, search, jobs).thenApply(done -> {
            ObjectNode components = JsonNodeFactory.instance.objectNode();
            components.set("kafka", kafka.join());
            components.set("elasticsearch", search.join());
            components.set("flink", jobs.join());
            components.set("directory", directoryLoaded.getAsBoolean() ? up() : down("not loaded yet"));
            boolean fine = true;
            for (JsonNode component : components) {
                fine &= component.path("status").asText().equals("up");
            }
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("status", fine ? "up" : "down");
            json.set("components", components);
            // Null: Kafka did not tell.
            json.set("lag", lag.isCompletedExceptionally() || !lag.isDone() ? null : JSON.valueToTree(lag.join()));
            return new Report(json, fine);
        });
    }

    /** Ends up or down within the patience, whatever the component does. */
    private static CompletableFuture<ObjectNode> component(CompletableFuture<ObjectNode> asked) {
        return asked.copy()
                .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(failure -> down("does not answer"));
    }

    private static ObjectNode up() {
        return JsonNodeFactory.instance.objectNode().put("status", "up");
    }

    private static ObjectNode down(String message) {
        return JsonNodeFactory.instance.objectNode().put("status", "down").put("message", message);
    }

    private CompletableFuture<JsonNode> ask(String path) {
        return flink.get(path).aggregate().thenApply(response -> {
            try {
                return JSON.readTree(response.contentUtf8());
            } catch (JsonProcessingException e) {
                return MissingNode.getInstance();
            }
        });
    }

    /** Flink keeps ended jobs in its list, so of each name the one that was started last counts. */
    private static Map<String, JsonNode> newest(JsonNode overview) {
        Map<String, JsonNode> newest = new TreeMap<>();
        for (JsonNode job : overview.path("jobs")) {
            newest.merge(
                    job.path("name").asText(),
                    job,
                    (a, b) -> a.path("start-time").asLong()
                                    >= b.path("start-time").asLong()
                            ? a
                            : b);
        }
        return newest;
    }

    private static boolean isRunning(JsonNode job) {
        return job.path("state").asText().equals("RUNNING");
    }

    private static ObjectNode jobs(JsonNode overview) {
        if (!overview.isObject()) {
            return down("the answer is not JSON");
        }
        Map<String, JsonNode> newest = newest(overview);
        boolean running =
                newest.entrySet().stream().allMatch(job -> job.getKey().equals(REPORTS) || isRunning(job.getValue()));
        ObjectNode answer = newest.isEmpty() ? down("no job") : running ? up() : down("a job is not running");
        ObjectNode states = answer.putObject("jobs");
        newest.forEach((name, job) -> states.put(name, job.path("state").asText()));
        return answer;
    }

    /** Why reports are not read; empty: they are, or nobody has asked for them. */
    private CompletableFuture<String> ofReports(JsonNode overview) {
        JsonNode job = newest(overview).get(REPORTS);
        if (job == null) {
            return CompletableFuture.completedFuture("");
        }
        if (!isRunning(job)) {
            return CompletableFuture.completedFuture("the job of reports is not running");
        }
        return failingReports(job.path("jid").asText())
                .thenApply(failing -> failing == 0 ? "" : failing + " reports of Anthropic cannot be read");
    }

    /** As the job's source counts them; 0 too if Flink does not tell. */
    private CompletableFuture<Long> failingReports(String jobId) {
        String vertices = "/jobs/" + jobId + "/vertices/";
        return ask("/jobs/" + jobId)
                .thenCompose(job -> {
                    for (JsonNode vertex : job.path("vertices")) {
                        if (vertex.path("name").asText().startsWith(REPORTS_VERTEX)) {
                            return ask(vertices + vertex.path("id").asText() + "/metrics?get=" + REPORTS_FAILING);
                        }
                    }
                    return CompletableFuture.completedFuture(MissingNode.getInstance());
                })
                .thenApply(metrics -> metrics.path(0).path("value").asLong());
    }

    /** Records per topic that the spend job has not yet taken; only topics that it reads. */
    private CompletableFuture<Map<String, Long>> lag() {
        return admin.listConsumerGroupOffsets(SPEND_GROUP)
                .partitionsToOffsetAndMetadata()
                .toCompletionStage()
                .toCompletableFuture()
                .thenCompose(committed -> admin.listOffsets(committed.keySet().stream()
                                .collect(Collectors.toMap(Function.identity(), p -> OffsetSpec.latest())))
                        .all()
                        .toCompletionStage()
                        .thenApply(ends -> lag(committed, ends)));
    }

    private static Map<String, Long> lag(
            Map<TopicPartition, @Nullable OffsetAndMetadata> committed,
            Map<TopicPartition, ListOffsetsResultInfo> ends) {
        Map<String, Long> lag = new TreeMap<>();
        ends.forEach((partition, end) -> {
            OffsetAndMetadata done = committed.get(partition);
            lag.merge(partition.topic(), end.offset() - (done == null ? 0 : done.offset()), Long::sum);
        });
        return lag;
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(1));
    }
}
