package io.sluice.reported;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.claudeapi.ApiAccount;
import io.sluice.claudeapi.ApiAccount.Plan;
import io.sluice.claudeapi.ApiKey;
import io.sluice.claudeapi.Report;
import io.sluice.claudeapi.ReportedSource;
import io.sluice.elasticsearch.ElasticsearchConnection;
import io.sluice.elasticsearch.ElasticsearchIndices;
import io.sluice.runtime.EdgeOptions;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Codec;
import io.sluice.schema.Index;
import io.sluice.schema.ReportedDay;
import io.sluice.schema.ReportedRow;
import io.sluice.schema.Topic;
import io.sluice.testing.AnalyticsServer;
import io.sluice.testing.CodingFact;
import io.sluice.testing.ElasticsearchServer;
import io.sluice.testing.KafkaServer;
import io.sluice.testing.UsageFact;
import io.sluice.testing.UsageFact.Tokens;
import io.sluice.testing.UsageFact.What;
import io.sluice.testing.UsageFact.Who;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.InjectClusterRESTAddress;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The job as it is, from the API to the topics and the indices. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ReportedJobITCase {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setConfiguration(
                    new Configuration().set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, Duration.ofMillis(200)))
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(1)
            .build());

    private static final String KEY = "sk-ant-api01-test";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** First without a key: the job is at work, tells that nothing can be read, and goes on when there is one. */
    @Test
    void whatIsReportedIsOnTheTopicsAndInTheIndices(@InjectClusterRESTAddress URI flink) throws Exception {
        // Whole days that upstream surely has.
        LocalDate day = LocalDate.now(ZoneOffset.UTC).minusDays(3);
        Instant before = Instant.now().minus(Duration.ofDays(2));
        try (KafkaServer kafka = KafkaServer.start();
                ElasticsearchServer elasticsearch = ElasticsearchServer.start();
                AnalyticsServer server = AnalyticsServer.start(KEY, Clock.systemUTC())) {
            createTopics(kafka);
            Files.writeString(folder.resolve("password"), elasticsearch.password());
            ElasticsearchIndices indices = new ElasticsearchIndices(
                    ElasticsearchConnection.to(elasticsearch.url().toString())
                            .withPasswordFile(
                                    ElasticsearchServer.USER,
                                    folder.resolve("password").toString()),
                    Duration.ofMinutes(1),
                    progress -> {});
            for (Index index : List.of(Index.REPORTED, Index.REPORTED_DAYS)) {
                indices.apply(index.indexName(), index.template());
            }
            Who who = Who.user("user_01", "dev@example.com");
            server.addUsage(List.of(new UsageFact(
                    day,
                    who,
                    What.of("claude_code", "claude-opus-5-5"),
                    new Tokens(1, 2, 3, 4, 5, 6),
                    7,
                    new BigDecimal("80"),
                    new BigDecimal("100"),
                    before,
                    null)));
            server.addCoding(List.of(new CodingFact(
                    day,
                    who,
                    "subscription",
                    null,
                    "vscode",
                    false,
                    4,
                    812,
                    233,
                    3,
                    1,
                    40,
                    3,
                    List.of(),
                    before,
                    null)));

            Configuration options = new Configuration();
            options.set(EdgeOptions.KAFKA, kafka.bootstrapServers());
            options.set(EdgeOptions.ELASTICSEARCH, elasticsearch.url().toString());
            options.set(EdgeOptions.ELASTICSEARCH_USER, ElasticsearchServer.USER);
            options.set(
                    EdgeOptions.ELASTICSEARCH_PASSWORD_FILE,
                    folder.resolve("password").toString());
            Configuration quick = new Configuration();
            quick.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
            StreamExecutionEnvironment env = StrictEnvironment.create(quick);
            ReportedJob.attach(
                    env,
                    options,
                    new ReportedOptions.Reading(
                            new ApiAccount(
                                    "acme",
                                    server.url(),
                                    Plan.ENTERPRISE,
                                    ApiKey.file(folder.resolve("key")),
                                    Duration.ofSeconds(30)),
                            Set.of(Report.USER_COST, Report.USERS, Report.SUMMARIES),
                            day));
            JobClient job = env.executeAsync("reported");
            URI jobUrl = flink.resolve("/jobs/" + job.getJobID());
            awaitFailing(jobUrl, 3);
            assertThat(job.getJobStatus().get()).isEqualTo(JobStatus.RUNNING);
            Files.writeString(folder.resolve("key"), KEY);

            Map<String, byte[]> days = read(
                    kafka,
                    Topic.REPORTED_DAYS,
                    read -> read.keySet()
                            .containsAll(
                                    List.of("acme|user_cost|" + day, "acme|users|" + day, "acme|summaries|" + day)));
            ReportedDay cost =
                    Codec.of(ReportedDay.class).decode(Objects.requireNonNull(days.get("acme|user_cost|" + day)));
            assertThat(cost.getRows()).isEqualTo(1);
            assertThat(cost.getCostMicros()).isEqualTo(800_000);
            assertThat(cost.getListCostMicros()).isEqualTo(1_000_000);
            Map<String, byte[]> rows = read(
                    kafka,
                    Topic.REPORTED,
                    read -> read.values().stream()
                                    .map(row -> row(row).getReport())
                                    .distinct()
                                    .count()
                            == 3);
            JsonNode costDocument = JSON.createObjectNode();
            for (Map.Entry<String, byte[]> entry : rows.entrySet()) {
                ReportedRow row = row(entry.getValue());
                assertThat(entry.getKey()).isEqualTo(row.getRowId());
                JsonNode document = document(elasticsearch, Index.REPORTED, entry.getKey());
                assertThat(document.path("report").asText()).isEqualTo(row.getReport());
                if (row.getReport().equals("user_cost")) {
                    costDocument = document;
                }
            }
            assertThat(costDocument.path("actor").asText()).isEqualTo("dev@example.com");
            assertThat(costDocument.path("cost_micros").asLong()).isEqualTo(800_000);
            assertThat(costDocument.at("/dimensions/product").asText()).isEqualTo("claude_code");
            assertThat(document(elasticsearch, Index.REPORTED_DAYS, "acme|user_cost|" + day)
                            .path("list_cost_micros")
                            .asLong())
                    .isEqualTo(1_000_000);
            awaitFailing(jobUrl, 0);
            job.cancel().get();
        }
    }

    /** Asks as {@code GET /health} of the server does. */
    private static void awaitFailing(URI job, int reports) throws IOException, InterruptedException {
        String vertex = "";
        String failing = "";
        while (!failing.equals(Integer.toString(reports))) {
            for (JsonNode each : get(job).path("vertices")) {
                if (each.path("name").asText().startsWith("Source: reported-source")) {
                    vertex = each.path("id").asText();
                }
            }
            failing = get(URI.create(job + "/vertices/" + vertex + "/metrics?get=0.Source__reported-source."
                            + ReportedSource.FAILING))
                    .path(0)
                    .path("value")
                    .asText();
        }
    }

    private static JsonNode get(URI uri) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri).build();
        return JSON.readTree(HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body());
    }

    private static void createTopics(KafkaServer kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.createTopics(List.of(Topic.REPORTED, Topic.REPORTED_DAYS, Topic.DEAD_LETTERS).stream()
                            .map(topic -> new NewTopic(topic.topicName(), 1, (short) 1).configs(topic.settings()))
                            .toList())
                    .all()
                    .get(60, TimeUnit.SECONDS);
        }
    }

    private static ReportedRow row(byte[] value) {
        try {
            return Codec.of(ReportedRow.class).decode(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By key, the newest, as soon as it is enough. */
    private static Map<String, byte[]> read(KafkaServer kafka, Topic topic, Predicate<Map<String, byte[]>> enough) {
        Map<String, byte[]> values = new TreeMap<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic.topicName(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (!enough.test(values)) {
                consumer.poll(Duration.ofSeconds(1)).forEach(record -> values.put(record.key(), record.value()));
            }
        }
        return values;
    }

    /** As soon as it is there. */
    private static JsonNode document(ElasticsearchServer elasticsearch, Index index, String id)
            throws IOException, InterruptedException {
        String login = ElasticsearchServer.USER + ":" + elasticsearch.password();
        String path = "/" + index.indexName() + "/_doc/" + id.replace("|", "%7C");
        HttpRequest request = HttpRequest.newBuilder(elasticsearch.url().resolve(path))
                .header(
                        "authorization",
                        "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)))
                .build();
        HttpClient http = HttpClient.newHttpClient();
        while (true) {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 200) {
                return JSON.readTree(response.body()).path("_source");
            }
            assertThat(response.statusCode()).isEqualTo(404);
        }
    }
}
