package io.sluice.testing;

import io.sluice.testing.ComplianceQuery.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The cursors and page tokens of {@link ComplianceServer}: opaque, bound to what they were issued for, and they expire. */
final class ComplianceCursors {
    /**
     * A place in a result.
     *
     * @param time that the result is ordered by
     */
    record Place(Instant time, String id) {}

    private final Map<String, String> before = new HashMap<>();
    private Instant notBefore = Instant.MIN;

    /** Those issued until now are not accepted any more. */
    void expire(Instant now) {
        notBefore = now;
    }

    /**
     * A new one.
     *
     * @param binding of what it is valid for
     * @param used the cursor of the request that is answered; null: there was none
     */
    String issue(String binding, Place place, Instant now, @Nullable String used) {
        String text = String.join("\n", binding, now.toString(), place.time().toString(), place.id());
        String cursor = Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        before.putIfAbsent(cursor, used == null ? "" : used);
        return cursor;
    }

    /** The cursor of the page before; null: that was the first. */
    @Nullable
    String before(String cursor) {
        String used = before.getOrDefault(cursor, "");
        return used.isEmpty() ? null : used;
    }

    /** @throws Refusal it is none, is of something else, or has expired */
    Place read(String binding, String parameter, String cursor) {
        String[] parts;
        try {
            parts = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8).split("\n", 4);
        } catch (IllegalArgumentException e) {
            throw invalid(parameter, cursor);
        }
        if (parts.length != 4
                || !parts[0].equals(binding)
                || Instant.parse(parts[1]).isBefore(notBefore)) {
            throw invalid(parameter, cursor);
        }
        return new Place(Instant.parse(parts[2]), parts[3]);
    }

    static Refusal invalid(String parameter, String cursor) {
        return Refusal.invalid(
                parameter.equals("page")
                        ? "The page parameter is not a valid cursor for this request."
                        : "Invalid `" + parameter + "`. No activity found for `" + parameter + "` \"" + cursor + "\".");
    }
}
