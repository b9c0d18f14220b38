package io.sluice.elasticsearch;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to a cluster. The JDK's client, since its future is completed once and only once by its nature, and
 * since a sink then adds nothing to the job's class path.
 */
final class ElasticsearchHttp {
    private final List<URI> urls;
    private final Duration requestTimeout;
    private final @Nullable String authorization;
    private final HttpClient client;
    private final AtomicInteger node = new AtomicInteger();

    ElasticsearchHttp(ElasticsearchConnection connection) throws IOException {
        urls = connection.urls();
        requestTimeout = connection.requestTimeout();
        authorization = connection.authorization();
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connection.connectTimeout());
        SSLContext sslContext = connection.sslContext();
        if (sslContext != null) {
            builder.sslContext(sslContext);
        }
        client = builder.build();
    }

    /** Address of the node that the next request goes to. */
    URI url() {
        return urls.get(Math.floorMod(node.get(), urls.size()));
    }

    /**
     * Sends one request to one node; the next request goes to another if this one does not answer.
     *
     * @param path with its query, from {@code /} on
     * @return fails with the transport's exception, or with a timeout; any status is an answer
     */
    CompletableFuture<HttpResponse<byte[]>> send(String method, String path, String contentType, byte[] body) {
        URI url = url();
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        url.resolve(url.getPath().replaceAll("/$", "") + path))
                .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                .header("Content-Type", contentType);
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        CompletableFuture<HttpResponse<byte[]>> exchange =
                client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        // The client's own timeout ends with the headers, so a body that never ends would wait for ever.
        return exchange.copy()
                .orTimeout(requestTimeout.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((response, failure) -> {
                    if (failure != null) {
                        node.incrementAndGet();
                        exchange.cancel(true);
                    }
                });
    }
}
