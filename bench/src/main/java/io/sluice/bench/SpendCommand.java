package io.sluice.bench;

import io.sluice.schema.Topic;
import io.sluice.spend.SpendJob;
import io.sluice.spend.SpendOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The spend job in relation to the same source with decode and discard. */
@Command(
        name = "spend",
        description = "The spend job (Kafka to Kafka, RocksDB, checkpoints every 5 s) in relation to the same source "
                + "with full decode and discard (identity).")
final class SpendCommand extends BenchCommand {
    /** Seen on {@code spend-windows}: nothing more is being written. Above the job's own interval of output. */
    private static final long QUIET_MILLIS = 3_000;

    private static final long STALLED_SECONDS = 120;

    @Option(names = "--events", paramLabel = "N", description = "Records on the topic (default: ${DEFAULT-VALUE}).")
    long events = 5_000_000;

    @Option(names = "--users", paramLabel = "N", description = "Users (default: 10,000; with --curve 1,000,000).")
    @Nullable
    Integer users;

    @Option(
            names = "--zipf",
            paramLabel = "X",
            description = "Exponent of the users' popularity; 0: all the same (default: 0; with --curve 1).")
    @Nullable
    Double zipf;

    @Option(names = "--seed", paramLabel = "N", description = "Of the load (default: ${DEFAULT-VALUE}).")
    long seed = 42;

    @Option(
            names = "--job-option",
            paramLabel = "KEY=VALUE",
            description = "Handed to the job's main method, and to Flink as configuration; repeatable.")
    Map<String, String> jobOptions = new LinkedHashMap<>();

    @Option(
            names = "--curve",
            description = "The job at several sizes of its cache: for 100, 50, 25 and 10 %% of all cells.")
    boolean curve;

    @Option(
            names = "--profile",
            paramLabel = "FILE.jfr",
            description = "After the rounds, record one more of the spend job with Java Flight Recorder.")
    @Nullable
    Path profile;

    @Override
    String benchmark() {
        return "spend";
    }

    @Override
    Report measure(Workspace workspace, Progress progress) throws Exception {
        // Sized for the load, as whoever runs ten thousand users would; said in the report.
        jobOptions.putIfAbsent(SpendOptions.CACHED_CELLS.key(), "1000000");
        jobOptions.putIfAbsent(SpendOptions.FILTER_SIZE.key(), "16m");
        // The ledger by itself; what caps cost on top is a variant of its own.
        jobOptions.putIfAbsent(SpendOptions.CAPS.key(), "false");
        UsageLoad.Options options = new UsageLoad.Options(
                seed, events, users != null ? users : curve ? 1_000_000 : 10_000, zipf != null ? zipf : curve ? 1 : 0);
        Broker broker = Broker.start(workspace);
        Truth truth = load(options, broker, progress);
        try (BenchCluster cluster = new BenchCluster(workspace, jobOptions)) {
            Runs runs = new Runs(broker, cluster, truth, progress);
            List<Rounds.Variant> variants = new ArrayList<>();
            variants.add(new Rounds.Variant("identity", runs::identity));
            if (curve) {
                progress.step("count");
                progress.result(runs.spend(jobOptions));
                for (int percent : new int[] {100, 50, 25, 10}) {
                    long cached = Math.max(1, runs.cells() * percent / 100 / BenchCluster.PARALLELISM);
                    Map<String, String> withCache = new LinkedHashMap<>(jobOptions);
                    withCache.put(SpendOptions.CACHED_CELLS.key(), Long.toString(cached));
                    variants.add(new Rounds.Variant("spend, cache " + percent + " %", () -> runs.spend(withCache)));
                }
            } else {
                variants.add(new Rounds.Variant("spend", () -> runs.spend(jobOptions)));
                Map<String, String> withCaps = new LinkedHashMap<>(jobOptions);
                withCaps.put(SpendOptions.CAPS.key(), "true");
                variants.add(new Rounds.Variant("spend-caps", () -> runs.spend(withCaps)));
            }
            Map<String, List<Measure>> measures = Rounds.run(variants, rounds, progress);
            if (profile != null) {
                progress.step("profile");
                try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
                    recording.start();
                    Measure measure = runs.spend(jobOptions);
                    recording.stop();
                    recording.dump(profile);
                    progress.result(measure);
                }
            }
            return Report.of(benchmark(), "events/s", "identity", measures, facts(options, truth, runs));
        }
    }

    private Map<String, Object> facts(UsageLoad.Options options, Truth truth, Runs runs) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("events", truth.received());
        facts.put("duplicates", truth.duplicates());
        facts.put("late", truth.late());
        facts.put("mean_bytes", Math.round(truth.meanBytes()));
        facts.put("users", options.users());
        facts.put("zipf", options.zipf());
        SpendResult.Summary summary = runs.last.get();
        if (summary != null) {
            facts.put("cells", summary.cells());
            facts.put("cell_updates", summary.updates());
        }
        facts.put("parallelism", BenchCluster.PARALLELISM);
        if (!jobOptions.isEmpty()) {
            facts.put("job_options", jobOptions.toString());
        }
        return facts;
    }

    /** Writes the load to Kafka, with the settings that the server has for its producer. */
    private static Truth load(UsageLoad.Options options, Broker broker, Progress progress) throws IOException {
        progress.step("load");
        long started = System.nanoTime();
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        Truth truth;
        long[] sent = {0};
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        broker.servers(),
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.COMPRESSION_TYPE_CONFIG,
                        "lz4",
                        ProducerConfig.LINGER_MS_CONFIG,
                        5,
                        ProducerConfig.BATCH_SIZE_CONFIG,
                        128 * 1024,
                        ProducerConfig.BUFFER_MEMORY_CONFIG,
                        64L << 20),
                new StringSerializer(),
                new ByteArraySerializer())) {
            truth = new UsageLoad(options).send((key, value, receivedAt) -> {
                producer.send(
                        new ProducerRecord<>(Topic.USAGE.topicName(), null, receivedAt, key, value),
                        (metadata, problem) -> {
                            if (problem != null) {
                                failure.compareAndSet(null, problem);
                            }
                        });
                if (++sent[0] % 100_000 == 0) {
                    progress.at((double) sent[0] / options.events());
                }
            });
        }
        if (failure.get() != null) {
            throw new IOException("Kafka: not everything could be stored", failure.get());
        }
        progress.done(String.format(
                Locale.ROOT,
                "%,d events of %,d users, %.0f bytes each, in %.1f s",
                truth.received(),
                options.users(),
                truth.meanBytes(),
                (System.nanoTime() - started) / 1e9));
        return truth;
    }

    /** The two jobs, each from start to cancellation. */
    private static final class Runs {
        private final Broker broker;
        private final BenchCluster cluster;
        private final Truth truth;
        private final Progress progress;
        private final AtomicReference<SpendResult.@Nullable Summary> last = new AtomicReference<>();

        Runs(Broker broker, BenchCluster cluster, Truth truth, Progress progress) {
            this.broker = broker;
            this.cluster = cluster;
            this.truth = truth;
            this.progress = progress;
        }

        /** How many the last run of the spend job ended with. */
        long cells() {
            SpendResult.Summary summary = last.get();
            return summary == null ? 0 : summary.cells();
        }

        Measure identity() throws Exception {
            try (BenchCluster.Job job = cluster.start(() -> IdentityJob.main(broker.servers()))) {
                Start start = awaitFirst(job, Topic.USAGE);
                Watch watch = new Watch(job);
                IdentityJob.Seen seen = IdentityJob.seen();
                while (seen.records() < truth.received()) {
                    TimeUnit.MILLISECONDS.sleep(2);
                    seen = IdentityJob.seen();
                    watch.at(seen.records());
                }
                long end = System.currentTimeMillis();
                double cpu = Cpu.seconds() - start.cpuSeconds();
                if (seen.records() != truth.received() || seen.micros() != truth.rawMicros()) {
                    throw new IncorrectException("identity: " + seen + " (expected: " + truth.received()
                            + " records of " + truth.rawMicros() + " micro-USD)");
                }
                return new Measure(truth.received(), (end - start.millis()) / 1e3, cpu);
            }
        }

        Measure spend(Map<String, String> options) throws Exception {
            List<String> arguments = new ArrayList<>(List.of(
                    "--" + SpendOptions.KAFKA.key(),
                    broker.servers(),
                    "--" + SpendOptions.ELASTICSEARCH.key(),
                    "none"));
            options.forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
            long deadLetters = broker.count(Topic.DEAD_LETTERS);
            SpendResult result = new SpendResult(broker);
            SpendResult.Ledger ledger = new SpendResult.Ledger();
            Start start;
            double cpu;
            try (BenchCluster.Job job = cluster.start(() -> SpendJob.main(arguments.toArray(String[]::new)));
                    KafkaConsumer<String, byte[]> reader = result.ledgerReader()) {
                start = awaitFirst(job, Topic.USAGE);
                Watch watch = new Watch(job);
                while (!ledger.accountsFor(truth.received())) {
                    ledger.read(reader);
                    watch.at(ledger.received());
                }
                cpu = Cpu.seconds() - start.cpuSeconds();
                awaitQuiet(job);
                ledger.read(reader);
            }
            if (broker.count(Topic.DEAD_LETTERS) != deadLetters) {
                throw new IncorrectException(
                        "dead-letters: " + (broker.count(Topic.DEAD_LETTERS) - deadLetters) + " (expected: none)");
            }
            ledger.check(truth);
            SpendResult.Summary summary = result.check(truth, ledger);
            last.set(summary);
            return new Measure(truth.received(), (summary.lastChangeMillis() - start.millis()) / 1e3, cpu);
        }

        private record Start(long millis, double cpuSeconds) {}

        /** When the source had its first record: the start of job and consumer is not part of the figure. */
        private static Start awaitFirst(BenchCluster.Job job, Topic topic) throws Exception {
            long checkAt = System.nanoTime();
            while (RecordCounters.received(topic.topicName() + "-source") == 0) {
                TimeUnit.MILLISECONDS.sleep(1);
                if (System.nanoTime() > checkAt) {
                    job.requireRunning();
                    checkAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
                }
            }
            return new Start(System.currentTimeMillis(), Cpu.seconds());
        }

        /** Returns when nothing was added to the cells for a while. */
        private void awaitQuiet(BenchCluster.Job job) throws Exception {
            long count = -1;
            while (count != broker.count(Topic.SPEND_WINDOWS)) {
                count = broker.count(Topic.SPEND_WINDOWS);
                TimeUnit.MILLISECONDS.sleep(QUIET_MILLIS);
                job.requireRunning();
            }
        }

        /** Shows how far a run is, and ends it if it comes no further. */
        private final class Watch {
            private final BenchCluster.Job job;
            private long seen = -1;
            private long seenAt = System.nanoTime();
            private long checkAt = System.nanoTime();

            Watch(BenchCluster.Job job) {
                this.job = job;
            }

            void at(long records) throws Exception {
                long now = System.nanoTime();
                if (now < checkAt) {
                    return;
                }
                checkAt = now + TimeUnit.SECONDS.toNanos(1);
                job.requireRunning();
                progress.at((double) records / truth.received());
                if (records != seen) {
                    seen = records;
                    seenAt = now;
                } else if (now - seenAt > TimeUnit.SECONDS.toNanos(STALLED_SECONDS)) {
                    throw new IncorrectException("after " + records + " of " + truth.received()
                            + " records nothing more came within " + STALLED_SECONDS + " s");
                }
            }
        }
    }
}
