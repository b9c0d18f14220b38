package io.sluice.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code sluice} command. Exit codes: 0 done, 1 not done, 2 wrong arguments, 130 interrupted. */
@Command(
        name = "sluice",
        description = "Who spends what on Claude, exactly.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = "In a source tree also: sluice bench, see sluice bench --help.",
        subcommands = {
            DemoCommand.class,
            UpCommand.class,
            StatusCommand.class,
            DownCommand.class,
            ImportCommand.class,
            SpendCommand.class,
            LedgerCommand.class,
            SqlCommand.class,
            TokenCommand.class,
            SeatsCommand.class,
            CapsCommand.class,
            BudgetCommand.class,
            HoldCommand.class,
            EraseCommand.class,
            ErasuresCommand.class,
            RetentionCommand.class,
            AuditCommand.class,
            SearchCommand.class
        })
public final class Main {
    private Main() {}

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            Path file = Installation.find().home().resolve("VERSION");
            return new String[] {"sluice " + Files.readString(file).strip()};
        }
    }

    public static void main(String[] args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        CommandLine sluice = new CommandLine(new Main());
        SeatsCommand.allowNegativeNumbers(sluice);
        return sluice.setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
                    commandLine.getErr().println(message(failure));
                    commandLine.getErr().flush();
                    return failure instanceof InterruptedException ? 130 : 1;
                })
                .execute(args);
    }

    /** What people can use; a stack trace is not among it. */
    private static String message(Exception failure) {
        return failure instanceof CommandException ? String.valueOf(failure.getMessage()) : failure.toString();
    }
}
