package io.sluice.spend;

import io.sluice.core.spend.SessionInput;
import org.jspecify.annotations.Nullable;

/**
 * A record that counts the first time it is seen.
 *
 * @param key organization and event id
 * @param receivedHour hours since the epoch
 * @param heldUntilMillis until when a repetition is recognized
 * @param input what to pass on the first time; null: nothing
 */
public record Once(
        String key,
        String orgId,
        String source,
        long receivedHour,
        long heldUntilMillis,
        @Nullable SessionInput input) {}
