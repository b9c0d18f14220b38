package io.sluice.elasticsearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * Makes indices and their templates. Doing it twice, or from two processes at once, changes nothing.
 *
 * <p>What fails for now (no answer, 429, 5xx) is tried again until a limit; what is refused fails at once.
 */
public final class ElasticsearchIndices {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HEALTH = "/_cluster/health?wait_for_status=yellow&timeout=2s";
    private static final Duration PAUSE = Duration.ofMillis(250);
    private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(2);

    private final ElasticsearchHttp http;
    private final Duration limit;
    private final Consumer<String> progress;

    /**
     * @param limit for each call of a method
     * @param progress is told, every 2 seconds while there is something to wait for, what that is
     */
    public ElasticsearchIndices(ElasticsearchConnection connection, Duration limit, Consumer<String> progress)
            throws IOException {
        this.http = new ElasticsearchHttp(connection);
        this.limit = limit;
        this.progress = progress;
    }

    /** Waits until the cluster answers and can serve (status yellow or green). */
    public void awaitReady() throws IOException, InterruptedException {
        requireOk("GET", HEALTH, call("GET", HEALTH, ""));
    }

    /**
     * Stores the template, and makes the index if there is none. An index that exists gets the template's mappings as an
     * update: new fields are added; settings of an existing index are left alone.
     *
     * @param index its name; one of the template's {@code index_patterns} fits it
     * @param template body of {@code PUT _index_template}
     * @throws IOException also if a field of an existing index would have to change its type
     */
    public void apply(String index, String template) throws IOException, InterruptedException {
        applyTemplate(index, template);
        HttpResponse<byte[]> created = call("PUT", "/" + index, "{}");
        if (created.statusCode() == 400
                && BulkAnswer.errorType(created.body()).equals("resource_already_exists_exception")) {
            JsonNode mappings = JSON.readTree(template).at("/template/mappings");
            if (mappings.isObject()) {
                String mappingPath = "/" + index + "/_mapping";
                requireOk("PUT", mappingPath, call("PUT", mappingPath, mappings.toString()));
            }
        } else {
            requireOk("PUT", "/" + index, created);
        }
    }

    /**
     * Stores a template for indices that the first document makes. Those that exist are left alone.
     *
     * @param template body of {@code PUT _index_template}
     */
    public void applyTemplate(String name, String template) throws IOException, InterruptedException {
        String path = "/_index_template/" + name;
        requireOk("PUT", path, call("PUT", path, template));
    }

    /** Whether the cluster has an analyzer; the core server has few. */
    public boolean hasAnalyzer(String name) throws IOException, InterruptedException {
        String body =
                JSON.createObjectNode().put("analyzer", name).put("text", "a").toString();
        HttpResponse<byte[]> answer = call("POST", "/_analyze", body);
        if (answer.statusCode() != 400) {
            requireOk("POST", "/_analyze", answer);
        }
        return answer.statusCode() == 200;
    }

    private HttpResponse<byte[]> call(String method, String path, String body)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        long reported = start;
        while (true) {
            String trouble;
            try {
                HttpResponse<byte[]> response = http.send(
                                method, path, "application/json", body.getBytes(StandardCharsets.UTF_8))
                        .join();
                if (BulkOutcome.ofRequest(response.statusCode()) != BulkOutcome.RETRY) {
                    return response;
                }
                trouble = "status " + response.statusCode();
            } catch (CompletionException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                if (BulkOutcome.ofFailure(cause) != BulkOutcome.RETRY) {
                    throw new IOException("Elasticsearch at " + http.url() + ": " + cause, cause);
                }
                trouble = cause.toString();
            }
            long now = System.nanoTime();
            String message = "Elasticsearch at " + http.url() + " not ready after "
                    + Duration.ofNanos(now - start).toSeconds() + " s: " + trouble;
            if (now - start >= limit.toNanos()) {
                throw new IOException(message + " (expected: ready within " + limit.toSeconds() + " s)");
            }
            if (now - reported >= BETWEEN_REPORTS.toNanos()) {
                reported = now;
                progress.accept(message);
            }
            Thread.sleep(PAUSE.toMillis());
        }
    }

    private static void requireOk(String method, String path, HttpResponse<byte[]> response) throws IOException {
        if (response.statusCode() != 200) {
            throw new IOException(method + " " + path + ": status " + response.statusCode() + " (expected: 200): "
                    + new String(response.body(), StandardCharsets.UTF_8));
        }
    }
}
