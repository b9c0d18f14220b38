package io.sluice.core.spend;

import io.sluice.schema.UsageEvent;
import org.jspecify.annotations.Nullable;

/** Where a request's amount comes from, worst first. */
public enum CostBasis {
    /** Tokens by the price book. */
    PRICED,
    /** {@code cost_usd}, a binary fraction, rounded to the micro-dollar. */
    REPORTED_DECIMAL,
    /** {@code cost_usd_micros}. */
    REPORTED_MICROS;

    public static CostBasis of(UsageEvent event) {
        if (event.getReportedCostMicros() != null) {
            return REPORTED_MICROS;
        }
        return event.getReportedCostUsd() != null ? REPORTED_DECIMAL : PRICED;
    }

    /** Null: the event reports no cost. */
    public static @Nullable Long reportedMicros(UsageEvent event) {
        return switch (of(event)) {
            case REPORTED_MICROS -> event.getReportedCostMicros();
            case REPORTED_DECIMAL -> micros(event.getReportedCostUsd());
            case PRICED -> null;
        };
    }

    static long micros(double usd) {
        return Math.round(usd * 1e6);
    }
}
