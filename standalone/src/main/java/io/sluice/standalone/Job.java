package io.sluice.standalone;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A job that the stack runs. */
enum Job {
    SPEND("sluice-spend"),
    CODE_METRICS("sluice-code-metrics"),
    COMPLIANCE("sluice-compliance"),
    /** Where there is a key to read reports with. */
    REPORTED("sluice-reported");

    private final String jobName;

    Job(String jobName) {
        this.jobName = jobName;
    }

    /** Those that run with these settings. */
    static List<Job> of(Settings settings) {
        return Arrays.stream(values())
                .filter(job -> job != REPORTED
                        || !settings.text(Setting.REPORTED_KEY_FILE).isEmpty())
                .toList();
    }

    /** Of its jar, in Flink, and of its consumer group. */
    String jobName() {
        return jobName;
    }

    /** Whether the stack is not ready without it. Nobody waits for reports: they are of days that have passed. */
    boolean isNeeded() {
        return this != REPORTED;
    }

    /** Also how many slots it takes. Limits of upstream are those of one process. */
    int parallelism(Settings settings) {
        return this == REPORTED ? 1 : settings.number(Setting.PARALLELISM);
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
        return List.copyOf(arguments);
    }

    private static void add(List<String> arguments, String option, String value) {
        if (!value.isEmpty()) {
            arguments.addAll(List.of(option, value));
        }
    }
}
