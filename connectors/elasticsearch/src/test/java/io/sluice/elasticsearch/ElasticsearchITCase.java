package io.sluice.elasticsearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.testing.ElasticsearchServer;
import io.sluice.testing.FreePort;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The sink and the indices against a real server. */
@Timeout(300)
class ElasticsearchITCase {
    private static final String TEMPLATE = """
            {"index_patterns":["%s"],"template":{
              "settings":{"index":{"number_of_shards":1,"number_of_replicas":0}},
              "mappings":{"dynamic":"strict","properties":{"n":{"type":"long"},"text":{"type":"keyword"}%s}}}}""";

    private static final ObjectMapper JSON = new ObjectMapper();

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberSlotsPerTaskManager(4)
            .build());

    private static ElasticsearchServer server;
    private static ElasticsearchConnection connection;

    /** Filled by the job, which runs in this JVM. */
    private static final Queue<RejectedDocument> REJECTED = new ConcurrentLinkedQueue<>();

    private final Queue<String> progress = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void start() throws Exception {
        server = ElasticsearchServer.start();
        connection = ElasticsearchConnection.to(server.url().toString())
                .withPassword(ElasticsearchServer.USER, server.password())
                .withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(10));
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void forgetAndHaveAServer() throws Exception {
        REJECTED.clear();
        if (!server.isAlive()) {
            server.restart();
        }
    }

    @Test
    void makesAnIndexOnceAndAddsFieldsLater() throws Exception {
        ElasticsearchIndices indices = indices(connection, Duration.ofSeconds(60));
        indices.awaitReady();
        indices.apply("growing", TEMPLATE.formatted("growing", ""));
        indices.apply("growing", TEMPLATE.formatted("growing", ""));
        assertThat(mappingOf("growing")).containsOnlyKeys("n", "text");

        indices.apply("growing", TEMPLATE.formatted("growing", ",\"added\":{\"type\":\"date\"}"));
        assertThat(mappingOf("growing")).containsOnlyKeys("n", "text", "added");
        assertThat(call("GET", "/growing/_mapping", "")
                        .at("/growing/mappings/dynamic")
                        .asText())
                .isEqualTo("strict");

        String otherType = TEMPLATE.formatted("growing", ",\"added\":{\"type\":\"long\"}");
        assertThatThrownBy(() -> indices.apply("growing", otherType))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("PUT /growing/_mapping: status 400")
                .hasMessageContaining("added");
        assertThatThrownBy(() -> indices.apply("Not-A-Name", TEMPLATE.formatted("x", "")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("lower case");
    }

    /** Both by a template alone, and without the analyzers that only the whole distribution has. */
    @Test
    void indicesOfConversationsAreMadeByTheirFirstDocument() throws Exception {
        ElasticsearchIndices indices = new ElasticsearchIndices(connection, Duration.ofSeconds(30), progress::add);
        assertThat(indices.hasAnalyzer("standard")).isTrue();
        assertThat(indices.hasAnalyzer("english")).as("on the core server").isFalse();
        indices.applyTemplate(
                "sluice-messages",
                "{\"index_patterns\":[\"sluice-messages-*\"],\"template\":{\"mappings\":{\"dynamic\":\"strict\","
                        + "\"properties\":{\"n\":{\"type\":\"long\"}}}}}");
        run(2, n -> new DocumentWrite("sluice-messages-of-the-test", "doc-" + n, 1, "{\"n\":" + n + "}"));
        run(1, n -> new DocumentWrite("sluice-messages-of-the-test", "other", 1, "{\"guessed\":" + n + "}"));
        assertThat(REJECTED).extracting(RejectedDocument::id).containsExactly("other");
    }

    @Test
    void failsAtOnceWithAWrongPasswordAndInTimeWithNoServer() throws Exception {
        ElasticsearchIndices wrong =
                indices(connection.withPassword(ElasticsearchServer.USER, "wrong"), Duration.ofSeconds(60));
        assertThatThrownBy(wrong::awaitReady).isInstanceOf(IOException.class).hasMessageContaining("status 401");
        assertThat(progress).isEmpty();

        String nowhere = "http://127.0.0.1:" + FreePort.next();
        ElasticsearchIndices away = indices(ElasticsearchConnection.to(nowhere), Duration.ofSeconds(3));
        assertThatThrownBy(away::awaitReady)
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("Elasticsearch at " + nowhere + " not ready after")
                .hasMessageEndingWith("(expected: ready within 3 s)");
        assertThat(progress).hasSize(1).first().asString().contains(nowhere, "ConnectException");
    }

    @Test
    void anOlderVersionNeverReplacesANewerOneAndBadDocumentsAreLeftOut() throws Exception {
        indices(connection, Duration.ofSeconds(60)).apply("versions", TEMPLATE.formatted("versions", ""));
        run(5_000, n -> document("versions", n % 100, n));
        run(100, n -> document("versions", n, n));
        run(3, n -> new DocumentWrite("versions", "bad-" + n, n, n == 1 ? "{\"n\":1}" : "{\"n\":\"CONTENT\"}"));

        Map<String, Long> expected = new HashMap<>(Map.of("bad-1", 1L));
        for (long n = 0; n < 100; n++) {
            expected.put("doc-" + n, 4_900 + n);
        }
        assertThat(versionsOf("versions")).isEqualTo(expected);
        assertThat(REJECTED)
                .containsExactlyInAnyOrder(
                        new RejectedDocument("versions", "bad-0", 0, 400, "document_parsing_exception", "n", null),
                        new RejectedDocument("versions", "bad-2", 2, 400, "document_parsing_exception", "n", null));
    }

    @Test
    void failsTheJobIfTheIndexIsMissing() {
        assertThatThrownBy(() -> run(10, n -> document("never-made", n, 1)))
                .hasStackTraceContaining("of never-made: status 404 index_not_found_exception");
    }

    /**
     * Elasticsearch is killed while documents flow; the job takes a checkpoint that holds documents which nobody has
     * taken; the job fails and restores it, still without Elasticsearch; Elasticsearch comes back.
     */
    @Test
    void losesNothingWhenElasticsearchIsKilledAndTheJobIsRestored() throws Exception {
        indices(connection, Duration.ofSeconds(60)).apply("killed", TEMPLATE.formatted("killed", ""));
        long writes = 30_000;
        GeneratorFunction<Long, DocumentWrite> generator = n -> document("killed", n % 2_000, n * 7_919 % writes);
        Map<String, Long> newest = new HashMap<>();
        for (long n = 0; n < writes; n++) {
            DocumentWrite write = generator.map(n);
            newest.merge(write.id(), write.version(), Math::max);
        }
        FailOnce.reset();
        StreamExecutionEnvironment environment = environment();
        environment
                .fromSource(
                        source(writes, generator, RateLimiterStrategy.perSecond(3_000)),
                        WatermarkStrategy.noWatermarks(),
                        "writes")
                .map(new FailOnce())
                .sinkTo(sink());
        JobClient job = environment.executeAsync();

        assertThat(FailOnce.flowing.await(60, TimeUnit.SECONDS)).isTrue();
        server.kill();
        FailOnce.armed.countDown();
        assertThat(FailOnce.restored.await(60, TimeUnit.SECONDS)).isTrue();
        server.restart();
        job.getJobExecutionResult().get();

        assertThat(FailOnce.RESTARTS).hasValue(1);
        assertThat(versionsOf("killed")).isEqualTo(newest);
        assertThat(REJECTED).isEmpty();
    }

    private static DocumentWrite document(String index, long n, long version) {
        return new DocumentWrite(index, "doc-" + n, version, "{\"n\":" + n + ",\"text\":\"v" + version + "\"}");
    }

    private static void run(long count, GeneratorFunction<Long, DocumentWrite> generator) throws Exception {
        StreamExecutionEnvironment environment = environment();
        environment
                .fromSource(
                        source(count, generator, RateLimiterStrategy.noOp()),
                        WatermarkStrategy.noWatermarks(),
                        "writes")
                .sinkTo(sink());
        environment.execute();
    }

    private static StreamExecutionEnvironment environment() {
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.GENERIC_TYPES, false);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        environment.setParallelism(2);
        environment.enableCheckpointing(200);
        return environment;
    }

    private static DataGeneratorSource<DocumentWrite> source(
            long count, GeneratorFunction<Long, DocumentWrite> generator, RateLimiterStrategy<?> rate) {
        return new DataGeneratorSource<>(generator, count, rate, TypeInformation.of(DocumentWrite.class));
    }

    private static ElasticsearchSink sink() {
        return ElasticsearchSink.builder(connection)
                .setMaxTimeInBufferMS(50)
                .setBackoff(Duration.ofMillis(50), Duration.ofSeconds(1))
                .setOnRejected(rejected -> REJECTED.add(rejected))
                .build();
    }

    private ElasticsearchIndices indices(ElasticsearchConnection to, Duration limit) throws IOException {
        return new ElasticsearchIndices(to, limit, progress::add);
    }

    private static Map<String, Object> mappingOf(String index) throws Exception {
        JsonNode properties = call("GET", "/" + index + "/_mapping", "").at("/" + index + "/mappings/properties");
        return JSON.convertValue(properties, new TypeReference<>() {});
    }

    private static Map<String, Long> versionsOf(String index) throws Exception {
        call("POST", "/" + index + "/_refresh", "");
        JsonNode hits = call("GET", "/" + index + "/_search?version=true&size=10000", "")
                .at("/hits/hits");
        Map<String, Long> versions = new HashMap<>();
        for (JsonNode hit : hits) {
            long version = hit.path("_version").asLong();
            versions.put(hit.path("_id").asText(), version);
            String text = hit.at("/_source/text").asText("v" + version);
            assertThat(text).as("the document is the version's").isEqualTo("v" + version);
        }
        return versions;
    }

    private static JsonNode call(String method, String path, String body) throws Exception {
        HttpResponse<byte[]> response = new ElasticsearchHttp(connection)
                .send(method, path, "application/json", body.getBytes(StandardCharsets.UTF_8))
                .get();
        assertThat(response.statusCode()).as(path).isEqualTo(200);
        return JSON.readTree(response.body());
    }
}
