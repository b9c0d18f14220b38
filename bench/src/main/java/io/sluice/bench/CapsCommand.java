package io.sluice.bench;

import io.sluice.schema.Topic;
import io.sluice.spend.SpendOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What caps cost the spend job, how soon alerts are told, how fast budgets are answered. */
@Command(
        name = "caps",
        description =
                "Spend caps: what they cost, the spend job with caps of every scope and edits of them in relation to"
                        + " the same job without caps (throughput); how soon after the server's answer an alert can be read from"
                        + " the topic (latency); and GET /v1/budgets/{user} at a rate (budgets).")
final class CapsCommand extends BenchCommand {
    private static final double HALF = 0.5;
    private static final double DEFAULT_RATE = 10_000;
    private static final double PERCENT = 100;

    /** What is measured. */
    enum Part {
        THROUGHPUT,
        LATENCY,
        BUDGETS
    }

    @Option(
            names = "--part",
            paramLabel = "PART",
            split = ",",
            description = "throughput, latency, budgets; several with commas (default: all).")
    Set<Part> parts = EnumSet.allOf(Part.class);

    @Option(
            names = "--events",
            paramLabel = "N",
            description = "Of throughput: records on the topic (default: ${DEFAULT-VALUE}).")
    long events = 3_000_000;

    @Option(names = "--users", paramLabel = "N", description = "Users (default: ${DEFAULT-VALUE}).")
    int users = 10_000;

    @Option(names = "--groups", paramLabel = "N", description = "Groups of users (default: ${DEFAULT-VALUE}).")
    int groups = 50;

    @Option(
            names = "--edits",
            paramLabel = "N",
            description = "Of throughput: edits of caps while the job runs (default: ${DEFAULT-VALUE}).")
    int edits = 100;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Of latency: events a second (default: half of what the job with caps has reached in the part"
                    + " throughput of this run, else 10,000).")
    @Nullable
    Double rate;

    @Option(
            names = "--records-per-request",
            paramLabel = "N",
            description = "Of latency: events in one export (default: ${DEFAULT-VALUE}).")
    int recordsPerRequest = 100;

    @Option(
            names = "--requests",
            paramLabel = "N",
            description = "Of budgets: requests a second (default: ${DEFAULT-VALUE}).")
    int requests = 1_000;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Of latency and budgets: how long, a third as long before that not counted (default:"
                    + " ${DEFAULT-VALUE}).")
    int seconds = 60;

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
            description =
                    "Of throughput: after the rounds, record one more of the job with caps by Java Flight Recorder.")
    @Nullable
    Path profile;

    @Override
    String benchmark() {
        return "caps";
    }

    @Override
    Report measure(Workspace workspace, Progress progress) throws Exception {
        requireSizes();
        jobOptions.putIfAbsent(SpendOptions.CACHED_CELLS.key(), "1000000");
        jobOptions.putIfAbsent(SpendOptions.FILTER_SIZE.key(), "16m");
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("users", users);
        facts.put("groups", groups);
        Map<String, List<Measure>> measures = new LinkedHashMap<>();
        List<Report.Comparison> comparisons = new ArrayList<>();
        Broker broker = Broker.start(workspace);
        if (parts.contains(Part.THROUGHPUT)) {
            measures.putAll(throughput(workspace, broker, progress, facts));
            comparisons.add(new Report.Comparison("spend-caps", "spend"));
            comparisons.add(new Report.Comparison("spend-caps", "identity"));
            comparisons.add(new Report.Comparison("spend", "identity"));
        }
        if (parts.contains(Part.LATENCY)) {
            broker.renew(List.of(Topic.values()));
            double perSecond = rate != null ? rate : rateOf(measures.getOrDefault("spend-caps", List.of()));
            AlertLatency.Options options =
                    new AlertLatency.Options(users, groups, perSecond, recordsPerRequest, seconds, seed);
            facts.putAll(new AlertLatency(options, broker, progress).measure(workspace, jobOptions));
        }
        if (parts.contains(Part.BUDGETS)) {
            broker.renew(List.of(Topic.values()));
            facts.putAll(new BudgetReads(users, groups, requests, seconds, seed, broker, progress).measure(workspace));
        }
        Report report = new Report(benchmark(), "events/s", comparisons, measures, facts);
        addCost(report, facts);
        return report;
    }

    private void requireSizes() {
        require("--events", events, 1);
        require("--users", users, 1);
        require("--groups", groups, 1);
        require("--edits", edits, 0);
        require("--records-per-request", recordsPerRequest, 1);
        require("--requests", requests, 1);
        require("--seconds", seconds, 1);
        if (rate != null && !(rate > 0)) {
            throw wrong("--rate: " + rate + " (expected: above 0)");
        }
    }

    private void require(String option, long value, long least) {
        if (value < least) {
            throw wrong(option + ": " + value + " (expected: " + least + " or more)");
        }
    }

    private CommandLine.ParameterException wrong(String problem) {
        return new CommandLine.ParameterException(requireSpec().commandLine(), problem);
    }

    private static double rateOf(List<Measure> rounds) {
        return rounds.isEmpty()
                ? DEFAULT_RATE
                : HALF * Report.median(rounds.stream().map(Measure::rate).toList());
    }

    private Map<String, List<Measure>> throughput(
            Workspace workspace, Broker broker, Progress progress, Map<String, Object> facts) throws Exception {
        UsageLoad.Options options = new UsageLoad.Options(seed, events, users, 0);
        CapsLoad load = new CapsLoad(options, groups, edits);
        ControlVersions.publish(broker, Topic.DIRECTORY, load.directory());
        Truth truth = UsageTopic.load(options, broker, progress, load::count);
        Set<String> expected = load.expected();
        facts.put("events", truth.received());
        facts.put("caps", load.caps().size());
        facts.put("edits", load.edits().size());
        facts.put("alerts", expected.size());
        Map<String, String> without = new LinkedHashMap<>(jobOptions);
        without.put(SpendOptions.CAPS.key(), "false");
        Map<String, String> with = new LinkedHashMap<>(jobOptions);
        with.put(SpendOptions.CAPS.key(), "true");
        try (BenchCluster cluster = new BenchCluster(workspace, jobOptions);
                CapsRound round = new CapsRound(broker, load, expected)) {
            SpendRuns runs = new SpendRuns(broker, cluster, truth, progress);
            Map<String, List<Measure>> measures = Rounds.run(
                    List.of(
                            new Rounds.Variant("identity", runs::identity),
                            new Rounds.Variant("spend", () -> runs.spend(without)),
                            new Rounds.Variant("spend-caps", () -> runs.spend(with, round))),
                    rounds,
                    progress);
            if (profile != null) {
                progress.step("profile");
                try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
                    recording.start();
                    Measure measure = runs.spend(with, round);
                    recording.stop();
                    recording.dump(profile);
                    progress.result(measure);
                }
            }
            return measures;
        }
    }

    /** What people ask for is the complement of the ratio. */
    private static void addCost(Report report, Map<String, Object> facts) {
        List<Double> ratios = report.roundRatios().get("spend-caps/spend");
        if (ratios != null) {
            double cost = PERCENT * (1 - Report.median(ratios));
            double cpu =
                    PERCENT * (1 - Report.median(report.roundCpuRatios().getOrDefault("spend-caps/spend", ratios)));
            facts.put("caps_cost_percent", Math.round(cost * 10) / 10.0);
            facts.put(
                    "caps_cost",
                    String.format(
                            Locale.ROOT, "%.1f %% of the spend job's throughput, by CPU time %.1f %%", cost, cpu));
        }
    }
}
