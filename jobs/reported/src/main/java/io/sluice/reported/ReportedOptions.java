package io.sluice.reported;

import io.sluice.claudeapi.ApiAccount;
import io.sluice.claudeapi.ApiAccount.Plan;
import io.sluice.claudeapi.ApiKey;
import io.sluice.claudeapi.Report;
import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Options of the job besides {@link io.sluice.runtime.EdgeOptions}, given to its main class as {@code --key value}. */
public final class ReportedOptions {
    private static final Logger LOG = LoggerFactory.getLogger(ReportedOptions.class);

    public static final ConfigOption<String> ORGANIZATION = ConfigOptions.key("reported.organization")
            .stringType()
            .defaultValue("default")
            .withDescription("Organization, as Sluice knows it, that the reports are of.");

    public static final ConfigOption<String> URL = ConfigOptions.key("reported.url")
            .stringType()
            .defaultValue("https://api.anthropic.com")
            .withDescription("The API; https, or http of this machine.");

    public static final ConfigOption<String> PLAN = ConfigOptions.key("reported.plan")
            .stringType()
            .defaultValue("enterprise")
            .withDescription("'console' (an Admin key) or 'enterprise' (a key with read:analytics).");

    public static final ConfigOption<String> KEY_FILE = ConfigOptions.key("reported.key-file")
            .stringType()
            .noDefaultValue()
            .withDescription("File that holds the key, where the job runs. It is read for each request.");

    public static final ConfigOption<String> KEY_VARIABLE = ConfigOptions.key("reported.key-variable")
            .stringType()
            .defaultValue("ANTHROPIC_ADMIN_KEY")
            .withDescription("Environment variable that holds the key, where the job runs, if there is no file.");

    public static final ConfigOption<List<String>> REPORTS = ConfigOptions.key("reported.reports")
            .stringType()
            .asList()
            .defaultValues("usage", "cost")
            .withDescription(
                    "What is read, separated by ';': usage, cost; of 'console' also claude_code; of 'enterprise'"
                            + " also user_usage, user_cost, users, summaries.");

    public static final ConfigOption<String> FROM = ConfigOptions.key("reported.from")
            .stringType()
            .noDefaultValue()
            .withDescription("First day that is read, YYYY-MM-DD; one that upstream no longer has is the oldest that it"
                    + " has, a year ago; none: 30 days before the first start. Later starts go on where the first has come"
                    + " to.");

    public static final ConfigOption<Duration> PATIENCE = ConfigOptions.key("reported.patience")
            .durationType()
            .defaultValue(Duration.ofSeconds(30))
            .withDescription("How long an answer may take.");

    private static final int DAYS_BEFORE = 30;
    private static final int DAYS_OF_REPORTS = 365;

    /** What the job reads. */
    record Reading(ApiAccount account, Set<Report> reports, LocalDate from) {}

    private ReportedOptions() {}

    /**
     * What the options ask for.
     *
     * @throws IllegalArgumentException with all that is wrong with them
     */
    static Reading reading(ReadableConfig options, LocalDate today) {
        List<String> problems = new ArrayList<>();
        String planText = options.get(PLAN).toUpperCase(Locale.ROOT);
        if (!planText.equals(Plan.CONSOLE.name()) && !planText.equals(Plan.ENTERPRISE.name())) {
            problems.add(PLAN.key() + ": " + options.get(PLAN) + " (expected: console or enterprise)");
        }
        Plan plan = planText.equals(Plan.CONSOLE.name()) ? Plan.CONSOLE : Plan.ENTERPRISE;
        EnumSet<Report> reports = EnumSet.noneOf(Report.class);
        for (String name : options.get(REPORTS)) {
            Optional<Report> report = Arrays.stream(Report.values())
                    .filter(each -> each.text().equals(name))
                    .findFirst();
            report.ifPresent(reports::add);
            if (report.filter(each -> each.isOf(plan)).isEmpty()) {
                problems.add(REPORTS.key() + ": " + name + " (expected: reports that the plan has)");
            }
        }
        if (reports.isEmpty() && problems.isEmpty()) {
            problems.add(REPORTS.key() + ": none (expected: at least one)");
        }
        LocalDate from = today.minusDays(DAYS_BEFORE);
        String fromText = options.get(FROM);
        if (fromText != null) {
            try {
                from = LocalDate.parse(fromText);
            } catch (DateTimeException e) {
                problems.add(FROM.key() + ": " + fromText + " (expected: YYYY-MM-DD)");
            }
        }
        if (from.isAfter(today)) {
            problems.add(FROM.key() + ": " + from + " (expected: no day in the future)");
        }
        LocalDate oldest = today.minusDays(DAYS_OF_REPORTS - 1L);
        if (from.isBefore(oldest)) {
            // It was fine when it was set, and the job has to start on every later day, too.
            LOG.warn(
                    "{}: {} is more than {} days ago, and upstream has no older ones: reports that were never read"
                            + " are read from {} on. What was read goes on where it has come to",
                    FROM.key(),
                    from,
                    DAYS_OF_REPORTS,
                    oldest);
            from = oldest;
        }
        URI url = URI.create("https://invalid");
        try {
            url = URI.create(options.get(URL));
        } catch (IllegalArgumentException e) {
            problems.add(URL.key() + ": no address (expected: https://…)");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        String file = options.get(KEY_FILE);
        ApiKey key = file != null ? ApiKey.file(Path.of(file)) : ApiKey.environment(options.get(KEY_VARIABLE));
        return new Reading(
                new ApiAccount(options.get(ORGANIZATION), url, plan, key, options.get(PATIENCE)), reports, from);
    }
}
