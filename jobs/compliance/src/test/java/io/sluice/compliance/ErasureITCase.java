package io.sluice.compliance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.compliance.Receipt;
import io.sluice.elasticsearch.ElasticsearchConnection;
import io.sluice.elasticsearch.ElasticsearchIndices;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.Erasure;
import io.sluice.schema.Index;
import io.sluice.schema.LegalHold;
import io.sluice.schema.Topic;
import io.sluice.testing.ComplianceFacts;
import io.sluice.testing.ComplianceServer;
import io.sluice.testing.ElasticsearchServer;
import io.sluice.testing.FreePort;
import io.sluice.testing.KafkaServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The job with real Kafka and Elasticsearch: what is erased does not come back, what is held stays. */
@Timeout(400)
class ErasureITCase {
    private static final int PARTITIONS = 2;

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(2)
            .build());

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String KIM = "kim@example.com";
    private static final long NOVEMBER = 1_794_700_800_000_000L;
    private static final long REQUESTED = NOVEMBER + 86_400_000_000L;
    private static final AtomicInteger FENCES = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private static KafkaServer kafka;

    @SuppressWarnings("NullAway.Init")
    private static ElasticsearchServer elasticsearch;

    @SuppressWarnings("NullAway.Init")
    private static KafkaProducer<byte[], byte[]> producer;

    /** In the text of what is to be erased. */
    private static final String MARKER = "q7zx9pmarkerkw3";

    private static final Duration ERASED_WITHIN = Duration.ofSeconds(8);
    private static final String KEY = "sk-ant-api01-test";

    /** What Anthropic has. */
    private static final ComplianceFacts UPSTREAM = new ComplianceFacts();

    @SuppressWarnings("NullAway.Init")
    private static ComplianceServer upstream;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path kafkaData;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private @Nullable JobClient job;

    @BeforeAll
    static void start() throws Exception {
        kafka = KafkaServer.start(kafkaData, FreePort.next(), Map.of("log.cleaner.backoff.ms", "500"));
        elasticsearch = ElasticsearchServer.start();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.createTopics(Arrays.stream(Topic.values())
                            .map(topic -> new NewTopic(topic.topicName(), PARTITIONS, (short) 1)
                                    .configs(
                                            topic == Topic.CONTENT
                                                    ? Topic.contentSettings(ERASED_WITHIN)
                                                    : topic.settings()))
                            .toList())
                    .all()
                    .get();
        }
        ComplianceFacts.Person lee = new ComplianceFacts.Person("user_lee", "lee@example.com", "Lee");
        UPSTREAM.add(lee).add(new ComplianceFacts.Chat("claude_chat_1", lee, "a chat", Instant.EPOCH));
        upstream = ComplianceServer.start(KEY, Clock.systemUTC(), UPSTREAM);
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers(), "max.in.flight.requests.per.connection", 1),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        ElasticsearchIndices indices = new ElasticsearchIndices(connection(), Duration.ofMinutes(1), message -> {});
        for (ContentIndex index : ContentIndex.values()) {
            indices.applyTemplate(index.templateName(), index.template());
        }
        for (Index index : List.of(Index.JOB_PROGRESS, Index.ERASURES)) {
            indices.apply(index.indexName(), index.template());
        }
    }

    @AfterAll
    static void stop() throws Exception {
        producer.close();
        kafka.close();
        elasticsearch.close();
        upstream.close();
    }

    @AfterEach
    void end() throws Exception {
        if (job != null) {
            job.cancel().get();
            // Until then it may still write a checkpoint.
            job.getJobExecutionResult().handle((result, failure) -> true).get();
            job = null;
        }
    }

    /** One story for both targets, since each purge takes half a minute. */
    @Test
    void whatIsErasedNeverComesBack() throws Exception {
        String org = "acme";
        List<ContentEvent> conversation = conversation(org, "c-doomed", "lee@example.com", 6);
        List<ContentEvent> user = new ArrayList<>(conversation(org, "c-of-kim", KIM, 6));
        // Deleted by its user at Anthropic; so is one of which nothing else was ever seen.
        user.add(deletedUpstream(org, "c-of-kim", KIM));
        List<ContentEvent> deleted = List.of(deletedUpstream(org, "c-deleted", KIM));
        // Of the same person, but no message says so: the conversation learns it from the last one.
        List<ContentEvent> unnamed = new ArrayList<>(conversation(org, "c-unnamed", null, 3));
        unnamed.addAll(conversation(org, "c-unnamed", KIM, 4).subList(3, 4));
        List<ContentEvent> others = conversation(org, "c-kept", "lee@example.com", 4);
        run(null);
        for (List<ContentEvent> each : List.of(conversation, user, deleted, unnamed, others)) {
            each.forEach(ErasureITCase::send);
        }
        fence(org);
        assertThat(conversations(org)).contains("c-doomed", "c-of-kim", "c-deleted", "c-unnamed", "c-kept");
        List<JsonNode> written = written(org, 15);
        String before = savepoint();

        eraseBoth(org);
        // Nobody has said anything here; at Anthropic there is one.
        ComplianceChange chat =
                erasure(org, 5, "e-chat", target("conversation").setConversationIds(List.of("claude_chat_1", "c-no")));
        chat.getErasure().setUpstream(true);
        append(chat);
        append(start(org, 6, "e-chat"));
        await(
                "hidden",
                () -> !status(org, "e-conversation").equals("pending")
                        && !status(org, "e-user").equals("pending"));
        assertErased(org);

        // Late events, old and new, while the purge goes on.
        List<ContentEvent> late = new ArrayList<>();
        for (List<ContentEvent> each : List.of(conversation, user, deleted, unnamed)) {
            late.addAll(each);
        }
        late.add(message(org, "c-doomed", "m-late", "lee@example.com").build());
        late.add(message(org, "c-of-kim", "m-late", KIM).build());
        late.add(message(org, "c-doomed", "m-0", null)
                .setSource("compliance-api")
                .setText("a better copy of it")
                .build());
        late.forEach(ErasureITCase::send);
        fence(org);
        assertErased(org);

        await("completed", () -> bothAre(org, "completed"));
        await("deleted upstream", () -> status(org, "e-chat").equals("completed"));
        assertThat(UPSTREAM.hasChat("claude_chat_1")).isFalse();
        JsonNode ofChat = JSON.readTree(progress(org, "e-chat").path("receipt").asText());
        assertThat(ofChat.path("found").asInt()).isZero();
        assertThat(ofChat.path("upstream")).hasToString("[{\"id\":\"claude_chat_1\",\"outcome\":\"deleted\"}]");
        JsonNode receipt = JSON.readTree(progress(org, "e-user").path("receipt").asText());
        assertThat(receipt.path("found").asInt()).isEqualTo(12);
        assertThat(receipt.path("receipt_hash").asText()).isEqualTo(Receipt.hash((ObjectNode) receipt));
        assertThat(receipt.toString()).doesNotContain(KIM, MARKER);

        await("no byte is left", () -> filesWithMarker().isEmpty());

        // After the time for which Elasticsearch remembers versions of what is deleted; so is all that follows.
        send("PUT", contentIndices(org) + "/_settings", "{\"index.gc_deletes\":\"1s\"}");
        awaitForgottenDeletions(org);
        assertWritesAreRefused(written);
        late.forEach(ErasureITCase::send);
        fence(org);
        assertErased(org);

        // From a savepoint of before the deletion.
        restart(before);
        assertErased(org);
        // All of the topic, by a job that knows nothing.
        restart(null);
        assertErased(org);
        late.forEach(ErasureITCase::send);
        fence(org);
        assertErased(org);

        // Elasticsearch forgets deletions when it restarts; and the job starts anew as well.
        elasticsearch.restart();
        restart(before);
        late.forEach(ErasureITCase::send);
        fence(org);
        assertErased(org);

        // All indices are made again from the topic: there is no stub then.
        end();
        send("DELETE", "/" + ContentIndex.conversations(org), "");
        for (String index : indices("/" + ContentIndex.allMessages(org))) {
            send("DELETE", "/" + index, "");
        }
        restart(null);
        assertErased(org);
        assertThat(progress(org, "e-user").path("receipt").asText())
                .as("there is one receipt")
                .isEqualTo(receipt.toString());
        // A user is erased up to the request, not for ever.
        send(message(org, "c-of-kim", "m-later", KIM)
                .setOccurredAt(REQUESTED + 1)
                .build());
        fence(org);
        assertThat(conversations(org)).contains("c-of-kim");
        assertThat(messages(org, "c-of-kim")).containsExactly("m-later");
    }

    /** As the cell of the story above, with the minute that clusters have by default. */
    @Test
    @Tag("chaos")
    void whatIsErasedDoesNotComeBackAfterAMinute() throws Exception {
        String org = "umbrella";
        List<ContentEvent> erased = new ArrayList<>(conversation(org, "c-doomed", "lee@example.com", 6));
        erased.addAll(conversation(org, "c-of-kim", KIM, 6));
        erased.forEach(ErasureITCase::send);
        conversation(org, "c-kept", "lee@example.com", 4).forEach(ErasureITCase::send);
        run(null);
        fence(org);
        List<JsonNode> written = written(org, 14);
        String before = savepoint();
        eraseBoth(org);
        await("completed", () -> bothAre(org, "completed"));

        assertThat(awaitForgottenDeletions(org)).isGreaterThan(Duration.ofSeconds(55));
        assertWritesAreRefused(written);
        erased.add(message(org, "c-doomed", "m-late", "lee@example.com").build());
        erased.add(message(org, "c-of-kim", "m-late", KIM).build());
        erased.forEach(ErasureITCase::send);
        fence(org);
        assertErased(org);
        restart(before);
        erased.forEach(ErasureITCase::send);
        fence(org);
        assertErased(org);
        restart(null);
        fence(org);
        assertErased(org);
    }

    /** Of {@code c-doomed}, and of all that is Kim's; both have started then. */
    private static void eraseBoth(String org) throws Exception {
        append(erasure(org, 1, "e-conversation", target("conversation").setConversationIds(List.of("c-doomed"))));
        append(erasure(org, 2, "e-user", target("user").setLabels(List.of(KIM)).setUntil(REQUESTED)));
        await("pending", () -> bothAre(org, "pending"));
        assertThat(conversations(org)).as("nothing happens without a start").contains("c-doomed", "c-of-kim");
        append(start(org, 3, "e-conversation"));
        append(start(org, 4, "e-user"));
    }

    private static boolean bothAre(String org, String status) throws Exception {
        return status(org, "e-conversation").equals(status)
                && status(org, "e-user").equals(status);
    }

    private static String contentIndices(String org) {
        return "/" + ContentIndex.allMessages(org) + "," + ContentIndex.conversations(org);
    }

    /** What is to be erased as it is in the index, messages and conversations: hits with their versions. */
    private static List<JsonNode> written(String org, int documents) throws Exception {
        List<JsonNode> hits = new ArrayList<>();
        await("messages are indexed, as conversations are", () -> {
            send("POST", contentIndices(org) + "/_refresh", "");
            hits.clear();
            send(
                            "POST",
                            contentIndices(org) + "/_search",
                            "{\"version\":true,\"size\":1000,\"query\":{\"terms\":{\"conversation_id\":[\"c-doomed\",\"c-of-kim\"]}}}")
                    .path("hits")
                    .path("hits")
                    .forEach(hits::add);
            return hits.size() == documents;
        });
        return hits;
    }

    /**
     * Waits until Elasticsearch has forgotten what was deleted before this call: of a document that is deleted in each index,
     * it accepts an older version.
     *
     * @return how long it took from the last deletion on
     */
    private static Duration awaitForgottenDeletions(String org) throws Exception {
        List<String> documents = new ArrayList<>();
        for (String index : indices(contentIndices(org))) {
            String document = "/" + index + "/_doc/probe?version_type=external&version=";
            assertThat(status("PUT", document + 2, "{\"org_id\":\"" + org + "\",\"empty\":true}"))
                    .isEqualTo(201);
            assertThat(status("DELETE", document + 3, "")).isEqualTo(200);
            documents.add(document);
        }
        assertThat(documents).as("messages of a month, and conversations").hasSize(2);
        long deleted = System.nanoTime();
        for (String document : documents) {
            await(
                    "deletions are forgotten",
                    () -> status("PUT", document + 1, "{\"org_id\":\"" + org + "\",\"empty\":true}") == 201);
        }
        return Duration.ofNanos(System.nanoTime() - deleted);
    }

    /**
     * Nobody can write again what was there, also past the gate: a stub is in its place. Where a document had been deleted, it
     * would be back.
     */
    private static void assertWritesAreRefused(List<JsonNode> written) throws Exception {
        for (JsonNode hit : written) {
            String document = "/" + hit.path("_index").asText() + "/_doc/"
                    + hit.path("_id").asText() + "?version_type=external&version="
                    + hit.path("_version").asLong();
            assertThat(status("PUT", document, hit.path("_source").toString()))
                    .as(document)
                    .isEqualTo(409);
        }
    }

    @Test
    void whatIsHeldStaysUntilItIsReleased() throws Exception {
        String org = "globex";
        conversation(org, "c-1", KIM, 3).forEach(ErasureITCase::send);
        conversation(org, "c-2", KIM, 3).forEach(ErasureITCase::send);
        run(null);
        fence(org);
        ContentTarget.Builder kim = target("user").setLabels(List.of(KIM)).setUntil(REQUESTED);
        append(hold(org, 1, "hold", target("conversation").setConversationIds(List.of("c-1"))));
        append(erasure(org, 2, "e", kim));
        append(start(org, 3, "e"));
        await("held", () -> status(org, "e").equals("held"));
        JsonNode held = progress(org, "e");
        assertThat(held.path("held_by")).hasToString("[\"hold\"]");
        assertThat(held.path("found").asInt()).isEqualTo(6);
        assertThat(held.path("held").asInt()).isEqualTo(3);
        assertThat(messages(org, "c-1")).hasSize(3);
        assertThat(messages(org, "c-2")).isEmpty();
        // What is held may still grow.
        send(message(org, "c-1", "m-late", KIM).build());
        fence(org);
        assertThat(messages(org, "c-1")).contains("m-late");

        append(change(org, 4).setKind("release").setRelease("hold").build());
        append(hold(org, 5, "too-late", target("conversation").setConversationIds(List.of("c-2"))));
        restart(null);
        assertThat(messages(org, "c-1")).as("a release alone destroys nothing").hasSize(4);
        append(start(org, 6, "e"));
        await("hidden", () -> messages(org, "c-1").isEmpty() && status(org, "e").equals("hidden"));
    }

    /** Whose a message is, its conversation may tell, before or after the erasure; a hold on the person keeps it as well. */
    @Test
    void messagesThatNameNobodyAreTheirConversations() throws Exception {
        String org = "initech";
        List<ContentEvent> held = new ArrayList<>(conversation(org, "c-held", null, 3));
        held.addAll(conversation(org, "c-held", KIM, 4).subList(3, 4));
        held.forEach(ErasureITCase::send);
        conversation(org, "c-late", null, 3).forEach(ErasureITCase::send);
        run(null);
        fence(org);
        append(hold(org, 1, "hold", target("user").setLabels(List.of(KIM))));
        append(erasure(org, 2, "e-held", target("conversation").setConversationIds(List.of("c-held"))));
        append(start(org, 3, "e-held"));
        append(erasure(
                org,
                4,
                "e-lee",
                target("user").setLabels(List.of("lee@example.com")).setUntil(REQUESTED)));
        append(start(org, 5, "e-lee"));
        await("held", () -> status(org, "e-held").equals("held"));
        await("nothing is found", () -> status(org, "e-lee").equals("completed"));
        assertThat(messages(org, "c-held")).hasSize(4);
        assertThat(conversations(org)).contains("c-held", "c-late");

        // Now it tells whose it is, by a message that is erased itself.
        send(message(org, "c-late", "m-named", "lee@example.com").build());
        await("what named nobody is gone", () -> messages(org, "c-late").isEmpty());
        assertThat(status(org, "e-lee")).as("complete as before").isEqualTo("completed");
        await("its conversation too", () -> !conversations(org).contains("c-late"));
    }

    /** A file is no message of its conversation, and is held and erased as one. */
    @Test
    void aConversationWithOnlyAFileLeftIsNotEmpty() throws Exception {
        String org = "hooli";
        conversation(org, "c-1", KIM, 2).forEach(ErasureITCase::send);
        send(message(org, "c-1", "claude_file_1", KIM)
                .setRole("file")
                .setFiles(List.of("plan.pdf"))
                .build());
        run(null);
        fence(org);
        assertThat(summary(org, "c-1").path("messages").asInt()).isEqualTo(2);
        append(hold(
                org,
                1,
                "hold",
                target("search").setDocuments(List.of(ContentIndex.documentId("c-1", "claude_file_1")))));
        append(erasure(org, 2, "e", target("conversation").setConversationIds(List.of("c-1"))));
        append(start(org, 3, "e"));
        await("held", () -> status(org, "e").equals("held"));
        await(
                "no message is counted",
                () -> summary(org, "c-1").path("messages").asInt(-1) == 0);
        assertThat(messages(org, "c-1")).containsExactly("claude_file_1");
        assertThat(summary(org, "c-1").path("has_files").asBoolean()).isTrue();
        assertThat(summary(org, "c-1").path("first_at").asText()).isNotEmpty();

        append(change(org, 4).setKind("release").setRelease("hold").build());
        append(start(org, 5, "e"));
        await("the file is gone", () -> messages(org, "c-1").isEmpty());
        await("its conversation too", () -> !conversations(org).contains("c-1"));
    }

    /** The document of a conversation; without fields: there is none. */
    private static JsonNode summary(String org, String conversation) throws Exception {
        send("POST", "/" + ContentIndex.conversations(org) + "/_refresh", "");
        return send(
                        "GET",
                        "/" + ContentIndex.conversations(org) + "/_doc/" + ContentIndex.documentId(conversation, ""),
                        "")
                .path("_source");
    }

    private List<Path> filesWithMarker() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path root : List.of(kafkaData, elasticsearch.data(), folder)) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(MARKER)) {
                        found.add(file);
                    }
                }
            } catch (NoSuchFileException | UncheckedIOException e) {
                found.add(root); // It has just changed: look again.
            }
        }
        return found;
    }

    /**
     * Nothing is there of what names its person or conversation. A message that names nobody is erased as soon as its
     * conversation tells whose it is.
     */
    private void assertErased(String org) throws Exception {
        assertThat(live(org)).contains("c-kept").doesNotContain("c-doomed", "c-of-kim", "c-deleted");
        await("what named nobody is gone", () -> !live(org).contains("c-unnamed"));
    }

    private Set<String> live(String org) throws Exception {
        send("POST", "/sluice-*/_refresh", "");
        JsonNode all = send("POST", "/sluice-*/_search", "{\"size\":10000}");
        assertThat(all.path("hits").path("total").path("value").asInt()).isLessThan(10_000);
        Set<String> live = new TreeSet<>();
        for (JsonNode hit : all.path("hits").path("hits")) {
            JsonNode source = hit.path("_source");
            if (!source.path("empty").asBoolean()
                    && source.path("org_id").asText().equals(org)
                    && source.has("conversation_id")) {
                live.add(source.path("conversation_id").asText());
                // Until the erasure has looked again, it tells whose what named nobody is.
                if (!source.path("conversation_id").asText().equals("c-unnamed")) {
                    assertThat(source.toString()).doesNotContain(KIM);
                }
            }
        }
        return live;
    }

    /**
     * Waits until the job has indexed everything that was sent before, of every partition, by every instance: of so many
     * conversations each has some.
     */
    private void fence(String org) throws Exception {
        int fence = FENCES.incrementAndGet();
        Set<String> fences = new TreeSet<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            for (int i = 0; i < 10; i++) {
                String conversation = "fence-" + fence + "-" + partition + "-" + i;
                fences.add(conversation);
                ContentEvent event = message(org, conversation, "m", null).build();
                producer.send(
                        new ProducerRecord<>(Topic.CONTENT.topicName(), partition, key(event), Codec.encode(event)));
            }
        }
        producer.flush();
        await("fence", () -> conversations(org).containsAll(fences));
    }

    private void run(@Nullable String savepoint) throws Exception {
        Configuration overrides = ComplianceJob.settings();
        overrides.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
        overrides.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(300));
        if (savepoint != null) {
            overrides.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        }
        StreamExecutionEnvironment env = StrictEnvironment.create(overrides);
        env.setParallelism(2);
        Configuration options = new Configuration();
        options.setString("kafka.bootstrap-servers", kafka.bootstrapServers());
        options.setString("elasticsearch.url", elasticsearch.url().toString());
        options.set(ComplianceOptions.KAFKA_ERASED_WITHIN, ERASED_WITHIN);
        options.setString("elasticsearch.user", ElasticsearchServer.USER);
        Path key = folder.resolve("key");
        Files.writeString(key, KEY);
        options.set(ComplianceOptions.DELETE_KEY_FILE, key.toString());
        options.set(ComplianceOptions.UPSTREAM_URL, upstream.url().toString());
        options.set(ComplianceOptions.UPSTREAM_ORGANIZATION, "acme");
        Path password = folder.resolve("password");
        Files.writeString(password, elasticsearch.password());
        options.setString("elasticsearch.password-file", password.toString());
        ComplianceJob.attach(env, options);
        job = env.executeAsync("compliance");
    }

    private void restart(@Nullable String savepoint) throws Exception {
        end();
        run(savepoint);
        fence("acme");
        fence("globex");
    }

    private String savepoint() throws Exception {
        return Objects.requireNonNull(job)
                .triggerSavepoint(folder.resolve("savepoints").toUri().toString(), SavepointFormatType.CANONICAL)
                .get();
    }

    private static List<ContentEvent> conversation(String org, String id, @Nullable String email, int messages) {
        List<ContentEvent> events = new ArrayList<>();
        for (int i = 0; i < messages; i++) {
            events.add(message(org, id, "m-" + i, email).build());
        }
        return events;
    }

    private static ContentEvent.Builder message(String org, String conversation, String id, @Nullable String email) {
        return ContentEvent.newBuilder()
                .setOrgId(org)
                .setEventId(id)
                .setOccurredAt(NOVEMBER)
                .setReceivedAt(NOVEMBER)
                .setSource("otlp-logs")
                .setActor(Actor.newBuilder().setEmail(email).build())
                .setConversationId(conversation)
                .setMessageId(id)
                .setRole("user")
                .setProduct("claude-code")
                .setText(conversation.equals("c-kept") || conversation.startsWith("fence-") ? id : MARKER + ' ' + id);
    }

    /** As the source tells it: without a name. */
    private static ContentEvent deletedUpstream(String org, String conversation, @Nullable String email) {
        return message(org, conversation, "", email)
                .setEventId("deleted")
                .setRole("conversation")
                .setText("")
                .setDeletedUpstreamAt(NOVEMBER + 1)
                .build();
    }

    private static byte[] key(ContentEvent event) {
        return Topic.contentKey(event.getOrgId(), event.getConversationId(), event.getMessageId())
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void send(ContentEvent event) {
        producer.send(new ProducerRecord<>(Topic.CONTENT.topicName(), key(event), Codec.encode(event)));
    }

    private static void append(ComplianceChange change) throws Exception {
        byte[] key = Topic.versionKey(change.getOrgId(), "register", change.getOrgId(), change.getNumber())
                .getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(Topic.COMPLIANCE.topicName(), key, Codec.encode(change)))
                .get();
    }

    private static ComplianceChange.Builder change(String org, long number) {
        return ComplianceChange.newBuilder()
                .setOrgId(org)
                .setNumber(number)
                .setRecordedAt(REQUESTED)
                .setChangedBy("tok_1");
    }

    private static ComplianceChange erasure(String org, long number, String id, ContentTarget.Builder target) {
        return change(org, number)
                .setKind("erasure")
                .setErasure(Erasure.newBuilder()
                        .setId(id)
                        .setTarget(target.build())
                        .setDueAt(REQUESTED)
                        .build())
                .build();
    }

    private static ComplianceChange start(String org, long number, String id) {
        return change(org, number).setKind("start").setStart(id).build();
    }

    private static ComplianceChange hold(String org, long number, String id, ContentTarget.Builder target) {
        return change(org, number)
                .setKind("hold")
                .setHold(LegalHold.newBuilder()
                        .setId(id)
                        .setMatter("a matter")
                        .setTargets(List.of(target.build()))
                        .build())
                .build();
    }

    private static ContentTarget.Builder target(String kind) {
        return ContentTarget.newBuilder().setKind(kind);
    }

    private static JsonNode progress(String org, String erasure) throws Exception {
        send("POST", "/" + Index.ERASURES.indexName() + "/_refresh", "");
        for (JsonNode hit : send(
                        "POST",
                        "/" + Index.ERASURES.indexName() + "/_search",
                        "{\"size\":100,\"query\":{\"term\":{\"org_id\":\"" + org + "\"}}}")
                .path("hits")
                .path("hits")) {
            JsonNode source = hit.path("_source");
            if (source.path("erasure_id").asText().equals(erasure)
                    && !source.path("status").asText().equals("receipt")) {
                return source;
            }
        }
        return JSON.createObjectNode();
    }

    private static String status(String org, String erasure) throws Exception {
        return progress(org, erasure).path("status").asText();
    }

    private static Set<String> conversations(String org) throws Exception {
        String index = "/" + ContentIndex.conversations(org);
        send("POST", index + "/_refresh?ignore_unavailable=true", "");
        Set<String> live = new TreeSet<>();
        send("POST", index + "/_search?ignore_unavailable=true", "{\"size\":10000}")
                .path("hits")
                .path("hits")
                .forEach(hit -> {
                    if (!hit.path("_source").path("empty").asBoolean()) {
                        live.add(hit.path("_source").path("conversation_id").asText());
                    }
                });
        return live;
    }

    private static List<String> messages(String org, String conversation) throws Exception {
        String index = "/" + ContentIndex.allMessages(org);
        send("POST", index + "/_refresh", "");
        List<String> live = new ArrayList<>();
        send(
                        "POST",
                        index + "/_search",
                        "{\"size\":1000,\"query\":{\"bool\":{\"filter\":{\"term\":{\"conversation_id\":\""
                                + conversation + "\"}},\"must_not\":{\"term\":{\"empty\":true}}}}}")
                .path("hits")
                .path("hits")
                .forEach(hit -> live.add(hit.path("_source").path("message_id").asText()));
        return live;
    }

    private static List<String> indices(String pattern) throws Exception {
        List<String> indices = new ArrayList<>();
        send("GET", pattern + "/_settings", "").fieldNames().forEachRemaining(indices::add);
        return indices;
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(120).toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("%s in time", what).isLessThan(deadline);
            Thread.sleep(50);
        }
    }

    private static ElasticsearchConnection connection() {
        return ElasticsearchConnection.to(elasticsearch.url().toString())
                .withPassword(ElasticsearchServer.USER, elasticsearch.password());
    }

    private static JsonNode send(String method, String path, String body) throws Exception {
        HttpResponse<byte[]> response = exchange(method, path, body);
        assertThat(response.statusCode()).as("%s %s", method, path).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private static int status(String method, String path, String body) throws Exception {
        return exchange(method, path, body).statusCode();
    }

    private static HttpResponse<byte[]> exchange(String method, String path, String body) throws Exception {
        String credentials = ElasticsearchServer.USER + ":" + elasticsearch.password();
        HttpRequest request = HttpRequest.newBuilder(elasticsearch.url().resolve(path))
                .header("content-type", "application/json")
                .header(
                        "authorization",
                        "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
        // An index that has just been made has no shard for a moment.
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (response.statusCode() == 503 && System.nanoTime() < deadline) {
            Thread.sleep(50);
            response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
        }
        return response;
    }
}
