package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's Spend Limits API, as far as limits of single users go: one request per call, blocking; what changes
 * something is never sent again by itself. Every call throws {@link SpendLimitsException} when it was not done. Thread-safe.
 */
public final class SpendLimitsClient {
    private static final String LIMITS = "/v1/organizations/spend_limits";
    private static final int MOST_BYTES = 1024 * 1024;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;

    private final ApiConnection api;

    /**
     * A client of one organization's limits.
     *
     * @param base scheme, host and port; a path in it goes before that of the API
     * @param key of an administrator with {@code read:spend_limits} and {@code write:spend_limits}
     * @param patience for one answer
     */
    public SpendLimitsClient(URI base, String key, Duration patience) {
        api = new ApiConnection(base, () -> key, patience, MOST_BYTES);
    }

    /**
     * Sets a user's own limit for a period, whatever it was before.
     *
     * @param cents null: unlimited
     */
    public void put(String userId, String period, @Nullable Long cents) {
        ObjectNode body = ApiConnection.JSON.createObjectNode();
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
        ApiConnection.Answer answer = send("DELETE", LIMITS + "/" + encoded(spendLimitId), null);
        if (answer.status() != NOT_FOUND) {
            require(answer);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private ApiConnection.Answer send(String method, String path, @Nullable ObjectNode body) {
        try {
            return api.send(method, path, Map.of(), body);
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

    private static JsonNode require(ApiConnection.Answer answer) {
        if (answer.done()) {
            return answer.body();
        }
        throw new SpendLimitsException(kind(answer.status()), answer.said(), answer.retryAfter());
    }

    private static SpendLimitsException.Kind kind(int status) {
        if (status == TOO_MANY) {
            return SpendLimitsException.Kind.RATE_LIMITED;
        }
        return status >= SERVER_ERROR ? SpendLimitsException.Kind.UNAVAILABLE : SpendLimitsException.Kind.REFUSED;
    }
}
