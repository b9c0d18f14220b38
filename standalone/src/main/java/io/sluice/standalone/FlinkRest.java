package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the stack needs of Flink's REST API. */
final class FlinkRest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** A job's main method runs while this is answered. */
    private static final Duration SUBMIT_PATIENCE = Duration.ofSeconds(90);

    private static final Set<String> ENDED = Set.of("FAILED", "CANCELED", "FINISHED");

    private static final String CAUSED_BY = "Caused by: ";

    private final HttpClient http;
    private final URI url;

    /**
     * One job of this cluster, running or not.
     *
     * @param state as Flink names it, for example {@code RUNNING}
     */
    record Job(String id, String name, String state, long startedAtMillis) {
        boolean hasEnded() {
            return ENDED.contains(state);
        }
    }

    /** The cluster has answered, and the answer is an error. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    FlinkRest(HttpClient http, URI url) {
        this.http = http;
        this.url = url;
    }

    List<Job> jobs() throws IOException, InterruptedException {
        List<Job> jobs = new ArrayList<>();
        for (JsonNode job : get("/jobs/overview").path("jobs")) {
            jobs.add(new Job(
                    job.path("jid").asText(),
                    job.path("name").asText(),
                    job.path("state").asText(),
                    job.path("start-time").asLong()));
        }
        return jobs;
    }

    int taskManagers() throws IOException, InterruptedException {
        return get("/overview").path("taskmanagers").asInt();
    }

    /** Whether all tasks of the job are at work, which its state does not tell. */
    boolean isFullyRunning(String jobId) throws IOException, InterruptedException {
        JsonNode vertices = get("/jobs/" + jobId).path("vertices");
        boolean all = !vertices.isEmpty();
        for (JsonNode vertex : vertices) {
            all &= vertex.path("status").asText().equals("RUNNING");
        }
        return all;
    }

    /** First line of why the job failed last; null: it never did, or nobody knows. */
    @Nullable
    String lastFailure(String jobId) throws IOException, InterruptedException {
        JsonNode entries = get("/jobs/" + jobId + "/exceptions?maxExceptions=1")
                .path("exceptionHistory")
                .path("entries");
        String trace = entries.path(0).path("stacktrace").asText();
        return trace.isEmpty() ? null : trace.lines().findFirst().orElse(null);
    }

    /** Stores a jar, and returns the id under which the cluster knows it. */
    String upload(Path jar) throws IOException, InterruptedException {
        String boundary = "sluice-" + UUID.randomUUID();
        String head = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\""
                + jar.getFileName() + "\"\r\nContent-Type: application/x-java-archive\r\n\r\n";
        HttpRequest request = request("/jars/upload", SUBMIT_PATIENCE)
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(HttpRequest.BodyPublishers.concat(
                        HttpRequest.BodyPublishers.ofString(head),
                        HttpRequest.BodyPublishers.ofFile(jar),
                        HttpRequest.BodyPublishers.ofString("\r\n--" + boundary + "--\r\n")))
                .build();
        String stored = send(request).path("filename").asText();
        return stored.substring(stored.lastIndexOf('/') + 1);
    }

    /**
     * Runs an uploaded jar.
     *
     * @param mainClass null: the one that the jar names
     * @param jobId decided by the caller: the cluster refuses to run the same id twice
     * @param from checkpoint to begin from; null: from nothing
     */
    void run(
            String jarId,
            @Nullable String mainClass,
            String jobId,
            List<String> arguments,
            int parallelism,
            @Nullable Path from,
            Map<String, String> configuration)
            throws IOException, InterruptedException {
        ObjectNode body = JSON.createObjectNode().put("jobId", jobId).put("parallelism", parallelism);
        if (mainClass != null) {
            body.put("entryClass", mainClass);
        }
        body.set("programArgsList", JSON.valueToTree(arguments));
        body.set("flinkConfiguration", JSON.valueToTree(configuration));
        if (from != null) {
            body.put("savepointPath", from.toUri().toString());
            body.put("claimMode", "NO_CLAIM");
        }
        JsonNode unused = send(request("/jars/" + jarId + "/run", SUBMIT_PATIENCE)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build());
    }

    void deleteJar(String jarId) throws IOException, InterruptedException {
        JsonNode unused = send(request("/jars/" + jarId, PATIENCE).DELETE().build());
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        return send(request(path, PATIENCE).build());
    }

    private HttpRequest.Builder request(String path, Duration patience) {
        return HttpRequest.newBuilder(url.resolve(path)).timeout(patience);
    }

    private JsonNode send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() >= 300) {
            String answer = new String(response.body(), StandardCharsets.UTF_8);
            throw new RefusedException(request.uri().getPath() + ": status " + response.statusCode()
                    + " (expected: 2xx): " + cause(answer));
        }
        return JSON.readTree(response.body());
    }

    /** Flink answers with a whole stack trace; the last cause is what helps. */
    static String cause(String answer) {
        int start = answer.lastIndexOf(CAUSED_BY);
        String last = start < 0 ? answer : answer.substring(start + CAUSED_BY.length());
        int end = last.indexOf("\\n");
        String line = end < 0 ? last : last.substring(0, end);
        return line.length() > 500 ? line.substring(0, 500) : line;
    }
}
