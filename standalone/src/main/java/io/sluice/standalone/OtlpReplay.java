package io.sluice.standalone;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Sends OTLP files to the receiver, as their client did, marked as of the past. */
final class OtlpReplay {
    private static final Set<Integer> RETRYABLE = Set.of(429, 502, 503, 504);
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final long PAUSE_MILLIS = 500;

    private final Settings settings;
    private final Api api;
    private final HttpClient http;

    OtlpReplay(Settings settings, Api api) {
        this.settings = settings;
        this.api = api;
        this.http = Api.http(settings);
    }

    /** Returns when the receiver has stored it. */
    void send(OtlpFile file) throws IOException, InterruptedException {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(
                            settings.otlpUrl().resolve(file.signal().path()))
                    .timeout(Duration.ofSeconds(30))
                    .header("Content-Type", "application/json")
                    .header("Authorization", "Bearer " + api.token())
                    .header("X-Sluice-Historical", "true")
                    .POST(HttpRequest.BodyPublishers.ofFile(file.path()))
                    .build();
        } catch (FileNotFoundException e) {
            throw new IOException(file.path() + ": gone while it was being read", e);
        }
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            String problem;
            try {
                HttpResponse<String> response =
                        http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
                if (response.statusCode() == 200) {
                    return;
                }
                problem = "status " + response.statusCode() + ": " + response.body();
                if (!RETRYABLE.contains(response.statusCode())) {
                    throw new CommandException(file.path() + ": refused, " + problem);
                }
            } catch (IOException e) {
                problem = e.toString();
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new CommandException(
                        settings.otlpUrl() + ": not stored within " + LIMIT.toSeconds() + " s (" + problem + ")");
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        }
    }
}
