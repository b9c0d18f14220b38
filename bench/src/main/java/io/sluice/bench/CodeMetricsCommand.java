package io.sluice.bench;

import io.sluice.codemetrics.CodeMetricsJob;
import io.sluice.runtime.EdgeOptions;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The code metrics job in relation to the same sources with decode and discard. */
@Command(
        name = "code-metrics",
        description = "The code metrics job (Kafka to Kafka, RocksDB, checkpoints every 5 s) in relation to the same "
                + "sources with full decode and discard (identity).")
final class CodeMetricsCommand extends BenchCommand {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long STALLED_SECONDS = 120;

    @Option(names = "--users", paramLabel = "N", description = "Simulated users (default: ${DEFAULT-VALUE}).")
    int users = 700;

    @Option(names = "--days", paramLabel = "N", description = "Days that they work (default: ${DEFAULT-VALUE}).")
    int days = 7;

    @Option(names = "--seed", paramLabel = "N", description = "Of the load (default: ${DEFAULT-VALUE}).")
    long seed = 42;

    @Option(
            names = "--job-option",
            paramLabel = "KEY=VALUE",
            description = "Handed to the job's main method, and to Flink as configuration; repeatable.")
    Map<String, String> jobOptions = new LinkedHashMap<>();

    @Option(
            names = "--profile",
            paramLabel = "FILE.jfr",
            description = "After the rounds, record one more of the job with Java Flight Recorder.")
    @Nullable
    Path profile;

    private long rows;
    private long updates;

    @Override
    String benchmark() {
        return "code-metrics";
    }

    @Override
    Report measure(Workspace workspace, Progress progress) throws Exception {
        Broker broker = Broker.start(workspace);
        CodeMetricsLoad.Expected expected = CodeMetricsLoad.load(seed, users, days, broker, progress);
        try (BenchCluster cluster = new BenchCluster(workspace, jobOptions)) {
            Map<String, List<Measure>> measures = Rounds.run(
                    List.of(
                            new Rounds.Variant("identity", () -> identity(broker, cluster, expected, progress)),
                            new Rounds.Variant("code-metrics", () -> job(broker, cluster, expected, progress))),
                    rounds,
                    progress);
            if (profile != null) {
                progress.step("profile");
                try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
                    recording.start();
                    Measure measure = job(broker, cluster, expected, progress);
                    recording.stop();
                    recording.dump(profile);
                    progress.result(measure);
                }
            }
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("records", expected.records());
            facts.put("mean_bytes", Math.round(expected.meanBytes()));
            facts.put("users", users);
            facts.put("days", days);
            facts.put("prompts", expected.prompts());
            facts.put("tool_calls", expected.toolCalls());
            facts.put("rows", rows);
            facts.put("row_updates", updates);
            facts.put("parallelism", BenchCluster.PARALLELISM);
            return Report.of(benchmark(), "records/s", "identity", measures, facts);
        }
    }

    private static Measure identity(
            Broker broker, BenchCluster cluster, CodeMetricsLoad.Expected expected, Progress progress)
            throws Exception {
        try (BenchCluster.Job job = cluster.start(() -> TelemetryIdentityJob.main(broker.servers()))) {
            long start = awaitFirst(job, TelemetryIdentityJob.DECODE);
            double cpuBefore = Cpu.seconds();
            while (RecordCounters.received(TelemetryIdentityJob.DECODE) < expected.records()) {
                TimeUnit.MILLISECONDS.sleep(2);
                job.requireRunning();
                progress.at((double) RecordCounters.received(TelemetryIdentityJob.DECODE) / expected.records());
            }
            return new Measure(expected.records(), (System.nanoTime() - start) / 1e9, Cpu.seconds() - cpuBefore);
        }
    }

    private static long awaitFirst(BenchCluster.Job job, String operator) throws Exception {
        while (RecordCounters.received(operator) == 0) {
            TimeUnit.MILLISECONDS.sleep(1);
            job.requireRunning();
        }
        return System.nanoTime();
    }

    /** What has been written to {@code code-metrics}: of each row the newest version. */
    private static final class Written {
        private record Row(long version, long prompts, long toolCalls, long requests) {
            static final Row NONE = new Row(-1, 0, 0, 0);

            static Row of(CodeMetricRow row) {
                return new Row(
                        row.getVersion(),
                        row.getPrompts(),
                        row.getToolSucceeded() + row.getToolFailed(),
                        row.getApiRequests());
            }
        }

        private final Map<String, Row> rows = new HashMap<>();
        private long prompts;
        private long toolCalls;
        private long requests;
        private long updates;
        private long lastMillis;

        void add(ConsumerRecord<String, byte[]> message) throws java.io.IOException {
            Row now = Row.of(CodeMetricRow.getDecoder().decode(message.value()));
            Row before = rows.getOrDefault(message.key(), Row.NONE);
            updates++;
            if (now.version > before.version) {
                rows.put(message.key(), now);
                prompts += now.prompts - before.prompts;
                toolCalls += now.toolCalls - before.toolCalls;
                requests += now.requests - before.requests;
                lastMillis = Math.max(lastMillis, message.timestamp());
            }
        }

        boolean isAll(CodeMetricsLoad.Expected expected) {
            return prompts == expected.prompts()
                    && toolCalls == expected.toolCalls()
                    && requests == expected.requests();
        }
    }

    private Measure job(Broker broker, BenchCluster cluster, CodeMetricsLoad.Expected expected, Progress progress)
            throws Exception {
        Map<TopicPartition, Long> from = broker.ends(Topic.CODE_METRICS);
        List<String> arguments = new ArrayList<>(List.of(
                "--" + EdgeOptions.KAFKA.key(), broker.servers(), "--" + EdgeOptions.ELASTICSEARCH.key(), "none"));
        jobOptions.forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
        try (BenchCluster.Job job = cluster.start(() -> CodeMetricsJob.main(arguments.toArray(String[]::new)));
                KafkaConsumer<String, byte[]> reader = broker.reader(from)) {
            awaitFirst(job, "-facts");
            long start = System.currentTimeMillis();
            double cpuBefore = Cpu.seconds();
            Written written = new Written();
            long newsAt = System.nanoTime();
            while (!written.isAll(expected)) {
                boolean news = false;
                for (ConsumerRecord<String, byte[]> message : reader.poll(POLL)) {
                    written.add(message);
                    news = true;
                }
                job.requireRunning();
                progress.at((double) written.prompts / expected.prompts());
                if (news) {
                    newsAt = System.nanoTime();
                } else if (System.nanoTime() - newsAt > TimeUnit.SECONDS.toNanos(STALLED_SECONDS)) {
                    throw new IncorrectException("code-metrics: " + written.prompts + " prompts, " + written.toolCalls
                            + " tool calls, " + written.requests + " requests (expected: " + expected + ")");
                }
            }
            rows = written.rows.size();
            updates = written.updates;
            return new Measure(expected.records(), (written.lastMillis - start) / 1e3, Cpu.seconds() - cpuBefore);
        }
    }
}
