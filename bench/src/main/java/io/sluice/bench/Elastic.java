package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.runtime.EdgeOptions;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.Index;
import io.sluice.testing.ElasticsearchServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real Elasticsearch in a process of its own, with Sluice's templates and indices. */
final class Elastic implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Elasticsearch's way to say that it has to merge first. */
    static final int TOO_MANY_REQUESTS = 429;

    private static final int TRIES = 60;

    private final ElasticsearchServer server;
    private final Path passwordFile;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Elastic(ElasticsearchServer server, Path passwordFile) {
        this.server = server;
        this.passwordFile = passwordFile;
    }

    static Elastic start(Workspace workspace) throws IOException, InterruptedException {
        ElasticsearchServer server = ElasticsearchServer.start();
        Path password = Files.writeString(workspace.folder().resolve("password"), server.password());
        Elastic elastic = new Elastic(server, password);
        for (Index index : Index.values()) {
            elastic.send("PUT", "/_index_template/" + index.indexName(), index.template());
            elastic.send("PUT", "/" + index.indexName(), "{}");
        }
        for (ContentIndex index : ContentIndex.values()) {
            elastic.send("PUT", "/_index_template/" + index.templateName(), index.template());
        }
        return elastic;
    }

    /** For the server's settings. */
    Map<String, String> settings() {
        return Map.of(
                "SLUICE_ELASTICSEARCH_URL",
                server.url().toString(),
                "SLUICE_ELASTICSEARCH_PASSWORD_FILE",
                passwordFile.toString());
    }

    /** For a job's main method. */
    List<String> arguments() {
        return List.of(
                "--" + EdgeOptions.ELASTICSEARCH.key(),
                server.url().toString(),
                "--" + EdgeOptions.ELASTICSEARCH_USER.key(),
                ElasticsearchServer.USER,
                "--" + EdgeOptions.ELASTICSEARCH_PASSWORD_FILE.key(),
                passwordFile.toString());
    }

    JsonNode json(String method, String path, String body) throws IOException, InterruptedException {
        return JSON.readTree(send(method, path, body));
    }

    /** @return the body of an answer that is below 300 */
    String send(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = request(method, path, HttpRequest.BodyPublishers.ofString(body));
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        for (int tries = 1; isForNow(response.statusCode()) && tries < TRIES; tries++) {
            TimeUnit.SECONDS.sleep(1);
            response = http.send(request, HttpResponse.BodyHandlers.ofString());
        }
        if (response.statusCode() >= 300) {
            throw new IOException(path + ": status " + response.statusCode() + " (expected: 200)");
        }
        return response.body();
    }

    /** It has to merge first, or an index is just being made. */
    private static boolean isForNow(int status) {
        return status == TOO_MANY_REQUESTS || status == 503;
    }

    HttpRequest request(String method, String path, HttpRequest.BodyPublisher body) {
        String credentials = Base64.getEncoder()
                .encodeToString((ElasticsearchServer.USER + ":" + server.password()).getBytes(StandardCharsets.UTF_8));
        return HttpRequest.newBuilder(URI.create(server.url() + path))
                .header("authorization", "Basic " + credentials)
                .header("content-type", "application/json")
                .method(method, body)
                .build();
    }

    HttpClient http() {
        return http;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
