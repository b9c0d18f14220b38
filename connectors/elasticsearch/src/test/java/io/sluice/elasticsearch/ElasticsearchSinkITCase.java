package io.sluice.elasticsearch;

import static io.sluice.elasticsearch.ScriptedElasticsearch.BREAK_OFF;
import static io.sluice.elasticsearch.ScriptedElasticsearch.NO_ANSWER;
import static io.sluice.elasticsearch.ScriptedElasticsearch.NO_END;
import static io.sluice.elasticsearch.ScriptedElasticsearch.STORE;
import static io.sluice.elasticsearch.ScriptedElasticsearch.refusing;
import static io.sluice.elasticsearch.ScriptedElasticsearch.status;
import static io.sluice.elasticsearch.ScriptedElasticsearch.text;
import static io.sluice.elasticsearch.ScriptedElasticsearch.tooLargeAbove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.elasticsearch.ScriptedElasticsearch.Step;
import io.sluice.elasticsearch.ScriptedElasticsearch.Stored;
import io.sluice.testing.FreePort;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sink in a job, against a server that answers by a script. */
@Timeout(120)
class ElasticsearchSinkITCase {
    private static final InMemoryReporter METRICS = InMemoryReporter.createWithRetainedMetrics();

    @RegisterExtension
    static final MiniClusterExtension CLUSTER =
            new MiniClusterExtension(() -> new MiniClusterResourceConfiguration.Builder()
                    .setConfiguration(METRICS.addToConfiguration(new Configuration()))
                    .setNumberSlotsPerTaskManager(4)
                    .build());

    /** Filled by the job, which runs in this JVM. */
    private static final Queue<RejectedDocument> REJECTED = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void forgetRejected() {
        REJECTED.clear();
    }

    static Stream<Arguments> troubles() {
        return Stream.of(
                Arguments.of(
                        "partial 429", refusing(ElasticsearchSinkITCase::odd, 429, "es_rejected_execution_exception")),
                Arguments.of(
                        "partial 503", refusing(ElasticsearchSinkITCase::odd, 503, "unavailable_shards_exception")),
                Arguments.of("429", status(429)),
                Arguments.of("500", status(500)),
                Arguments.of("502", status(502)),
                Arguments.of("503", status(503)),
                Arguments.of("504", status(504)),
                Arguments.of("no answer", NO_ANSWER),
                Arguments.of("no end of the answer", NO_END),
                Arguments.of("answer broken off", BREAK_OFF));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("troubles")
    void storesEachDocumentOnceWhateverHappens(String name, Step trouble) throws Exception {
        try (ScriptedElasticsearch server = new ScriptedElasticsearch(0, STORE, trouble, trouble, trouble)) {
            List<DocumentWrite> writes = documents(300);
            JobClient job = submit(sink(server.url()).build(), writes);
            job.getJobExecutionResult().get();

            assertStoredOnce(server, writes);
            assertThat(count(job.getJobID(), "done")).isEqualTo(300);
            assertThat(count(job.getJobID(), "retries")).isPositive();
            assertThat(count(job.getJobID(), "rejected")).isZero();
            assertThat(REJECTED).isEmpty();
        }
    }

    @Test
    void fillsBatchesAndRetriesNothingWhileAllIsWell() throws Exception {
        try (ScriptedElasticsearch server = new ScriptedElasticsearch(0, STORE)) {
            List<DocumentWrite> writes = documents(300);
            JobClient job = submit(sink(server.url()).build(), writes);
            job.getJobExecutionResult().get();

            assertStoredOnce(server, writes);
            assertThat(server.batchSizes).allMatch(size -> size <= 50).contains(50);
            assertThat(count(job.getJobID(), "done")).isEqualTo(300);
            assertThat(count(job.getJobID(), "conflicts")).isZero();
            assertThat(count(job.getJobID(), "retries")).isZero();
        }
    }

    @Test
    void holdsTheJobBackWhileNothingListensAndLosesNothing() throws Exception {
        int port = FreePort.next();
        List<DocumentWrite> writes = documents(300);
        ElasticsearchSink sink = sink("http://127.0.0.1:" + port)
                .setMaxBatchSize(10)
                .setMaxBufferedRequests(20)
                .build();
        JobClient job = submit(sink, writes);
        while (count(job.getJobID(), "retries") < 50) {
            assertThatThrownBy(() -> job.getJobExecutionResult().get(50, TimeUnit.MILLISECONDS))
                    .as("the job waits")
                    .isInstanceOf(TimeoutException.class);
        }
        assertThat(count(job.getJobID(), "done")).isZero();
        assertThat(sum(job.getJobID(), "Writer", "numRecordsIn"))
                .as("what two writers hold, and the one each is about to take")
                .isPositive()
                .isLessThanOrEqualTo(2 * 21);
        try (ScriptedElasticsearch server = new ScriptedElasticsearch(port, STORE)) {
            job.getJobExecutionResult().get();
            assertStoredOnce(server, writes);
        }
    }

    @Test
    void goesToTheNextNodeWhenOneDoesNotAnswer() throws Exception {
        try (ScriptedElasticsearch server = new ScriptedElasticsearch(0, STORE)) {
            List<DocumentWrite> writes = documents(100);
            ElasticsearchConnection connection =
                    ElasticsearchConnection.to("http://127.0.0.1:" + FreePort.next(), server.url());
            submit(ElasticsearchSink.builder(connection).build(), writes)
                    .getJobExecutionResult()
                    .get();
            assertStoredOnce(server, writes);
        }
    }

    @Test
    void leavesOutAndReportsWhatIsNeverAccepted() throws Exception {
        Predicate<String> bad = id -> id.equals("doc-7") || id.equals("doc-13");
        try (ScriptedElasticsearch server =
                new ScriptedElasticsearch(0, refusing(bad, 400, "document_parsing_exception"))) {
            List<DocumentWrite> writes = documents(100);
            JobClient job = submit(sink(server.url()).build(), writes);
            job.getJobExecutionResult().get();

            assertThat(REJECTED)
                    .containsExactlyInAnyOrder(
                            new RejectedDocument("things", "doc-7", 1, 400, "document_parsing_exception", null, null),
                            new RejectedDocument("things", "doc-13", 1, 400, "document_parsing_exception", null, null));
            assertStoredOnce(
                    server,
                    writes.stream().filter(write -> !bad.test(write.id())).toList());
            assertThat(count(job.getJobID(), "rejected")).isEqualTo(2);
            assertThat(count(job.getJobID(), "done")).isEqualTo(98);
            assertThat(count(job.getJobID(), "retries")).isZero();
        }
    }

    @Test
    void halvesRequestsThatAreTooLargeAndLeavesOutTheOneDocumentThatIs() throws Exception {
        try (ScriptedElasticsearch server = new ScriptedElasticsearch(0, tooLargeAbove(10, "doc-7"))) {
            List<DocumentWrite> writes = documents(100);
            submit(sink(server.url()).build(), writes).getJobExecutionResult().get();

            assertThat(REJECTED)
                    .containsExactly(new RejectedDocument("things", "doc-7", 1, 413, "request_too_large", null, null));
            assertStoredOnce(
                    server,
                    writes.stream().filter(write -> !write.id().equals("doc-7")).toList());
        }
    }

    @Test
    void leavesOutADocumentAboveItsOwnLimit() throws Exception {
        try (ScriptedElasticsearch server = new ScriptedElasticsearch(0, STORE)) {
            List<DocumentWrite> writes = new ArrayList<>(documents(10));
            String large = "{\"text\":\"" + "x".repeat(2_000) + "\"}";
            writes.add(3, new DocumentWrite("things", "large", 1, large));
            ElasticsearchSink sink =
                    sink(server.url()).setMaxRecordSizeInBytes(1_000).build();
            submit(sink, writes).getJobExecutionResult().get();

            assertThat(REJECTED)
                    .containsExactly(new RejectedDocument("things", "large", 1, 413, "document_too_large", null, null));
            assertStoredOnce(server, documents(10));
        }
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(status(400), "bulk request: status 400 scripted"),
                Arguments.of(status(401), "bulk request: status 401 scripted"),
                Arguments.of(status(403), "bulk request: status 403 scripted"),
                Arguments.of(status(404), "bulk request: status 404 scripted"),
                Arguments.of(
                        refusing(ElasticsearchSinkITCase::odd, 404, "index_not_found_exception"),
                        "of things: status 404 index_not_found_exception"),
                Arguments.of(
                        refusing(ElasticsearchSinkITCase::odd, 403, "security_exception"),
                        "of things: status 403 security_exception"),
                Arguments.of(
                        refusing(ElasticsearchSinkITCase::odd, 503, "unavailable_shards_exception"),
                        "of things: status 503 unavailable_shards_exception after 3 retries"),
                Arguments.of(text("<html>CONTENT</html>"), "bulk request: status 200 without a bulk answer"),
                Arguments.of(text("{\"items\":[]}"), "bulk answer: 0 items (expected: "));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("failures")
    void failsTheJobAndLeavesNothingOut(Step step, String message) throws Exception {
        try (ScriptedElasticsearch server = new ScriptedElasticsearch(0, step)) {
            JobClient job = submit(sink(server.url()).setMaxRejections(3).build(), documents(100));
            assertThatThrownBy(() -> job.getJobExecutionResult().get())
                    .rootCause()
                    .satisfies(cause -> assertThat(cause.toString()).doesNotContain("CONTENT"));
            assertThatThrownBy(() -> job.getJobExecutionResult().get()).hasStackTraceContaining(message);
            assertThat(REJECTED).isEmpty();
        }
    }

    @Test
    void failsTheJobWhenTheHandlerOfRejectedDocumentsFails() throws Exception {
        try (ScriptedElasticsearch server = new ScriptedElasticsearch(
                0, refusing(ElasticsearchSinkITCase::odd, 400, "document_parsing_exception"))) {
            ElasticsearchSink sink = sink(server.url())
                    .setOnRejected(rejected -> {
                        throw new IllegalStateException("no place for " + rejected.id());
                    })
                    .build();
            JobClient job = submit(sink, documents(10));
            assertThatThrownBy(() -> job.getJobExecutionResult().get()).hasStackTraceContaining("no place for doc-");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 20260301})
    void theNewestVersionWinsInAnyOrderAndThroughAnyTrouble(long seed) throws Exception {
        Random random = new Random(seed);
        List<DocumentWrite> writes = new ArrayList<>();
        Map<String, String> newest = new HashMap<>();
        for (int version = 1; version <= 40; version++) {
            for (int n = 0; n < 50; n++) {
                DocumentWrite write = document(n, version);
                writes.add(write);
                newest.put(write.id(), write.json());
            }
        }
        Collections.shuffle(writes, random);
        List<Step> steps = new ArrayList<>(
                troubles().map(trouble -> (Step) trouble.get()[1]).toList());
        steps.addAll(List.of(STORE, STORE, STORE, STORE, tooLargeAbove(10, "nothing")));
        Collections.shuffle(steps, random);
        try (ScriptedElasticsearch server = new ScriptedElasticsearch(0, STORE, steps.toArray(Step[]::new))) {
            JobClient job = submit(sink(server.url()).build(), writes);
            job.getJobExecutionResult().get();

            Map<String, String> stored = new HashMap<>();
            server.documents.forEach((id, document) -> stored.put(id, document.json()));
            assertThat(stored).as("seed %d", seed).isEqualTo(newest);
            assertThat(server.violations).as("seed %d", seed).isEmpty();
            assertThat(count(job.getJobID(), "done") + count(job.getJobID(), "coalesced"))
                    .as("seed %d: each write is accounted for", seed)
                    .isEqualTo(writes.size());
        }
    }

    /** Two requests are in flight for longer than the test; the job fails after a checkpoint, and restores it. */
    @Test
    void aCheckpointHoldsWhatIsInFlightAndDoesNotWaitForIt() throws Exception {
        CountDownLatch inFlight = new CountDownLatch(2);
        Step keep = (server, exchange, writes) -> {
            inFlight.countDown();
            server.awaitClosing();
        };
        FailOnce.reset();
        try (ScriptedElasticsearch server = new ScriptedElasticsearch(0, STORE, keep, keep)) {
            StreamExecutionEnvironment environment = environment("fixed-delay");
            environment.setParallelism(1);
            environment
                    .fromSource(
                            new DataGeneratorSource<>(
                                    (GeneratorFunction<Long, DocumentWrite>) n -> document(n.intValue(), 1),
                                    2_000,
                                    RateLimiterStrategy.perSecond(1_000),
                                    TypeInformation.of(DocumentWrite.class)),
                            WatermarkStrategy.noWatermarks(),
                            "writes")
                    .map(new FailOnce())
                    .sinkTo(ElasticsearchSink.builder(ElasticsearchConnection.to(server.url()))
                            .setMaxBatchSize(50)
                            .build());
            JobClient job = environment.executeAsync();
            assertThat(inFlight.await(60, TimeUnit.SECONDS)).isTrue();
            FailOnce.armed.countDown();
            job.getJobExecutionResult().get();

            assertThat(FailOnce.RESTARTS).hasValue(1);
            assertStoredOnce(server, documents(2_000));
        }
    }

    private static boolean odd(String id) {
        return Character.digit(id.charAt(id.length() - 1), 10) % 2 == 1;
    }

    private static List<DocumentWrite> documents(int count) {
        return IntStream.range(0, count).mapToObj(n -> document(n, 1)).toList();
    }

    private static DocumentWrite document(int n, long version) {
        return new DocumentWrite("things", "doc-" + n, version, "{\"n\":" + n + ",\"v\":" + version + "}");
    }

    private static ElasticsearchSink.Builder sink(String url) {
        ElasticsearchConnection connection = ElasticsearchConnection.to(url)
                .withTimeouts(Duration.ofSeconds(1), Duration.ofMillis(500))
                .withPassword("elastic", "only-in-this-test");
        return ElasticsearchSink.builder(connection)
                .setMaxBatchSize(50)
                .setMaxTimeInBufferMS(20)
                .setBackoff(Duration.ofMillis(1), Duration.ofMillis(20))
                .setOnRejected(rejected -> REJECTED.add(rejected));
    }

    private static JobClient submit(ElasticsearchSink sink, List<DocumentWrite> writes) throws Exception {
        StreamExecutionEnvironment environment = environment("none");
        environment
                .fromData(writes, TypeInformation.of(DocumentWrite.class))
                .keyBy(DocumentWrite::id)
                .sinkTo(sink)
                .uid("elasticsearch");
        return environment.executeAsync();
    }

    private static StreamExecutionEnvironment environment(String restartStrategy) {
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.GENERIC_TYPES, false);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, restartStrategy);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        environment.setParallelism(2);
        environment.enableCheckpointing(50);
        return environment;
    }

    private static void assertStoredOnce(ScriptedElasticsearch server, List<DocumentWrite> writes) {
        Map<String, Stored> expected = new HashMap<>();
        writes.forEach(write -> expected.put(write.id(), new Stored(write.version(), write.json(), 1)));
        assertThat(server.documents).isEqualTo(expected);
        assertThat(server.violations).isEmpty();
    }

    /** One of the sink's own counters. */
    private static long count(JobID job, String name) {
        return sum(job, "documents", name);
    }

    /** Sum of a counter over the subtasks. */
    private static long sum(JobID job, String group, String name) {
        return METRICS.getMetricsByGroup().entrySet().stream()
                .filter(metrics ->
                        job.toString().equals(metrics.getKey().getAllVariables().get("<job_id>")))
                .filter(metrics -> metrics.getKey().getAllVariables().containsKey("<operator_id>"))
                .filter(metrics ->
                        String.join(".", metrics.getKey().getScopeComponents()).contains(group))
                .flatMap(metrics -> metrics.getValue().entrySet().stream())
                .filter(metric -> metric.getKey().equals(name))
                .mapToLong(metric -> ((Counter) metric.getValue()).getCount())
                .sum();
    }
}
