package io.sluice.standalone;

import java.math.BigDecimal;
import java.util.Locale;

final class Money {
    private Money() {}

    /** US dollars to the micro-dollar, for example {@code $1,234.161400}. */
    static String dollars(long micros) {
        BigDecimal amount = BigDecimal.valueOf(micros, 6);
        return (micros < 0 ? "-$" : "$") + String.format(Locale.ROOT, "%,.6f", amount.abs());
    }
}
