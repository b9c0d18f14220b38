package io.sluice.claudeapi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One request, one answer of Anthropic's APIs. The key is in one header and in no message. Thread-safe. */
public final class ApiConnection {
    /** Amounts are exact: what has a fraction is a decimal, never a binary fraction. */
    public static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private static final String API_VERSION = "2023-06-01";
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final int LONGEST_MESSAGE = 200;

    /** @param body what is no JSON has no members */
    public record Answer(int status, @Nullable Duration retryAfter, HttpHeaders headers, JsonNode body) {
        public boolean done() {
            return status >= 200 && status < 300;
        }

        /** Upstream's type and message, shortened, on one line. */
        public String said() {
            JsonNode error = body.path("error");
            String text =
                    (error.path("type").asText() + ": " + error.path("message").asText()).replaceAll("\\p{Cntrl}", " ");
            if (text.equals(": ")) {
                return "answered " + status;
            }
            return "answered " + status + ", "
                    + (text.length() <= LONGEST_MESSAGE ? text : text.substring(0, LONGEST_MESSAGE) + "…");
        }
    }

    /**
     * What is no JSON.
     *
     * @param answer without a body, unless it was refused
     * @param cut whether there would be more bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
    public record Download(Answer answer, byte[] bytes, boolean cut) {}

    /** An answer has more bytes than may be read. */
    public static final class TooLong extends IOException {
        private static final long serialVersionUID = 1L;

        TooLong(int mostBytes) {
            super("answer: longer than " + mostBytes + " bytes");
        }
    }

    private final String base;
    private final Supplier<String> key;
    private final Duration patience;
    private final int mostBytes;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();

    /**
     * A connection.
     *
     * @param base scheme, host and port; a path in it goes before that of the API; https unless it is this machine
     * @param key asked for each request
     * @param patience for the first byte of an answer, and again for the rest of it
     * @param mostBytes of an answer
     */
    public ApiConnection(URI base, Supplier<String> key, Duration patience, int mostBytes) {
        if (!"https".equals(base.getScheme()) && !("http".equals(base.getScheme()) && isLoopback(base.getHost()))) {
            throw new IllegalArgumentException(
                    "address of the API: not https (expected: https://…; http only of this machine)");
        }
        this.base = base.toString().replaceFirst("/+$", "");
        this.key = key;
        this.patience = patience;
        this.mostBytes = mostBytes;
    }

    private static boolean isLoopback(@Nullable String host) {
        if (host == null) {
            return false;
        }
        String name = host.toLowerCase(Locale.ROOT);
        if (name.equals("localhost")) {
            return true;
        }
        try {
            return name.matches("[0-9.]+|\\[.*]") && InetAddress.getByName(name).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /**
     * Sends and waits.
     *
     * @throws IOException no answer: it may have been done all the same
     */
    public Answer send(String method, String path, Map<String, String> headers, @Nullable ObjectNode body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path, headers);
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("content-type", "application/json")
                    .method(method, HttpRequest.BodyPublishers.ofString(body.toString()));
        }
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        // A request's own timeout ends with the headers: an answer that trickles would take for ever.
        HttpResponse<Void> response = await(http.sendAsync(
                request.build(),
                HttpResponse.BodyHandlers.ofByteArrayConsumer(chunk -> chunk.ifPresent(bytes -> {
                    if (content.size() <= mostBytes) {
                        content.writeBytes(bytes);
                    }
                }))));
        if (content.size() > mostBytes) {
            throw new TooLong(mostBytes);
        }
        return answer(response, json(content.toByteArray()));
    }

    /**
     * Asks for what is no JSON, and waits.
     *
     * @param most bytes that are read
     * @throws IOException no answer
     */
    public Download download(String path, int most) throws IOException, InterruptedException {
        HttpRequest request = request(path, Map.of()).GET().build();
        HttpResponse<BoundedBody.Beginning> response = await(http.sendAsync(request, head -> new BoundedBody(most)));
        byte[] bytes = response.body().bytes();
        boolean done = response.statusCode() >= 200 && response.statusCode() < 300;
        return new Download(
                answer(response, done ? JSON.createObjectNode() : json(bytes)),
                bytes,
                response.body().cut());
    }

    private <T> HttpResponse<T> await(CompletableFuture<HttpResponse<T>> sent)
            throws IOException, InterruptedException {
        try {
            return sent.get(2 * patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("the rest of an answer did not come");
        } finally {
            sent.cancel(true);
        }
    }

    private HttpRequest.Builder request(String path, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(patience)
                .header("x-api-key", key.get())
                .header("anthropic-version", API_VERSION)
                .header("user-agent", "sluice");
        headers.forEach(request::header);
        return request;
    }

    private static Answer answer(HttpResponse<?> response, JsonNode body) {
        return new Answer(
                response.statusCode(),
                response.headers()
                        .firstValue("retry-after")
                        .flatMap(ApiConnection::seconds)
                        .orElse(null),
                response.headers(),
                body);
    }

    private static Optional<Duration> seconds(String retryAfter) {
        return retryAfter.matches("\\d{1,9}")
                ? Optional.of(Duration.ofSeconds(Long.parseLong(retryAfter)))
                : Optional.empty();
    }

    private static JsonNode json(byte[] body) throws IOException {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        }
    }
}
