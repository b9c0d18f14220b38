package io.sluice.server;

import io.sluice.schema.Index;
import io.sluice.testing.ElasticsearchServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** What tests do at Elasticsearch themselves. */
final class TestElastic {
    private static @Nullable ElasticsearchServer shared;

    private TestElastic() {}

    /** For one test class after another, since a start takes long. It ends with the JVM, so it is not to be closed. */
    static synchronized ElasticsearchServer empty() throws IOException, InterruptedException {
        ElasticsearchServer elasticsearch = shared;
        if (elasticsearch == null) {
            elasticsearch = ElasticsearchServer.start();
            shared = elasticsearch;
        }
        for (Index index : Index.values()) {
            send(elasticsearch, "DELETE", "/" + index.indexName() + "?ignore_unavailable=true", "");
        }
        return elasticsearch;
    }

    /** As the stack does before the server is told of it. */
    static void createIndices(ElasticsearchServer elasticsearch) throws IOException, InterruptedException {
        for (Index index : Index.values()) {
            send(elasticsearch, "PUT", "/_index_template/" + index.indexName(), index.template());
            send(elasticsearch, "PUT", "/" + index.indexName(), "{}");
        }
    }

    static String send(ElasticsearchServer elasticsearch, String method, String path, String body)
            throws IOException, InterruptedException {
        String credentials = ElasticsearchServer.USER + ":" + elasticsearch.password();
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(elasticsearch.url() + path))
                                .header("content-type", "application/json")
                                .header(
                                        "authorization",
                                        "Basic "
                                                + Base64.getEncoder()
                                                        .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
        }
        return response.body();
    }
}
