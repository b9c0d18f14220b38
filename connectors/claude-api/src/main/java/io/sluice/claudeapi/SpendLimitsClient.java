package io.sluice.claudeapi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's Spend Limits API, as far as limits of single users go: one request per call, blocking; what changes
 * something is never sent again by itself. Every call throws {@link SpendLimitsException} when it was not done. Thread-safe.
 */
public final class SpendLimitsClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LIMITS = "/v1/organizations/spend_limits";
    private static final String API_VERSION = "2023-06-01";
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final int MOST_BYTES = 1024 * 1024;
    private static final int LONGEST_MESSAGE = 200;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;

    private record Answer(int status, @Nullable Duration retryAfter, JsonNode body) {}

    private final String base;
    private final String key;
    private final Duration patience;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();

    /**
     * A client of one organization's limits.
     *
     * @param base scheme, host and port; a path in it goes before that of the API
     * @param key of an administrator with {@code read:spend_limits} and {@code write:spend_limits}
     * @param patience for one answer
     */
    public SpendLimitsClient(URI base, String key, Duration patience) {
        this.base = base.toString().replaceFirst("/+$", "");
        this.key = key;
        this.patience = patience;
    }

    /**
     * Sets a user's own limit for a period, whatever it was before.
     *
     * @param cents null: unlimited
     */
    public void put(String userId, String period, @Nullable Long cents) {
        ObjectNode body = JSON.createObjectNode();
        body.putObject("scope").put("type", "user").put("user_id", userId);
        body.put("amount", cents == null ? null : Long.toString(cents)).put("period", period);
        require(send("POST", LIMITS, body));
    }

    /** The id of a user's own limit for a period; empty: what holds comes from elsewhere, or nothing does. */
    public Optional<String> overrideOf(String userId, String period) {
        JsonNode rows = require(send(
                        "GET",
                        LIMITS + "/effective?user_ids%5B%5D=" + encoded(userId) + "&period%5B%5D=" + encoded(period),
                        null))
                .path("data");
        for (JsonNode row : rows) {
            if (row.at("/scope/user_id").asText().equals(userId)
                    && row.path("period").asText().equals(period)
                    && row.at("/source/type").asText().equals("user")) {
                return Optional.of(row.path("spend_limit_id").asText());
            }
        }
        return Optional.empty();
    }

    /** Removes a user's own limit. One that is not there is removed. */
    public void delete(String spendLimitId) {
        Answer answer = send("DELETE", LIMITS + "/" + encoded(spendLimitId), null);
        if (answer.status() != NOT_FOUND) {
            require(answer);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private Answer send(String method, String path, @Nullable ObjectNode body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(patience)
                .header("x-api-key", key)
                .header("anthropic-version", API_VERSION)
                .header("user-agent", "sluice");
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.header("content-type", "application/json")
                    .method(method, HttpRequest.BodyPublishers.ofString(body.toString()));
        }
        try {
            HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                return new Answer(
                        response.statusCode(),
                        response.headers()
                                .firstValue("retry-after")
                                .flatMap(SpendLimitsClient::seconds)
                                .orElse(null),
                        json(in.readNBytes(MOST_BYTES)));
            }
        } catch (IOException e) {
            throw new SpendLimitsException(
                    SpendLimitsException.Kind.UNANSWERED,
                    "no answer, " + e.getClass().getSimpleName(),
                    null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SpendLimitsException(SpendLimitsException.Kind.UNANSWERED, "interrupted", null);
        }
    }

    private static Optional<Duration> seconds(String retryAfter) {
        return retryAfter.matches("\\d{1,9}")
                ? Optional.of(Duration.ofSeconds(Long.parseLong(retryAfter)))
                : Optional.empty();
    }

    /** What is no JSON has no members. */
    private static JsonNode json(byte[] body) throws IOException {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        }
    }

    private static JsonNode require(Answer answer) {
        if (answer.status() >= 200 && answer.status() < 300) {
            return answer.body();
        }
        String message = "answered " + answer.status() + said(answer.body().path("error"));
        throw new SpendLimitsException(kind(answer.status()), message, answer.retryAfter());
    }

    private static SpendLimitsException.Kind kind(int status) {
        if (status == TOO_MANY) {
            return SpendLimitsException.Kind.RATE_LIMITED;
        }
        return status >= SERVER_ERROR ? SpendLimitsException.Kind.UNAVAILABLE : SpendLimitsException.Kind.REFUSED;
    }

    /** Upstream's type and message, shortened, on one line. */
    private static String said(JsonNode error) {
        String text =
                (error.path("type").asText() + ": " + error.path("message").asText()).replaceAll("\\p{Cntrl}", " ");
        if (text.equals(": ")) {
            return "";
        }
        return ", " + (text.length() <= LONGEST_MESSAGE ? text : text.substring(0, LONGEST_MESSAGE) + "…");
    }
}
