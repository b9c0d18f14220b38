package io.sluice.core.spend;

/** Where a request's amount comes from, worst first. */
public enum CostBasis {
    /** Tokens by the price book. */
    PRICED,
    /** {@code cost_usd}, a binary fraction, rounded to the micro-dollar. */
    REPORTED_DECIMAL,
    /** {@code cost_usd_micros}. */
    REPORTED_MICROS
}
