package io.sluice.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all benchmarks have: rounds, a place to work in, how to answer. */
abstract class BenchCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Option(names = "--rounds", paramLabel = "N", description = "Rounds that count (default: ${DEFAULT-VALUE}).")
    int rounds = 5;

    @Option(names = "--json", description = "Answer with one JSON object.")
    boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    boolean help;

    @Spec
    @Nullable
    CommandSpec spec;

    abstract String benchmark();

    /** @throws IncorrectException if any result is wrong */
    abstract Report measure(Workspace workspace, Progress progress) throws Exception;

    /** Exit code: 0 measured, 1 the result is wrong. */
    @Override
    public Integer call() throws Exception {
        CommandLine command = requireSpec().commandLine();
        if (rounds < 1) {
            throw new CommandLine.ParameterException(command, "--rounds: " + rounds + " (expected: 1 or more)");
        }
        PrintWriter out = command.getOut();
        try (Workspace workspace = new Workspace()) {
            Report report = withMachine(measure(workspace, new Progress(System.err)));
            out.println(json ? text(report.json()) : report.table());
            return 0;
        } catch (IncorrectException e) {
            out.println(
                    json
                            ? text(Report.incorrect(benchmark(), String.valueOf(e.getMessage())))
                            : "The result is not correct, so no speed is reported. " + e.getMessage());
            return 1;
        } finally {
            out.flush();
        }
    }

    final CommandSpec requireSpec() {
        if (spec == null) {
            throw new IllegalStateException("used outside of a command");
        }
        return spec;
    }

    private static String text(ObjectNode json) throws JsonProcessingException {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    }

    private static Report withMachine(Report report) {
        Map<String, Object> facts = new LinkedHashMap<>(report.facts());
        facts.put("java", System.getProperty("java.vm.version"));
        facts.put("processors", Runtime.getRuntime().availableProcessors());
        facts.put("heap_mb", Runtime.getRuntime().maxMemory() >> 20);
        return new Report(report.benchmark(), report.unit(), report.comparisons(), report.measures(), facts);
    }
}
