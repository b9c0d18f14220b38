package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.transcripts.SessionFiles;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        description = "Reads Claude Code session files (*.jsonl) and OTLP requests in JSON (*.json). Running it twice"
                + " changes nothing.",
        mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
    private static final String OTLP_EXTENSION = ".json";

    /** What the receiver takes by default. */
    private static final long MOST_OTLP_BYTES = 64L << 20;

    @Mixin
    private Common common = new Common();

    @Parameters(
            arity = "1..*",
            paramLabel = "PATH",
            description = "Files, or folders that are searched, for example ~/.claude/projects.")
    private List<Path> paths = List.of();

    @Option(
            names = "--user",
            paramLabel = "EMAIL",
            description = "Whose session files these are: the files do not tell. Telemetry of the same session does.")
    private @Nullable String user;

    /** @param otlpRecords of all OTLP files: log records, data points, spans */
    record Result(
            SessionFileImport.Totals sessions,
            long otlpFiles,
            long otlpRecords,
            Map<String, Long> receivedBySource,
            List<SessionFiles.Unreadable> unreadable) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        Settings settings = common.settings();
        Result result;
        try {
            result = run(settings, paths, user);
        } catch (NoSuchFileException e) {
            throw new CommandException(e.getMessage() == null ? e.toString() : e.getMessage(), e);
        }
        for (SessionFiles.Unreadable problem : result.unreadable()) {
            common.tell(problem.path() + ": " + problem.problem());
        }
        if (common.json) {
            common.printJson(json(result));
        } else {
            common.print(text(result));
        }
        return result.unreadable().isEmpty() ? 0 : 1;
    }

    /** Returns when Kafka has everything. */
    static Result run(Settings settings, List<Path> paths, @Nullable String user)
            throws IOException, InterruptedException {
        String email = user == null ? null : user.strip().toLowerCase(Locale.ROOT);
        if (email != null && !email.matches("[^@\\s]+@[^@\\s]+")) {
            throw new CommandException("--user: " + user + " (expected: an e-mail address)");
        }
        List<OtlpFile> otlp = otlpFiles(paths);
        SessionFiles sessions = SessionFiles.find(paths.stream()
                .filter(path -> otlp.stream().noneMatch(file -> file.path().equals(path)))
                .toList());
        Kafka.requireRunning(settings);

        Map<String, Long> received = new TreeMap<>();
        long records = 0;
        Api api = new Api(settings);
        OtlpReplay replay = new OtlpReplay(settings, api);
        try (Bar bar = Bar.of("OTLP requests", otlp.size(), "", 1)) {
            for (OtlpFile file : otlp) {
                replay.send(file);
                received.merge(file.signal().source(), file.records(), Long::sum);
                records += file.records();
                bar.step(1);
            }
        }
        SessionFileImport.Totals totals = SessionFileImport.Totals.NONE;
        List<SessionFiles.Unreadable> unreadable = new ArrayList<>(sessions.unreadable());
        boolean keepsContent = sessions.files().isEmpty() || keepsContent(api, settings.organization());
        try (SessionFileImport target =
                        new SessionFileImport(settings.kafkaServers(), settings.organization(), email, keepsContent);
                Bar bar = Bar.of("Session files", sessions.totalBytes(), " MB", 1 << 20)) {
            for (SessionFiles.SessionFile file : sessions.files()) {
                totals = totals.plus(target.add(file, bar::step), keepsContent);
                bar.say(Table.count(totals.files()) + " of "
                        + Table.count(sessions.files().size()) + " files");
            }
            target.flush();
        }
        received.merge(SessionFileImport.SOURCE, totals.received(), Long::sum);
        return new Result(totals, otlp.size(), records, received, unreadable);
    }

    /** By its plan. Of another organization than the token's it cannot be asked, so nothing of it is kept. */
    private static boolean keepsContent(Api api, String organization) throws InterruptedException {
        JsonNode own = api.get("/v1/organization", List.of());
        for (JsonNode feature : own.path("plan").path("features")) {
            if (feature.path("name").asText().equals("compliance")) {
                return own.path("id").asText().equals(organization)
                        && feature.path("included").asBoolean();
            }
        }
        return false;
    }

    private static List<OtlpFile> otlpFiles(List<Path> paths) throws IOException {
        Set<Path> candidates = new TreeSet<>();
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new CommandException(path + ": nothing there (expected: a file or a folder)");
            }
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (file.toString().endsWith(OTLP_EXTENSION) && attributes.size() <= MOST_OTLP_BYTES) {
                        candidates.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    // The search for session files reports it.
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        List<OtlpFile> found = new ArrayList<>();
        for (Path candidate : candidates) {
            Optional<OtlpFile> file = OtlpFile.read(candidate);
            file.ifPresent(found::add);
        }
        return found;
    }

    static ObjectNode json(Result result) {
        ObjectNode json = Api.JSON.createObjectNode();
        json.set("session_files", Api.JSON.valueToTree(result.sessions()));
        json.putObject("otlp").put("files", result.otlpFiles()).put("records", result.otlpRecords());
        json.put("unreadable", result.unreadable().size());
        return json;
    }

    static String text(Result result) {
        SessionFileImport.Totals totals = result.sessions();
        if (totals.files() == 0 && result.otlpFiles() == 0) {
            return "No session files (*.jsonl) and no OTLP requests (*.json) found.";
        }
        Table table = new Table(Table.Column.text("imported"), Table.Column.number("count"));
        if (result.otlpFiles() > 0) {
            table.row("OTLP requests", Table.count(result.otlpFiles()));
            table.row("  records in them", Table.count(result.otlpRecords()));
        }
        table.row("session files", Table.count(totals.files()));
        table.row("  lines", Table.count(totals.lines()));
        table.row("  accepted records", Table.count(totals.accepted()));
        table.row("  folded into another record", Table.count(totals.duplicate()));
        table.row("  ignored", Table.count(totals.ignored()));
        table.row("  rejected, see dead letters", Table.count(totals.rejected()));
        table.row("  messages", Table.count(totals.content()));
        table.row("  files still being written", Table.count(totals.incomplete()));
        return table.render() + "What was imported before counts as duplicate. ./sluice spend shows the result.";
    }
}
