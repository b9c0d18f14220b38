package io.sluice.compliance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.elasticsearch.ElasticsearchConnection;
import io.sluice.elasticsearch.ElasticsearchIndices;
import io.sluice.elasticsearch.ElasticsearchSink;
import io.sluice.elasticsearch.RejectedDocument;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Index;
import io.sluice.testing.ElasticsearchServer;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The job as it is, with a real Elasticsearch: order, copies, parallelism and a crash change nothing. */
class ComplianceJobITCase {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(2)
            .build());

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /** In every text. */
    private static final String MARKER = "q7Zx9PmarkerKw3";

    private static final long NOVEMBER = 1_794_700_800_000_000L;
    private static final long DECEMBER = NOVEMBER + 30L * 86_400 * 1_000_000;

    /** Filled by the job, which runs in this JVM. */
    private static final Queue<RejectedDocument> REJECTED = new ConcurrentLinkedQueue<>();

    @SuppressWarnings("NullAway.Init")
    private static ElasticsearchServer elasticsearch;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path checkpoints;

    /** Fails once in the middle, and looks for text in what each checkpoint wrote. */
    private static final class Crash implements MapFunction<byte[], byte[]>, CheckpointListener {
        private static final AtomicBoolean HAPPENED = new AtomicBoolean();
        private static final AtomicInteger SEEN = new AtomicInteger();

        /** With text. */
        private static final Queue<String> FILES = new ConcurrentLinkedQueue<>();

        private static final AtomicInteger SEARCHED = new AtomicInteger();

        private final int at;
        private final String checkpoints;

        Crash(int at, Path checkpoints) {
            this.at = at;
            this.checkpoints = checkpoints.toString();
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) throws IOException {
            try (Stream<Path> files = Files.walk(Path.of(checkpoints))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    SEARCHED.incrementAndGet();
                    if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(MARKER)) {
                        FILES.add(file.toString());
                    }
                }
            } catch (NoSuchFileException | UncheckedIOException e) {
                // an older checkpoint, which a newer one has replaced
            }
        }

        @Override
        public byte[] map(byte[] value) {
            if (SEEN.incrementAndGet() == at && HAPPENED.compareAndSet(false, true)) {
                throw new IllegalStateException("meant to fail");
            }
            return value;
        }
    }

    private record Values(byte[][] all) implements GeneratorFunction<Long, byte[]>, Serializable {
        @Override
        public byte[] map(Long index) {
            return all[index.intValue()];
        }
    }

    @BeforeAll
    static void start() throws Exception {
        elasticsearch = ElasticsearchServer.start();
        ElasticsearchIndices indices = new ElasticsearchIndices(connection(), Duration.ofMinutes(1), message -> {});
        for (ContentIndex index : ContentIndex.values()) {
            indices.applyTemplate(index.templateName(), index.template());
        }
        indices.apply(Index.JOB_PROGRESS.indexName(), Index.JOB_PROGRESS.template());
    }

    @AfterAll
    static void stop() throws Exception {
        elasticsearch.close();
    }

    @BeforeEach
    void empty() throws Exception {
        REJECTED.clear();
        for (String index : indices()) {
            send("DELETE", "/" + index, "");
        }
    }

    @Test
    void orderParallelismCopiesAndACrashChangeNothing() throws Exception {
        List<byte[]> values = new ArrayList<>();
        copies(new Random(20261126)).forEach(event -> values.add(Codec.encode(event)));
        run(values, 1, false);
        Map<String, ObjectNode> once = documents();
        assertThat(once.values())
                .extracting(document -> document.path("message_id").asText())
                .as("messages and conversations")
                .contains("m0", "m11", "f0", "");
        assertThat(indices())
                .as("two months of two organizations, and their conversations")
                .hasSize(6);

        empty();
        Random random = new Random(7);
        List<byte[]> shuffled = new ArrayList<>(values);
        values.stream().filter(each -> random.nextInt(3) == 0).forEach(shuffled::add);
        Collections.shuffle(shuffled, random);
        Crash.HAPPENED.set(false);
        Crash.SEEN.set(0);
        Crash.SEARCHED.set(0);
        Crash.FILES.clear();
        run(shuffled, 2, true);
        assertThat(Crash.HAPPENED).isTrue();
        assertThat(documents()).isEqualTo(once);
        assertThat(Crash.SEARCHED).hasPositiveValue();
        assertThat(Crash.FILES).as("checkpoints with text").isEmpty();
    }

    @Test
    void textsAndIdsOfAnyKindAreIndexed() throws Exception {
        String long2Mb = "word ".repeat(420_000) + "the-end";
        String odd = "chat/../_search?q=*&ünï 😀\u0000\"\\";
        List<ContentEvent> events = List.of(
                message("m-long", "otlp-logs", long2Mb).build(),
                message("m-nul", "otlp-logs", "before\u0000after").build(),
                message("m-surrogate", "otlp-logs", "cut \ud83d off").build(),
                message(odd, "otlp-logs", "Résumé").setConversationId(odd).build(),
                message("m-grows", "otlp-logs", "\ufdfa ".repeat(60_000) + "behind")
                        .build(),
                message("m-tools", "session-file", "done")
                        .setToolNames(List.of("Bash", "x".repeat(2_000)))
                        .setToolText("ls ".repeat(200_000))
                        .setFiles(List.of("src/Übersicht.java"))
                        .build(),
                message("m-far", "otlp-logs", "future")
                        .setOccurredAt(250_000_000_000_000_000L)
                        .build(),
                message("m-never", "otlp-logs", "never")
                        .setOccurredAt(Long.MAX_VALUE)
                        .build());
        List<byte[]> values = new ArrayList<>();
        events.forEach(event -> values.add(Codec.encode(event)));
        values.add(new byte[] {1, 2, 3});
        List<DeadLetter> letters = run(values, 2, false);

        assertThat(REJECTED).isEmpty();
        assertThat(letters)
                .extracting(letter -> letter.getOrgId() + ' ' + letter.getReason())
                .containsExactlyInAnyOrder("unknown undecodable", "acme number-out-of-range");
        Map<String, ObjectNode> documents = documents();
        List<ObjectNode> parts = ofMessage(documents, "m-long");
        assertThat(parts)
                .hasSize(9)
                .extracting(part -> part.path("parts").asInt())
                .containsOnly(9);
        StringBuilder whole = new StringBuilder();
        parts.stream()
                .sorted((a, b) -> a.path("part").asInt() - b.path("part").asInt())
                .forEach(part -> whole.append(part.path("text").asText()));
        assertThat(whole.toString()).isEqualTo(long2Mb);
        assertThat(ofMessage(documents, "m-nul").get(0).path("text").asText()).isEqualTo("before\u0000after");
        assertThat(ofMessage(documents, "m-surrogate").get(0).path("text").asText())
                .matches("cut [\ufffd?] off");
        assertThat(ofMessage(documents, odd).get(0).path("conversation_id").asText())
                .isEqualTo(odd);
        assertThat(ofMessage(documents, "m-tools")).hasSize(3);
        assertThat(ofMessage(documents, "m-far")).hasSize(1);
        assertThat(found("resume")).as("letters are folded").containsExactly(odd);
        assertThat(found("the-end")).containsExactly("m-long");
        assertThat(found("after")).containsExactly("m-nul");
        assertThat(found("behind")).as("what folding makes long hides nothing").containsExactly("m-grows");
        assertThat(indices()).as("none of a month that cannot be").noneMatch(index -> index.contains("98"));
    }

    /** An entry of the register that is about none of them. */
    private static byte[] ofNobody() {
        return Codec.encode(ComplianceChange.newBuilder()
                .setOrgId("nobody")
                .setNumber(1)
                .setRecordedAt(NOVEMBER)
                .setKind("release")
                .setRelease("none")
                .build());
    }

    private static List<ContentEvent> copies(Random random) {
        List<ContentEvent> copies = new ArrayList<>();
        List<String> sources = List.of("otlp-logs", "session-file", "compliance-api");
        for (int i = 0; i < 240; i++) {
            String text = random.nextInt(5) == 0 ? "" : MARKER + " text ".repeat(random.nextInt(20)) + i;
            ContentEvent.Builder copy = message("m" + random.nextInt(12), sources.get(random.nextInt(3)), text)
                    .setOrgId(random.nextInt(4) == 0 ? "globex" : "acme")
                    .setConversationId("c" + random.nextInt(4))
                    .setOccurredAt(random.nextInt(4) == 0 ? DECEMBER : NOVEMBER)
                    .setModel("model-" + random.nextInt(3))
                    .setActor(Actor.newBuilder()
                            .setEmail(random.nextBoolean() ? "u" + random.nextInt(3) + "@example.com" : null)
                            .build());
            if (i % 40 == 0) {
                copy.setText(MARKER + " long".repeat(60_000 * (1 + i / 80)) + i);
            }
            if (i % 16 == 0) {
                copy.setRole("conversation")
                        .setMessageId("name")
                        .setText("")
                        .setTitle(MARKER + " name " + i)
                        .setOccurredAt(NOVEMBER + i * 1_000_000L);
            }
            if (i % 16 == 8) {
                copy.setRole("file").setMessageId("f" + random.nextInt(3)).setFiles(List.of("a.pdf"));
            }
            copies.add(copy.build());
        }
        return copies;
    }

    private static ContentEvent.Builder message(String id, String source, String text) {
        return ContentEvent.newBuilder()
                .setOrgId("acme")
                .setEventId(id)
                .setOccurredAt(NOVEMBER)
                .setReceivedAt(DECEMBER)
                .setSource(source)
                .setActor(Actor.newBuilder().build())
                .setConversationId("c1")
                .setMessageId(id)
                .setRole("user")
                .setProduct("claude-code")
                .setText(text)
                .setAttributes(Map.of());
    }

    /** Returns the dead letters. */
    private List<DeadLetter> run(List<byte[]> values, int parallelism, boolean crash) throws Exception {
        Configuration overrides = ComplianceJob.settings();
        overrides.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
        if (crash) {
            overrides.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
        } else {
            overrides.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        }
        StreamExecutionEnvironment env = StrictEnvironment.create(overrides);
        env.setParallelism(parallelism);
        DataGeneratorSource<byte[]> source = new DataGeneratorSource<>(
                new Values(values.toArray(byte[][]::new)),
                values.size(),
                crash
                        ? RateLimiterStrategy.perCheckpoint(Math.max(parallelism, values.size() / 10))
                        : RateLimiterStrategy.noOp(),
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        DataStream<byte[]> content = env.fromSource(source, WatermarkStrategy.noWatermarks(), "content-source")
                .uid("content-source");
        if (crash) {
            content = content.map(
                            new Crash(values.size() / 2, checkpoints),
                            PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
                    .uid("crash");
        }
        ComplianceJob.Outputs out = ComplianceJob.define(
                new ComplianceJob.Inputs(
                        content.map(each -> new KeyedValue(new byte[0], each), TypeInformation.of(KeyedValue.class))
                                .uid("records"),
                        env.fromData(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO, ofNobody())
                                .uid("compliance-source")),
                new ComplianceJob.Erasing(all -> {}, connection(), Duration.ofHours(24), null, crash));
        out.documents()
                .union(out.reports())
                .sinkTo(ElasticsearchSink.builder(connection())
                        .setDrainBeforeCheckpoint(true)
                        .setOnRejected(REJECTED::add)
                        .build())
                .uid("elasticsearch-sink");
        List<DeadLetter> letters = new ArrayList<>();
        try (CloseableIterator<KeyedValue> undecodable = out.undecodable().collectAsync()) {
            var job = env.executeAsync();
            while (undecodable.hasNext()) {
                letters.add(Codec.of(DeadLetter.class)
                        .decode(Objects.requireNonNull(undecodable.next().value())));
            }
            job.getJobExecutionResult().get();
        }
        return letters;
    }

    private static List<ObjectNode> ofMessage(Map<String, ObjectNode> documents, String messageId) {
        return documents.values().stream()
                .filter(document -> document.path("message_id").asText().equals(messageId))
                .toList();
    }

    /** All that are there, by index and id, without the stubs. */
    private static Map<String, ObjectNode> documents() throws Exception {
        Map<String, ObjectNode> documents = new TreeMap<>();
        for (JsonNode hit : search("{\"size\":10000,\"query\":{\"match_all\":{}}}")) {
            if (!hit.path("_source").path("empty").asBoolean()) {
                documents.put(
                        hit.path("_index").asText() + '/' + hit.path("_id").asText(), (ObjectNode) hit.path("_source"));
            }
        }
        return documents;
    }

    private static List<String> found(String word) throws Exception {
        List<String> found = new ArrayList<>();
        for (JsonNode hit : search("{\"query\":{\"match_phrase\":{\"folded\":\"" + word + "\"}}}")) {
            found.add(hit.path("_source").path("message_id").asText());
        }
        return found;
    }

    private static JsonNode search(String body) throws Exception {
        String content = "/sluice-messages-*,sluice-conversations-*";
        send("POST", content + "/_refresh", "");
        return send("POST", content + "/_search", body).path("hits").path("hits");
    }

    private static List<String> indices() throws Exception {
        List<String> indices = new ArrayList<>();
        send("GET", "/sluice-messages-*,sluice-conversations-*/_settings", "")
                .fieldNames()
                .forEachRemaining(indices::add);
        return indices;
    }

    private static ElasticsearchConnection connection() {
        return ElasticsearchConnection.to(elasticsearch.url().toString())
                .withPassword(ElasticsearchServer.USER, elasticsearch.password());
    }

    private static JsonNode send(String method, String path, String body) throws Exception {
        String credentials = ElasticsearchServer.USER + ":" + elasticsearch.password();
        HttpRequest request = HttpRequest.newBuilder(elasticsearch.url().resolve(path))
                .header("content-type", "application/json")
                .header(
                        "authorization",
                        "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).as("%s %s", method, path).isEqualTo(200);
        return JSON.readTree(response.body());
    }
}
