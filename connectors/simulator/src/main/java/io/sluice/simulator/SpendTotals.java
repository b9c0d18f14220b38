package io.sluice.simulator;

import org.jspecify.annotations.Nullable;

/**
 * Sums of requests.
 *
 * @param micros micro-USD
 * @param requests null: known from counters alone, which do not tell requests. A sum counts the requests that are known
 */
public record SpendTotals(
        long micros,
        @Nullable Long requests,
        long inputTokens,
        long outputTokens,
        long cacheReadTokens,
        long cacheCreationTokens) {

    static SpendTotals of(long micros, boolean requestsKnown, Tokens tokens) {
        return new SpendTotals(
                micros,
                requestsKnown ? 1L : null,
                tokens.input(),
                tokens.output(),
                tokens.cacheRead(),
                tokens.cacheCreation());
    }

    public SpendTotals plus(SpendTotals other) {
        return new SpendTotals(
                micros + other.micros,
                sum(requests, other.requests),
                inputTokens + other.inputTokens,
                outputTokens + other.outputTokens,
                cacheReadTokens + other.cacheReadTokens,
                cacheCreationTokens + other.cacheCreationTokens);
    }

    private static @Nullable Long sum(@Nullable Long a, @Nullable Long b) {
        if (a == null) {
            return b;
        }
        return b == null ? a : Long.valueOf(a + b);
    }
}
