package io.sluice.transcripts;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code message.usage} of a line as it stands there, or one of its {@code iterations}. */
final class TokenUsage {
    static final long ABSENT = -1;

    long inputTokens = ABSENT;
    long outputTokens = ABSENT;
    long cacheReadTokens;
    long cacheCreationFlat;
    long cacheCreation5m;
    long cacheCreation1h;
    long webSearchRequests;
    long webFetchRequests;

    @Nullable
    String serviceTier;

    @Nullable
    String speed;

    @Nullable
    String inferenceGeo;

    /** Of an iteration. */
    @Nullable
    String type;
    /** Of an iteration; null: the response's own. */
    @Nullable
    String model;
    /** Answers of an advisor model inside the response, billed besides it under their own model. */
    List<TokenUsage> advisors = List.of();

    void addAdvisor(TokenUsage advisor) {
        if (advisors.isEmpty()) {
            advisors = new ArrayList<>(2);
        }
        advisors.add(advisor);
    }

    /** The split by class where it says anything, else the flat figure: some senders write a split of zeros beside it. */
    long cacheCreationTokens() {
        long split = cacheCreation5m + cacheCreation1h;
        return split > 0 ? split : cacheCreationFlat;
    }

    long total() {
        return inputTokens + outputTokens + cacheReadTokens + cacheCreationTokens();
    }
}
