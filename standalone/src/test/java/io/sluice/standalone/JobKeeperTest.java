package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobKeeperTest {
    @TempDir
    private Path folder;

    private final List<String> events = new ArrayList<>();

    /** State by job id; what a JobManager knows, and forgets when it ends. */
    private final Map<String, String> jobs = new LinkedHashMap<>();

    private final List<JsonNode> runs = new ArrayList<>();
    private boolean refuse;
    private boolean swallow;
    private FakeHttp flink = unused();
    private JobKeeper keeper = keeper();

    private static FakeHttp unused() {
        try {
            return new FakeHttp(call -> new FakeHttp.Answer(500, ""));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void start() throws IOException {
        flink.close();
        flink = new FakeHttp(this::answer);
        Files.createDirectories(folder.resolve("home/jobs"));
        Files.writeString(folder.resolve("home/jobs/sluice-spend.jar"), "the jar");
        keeper = keeper();
    }

    @AfterEach
    void stop() {
        flink.close();
    }

    private JobKeeper keeper() {
        Path root = folder == null ? Path.of("/none") : folder;
        return new JobKeeper(
                Job.SPEND,
                Settings.read(root, Map.of("SLUICE_PARALLELISM", "3"), root),
                new DataFolder(root),
                new Installation(root.resolve("home")),
                new FlinkRest(HttpClient.newHttpClient(), flink.url()),
                events::add);
    }

    private FakeHttp.Answer answer(FakeHttp.Call call) {
        String path = call.path();
        if (path.equals("/jobs/overview")) {
            List<String> entries = new ArrayList<>();
            jobs.forEach((id, state) -> entries.add("{\"jid\":\"" + id + "\",\"name\":\"sluice-spend\",\"state\":\""
                    + state + "\",\"start-time\":" + entries.size() + "}"));
            entries.add("{\"jid\":\"x\",\"name\":\"another\",\"state\":\"RUNNING\",\"start-time\":99}");
            return new FakeHttp.Answer(200, "{\"jobs\":[" + String.join(",", entries) + "]}");
        }
        if (path.equals("/jars/upload")) {
            assertThat(call.body()).contains("filename=\"sluice-spend.jar\"").contains("the jar");
            return new FakeHttp.Answer(
                    200, "{\"filename\":\"/tmp/flink-web/abc_sluice-spend.jar\",\"status\":\"success\"}");
        }
        if (path.equals("/jars/abc_sluice-spend.jar/run")) {
            if (refuse) {
                return new FakeHttp.Answer(
                        500,
                        "{\"errors\":[\"java.lang.A: a\\n\\tat x\\nCaused by: java.lang.B: no topic\\n\\tat y\"]}");
            }
            JsonNode run;
            try {
                run = Api.JSON.readTree(call.body());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            runs.add(run);
            if (!swallow) {
                jobs.put(run.path("jobId").asText(), "RUNNING");
            }
            return new FakeHttp.Answer(200, "{\"jobid\":\"" + run.path("jobId").asText() + "\"}");
        }
        if (path.endsWith("exceptions?maxExceptions=1")) {
            return new FakeHttp.Answer(
                    200, "{\"exceptionHistory\":{\"entries\":[{\"stacktrace\":\"java.lang.B: broke\\n\\tat y\"}]}}");
        }
        return path.startsWith("/jobs/")
                ? new FakeHttp.Answer(200, "{\"vertices\":[{\"status\":\"RUNNING\"},{\"status\":\"RUNNING\"}]}")
                : new FakeHttp.Answer(200, "{}");
    }

    private Path checkpoint(String attempt, int number) throws IOException {
        Path checkpoint = Files.createDirectories(
                folder.resolve("checkpoints/sluice-spend").resolve(attempt).resolve("chk-" + number));
        Files.writeString(checkpoint.resolve("_metadata"), "");
        return checkpoint;
    }

    @Test
    void submitsOnceWhileTheJobRuns() throws IOException, InterruptedException {
        assertThat(keeper.tend()).isEqualTo("submitted");
        assertThat(keeper.tend()).isNull();
        assertThat(keeper.tend()).isNull();

        assertThat(runs).hasSize(1);
        JsonNode run = runs.get(0);
        assertThat(run.path("parallelism").asInt()).isEqualTo(3);
        assertThat(run.path("programArgsList").toString())
                .contains("--kafka.bootstrap-servers\",\"127.0.0.1:9092")
                .contains("--elasticsearch.password-file\",\"" + folder.resolve("elasticsearch.password"));
        assertThat(run.has("savepointPath")).isFalse();
        assertThat(run.path("flinkConfiguration")
                        .path("execution.checkpointing.dir")
                        .asText())
                .isEqualTo(folder.resolve("checkpoints/sluice-spend").toUri().toString());
    }

    @Test
    void afterTheJobManagerIsLostItGoesOnFromTheNewestCheckpoint() throws IOException, InterruptedException {
        keeper.tend();
        keeper.tend();
        String first = runs.get(0).path("jobId").asText();
        checkpoint(first, 3);
        Path newest = checkpoint(first, 4);
        jobs.clear();

        Eventually.isTrue("again", Duration.ofSeconds(10), () -> "submitted".equals(keeper.tend()));

        assertThat(runs).hasSize(2);
        assertThat(runs.get(1).path("savepointPath").asText())
                .isEqualTo(newest.toUri().toString());
        assertThat(runs.get(1).path("claimMode").asText()).isEqualTo("NO_CLAIM");
        assertThat(runs.get(1).path("jobId").asText()).isNotEqualTo(first);
        assertThat(events.get(1)).isEqualTo("sluice-spend submitted, from sluice-spend/" + first + "/chk-4");

        // What the first attempt left is needed until the second has a checkpoint of its own.
        keeper.tend();
        assertThat(newest).exists();
        checkpoint(runs.get(1).path("jobId").asText(), 5);
        keeper.tend();
        assertThat(newest).doesNotExist();
    }

    @Test
    void aSubmissionWhoseOutcomeIsNotKnownIsRepeatedUnderTheSameId() throws IOException, InterruptedException {
        swallow = true;
        keeper.tend();

        Eventually.isTrue("again", Duration.ofSeconds(10), () -> "submitted".equals(keeper.tend()));

        assertThat(runs).hasSize(2);
        assertThat(runs.get(1).path("jobId")).isEqualTo(runs.get(0).path("jobId"));
    }

    @Test
    void oneThatEndedIsSubmittedAgainAfterAWhile() throws IOException, InterruptedException {
        keeper.tend();
        keeper.tend();
        jobs.put(runs.get(0).path("jobId").asText(), "FAILED");

        assertThat(keeper.tend()).isEqualTo("waits before it is submitted again");
        assertThat(events).contains("sluice-spend has ended, FAILED: java.lang.B: broke");
        Eventually.isTrue("again", Duration.ofSeconds(10), () -> "submitted".equals(keeper.tend()));
        assertThat(runs.get(1).path("jobId")).isNotEqualTo(runs.get(0).path("jobId"));
    }

    @Test
    void aRefusalIsSaidWithItsCause() {
        refuse = true;

        assertThatThrownBy(keeper::tend)
                .isInstanceOf(FlinkRest.RefusedException.class)
                .hasMessage("/jars/abc_sluice-spend.jar/run: status 500 (expected: 2xx): java.lang.B: no topic");
    }

    @Test
    void aJobThatRestartsIsLeftToFlink() throws IOException, InterruptedException {
        keeper.tend();
        for (String state : List.of("CREATED", "RESTARTING", "FAILING", "CANCELLING", "SUSPENDED")) {
            jobs.replaceAll((id, old) -> state);
            assertThat(keeper.tend()).isNotEqualTo("submitted");
        }
        assertThat(runs).hasSize(1);
    }
}
