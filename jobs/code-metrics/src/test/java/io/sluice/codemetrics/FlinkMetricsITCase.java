package io.sluice.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.FreePort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.time.Deadline;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.util.MiniClusterWithClientResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whether Flink's reporter, set as in {@code docker/compose.yaml}, tells what the dashboard of the pipeline asks for. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FlinkMetricsITCase {
    private static final Path DOCKER = Path.of("../../docker");

    /** Without the port, which is to be a free one. */
    private static Configuration ofCompose(int port) throws IOException {
        Configuration configuration = new Configuration();
        Matcher line = Pattern.compile("^ +(metrics\\.reporter\\S*): (\\S+)$", Pattern.MULTILINE)
                .matcher(Files.readString(DOCKER.resolve("compose.yaml")));
        while (line.find()) {
            configuration.setString(line.group(1), line.group(2));
        }
        assertThat(configuration.toMap()).containsKey("metrics.reporter.prom.port");
        configuration.setString("metrics.reporter.prom.port", String.valueOf(port));
        return configuration;
    }

    private static Set<String> asked() throws IOException {
        Set<String> names = new TreeSet<>();
        Matcher name = Pattern.compile("flink_\\w+")
                .matcher(Files.readString(DOCKER.resolve("grafana/dashboards/pipeline.json")));
        while (name.find()) {
            names.add(name.group());
        }
        return names;
    }

    private static String scrape(int port) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** As a number of a job with a name. */
    private static boolean tells(String text, String metric) {
        return text.lines()
                .anyMatch(line -> line.startsWith(metric + "{")
                        && line.contains("job_name=\"measured\"")
                        && !line.endsWith(" NaN"));
    }

    @Test
    void theReporterTellsWhatTheDashboardAsks() throws Exception {
        int port = FreePort.next();
        Set<String> asked = asked();
        assertThat(asked).hasSize(4);
        MiniClusterWithClientResource cluster =
                new MiniClusterWithClientResource(new MiniClusterResourceConfiguration.Builder()
                        .setConfiguration(ofCompose(port))
                        .setNumberTaskManagers(1)
                        .setNumberSlotsPerTaskManager(1)
                        .build());
        cluster.before();
        try {
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
            env.setParallelism(1);
            env.enableCheckpointing(100);
            env.fromSource(new NumberSequenceSource(0, Long.MAX_VALUE), WatermarkStrategy.noWatermarks(), "numbers")
                    .filter(number -> {
                        // There is no end of them; the processor is for others, too.
                        LockSupport.parkNanos(1_000_000);
                        return true;
                    })
                    .sinkTo(new DiscardingSink<>());
            JobClient job = env.executeAsync("measured");
            Set<String> missing = new TreeSet<>(asked);
            Deadline deadline = Deadline.fromNow(Duration.ofMinutes(2));
            while (!missing.isEmpty()) {
                String text = scrape(port);
                missing.removeIf(metric -> tells(text, metric));
                if (deadline.isOverdue()) {
                    assertThat(missing)
                            .as("not told of the job within 2 minutes; the newest: %s", text)
                            .isEmpty();
                }
            }
            job.cancel().get(30, TimeUnit.SECONDS);
        } finally {
            cluster.after();
        }
    }
}
