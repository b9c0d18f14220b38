package io.sluice.core.spend;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * One point of a cost or token counter.
 *
 * @param exact delta: what was added in (start, time]; cumulative: what was added since start. In {@link #exact} units
 * @param receivedHour hour of receipt, hours since the epoch
 */
public record Point(
        String eventId, long startMicros, long timeMicros, long exact, boolean cumulative, long receivedHour) {

    /** Whole tokens; for money 10^-12 USD, so that sums of binary fractions are rounded to micro-USD once, at the end. */
    static long exact(double value, Series.Measure measure) {
        BigDecimal decimal = BigDecimal.valueOf(value);
        return (measure == Series.Measure.COST ? decimal.movePointRight(12) : decimal)
                .setScale(0, RoundingMode.HALF_UP)
                .longValueExact();
    }
}
