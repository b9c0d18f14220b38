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

    /** As prices are written: to the cent where that is all of it, for example {@code $1,150.00}. */
    static String price(long micros) {
        String dollars = dollars(micros);
        return micros % 10_000 == 0 ? dollars.substring(0, dollars.length() - 4) : dollars;
    }
}
