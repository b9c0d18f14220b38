package io.sluice.standalone;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Asks over HTTP whether something is ready. */
final class Probe {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private Probe() {}

    /**
     * Null: it answers 200; else what is wrong.
     *
     * @param authorization value of the header; null: none
     */
    static @Nullable String get(HttpClient http, URI url, @Nullable String authorization) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url).timeout(PATIENCE);
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        try {
            int status = http.send(request.build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
            return status == 200 ? null : "status " + status;
        } catch (IOException e) {
            return e.toString();
        }
    }
}
