package io.sluice.core.spend;

import io.sluice.core.counters.Sample;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * One point of a cost or token counter.
 *
 * @param exact delta: what was added in (start, time]; cumulative: what was added since start. In {@link #exact} units
 * @param receivedHour hour of receipt, hours since the epoch
 */
public record Point(
        String eventId, long startMicros, long timeMicros, long exact, boolean cumulative, long receivedHour)
        implements Sample {

    /** Far above anything real; sums of many such points still fit. */
    static final double MOST_USD = 1e5;

    static final double MOST_TOKENS = 1e12;

    /**
     * Whole tokens; for money 10^-9 USD, so that sums of binary fractions are rounded to micro-USD once, at the end.
     * List prices are whole numbers of this unit per token.
     *
     * @throws ArithmeticException not a number, below 0, or above {@link #MOST_USD} or {@link #MOST_TOKENS}
     */
    static long exact(double value, Series.Measure measure) {
        boolean money = measure == Series.Measure.COST;
        if (!(value >= 0 && value <= (money ? MOST_USD : MOST_TOKENS))) {
            throw new ArithmeticException("value: " + value + " (expected: a number from 0 to "
                    + (money ? MOST_USD + " USD" : MOST_TOKENS + " tokens") + ")");
        }
        BigDecimal decimal = BigDecimal.valueOf(value);
        return (money ? decimal.movePointRight(9) : decimal)
                .setScale(0, RoundingMode.HALF_UP)
                .longValueExact();
    }
}
