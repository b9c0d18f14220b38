package io.sluice.testing;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What somebody did with Claude Code on a day at one kind of terminal, as {@link AnalyticsServer} knows it.
 *
 * @param customerType {@code api}, {@code subscription}
 * @param subscriptionType null: none
 * @param accepted changes by the edit tool; {@code rejected} alike
 * @param from when upstream knows it
 * @param until when upstream no longer has it; null: it stays
 */
public record CodingFact(
        LocalDate day,
        UsageFact.Who who,
        String customerType,
        @Nullable String subscriptionType,
        String terminal,
        boolean remote,
        long sessions,
        long linesAdded,
        long linesRemoved,
        long commits,
        long pullRequests,
        long accepted,
        long rejected,
        List<ModelUse> models,
        Instant from,
        @Nullable Instant until) {
    /** @param cents upstream's estimate */
    public record ModelUse(
            String model, long input, long output, long cacheRead, long cacheCreation, BigDecimal cents) {}

    public boolean isKnownAt(Instant time) {
        return !from.isAfter(time) && (until == null || until.isAfter(time));
    }
}
