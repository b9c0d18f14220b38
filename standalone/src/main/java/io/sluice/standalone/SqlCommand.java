package io.sluice.standalone;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Of all commands the one that runs Flink: the script gives it the class path for that. */
@Command(
        name = "sql",
        description = "SQL over all topics: a shell, or what is given. Statements that are piped in are run, too.",
        footer = {"", "With --json each row is a line with a JSON object."},
        mixinStandardHelpOptions = true)
final class SqlCommand implements Callable<Integer> {
    /** Set by the {@code sluice} script: somebody sits at both ends. */
    private static final String TYPING_PROPERTY = "sluice.typing";

    @Mixin
    private Common common = new Common();

    @ArgGroup
    private What what = new What();

    @Spec
    private @Nullable CommandSpec spec;

    /** One of these, or the shell. */
    static final class What {
        @Option(names = "-f", paramLabel = "FILE", description = "Runs the statements of a file.")
        @Nullable
        Path file;

        @Option(names = "-e", paramLabel = "SQL", description = "Runs one statement, or several with ; between them.")
        @Nullable
        String statements;

        @Option(names = "--query", paramLabel = "NAME", description = "Runs a bundled query; its number is enough.")
        @Nullable
        String query;

        @Option(names = "--list", description = "Shows the bundled queries, and what they answer.")
        boolean list;
    }

    @Override
    public Integer call() throws Exception {
        if (spec == null) {
            throw new IllegalStateException("used outside of a command");
        }
        if (what.list) {
            SqlRun.list(common);
            return 0;
        }
        String text = text();
        Settings settings = common.settings();
        Kafka.requireRunning(settings);
        SqlRun.run(
                settings.kafkaServers(),
                text,
                common.json,
                spec.commandLine().getOut(),
                spec.commandLine().getErr());
        return 0;
    }

    /** What to run; null: what somebody types. */
    private @Nullable String text() throws IOException {
        if (what.query != null) {
            return SqlRun.query(what.query);
        }
        if (what.statements != null) {
            return what.statements;
        }
        if (what.file != null) {
            return read(what.file);
        }
        return Boolean.getBoolean(TYPING_PROPERTY)
                ? null
                : new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new CommandException(file + ": " + e + " (expected: a readable file with SQL in UTF-8)", e);
        }
    }
}
