package io.sluice.bench;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./sluice bench}. Exit codes: 0 measured, 1 wrong result or not done, 2 wrong arguments, 130 interrupted. */
@Command(
        name = "sluice bench",
        description = "How fast Sluice is, in relation to what it cannot do without. Results are checked.",
        synopsisSubcommandLabel = "BENCHMARK",
        subcommands = {
            SpendCommand.class,
            OtlpCommand.class,
            ImportCommand.class,
            DirectoryCommand.class,
            CapsCommand.class,
            CodeMetricsCommand.class,
            SqlCommand.class,
            IndexCommand.class,
            DashboardsCommand.class
        })
public final class Main {
    /** Of this process and those it starts: problems only. */
    static final String LOGGING = "classpath:io/sluice/bench/log4j2.properties";

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    boolean help;

    private Main() {}

    public static void main(String[] args) {
        System.setProperty("log4j2.configurationFile", LOGGING);
        System.exit(run(new PrintWriter(System.out, true, StandardCharsets.UTF_8), args));
    }

    /** @param out for results; all else goes to standard error */
    static int run(PrintWriter out, String... args) {
        return new CommandLine(new Main())
                .setOut(out)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
                    commandLine.getErr().println(message(failure));
                    commandLine.getErr().flush();
                    return failure instanceof InterruptedException ? 130 : 1;
                })
                .execute(args);
    }

    /** With its causes: what failed is often a job in a cluster. */
    private static String message(Throwable failure) {
        StringBuilder text = new StringBuilder(failure.toString());
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            text.append(System.lineSeparator()).append("  because of ").append(cause);
        }
        return text.toString();
    }
}
