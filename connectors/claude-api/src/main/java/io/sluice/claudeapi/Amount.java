package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Upstream's amounts: US cents, as decimal text or as a JSON number, with a fraction or without. */
final class Amount {
    /** 10^-6 of a dollar is 10^-4 of a cent. */
    private static final int CENTS_TO_MICROS = 4;

    private static final int LONGEST = 64;
    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    private Amount() {}

    /**
     * Micro-USD. Four decimals of a cent are exact; what is finer is rounded, half to even, once for each row, so a sum of
     * rows is off by at most half a micro-USD for each of them.
     */
    static long micros(String field, JsonNode cents) throws UnreadableRow {
        BigDecimal value;
        if (cents.isNumber()) {
            value = cents.decimalValue();
        } else if (cents.isTextual() && cents.asText().matches("-?\\d{1,40}(\\.\\d{1,20})?")) {
            value = new BigDecimal(cents.asText());
        } else {
            throw new UnreadableRow("wrong-shape", field, shape(cents), "cents, as decimal text or number");
        }
        if (value.precision() - value.scale() > LONGEST || value.scale() > LONGEST) {
            throw new UnreadableRow("number-out-of-range", field, "a number of that many digits", "cents");
        }
        BigDecimal micros = value.movePointRight(CENTS_TO_MICROS).setScale(0, RoundingMode.HALF_EVEN);
        if (micros.abs().compareTo(MOST) > 0) {
            throw new UnreadableRow("number-out-of-range", field, "too large", "micro-USD in 64 bits");
        }
        return micros.longValueExact();
    }

    static String shape(JsonNode value) {
        return value.isTextual()
                ? "text of " + value.asText().length() + " characters"
                : value.getNodeType().name().toLowerCase(Locale.ROOT);
    }
}
