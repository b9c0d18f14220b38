package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** {@code next_page}: where an answer ended. Opaque to clients; holds nothing that the answer did not show. */
final class PageToken {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PageToken() {}

    static String encode(ObjectNode position) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(position.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The position after which to go on; null: the first page.
     *
     * @param keys how many sort values the position must have
     * @throws Refusal when the token is not one of the same query
     */
    static @Nullable JsonNode decode(@Nullable String token, int keys) {
        if (token == null) {
            return null;
        }
        try {
            JsonNode position = JSON.readTree(Base64.getUrlDecoder().decode(token));
            if (isPosition(position.path("after"), keys)) {
                return position;
            }
        } catch (IOException | IllegalArgumentException e) {
            // Reported below.
        }
        throw Refusal.invalid("page", token, "next_page of the answer before, with the same other parameters");
    }

    /** Every query sorts by a date first, in milliseconds, and by keywords after that. */
    private static boolean isPosition(JsonNode after, int keys) {
        if (!after.isArray() || after.size() != keys || !after.path(0).canConvertToLong()) {
            return false;
        }
        for (int i = 1; i < keys; i++) {
            if (!after.path(i).isTextual() && !after.path(i).isNull()) {
                return false;
            }
        }
        return true;
    }
}
