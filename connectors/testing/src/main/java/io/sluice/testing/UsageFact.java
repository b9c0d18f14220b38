package io.sluice.testing;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Something that an organization used on a day, as {@link AnalyticsServer} knows it. A revised value is two facts: one that
 * ends and one that begins.
 *
 * @param cents to be paid
 * @param listCents at list price
 * @param from when upstream knows it
 * @param until when upstream no longer has it; null: it stays
 */
public record UsageFact(
        LocalDate day,
        Who who,
        What what,
        Tokens tokens,
        long requests,
        BigDecimal cents,
        BigDecimal listCents,
        Instant from,
        @Nullable Instant until) {
    /**
     * A person, or a key: one of the two.
     *
     * @param userId {@code user_…}; null: a key
     * @param apiKeyId {@code apikey_…}; null: a person
     */
    public record Who(
            @Nullable String userId,
            String email,
            String name,
            boolean deleted,
            @Nullable String apiKeyId,
            String apiKeyName) {
        public static Who user(String userId, String email) {
            return new Who(userId, email, "Name of " + userId, false, null, "");
        }

        public static Who key(String id, String name) {
            return new Who(null, "", "", false, id, name);
        }
    }

    /** @param workspaceId null: the default workspace */
    public record What(
            String product,
            String model,
            String serviceTier,
            String contextWindow,
            String inferenceGeo,
            String speed,
            @Nullable String workspaceId) {
        public static What of(String product, String model) {
            return new What(product, model, "standard", "0-200k", "global", "standard", null);
        }
    }

    /** Input is without cache tokens. */
    public record Tokens(
            long input, long cacheRead, long cacheFiveMinutes, long cacheOneHour, long output, long webSearches) {
        Tokens plus(Tokens other) {
            return new Tokens(
                    input + other.input,
                    cacheRead + other.cacheRead,
                    cacheFiveMinutes + other.cacheFiveMinutes,
                    cacheOneHour + other.cacheOneHour,
                    output + other.output,
                    webSearches + other.webSearches);
        }

        public long total() {
            return input + cacheRead + cacheFiveMinutes + cacheOneHour + output;
        }
    }

    public boolean isKnownAt(Instant time) {
        return !from.isAfter(time) && (until == null || until.isAfter(time));
    }
}
