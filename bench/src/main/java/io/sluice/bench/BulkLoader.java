package io.sluice.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The least that writes documents to Elasticsearch: requests that are ready in a file, with the same client and as many at a
 * time as all writers of the job have.
 */
final class BulkLoader {
    private static final int IN_FLIGHT = 2 * BenchCluster.PARALLELISM;

    /** As long as the sink waits at first. */
    private static final long PAUSE_MILLIS = 200;

    private static final String PATH =
            "/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason";

    private final Elastic elastic;
    private final AtomicLong refused = new AtomicLong();
    private final Semaphore free = new Semaphore(IN_FLIGHT);
    private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

    BulkLoader(Elastic elastic) {
        this.elastic = elastic;
    }

    /** Returns when Elasticsearch has acknowledged every document. */
    void load(ContentDocuments.Requests requests) throws IOException, InterruptedException {
        try (InputStream in = Files.newInputStream(requests.file())) {
            for (int bytes : requests.bytes()) {
                send(in.readNBytes(bytes));
            }
        }
        free.acquire(IN_FLIGHT);
        free.release(IN_FLIGHT);
        check();
    }

    private void send(byte[] body) throws IOException, InterruptedException {
        check();
        free.acquire();
        exchange(elastic.request("POST", PATH, HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    private void exchange(HttpRequest request) {
        elastic.http().sendAsync(request, HttpResponse.BodyHandlers.ofString()).whenComplete((answer, problem) -> {
            if (answer != null && answer.statusCode() == Elastic.TOO_MANY_REQUESTS) {
                refused.incrementAndGet();
                CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                        .execute(() -> exchange(request));
                return;
            }
            String text = problem != null ? problem.toString() : answer.body();
            if (!text.contains("\"errors\":false")) {
                failure.compareAndSet(null, text.substring(0, Math.min(500, text.length())));
            }
            free.release();
        });
    }

    /** How often Elasticsearch was too busy for a request. */
    long refused() {
        return refused.get();
    }

    private void check() throws IOException {
        if (failure.get() != null) {
            throw new IOException("bulk: not everything was stored: " + failure.get());
        }
    }
}
