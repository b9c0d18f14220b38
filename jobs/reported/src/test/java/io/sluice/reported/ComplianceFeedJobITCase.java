package io.sluice.reported;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.claudeapi.ApiKey;
import io.sluice.claudeapi.RowId;
import io.sluice.claudeapi.compliance.ComplianceAccount;
import io.sluice.elasticsearch.ElasticsearchConnection;
import io.sluice.elasticsearch.ElasticsearchIndices;
import io.sluice.runtime.EdgeOptions;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceActivity;
import io.sluice.schema.ComplianceDirectoryEntry;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Index;
import io.sluice.schema.Topic;
import io.sluice.testing.ComplianceFacts;
import io.sluice.testing.ComplianceFacts.Activity;
import io.sluice.testing.ComplianceFacts.Chat;
import io.sluice.testing.ComplianceFacts.Group;
import io.sluice.testing.ComplianceFacts.Message;
import io.sluice.testing.ComplianceFacts.Person;
import io.sluice.testing.ComplianceServer;
import io.sluice.testing.ElasticsearchServer;
import io.sluice.testing.KafkaServer;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
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

/** The job as it is, from the API to the topics and the index. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ComplianceFeedJobITCase {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(1)
            .build());

    private static final String KEY = "sk-ant-api01-test";
    private static final Person ANA = new Person("user_01", "ana@example.com", "Ana");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void whatWasSaidAndDoneIsOnTheTopicsAndActivitiesAndTheDirectoryAreInTheIndices() throws Exception {
        Instant at = Instant.parse("2026-11-02T09:15:31.402117Z");
        Message said = Message.text("claude_chat_msg_1", "user", at, "Compare these.");
        said.body().putArray("files").addObject().put("id", "claude_file_1").put("filename", "msa.txt");
        ComplianceFacts facts = new ComplianceFacts()
                .add(ANA)
                .add(new Activity(
                        "activity_1",
                        "claude_file_uploaded",
                        at,
                        at,
                        ANA,
                        JsonNodeFactory.instance.objectNode().put("filename", "q3.xlsx")))
                .add(new Activity(
                        "poison",
                        "x",
                        at,
                        at,
                        ANA,
                        JsonNodeFactory.instance.objectNode().putNull("id")))
                .add(new Chat("claude_chat_1", ANA, "Contract", at).add(said))
                .content("claude_file_1", "text/plain", "Clause 1".getBytes(StandardCharsets.UTF_8))
                .add(new Group("rbac_group_1", "Legal", List.of(), List.of(ANA)));
        try (KafkaServer kafka = KafkaServer.start();
                ElasticsearchServer elasticsearch = ElasticsearchServer.start();
                ComplianceServer server = ComplianceServer.start(KEY, Clock.systemUTC(), facts)) {
            createTopics(kafka);
            Path password = Files.writeString(folder.resolve("password"), elasticsearch.password());
            ElasticsearchIndices indices = new ElasticsearchIndices(
                    ElasticsearchConnection.to(elasticsearch.url().toString())
                            .withPasswordFile(ElasticsearchServer.USER, password.toString()),
                    Duration.ofMinutes(1),
                    progress -> {});
            for (Index index : List.of(Index.COMPLIANCE_ACTIVITIES, Index.COMPLIANCE_DIRECTORY)) {
                indices.apply(index.indexName(), index.template());
            }
            Configuration options = new Configuration();
            options.set(EdgeOptions.KAFKA, kafka.bootstrapServers());
            options.set(EdgeOptions.ELASTICSEARCH, elasticsearch.url().toString());
            options.set(EdgeOptions.ELASTICSEARCH_USER, ElasticsearchServer.USER);
            options.set(EdgeOptions.ELASTICSEARCH_PASSWORD_FILE, password.toString());
            Configuration quick = new Configuration();
            quick.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
            StreamExecutionEnvironment env = StrictEnvironment.create(quick);
            Path key = Files.writeString(folder.resolve("key"), KEY);
            ComplianceFeedJob.attach(
                    env,
                    options,
                    new ComplianceFeedOptions.Reading(
                            new ComplianceAccount(
                                    "acme", server.url(), ApiKey.file(key), Duration.ofSeconds(30), 600, 60),
                            at.minusSeconds(60),
                            true));
            JobClient job = env.executeAsync("compliance");

            byte[] content = read(kafka, Topic.CONTENT, "acme|claude_chat_1|claude_chat_msg_1");
            assertThat(Codec.of(ContentEvent.class).decode(content).getText()).isEqualTo("Compare these.");
            ComplianceActivity activity = Codec.of(ComplianceActivity.class)
                    .decode(read(kafka, Topic.COMPLIANCE_ACTIVITIES, "acme|activity_1"));
            assertThat(activity.getUserId()).isEqualTo("user_01");
            assertThat(JSON.readTree(activity.getRaw()).path("filename").asText())
                    .isEqualTo("q3.xlsx");
            assertThat(Codec.of(DeadLetter.class)
                            .decode(read(kafka, Topic.DEAD_LETTERS, ""))
                            .getMessage())
                    .isEqualTo("activities.id: null (expected: an id)");
            byte[] file = read(kafka, Topic.CONTENT, "acme|claude_chat_1|claude_file_1");
            ContentEvent text = Codec.of(ContentEvent.class).decode(file);
            assertThat(text.getRole()).isEqualTo("file");
            assertThat(text.getText()).isEqualTo("Clause 1");
            assertThat(text.getAttributes()).containsEntry("message_id", "claude_chat_msg_1");
            ComplianceDirectoryEntry entry = Codec.of(ComplianceDirectoryEntry.class)
                    .decode(read(kafka, Topic.COMPLIANCE_DIRECTORY, "acme|member|rbac_group_1|user_01"));
            assertThat(entry.getEmail()).isEqualTo("ana@example.com");
            JsonNode group = document(
                    elasticsearch,
                    Index.COMPLIANCE_DIRECTORY,
                    DirectoryDocuments.id("acme", "group", null, "rbac_group_1"));
            assertThat(group.path("name").asText()).isEqualTo("Legal");
            assertThat(group.path("gone").asBoolean(true)).isFalse();
            assertThat(group.path("raw").asText()).contains("source_type");
            JsonNode document = document(
                    elasticsearch,
                    Index.COMPLIANCE_ACTIVITIES,
                    RowId.of(List.of("acme", "activity_1")).text());
            assertThat(document.path("created_at").asText()).isEqualTo("2026-11-02T09:15:31.402117Z");
            assertThat(document.path("type").asText()).isEqualTo("claude_file_uploaded");
            assertThat(document.path("raw").asText()).isEqualTo(activity.getRaw());
            job.cancel().get();
        }
    }

    private static void createTopics(KafkaServer kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.createTopics(List.of(
                                    Topic.CONTENT,
                                    Topic.COMPLIANCE_ACTIVITIES,
                                    Topic.COMPLIANCE_DIRECTORY,
                                    Topic.DEAD_LETTERS)
                            .stream()
                            .map(topic -> new NewTopic(topic.topicName(), 1, (short) 1).configs(topic.settings()))
                            .toList())
                    .all()
                    .get(60, TimeUnit.SECONDS);
        }
    }

    /** As soon as it is there. */
    private static byte[] read(KafkaServer kafka, Topic topic, String key) {
        Map<String, byte[]> values = new TreeMap<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic.topicName(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            while (!values.containsKey(key)) {
                consumer.poll(Duration.ofSeconds(1))
                        .forEach(record -> values.put(record.key() == null ? "" : record.key(), record.value()));
            }
        }
        return Objects.requireNonNull(values.get(key));
    }

    /** As soon as it is there. */
    private static JsonNode document(ElasticsearchServer elasticsearch, Index index, String id)
            throws IOException, InterruptedException {
        String login = ElasticsearchServer.USER + ":" + elasticsearch.password();
        String path = "/" + index.indexName() + "/_doc/" + id;
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
