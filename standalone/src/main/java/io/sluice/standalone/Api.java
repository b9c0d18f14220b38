package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The server's REST API, as the commands use it. */
final class Api {
    static final ObjectMapper JSON = new ObjectMapper();

    /** Wins over the admin token of the data folder. */
    static final String TOKEN_VARIABLE = "SLUICE_TOKEN";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration AGAIN = Duration.ofMillis(500);
    private static final int UNAVAILABLE = 503;

    private final Settings settings;
    private final HttpClient http;
    private final Duration restartLimit;

    Api(Settings settings) {
        this(settings, Duration.ZERO);
    }

    /** @param restartLimit how long to ask again when a component is down: the supervisor is starting it again */
    Api(Settings settings, Duration restartLimit) {
        this.settings = settings;
        this.http = http(settings);
        this.restartLimit = restartLimit;
    }

    /** One parameter of a query; a name may come several times. */
    record Parameter(String name, String value) {}

    /** For the server: with TLS it trusts the very certificate that the server was given. */
    static HttpClient http(Settings settings) {
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5));
        if (settings.tls()) {
            builder.sslContext(PinnedCertificate.context(Path.of(settings.text(Setting.TLS_CERTIFICATE_FILE))));
        }
        return builder.build();
    }

    /** @throws CommandException if the server does not answer, or answers with an error */
    JsonNode get(String path, List<Parameter> parameters) throws InterruptedException {
        return call("GET", path + query(parameters), null);
    }

    /** All pages as one answer. */
    ObjectNode getAll(String path, List<Parameter> parameters) throws InterruptedException {
        JsonNode page = get(path, parameters);
        ObjectNode whole = page.deepCopy();
        ArrayNode rows = whole.putArray("data");
        page.path("data").forEach(rows::add);
        while (page.path("has_more").asBoolean()) {
            List<Parameter> next = new ArrayList<>(parameters);
            next.add(new Parameter("page", page.path("next_page").asText()));
            page = get(path, next);
            page.path("data").forEach(rows::add);
        }
        return whole.put("has_more", false).putNull("next_page");
    }

    JsonNode post(String path, JsonNode body) throws InterruptedException {
        return call("POST", path, body);
    }

    /** @param key the same again: done once */
    JsonNode post(String path, JsonNode body, String key) throws InterruptedException {
        return call("POST", path, body, "Idempotency-Key", key);
    }

    /** A long answer, which the caller closes. */
    InputStream download(String path, JsonNode body) throws InterruptedException {
        URI url = settings.restUrl().resolve(path);
        try {
            HttpRequest request = HttpRequest.newBuilder(url)
                    .timeout(PATIENCE)
                    .header("Authorization", "Bearer " + token())
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                    .build();
            HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
            if (response.statusCode() < 300) {
                return response.body();
            }
            try (InputStream in = response.body()) {
                throw new CommandException(problem(url, response.statusCode(), in.readAllBytes()));
            }
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw notRunning(e);
        } catch (IOException e) {
            throw new CommandException(url + ": " + e, e);
        }
    }

    JsonNode put(String path, JsonNode body) throws InterruptedException {
        return call("PUT", path, body);
    }

    JsonNode delete(String path, String... headers) throws InterruptedException {
        return call("DELETE", path, null, headers);
    }

    /** {@code GET /health}; null: the server does not answer. */
    @Nullable
    JsonNode health() throws InterruptedException {
        try {
            return JSON.readTree(send("GET", "/health", null, null).body());
        } catch (IOException e) {
            return null;
        }
    }

    static String query(List<Parameter> parameters) {
        StringBuilder query = new StringBuilder();
        for (Parameter parameter : parameters) {
            query.append(query.isEmpty() ? '?' : '&')
                    .append(encoded(parameter.name()))
                    .append('=')
                    .append(encoded(parameter.value()));
        }
        return query.toString();
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** As one part of a path. */
    static String segment(String text) {
        return encoded(text).replace("+", "%20");
    }

    private JsonNode call(String method, String path, @Nullable JsonNode body, String... headers)
            throws InterruptedException {
        URI url = settings.restUrl().resolve(path);
        long deadline = System.nanoTime() + restartLimit.toNanos();
        while (true) {
            boolean last = System.nanoTime() - deadline >= 0;
            try {
                HttpResponse<byte[]> response = send(method, path, body, token(), headers);
                if (response.statusCode() < 300) {
                    return JSON.readTree(response.body());
                }
                if (last || response.statusCode() != UNAVAILABLE) {
                    throw new CommandException(problem(response.uri(), response.statusCode(), response.body()));
                }
            } catch (ConnectException | HttpConnectTimeoutException e) {
                if (last) {
                    throw notRunning(e);
                }
            } catch (IOException e) {
                if (last) {
                    throw new CommandException(url + ": " + e, e);
                }
            }
            TimeUnit.MILLISECONDS.sleep(AGAIN.toMillis());
        }
    }

    private CommandException notRunning(Throwable cause) {
        return new CommandException(
                "Nothing answers at " + settings.restUrl() + " (expected: Sluice is running; start it with"
                        + " ./sluice up, and see ./sluice status)",
                cause);
    }

    private static String problem(URI url, int status, byte[] body) {
        String message = "";
        try {
            message = JSON.readTree(body).path("error").path("message").asText();
        } catch (IOException e) {
            // Not from our server; the status has to do.
        }
        return message.isEmpty() ? url + ": status " + status + " (expected: 2xx)" : message;
    }

    private HttpResponse<byte[]> send(
            String method, String path, @Nullable JsonNode body, @Nullable String token, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(settings.restUrl().resolve(path)).timeout(PATIENCE);
        if (headers.length > 0) {
            request.headers(headers);
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json");
            request.method(method, HttpRequest.BodyPublishers.ofString(body.toString()));
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    String token() throws IOException {
        String given = System.getenv(TOKEN_VARIABLE);
        if (given != null && !given.isBlank()) {
            return given.strip();
        }
        Path file = new DataFolder(settings.data()).adminToken();
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            throw new CommandException(
                    "token: " + file + " does not exist (expected: written by the first ./sluice up or demo; another"
                            + " data folder is --data, another token is " + TOKEN_VARIABLE + ")",
                    e);
        } catch (AccessDeniedException e) {
            throw new CommandException(
                    "token: " + file + " may not be read (expected: run by the user who started Sluice, or a token in "
                            + TOKEN_VARIABLE + ")",
                    e);
        }
    }
}
