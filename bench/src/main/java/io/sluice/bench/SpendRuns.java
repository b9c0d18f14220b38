package io.sluice.bench;

import io.sluice.runtime.EdgeOptions;
import io.sluice.schema.Topic;
import io.sluice.spend.SpendJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.jspecify.annotations.Nullable;

/** The two jobs, each from start to cancellation. */
final class SpendRuns {
    /** Seen on {@code spend-windows}: nothing more is being written. Above the job's own interval of output. */
    private static final long QUIET_MILLIS = 3_000;

    private static final long STALLED_SECONDS = 120;
    static final String SOURCE = Topic.USAGE.topicName() + "-source";

    /** What happens beside a run of the spend job. */
    interface Aside {
        /** Before the job starts. */
        default void prepare() throws Exception {}

        /** Over and over while it runs. */
        default void during(double part) throws Exception {}

        /**
         * When it has no more to do.
         *
         * @return when the last result was stored that said anything new, epoch milliseconds; 0: none
         * @throws IncorrectException if one is wrong
         */
        default long check() throws Exception {
            return 0;
        }
    }

    private static final Aside NOTHING = new Aside() {};

    private final Broker broker;
    private final BenchCluster cluster;
    private final Truth truth;
    private final Progress progress;
    private final AtomicReference<SpendResult.@Nullable Summary> last = new AtomicReference<>();

    SpendRuns(Broker broker, BenchCluster cluster, Truth truth, Progress progress) {
        this.broker = broker;
        this.cluster = cluster;
        this.truth = truth;
        this.progress = progress;
    }

    /** Of the spend job; null: it has not run yet. */
    SpendResult.@Nullable Summary last() {
        return last.get();
    }

    /** How many the last run of the spend job ended with. */
    long cells() {
        SpendResult.Summary summary = last.get();
        return summary == null ? 0 : summary.cells();
    }

    Measure identity() throws Exception {
        try (BenchCluster.Job job = cluster.start(() -> IdentityJob.main(broker.servers()))) {
            Start start = awaitFirst(job);
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
                throw new IncorrectException("identity: " + seen + " (expected: " + truth.received() + " records of "
                        + truth.rawMicros() + " micro-USD)");
            }
            return new Measure(truth.received(), (end - start.millis()) / 1e3, cpu);
        }
    }

    /** Of the spend job, without Elasticsearch. */
    static String[] arguments(Broker broker, Map<String, String> options) {
        List<String> arguments = new ArrayList<>(List.of(
                "--" + EdgeOptions.KAFKA.key(), broker.servers(), "--" + EdgeOptions.ELASTICSEARCH.key(), "none"));
        options.forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
        return arguments.toArray(String[]::new);
    }

    Measure spend(Map<String, String> options) throws Exception {
        return spend(options, NOTHING);
    }

    Measure spend(Map<String, String> options, Aside aside) throws Exception {
        aside.prepare();
        long deadLetters = broker.count(Topic.DEAD_LETTERS);
        SpendResult result = new SpendResult(broker);
        SpendResult.Ledger ledger = new SpendResult.Ledger();
        Start start;
        double cpu;
        try (BenchCluster.Job job = cluster.start(() -> SpendJob.main(arguments(broker, options)));
                KafkaConsumer<String, byte[]> reader = result.ledgerReader()) {
            start = awaitFirst(job);
            Watch watch = new Watch(job);
            while (!ledger.accountsFor(truth.received())) {
                ledger.read(reader);
                watch.at(ledger.received());
                aside.during((double) RecordCounters.received(SOURCE) / truth.received());
            }
            aside.during(1);
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
        long end = Math.max(summary.lastChangeMillis(), aside.check());
        return new Measure(truth.received(), (end - start.millis()) / 1e3, cpu);
    }

    private record Start(long millis, double cpuSeconds) {}

    /** When the source had its first record: the start of job and consumer is not part of the figure. */
    private static Start awaitFirst(BenchCluster.Job job) throws Exception {
        long checkAt = System.nanoTime();
        while (RecordCounters.received(SOURCE) == 0) {
            TimeUnit.MILLISECONDS.sleep(1);
            if (System.nanoTime() > checkAt) {
                job.requireRunning();
                checkAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
            }
        }
        return new Start(System.currentTimeMillis(), Cpu.seconds());
    }

    /** Returns when nothing was added to the cells, or told, for a while. */
    private void awaitQuiet(BenchCluster.Job job) throws Exception {
        long count = -1;
        while (count != results()) {
            count = results();
            TimeUnit.MILLISECONDS.sleep(QUIET_MILLIS);
            job.requireRunning();
        }
    }

    private long results() throws Exception {
        return broker.count(Topic.SPEND_WINDOWS) + broker.count(Topic.ALERTS);
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
