package io.sluice.standalone;

import java.util.List;

/** A job that the stack runs. */
enum Job {
    SPEND("sluice-spend"),
    CODE_METRICS("sluice-code-metrics");

    private final String jobName;

    Job(String jobName) {
        this.jobName = jobName;
    }

    /** Of its jar, in Flink, and of its consumer group. */
    String jobName() {
        return jobName;
    }

    List<String> arguments(Settings settings, DataFolder data) {
        return List.of(
                "--kafka.bootstrap-servers",
                settings.kafkaServers(),
                "--elasticsearch.url",
                settings.elasticsearchUrl().toString(),
                "--elasticsearch.user",
                Elasticsearch.USER,
                "--elasticsearch.password-file",
                data.elasticsearchPasswordFile().toString());
    }
}
