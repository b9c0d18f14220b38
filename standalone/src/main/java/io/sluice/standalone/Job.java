package io.sluice.standalone;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A job that the stack runs. */
enum Job {
    SPEND("sluice-spend"),
    CODE_METRICS("sluice-code-metrics"),
    COMPLIANCE("sluice-compliance"),
    /** Where there is a key to read reports with. */
    REPORTED("sluice-reported"),
    /** Where there is a key to read what people said and did with. In the jar of the job before. */
    COMPLIANCE_FEED("sluice-compliance-feed");

    private final String jobName;

    Job(String jobName) {
        this.jobName = jobName;
    }

    /** Those that run with these settings. */
    static List<Job> of(Settings settings) {
        return Arrays.stream(values())
                .filter(job -> job != REPORTED
                        || !settings.text(Setting.REPORTED_KEY_FILE).isEmpty())
                .filter(job -> job != COMPLIANCE_FEED
                        || !settings.text(Setting.COMPLIANCE_KEY_FILE).isEmpty())
                .toList();
    }

    /** In Flink, and of its consumer group. */
    String jobName() {
        return jobName;
    }

    /** Of its jar, without the end. */
    String jarName() {
        return this == COMPLIANCE_FEED ? REPORTED.jobName : jobName;
    }

    /** Its main class; null: the one that the jar names. */
    @Nullable
    String mainClass() {
        return this == COMPLIANCE_FEED ? "io.sluice.reported.ComplianceFeedJob" : null;
    }

    /** Whether the stack is not ready without it. Nobody waits for what is read from others. */
    boolean isNeeded() {
        return !readsUpstream();
    }

    private boolean readsUpstream() {
        return this == REPORTED || this == COMPLIANCE_FEED;
    }

    /** Also how many slots it takes. Limits of upstream are those of one process. */
    int parallelism(Settings settings) {
        return readsUpstream() ? 1 : settings.number(Setting.PARALLELISM);
    }

    List<String> arguments(Settings settings, DataFolder data) {
        List<String> arguments = new ArrayList<>(List.of(
                "--kafka.bootstrap-servers",
                settings.kafkaServers(),
                "--elasticsearch.url",
                settings.elasticsearchUrl().toString(),
                "--elasticsearch.user",
                Elasticsearch.USER,
                "--elasticsearch.password-file",
                data.elasticsearchPasswordFile().toString()));
        if (this == CODE_METRICS) {
            add(arguments, "--traces.url", settings.text(Setting.OTLP_TRACES_URL));
            add(arguments, "--traces.headers-file", settings.text(Setting.OTLP_TRACES_HEADERS_FILE));
            add(arguments, "--traces.one-in", settings.text(Setting.OTLP_TRACES_ONE_IN));
        }
        if (this == COMPLIANCE) {
            add(arguments, "--content.erased-within", settings.number(Setting.ERASED_WITHIN_MINUTES) + " min");
            String deletes = settings.text(Setting.COMPLIANCE_DELETE_KEY_FILE);
            if (!deletes.isEmpty()) {
                String organization = settings.text(Setting.COMPLIANCE_ORGANIZATION);
                arguments.addAll(List.of(
                        "--upstream.delete-key-file",
                        Path.of(deletes).toAbsolutePath().toString(),
                        "--upstream.organization",
                        organization.isEmpty() ? settings.organization() : organization,
                        "--upstream.deletions-per-minute",
                        settings.text(Setting.COMPLIANCE_RESERVE)));
                add(arguments, "--upstream.url", settings.text(Setting.COMPLIANCE_URL));
            }
        }
        if (this == REPORTED) {
            boolean console = settings.text(Setting.REPORTED_PLAN).equals(Settings.CONSOLE);
            String organization = settings.text(Setting.REPORTED_ORGANIZATION);
            arguments.addAll(List.of(
                    // Its name only: whoever may look at Flink sees arguments.
                    "--reported.key-file",
                    Path.of(settings.text(Setting.REPORTED_KEY_FILE))
                            .toAbsolutePath()
                            .toString(),
                    "--reported.plan",
                    settings.text(Setting.REPORTED_PLAN),
                    // What reconciliation and the health of telemetry compare.
                    "--reported.reports",
                    console ? "usage;cost;claude_code" : "usage;cost;users",
                    "--reported.organization",
                    organization.isEmpty() ? settings.organization() : organization));
            add(arguments, "--reported.url", settings.text(Setting.REPORTED_URL));
            add(arguments, "--reported.from", settings.text(Setting.REPORTED_FROM));
        }
        if (this == COMPLIANCE_FEED) {
            String organization = settings.text(Setting.COMPLIANCE_ORGANIZATION);
            arguments.addAll(List.of(
                    // Its name only, as above.
                    "--compliance.key-file",
                    Path.of(settings.text(Setting.COMPLIANCE_KEY_FILE))
                            .toAbsolutePath()
                            .toString(),
                    "--compliance.organization",
                    organization.isEmpty() ? settings.organization() : organization,
                    "--compliance.requests-per-minute",
                    settings.text(Setting.COMPLIANCE_REQUESTS_PER_MINUTE),
                    "--compliance.reserve",
                    settings.text(Setting.COMPLIANCE_RESERVE)));
            add(arguments, "--compliance.url", settings.text(Setting.COMPLIANCE_URL));
            add(arguments, "--compliance.from", settings.text(Setting.COMPLIANCE_FROM));
        }
        return List.copyOf(arguments);
    }

    private static void add(List<String> arguments, String option, String value) {
        if (!value.isEmpty()) {
            arguments.addAll(List.of(option, value));
        }
    }
}
