package io.sluice.bench;

import io.sluice.spend.SpendOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The spend job in relation to the same source with decode and discard. */
@Command(
        name = "spend",
        description = "The spend job (Kafka to Kafka, RocksDB, checkpoints every 5 s) in relation to the same source "
                + "with full decode and discard (identity).")
final class SpendCommand extends BenchCommand {
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
        Truth truth = UsageTopic.load(options, broker, progress, event -> {});
        try (BenchCluster cluster = new BenchCluster(workspace, jobOptions)) {
            SpendRuns runs = new SpendRuns(broker, cluster, truth, progress);
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

    private Map<String, Object> facts(UsageLoad.Options options, Truth truth, SpendRuns runs) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("events", truth.received());
        facts.put("duplicates", truth.duplicates());
        facts.put("late", truth.late());
        facts.put("mean_bytes", Math.round(truth.meanBytes()));
        facts.put("users", options.users());
        facts.put("zipf", options.zipf());
        SpendResult.Summary summary = runs.last();
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
}
