package io.sluice.standalone;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.simulator.OtlpSender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = "Starts the stack, takes in what real Claude Code clients sent, and shows who spent what.",
        mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
    private static final Duration CAPTURES_LIMIT = Duration.ofMinutes(2);
    private static final Duration SIMULATION_LIMIT = Duration.ofMinutes(30);
    private static final Duration RESTART_LIMIT = Duration.ofMinutes(2);
    private static final int MOST_DIFFERENCES_SHOWN = 10;

    @Mixin
    private Common common = new Common();

    @Option(
            names = "--once",
            description = "End when the result is shown. Without --data the data folder is a temporary one.")
    private boolean once;

    @Option(
            names = "--simulate",
            paramLabel = "USERSxDAYS",
            converter = SimulationSize.Converter.class,
            description = "Instead of the captures: a simulated organization, whose truth is known and compared.")
    private @Nullable SimulationSize simulate;

    @Option(names = "--seed", paramLabel = "N", description = "Of the simulation (default: a random one).")
    private @Nullable Long seed;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Installation installation = Installation.find();
        if (once && common.data == null && System.getenv(Setting.DATA_DIR.variable()) == null) {
            Path temporary = Files.createTempDirectory("sluice-demo-");
            Files.setPosixFilePermissions(temporary, DataFolder.permissions());
            return run(installation, Common.settings(temporary), temporary);
        }
        return run(installation, common.settings(), null);
    }

    /** @param temporary deleted when the stack has ended, however that comes about */
    private int run(Installation installation, Settings settings, @Nullable Path temporary)
            throws IOException, InterruptedException {
        try (Supervisor supervisor = Supervisor.start(settings, installation, common::tell, temporary)) {
            ObjectNode answer = simulate == null
                    ? captures(installation, settings)
                    : simulation(
                            settings,
                            simulate,
                            seed == null ? ThreadLocalRandom.current().nextInt(1_000_000) : seed);
            answer.setAll(UpCommand.places(settings));
            if (common.json) {
                common.printJson(answer);
            }
            if (!once) {
                if (!common.json) {
                    common.print(UpCommand.placesText(settings));
                }
                common.tell("Sluice keeps running. Ctrl-C ends it.");
                supervisor.awaitEnd();
            }
            return answer.path("matches").asBoolean(true) ? 0 : 1;
        }
    }

    private ObjectNode captures(Installation installation, Settings settings) throws IOException, InterruptedException {
        common.tell("Importing what four real Claude Code sessions sent, and their session files");
        Api api = new Api(settings, RESTART_LIMIT);
        Processing processing = new Processing(settings, api);
        Map<String, Long> before = processing.received(
                Set.of(OtlpFile.Signal.LOGS.source(), OtlpFile.Signal.METRICS.source(), SessionFileImport.SOURCE));
        ImportCommand.Result imported = ImportCommand.run(settings, List.of(installation.captures()), null);
        await(processing, before, imported.receivedBySource(), CAPTURES_LIMIT);
        return spend(api);
    }

    private void await(Processing processing, Map<String, Long> before, Map<String, Long> sent, Duration limit)
            throws IOException, InterruptedException {
        Map<String, Long> targets = new HashMap<>();
        sent.forEach((source, records) -> targets.put(source, before.getOrDefault(source, 0L) + records));
        common.tell("Waiting until all of it is processed");
        try (Bar bar = Bar.of("Processing", -1, "", 1)) {
            processing.await(targets, limit, bar::say);
        }
    }

    private ObjectNode spend(Api api) throws InterruptedException {
        List<String> by = List.of("user");
        ObjectNode spend = SpendCommand.ask(api, "month", by, List.of(), null, null);
        if (!common.json) {
            common.print("");
            common.print(SpendCommand.text(spend, by));
        }
        ObjectNode answer = Api.JSON.createObjectNode();
        answer.set("spend", spend);
        return answer;
    }

    private ObjectNode simulation(Settings settings, SimulationSize size, long chosenSeed)
            throws IOException, InterruptedException {
        common.tell("Simulating " + size.users() + " users over " + size.days() + " days, seed " + chosenSeed);
        Api api = new Api(settings, RESTART_LIMIT);
        Processing processing = new Processing(settings, api);
        SimulatedOrganization organization = new SimulatedOrganization(settings, api, size, chosenSeed);
        Map<String, Long> before = processing.received(Set.of(
                OtlpFile.Signal.LOGS.source(), OtlpFile.Signal.METRICS.source(), OtlpFile.Signal.TRACES.source()));
        OtlpSender.Report report = organization.send();
        common.tell("Sent " + Table.count(report.totalRecords()) + " records in " + Table.count(report.batches())
                + " requests, " + Table.count(report.resent()) + " of them again");
        await(processing, before, organization.received(report), SIMULATION_LIMIT);
        SimulatedOrganization.Comparison comparison = organization.compare();
        ObjectNode answer = spend(api);
        answer.put("seed", chosenSeed);
        answer.put("matches", comparison.matches());
        answer.put("rows_compared", comparison.rows());
        answer.put("true_spend_micros", comparison.spendMicros());
        answer.set("differences", Api.JSON.valueToTree(comparison.differences()));
        if (!common.json) {
            common.print(text(comparison));
        }
        return answer;
    }

    private static String text(SimulatedOrganization.Comparison comparison) {
        if (comparison.matches()) {
            return "Match: " + Table.count(comparison.rows()) + " rows by day, user and model, "
                    + Money.dollars(comparison.spendMicros()) + " in all, equal the simulation's truth.";
        }
        StringBuilder text = new StringBuilder(
                "MISMATCH: " + Table.count(comparison.differences().size()) + " of "
                        + Table.count(comparison.rows())
                        + " rows by day, user and model differ from the simulation's truth (a data folder that already holds"
                        + " another simulation of the same days differs too):");
        comparison.differences().stream()
                .limit(MOST_DIFFERENCES_SHOWN)
                .forEach(
                        line -> text.append(System.lineSeparator()).append("  ").append(line));
        return text.toString();
    }
}
