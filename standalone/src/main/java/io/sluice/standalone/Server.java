package io.sluice.standalone;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The server as a process. */
final class Server {
    private Server() {}

    static ProcessSpec process(Settings settings, DataFolder data, Installation installation) {
        List<String> command = new ArrayList<>(List.of(
                Installation.java().toString(),
                "-Xms32m",
                "-Xmx" + settings.number(Setting.SERVER_HEAP_MB) + "m",
                // Nearly everything dies with the request that it came with.
                "-XX:NewRatio=1",
                "-Xss512k",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                installation.classPath("server"),
                "io.sluice.server.SluiceServer"));
        return new ProcessSpec(
                "server", command, environment(settings, data), data.root(), false, () -> {}, Duration.ofSeconds(10));
    }

    /** What the stack decides, and what its user has set for the server. */
    private static Map<String, String> environment(Settings settings, DataFolder data) {
        Map<String, String> environment = new HashMap<>();
        for (Setting setting : Setting.values()) {
            if (setting.kind() == Setting.Kind.SERVER) {
                environment.put(setting.variable(), settings.text(setting));
            }
        }
        for (Setting setting :
                List.of(Setting.REST_PORT, Setting.OTLP_HTTP_PORT, Setting.OTLP_GRPC_PORT, Setting.TOPIC_PARTITIONS)) {
            environment.put(setting.variable(), settings.text(setting));
        }
        environment.put("SLUICE_DATA_DIR", data.root().toString());
        environment.put("SLUICE_ADMIN_TOKEN_FILE", data.adminToken().toString());
        environment.put("SLUICE_KAFKA_BOOTSTRAP_SERVERS", settings.kafkaServers());
        environment.put("SLUICE_ELASTICSEARCH_URL", settings.elasticsearchUrl().toString());
        environment.put("SLUICE_ELASTICSEARCH_USER", Elasticsearch.USER);
        environment.put(
                "SLUICE_ELASTICSEARCH_PASSWORD_FILE",
                data.elasticsearchPasswordFile().toString());
        environment.put("SLUICE_FLINK_URL", settings.flinkUrl().toString());
        environment.put("MALLOC_ARENA_MAX", "2");
        return environment;
    }
}
