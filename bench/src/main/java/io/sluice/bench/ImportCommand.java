package io.sluice.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.schema.Topic;
import io.sluice.standalone.SessionFileImport;
import io.sluice.transcripts.FileCounts;
import io.sluice.transcripts.SessionFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Session files to Kafka, in relation to parsing the JSON of their lines. */
@Command(
        name = "import",
        description = "Session files decoded and stored in Kafka, as ./sluice import does, in relation to reading the "
                + "files and parsing each line's JSON (json), in the same JVM.")
final class ImportCommand extends BenchCommand {
    @Option(
            names = "--megabytes",
            paramLabel = "N",
            description = "Size of all session files (default: ${DEFAULT-VALUE}).")
    int megabytes = 500;

    @Option(names = "--seed", paramLabel = "N", description = "Of the session files (default: ${DEFAULT-VALUE}).")
    long seed = 42;

    @Override
    String benchmark() {
        return "import";
    }

    @Override
    Report measure(Workspace workspace, Progress progress) throws Exception {
        progress.step("load");
        Path folder = workspace.folder("projects");
        SessionFileLoad load = new SessionFileLoad(seed);
        load.write(folder, megabytes * 1_000_000L);
        List<SessionFiles.SessionFile> files =
                SessionFiles.find(List.of(folder)).files();
        progress.done(String.format(
                Locale.ROOT, "%,d files, %,d lines, %.0f MB", files.size(), load.lines(), load.bytes() / 1e6));
        Broker broker = Broker.start(workspace);
        Map<String, List<Measure>> measures = Rounds.run(
                List.of(
                        new Rounds.Variant("json", () -> parse(files, load)),
                        new Rounds.Variant("import", () -> store(files, load, broker))),
                rounds,
                progress);

        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("files", files.size());
        facts.put("lines", load.lines());
        facts.put("megabytes", Math.round(load.bytes() / 1e6));
        facts.put("bytes_per_line", load.bytes() / load.lines());
        facts.put("usage", load.responses());
        facts.put("activity", load.activities());
        facts.put("content", load.messages());
        return Report.of(benchmark(), "MB/s", "json", measures, facts);
    }

    private static Measure parse(List<SessionFiles.SessionFile> files, SessionFileLoad load)
            throws IOException, IncorrectException {
        ObjectMapper mapper = new ObjectMapper();
        double cpu = Cpu.seconds();
        long started = System.nanoTime();
        long lines = 0;
        for (SessionFiles.SessionFile file : files) {
            byte[] bytes = Files.readAllBytes(file.path());
            int from = 0;
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] == '\n') {
                    lines += mapper.readTree(bytes, from, i - from).isObject() ? 1 : 0;
                    from = i + 1;
                }
            }
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        double cpuSeconds = Cpu.seconds() - cpu;
        require("json: lines", lines, load.lines());
        return new Measure(load.bytes() / 1e6, seconds, cpuSeconds);
    }

    private static Measure store(List<SessionFiles.SessionFile> files, SessionFileLoad load, Broker broker)
            throws IOException, InterruptedException, IncorrectException {
        long usage = broker.count(Topic.USAGE);
        long activity = broker.count(Topic.ACTIVITY);
        long content = broker.count(Topic.CONTENT);
        long deadLetters = broker.count(Topic.DEAD_LETTERS);
        long decodedUsage = 0;
        long decodedActivity = 0;
        long decodedContent = 0;
        double cpu = Cpu.seconds();
        long started = System.nanoTime();
        try (SessionFileImport target =
                new SessionFileImport(broker.servers(), UsageLoad.ORGANIZATION, "user@example.com", true)) {
            for (SessionFiles.SessionFile file : files) {
                FileCounts counts = target.add(file, read -> {});
                decodedUsage += counts.usage();
                decodedActivity += counts.activity();
                decodedContent += counts.content();
            }
            target.flush();
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        double cpuSeconds = Cpu.seconds() - cpu;
        require("usage, decoded", decodedUsage, load.responses());
        require("activity, decoded", decodedActivity, load.activities());
        require("content, decoded", decodedContent, load.messages());
        require("usage, in Kafka", broker.count(Topic.USAGE) - usage, decodedUsage);
        require("activity, in Kafka", broker.count(Topic.ACTIVITY) - activity, decodedActivity);
        require("content, in Kafka", broker.count(Topic.CONTENT) - content, decodedContent);
        require("dead-letters, in Kafka", broker.count(Topic.DEAD_LETTERS) - deadLetters, 0);
        return new Measure(load.bytes() / 1e6, seconds, cpuSeconds);
    }

    private static void require(String what, long found, long expected) throws IncorrectException {
        if (found != expected) {
            throw new IncorrectException(what + ": " + found + " (expected: " + expected + ")");
        }
    }
}
