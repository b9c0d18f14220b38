package io.sluice.reported;

import io.sluice.claudeapi.ApiKey;
import io.sluice.claudeapi.compliance.ComplianceAccount;
import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;

/**
 * Options of the job of the Compliance API besides {@link io.sluice.runtime.EdgeOptions}, given to its main class as
 * {@code --key value}.
 */
public final class ComplianceFeedOptions {
    public static final ConfigOption<String> ORGANIZATION = ConfigOptions.key("compliance.organization")
            .stringType()
            .defaultValue("default")
            .withDescription("Organization, as Sluice knows it, whose people are meant.");

    public static final ConfigOption<String> URL = ConfigOptions.key("compliance.url")
            .stringType()
            .defaultValue("https://api.anthropic.com")
            .withDescription("The API; https, or http of this machine.");

    public static final ConfigOption<String> KEY_FILE = ConfigOptions.key("compliance.key-file")
            .stringType()
            .noDefaultValue()
            .withDescription(
                    "File that holds a Compliance Access Key, where the job runs. It is read for each request.");

    public static final ConfigOption<String> KEY_VARIABLE = ConfigOptions.key("compliance.key-variable")
            .stringType()
            .defaultValue("ANTHROPIC_COMPLIANCE_KEY")
            .withDescription("Environment variable that holds the key, where the job runs, if there is no file.");

    public static final ConfigOption<String> FROM = ConfigOptions.key("compliance.from")
            .stringType()
            .noDefaultValue()
            .withDescription("What was done before this day, YYYY-MM-DD, and chats that have not changed since, are not"
                    + " read; none: 30 days before the first start. Later starts go on where the first has come to.");

    public static final ConfigOption<Integer> REQUESTS_PER_MINUTE = ConfigOptions.key("compliance.requests-per-minute")
            .intType()
            .defaultValue(300)
            .withDescription("Most requests within any minute, 1 to 600. Upstream allows 600 to all keys of an"
                    + " organization together, also to those of other tools.");

    public static final ConfigOption<Integer> RESERVE = ConfigOptions.key("compliance.reserve")
            .intType()
            .defaultValue(60)
            .withDescription("How many of them are left to deletions; less than the requests per minute.");

    public static final ConfigOption<Duration> PATIENCE = ConfigOptions.key("compliance.patience")
            .durationType()
            .defaultValue(Duration.ofSeconds(30))
            .withDescription("How long an answer may take.");

    public static final ConfigOption<Boolean> FILES = ConfigOptions.key("compliance.files")
            .booleanType()
            .defaultValue(true)
            .withDescription(
                    "Whether texts of files are read, a request for each, when there is nothing else to read.");

    private static final int DAYS_BEFORE = 30;

    /** What the job reads. */
    record Reading(ComplianceAccount account, Instant from, boolean files) {}

    private ComplianceFeedOptions() {}

    /**
     * What the options ask for.
     *
     * @throws IllegalArgumentException with all that is wrong with them
     */
    static Reading reading(ReadableConfig options, LocalDate today) {
        List<String> problems = new ArrayList<>();
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
        int perMinute = options.get(REQUESTS_PER_MINUTE);
        int reserve = options.get(RESERVE);
        if (perMinute < 1 || perMinute > ComplianceAccount.MOST_PER_MINUTE) {
            problems.add(REQUESTS_PER_MINUTE.key() + ": " + perMinute + " (expected: 1 to "
                    + ComplianceAccount.MOST_PER_MINUTE + ")");
        } else if (reserve < 0 || reserve >= perMinute) {
            problems.add(RESERVE.key() + ": " + reserve + " (expected: 0 to " + (perMinute - 1) + ", less than "
                    + REQUESTS_PER_MINUTE.key() + ")");
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
                new ComplianceAccount(options.get(ORGANIZATION), url, key, options.get(PATIENCE), perMinute, reserve),
                from.atStartOfDay(ZoneOffset.UTC).toInstant(),
                options.get(FILES));
    }
}
