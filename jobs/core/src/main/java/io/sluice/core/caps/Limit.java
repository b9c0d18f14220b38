package io.sluice.core.caps;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cap said at an instant to somebody it was resolved for.
 *
 * @param scope and {@code scopeId}: where it was resolved from
 * @param amountMicros of spend beyond what is included; null: unlimited; 0: included usage only
 * @param thresholds percent of the amount, ascending, each once
 * @param includedMicros what the seat includes in the period, before the amount counts
 */
public record Limit(
        CapScope scope,
        @Nullable String scopeId,
        String capId,
        long capVersion,
        @Nullable Long amountMicros,
        List<Integer> thresholds,
        long includedMicros) {

    /** So that {@link #thresholdMicros} does not overflow: a thousand million dollars. */
    public static final long MOST_MICROS = 1_000_000_000_000_000L;

    public static final int MOST_PERCENT = 1000;

    /** Beyond this a sum of what a tier includes and a threshold would overflow. */
    public static final long MOST_INCLUDED_MICROS = MOST_MICROS;

    private static final long PERCENT = 100;

    public Limit {
        thresholds = List.copyOf(thresholds);
    }

    /** A version of a cap is never changed, so it stands for what it says; there are very many of these comparisons. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Limit limit
                && capVersion == limit.capVersion
                && includedMicros == limit.includedMicros
                && capId.equals(limit.capId);
    }

    @Override
    public int hashCode() {
        return 31 * capId.hashCode() + Long.hashCode(capVersion);
    }

    public boolean isUnlimited() {
        return amountMicros == null;
    }

    /** The spend with which a threshold is crossed: to spend exactly that much crosses it. */
    public long thresholdMicros(int percent) {
        if (amountMicros == null) {
            throw new IllegalStateException("an unlimited cap has no thresholds");
        }
        return includedMicros - Math.floorDiv(-amountMicros * percent, PERCENT);
    }
}
