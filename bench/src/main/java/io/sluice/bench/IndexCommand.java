package io.sluice.bench;

import io.sluice.compliance.ComplianceJob;
import io.sluice.runtime.EdgeOptions;
import io.sluice.schema.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The job of conversations in relation to a plain bulk loader; then what waits for it, in milliseconds. */
@Command(
        name = "index",
        description = "Conversations: the job (Kafka to Elasticsearch) in relation to a loader that sends the same "
                + "documents in bulk; how long a message takes to be found, a search of many, an erasure of many.")
final class IndexCommand extends BenchCommand {
    private static final String READ = "read-content";
    private static final long STALLED_SECONDS = 180;
    private static final long POLL_MILLIS = 50;
    private static final long POLLS_OF_JOB = 20;

    /** A day, so that the same seed gives the same load. */
    private static final Instant START = Instant.parse("2026-05-04T00:00:00Z");

    private static final Duration SPAN = Duration.ofDays(180);
    /** Within a month: what is said now goes to one index of messages. */
    private static final Duration SHORT_SPAN = Duration.ofDays(20);

    enum Part {
        THROUGHPUT,
        LATENCY,
        SEARCH,
        ERASURE
    }

    @Option(
            names = "--part",
            split = ",",
            paramLabel = "PART",
            description = "Only these: ${COMPLETION-CANDIDATES} (default: all).")
    Set<Part> parts = new LinkedHashSet<>(List.of(Part.values()));

    @Option(
            names = "--messages",
            paramLabel = "N",
            description = "Messages of a round of throughput (default: ${DEFAULT-VALUE}).")
    int messages = 200_000;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Messages a second of the part latency (default: half of what is indexed at most while "
                    + "messages keep coming, which is found out first).")
    @Nullable
    Integer rate;

    @Option(names = "--seconds", paramLabel = "N", description = "Of the part latency (default: ${DEFAULT-VALUE}).")
    int seconds = 100;

    @Option(
            names = "--corpus",
            paramLabel = "N",
            description = "Messages that are searched and erased from (default: ${DEFAULT-VALUE}).")
    int corpus = 1_000_000;

    @Option(
            names = "--users",
            paramLabel = "N",
            description = "People, all the same; one of them is erased (default: ${DEFAULT-VALUE}).")
    int users = 100;

    @Option(names = "--searches", paramLabel = "N", description = "Of each kind (default: ${DEFAULT-VALUE}).")
    int searches = 50;

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
            description = "After the rounds of throughput, record one more of the job with Java Flight Recorder.")
    @Nullable
    Path profile;

    @Override
    String benchmark() {
        return "index";
    }

    @Override
    Report measure(Workspace workspace, Progress progress) throws Exception {
        progress.step("Kafka, Elasticsearch, server");
        Broker broker = Broker.start(workspace);
        try (Elastic elastic = Elastic.start(workspace);
                BenchCluster cluster = new BenchCluster(workspace, jobOptions)) {
            Run run = new Run(broker, elastic, cluster, progress);
            Map<String, Object> facts = new LinkedHashMap<>();
            Map<String, List<Measure>> measures = Map.of();
            progress.done("ready");
            if (parts.contains(Part.THROUGHPUT)) {
                measures = run.throughput(workspace, facts);
            }
            if (parts.size() > 1 || !parts.contains(Part.THROUGHPUT)) {
                Api api = server(workspace, broker, elastic);
                if (parts.contains(Part.LATENCY)) {
                    run.latency(api, facts);
                }
                if (parts.contains(Part.SEARCH) || parts.contains(Part.ERASURE)) {
                    run.corpus(api, facts);
                }
            }
            facts.put("users", users);
            facts.put("parallelism", BenchCluster.PARALLELISM);
            return measures.isEmpty()
                    ? new Report(benchmark(), "messages/s", List.of(), Map.of(), facts)
                    : new Report(
                            benchmark(),
                            "messages/s",
                            List.of(new Report.Comparison("index", "bulk"), new Report.Comparison("index", "requests")),
                            measures,
                            facts);
        }
    }

    /** It stays for the whole run. */
    private static Api server(Workspace workspace, Broker broker, Elastic elastic) throws Exception {
        Map<String, String> settings = new HashMap<>(elastic.settings());
        settings.put("SLUICE_DEFAULT_ORGANIZATION", ConversationLoad.ORGANIZATION);
        settings.put("SLUICE_RATE_LIMIT_PER_MINUTE", "0");
        Receiver receiver = Receiver.start(workspace, broker, settings);
        Path token = workspace.folder("server").resolve("admin.token");
        Api api = new Api(receiver.restPort(), Files.readString(token).strip());
        api.json("PUT", "/v1/organizations/" + ConversationLoad.ORGANIZATION, "{\"plan\":\"enterprise\"}");
        return api;
    }

    /** What all parts work with. */
    private final class Run {
        private final Broker broker;
        private final Elastic elastic;
        private final BenchCluster cluster;
        private final Progress progress;
        private final ContentDocuments documents;

        Run(Broker broker, Elastic elastic, BenchCluster cluster, Progress progress) {
            this.broker = broker;
            this.elastic = elastic;
            this.cluster = cluster;
            this.progress = progress;
            this.documents = new ContentDocuments(elastic);
        }

        private BenchCluster.Job start() throws Exception {
            List<String> arguments = new ArrayList<>(List.of("--" + EdgeOptions.KAFKA.key(), broker.servers()));
            arguments.addAll(elastic.arguments());
            jobOptions.forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
            return cluster.start(() -> ComplianceJob.main(arguments.toArray(String[]::new)));
        }

        Map<String, List<Measure>> throughput(Workspace workspace, Map<String, Object> facts) throws Exception {
            ConversationLoad load =
                    new ConversationLoad(new ConversationLoad.Options(seed, messages, users, START, SHORT_SPAN));
            facts.put("messages", messages);
            facts.put("mean_bytes", Math.round(load.load(broker, progress)));
            progress.step("documents");
            documents.clear();
            job();
            Path file = workspace.folder().resolve("documents.ndjson");
            ContentDocuments.Requests requests = documents.export(file);
            facts.put("documents", requests.documents().size());
            facts.put("documents_sent", documents.written());
            progress.done(String.format("%,d, %,d bytes", requests.documents().size(), Files.size(file)));
            BulkLoader loader = new BulkLoader(elastic);
            LoaderJob.use(requests.documents());
            Map<String, List<Measure>> measures = Rounds.run(
                    List.of(
                            new Rounds.Variant("requests", () -> requests(loader, requests)),
                            new Rounds.Variant("bulk", this::bulk),
                            new Rounds.Variant("index", this::job)),
                    rounds,
                    progress);
            facts.put("requests_refused", loader.refused());
            if (profile != null) {
                progress.step("profile");
                try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
                    recording.start();
                    Measure measure = job();
                    recording.stop();
                    recording.dump(profile);
                    progress.result(measure);
                }
            }
            return measures;
        }

        private Measure bulk() throws Exception {
            documents.clear();
            String[] arguments = elastic.arguments().toArray(String[]::new);
            try (BenchCluster.Job job = cluster.start(() -> LoaderJob.main(broker.servers(), arguments))) {
                while (RecordCounters.received("elasticsearch-sink") == 0) {
                    TimeUnit.MILLISECONDS.sleep(1);
                }
                long start = System.nanoTime();
                double cpuBefore = Cpu.secondsOfAll();
                job.awaitEnd();
                requireThere();
                return new Measure(messages, (System.nanoTime() - start) / 1e9, Cpu.secondsOfAll() - cpuBefore);
            }
        }

        private Measure requests(BulkLoader loader, ContentDocuments.Requests requests) throws Exception {
            documents.clear();
            long start = System.nanoTime();
            double cpuBefore = Cpu.secondsOfAll();
            loader.load(requests);
            requireThere();
            return new Measure(messages, (System.nanoTime() - start) / 1e9, Cpu.secondsOfAll() - cpuBefore);
        }

        private void requireThere() throws Exception {
            if (!documents.areThere(messages)) {
                throw new IncorrectException("stored: " + documents.messages() + " messages (expected: " + messages
                        + ", in conversations that have as many)");
            }
        }

        private Measure job() throws Exception {
            documents.clear();
            try (BenchCluster.Job job = start()) {
                while (RecordCounters.received(READ) == 0) {
                    TimeUnit.MILLISECONDS.sleep(1);
                    job.requireRunning();
                }
                long start = System.nanoTime();
                double cpuBefore = Cpu.secondsOfAll();
                awaitFound(job, messages);
                return new Measure(messages, (System.nanoTime() - start) / 1e9, Cpu.secondsOfAll() - cpuBefore);
            }
        }

        /**
         * Makes nothing findable itself before the job has read everything and Elasticsearch is not written to: that would
         * take time from what is measured.
         */
        private void awaitFound(BenchCluster.Job job, long wanted) throws Exception {
            long news = System.nanoTime();
            long before = -1;
            for (long poll = 0; ; poll++) {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
                if (poll % POLLS_OF_JOB == 0) {
                    job.requireRunning();
                }
                long read = RecordCounters.received(READ);
                progress.at((double) read / wanted);
                long written = read < wanted ? -read : documents.written();
                if (written != before) {
                    before = written;
                    news = System.nanoTime();
                } else if (read >= wanted && documents.areThere(wanted)) {
                    return;
                } else if (System.nanoTime() - news > TimeUnit.SECONDS.toNanos(STALLED_SECONDS)) {
                    throw new IncorrectException("index: " + documents.messages() + " messages, " + read
                            + " of them read (expected: " + wanted + ")");
                }
            }
        }

        void latency(Api api, Map<String, Object> facts) throws Exception {
            progress.step("most while messages come");
            documents.clear();
            broker.renew(List.of(Topic.CONTENT));
            try (BenchCluster.Job job = start()) {
                SearchLatency latency = new SearchLatency(broker, api, seconds, users, seed);
                // An index that is just being made cannot be searched yet.
                latency.sendFirst();
                awaitFound(job, latency.sent());
                double most = latency.maximum(() -> RecordCounters.received(READ), progress, job);
                facts.put("messages_per_second_at_most", Math.round(most));
                progress.done(String.format("%,.0f/s", most));
                awaitFound(job, latency.sent());
                progress.step("latency");
                facts.putAll(latency.measure(rate == null ? (int) (most / 2) : rate, progress, job));
                awaitFound(job, latency.sent());
            }
            progress.done(String.valueOf(facts.get("found_ms")));
        }

        void corpus(Api api, Map<String, Object> facts) throws Exception {
            documents.clear();
            broker.renew(List.of(Topic.CONTENT));
            ConversationLoad load =
                    new ConversationLoad(new ConversationLoad.Options(seed, corpus, users, START, SPAN));
            load.load(broker, progress);
            try (BenchCluster.Job job = start()) {
                progress.step("corpus");
                awaitFound(job, corpus);
                documents.awaitMerged();
                facts.put("corpus", corpus);
                facts.put("corpus_bytes", documents.bytes());
                progress.done(String.format("%,d messages, %,d bytes", corpus, documents.bytes()));
                if (parts.contains(Part.SEARCH)) {
                    facts.putAll(new SearchTimes(api, START, SPAN, seed).measure(searches, load, progress));
                }
                if (parts.contains(Part.ERASURE)) {
                    facts.putAll(new ErasureTimes(api, documents).measure(load.of(0), progress, job));
                }
            }
        }
    }
}
