package io.sluice.standalone;

import java.util.List;

/** A job that the stack runs. */
enum Job {
    SPEND("sluice-spend") {
        @Override
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
    };

    private final String jobName;

    Job(String jobName) {
        this.jobName = jobName;
    }

    /** Of its jar, in Flink, and of its consumer group. */
    String jobName() {
        return jobName;
    }

    abstract List<String> arguments(Settings settings, DataFolder data);
}
