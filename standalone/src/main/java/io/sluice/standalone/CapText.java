package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Limits as people write and read them. */
final class CapText {
    static final String UNLIMITED = "unlimited";

    private static final long MICROS_PER_CENT = 10_000;
    private static final BigDecimal CENTS = BigDecimal.valueOf(100);

    private CapText() {}

    /**
     * Whole cents as the API takes them; null: unlimited.
     *
     * @param text US dollars such as {@code 50}, {@code 50.00}, {@code $1,250}, or {@code unlimited}
     */
    static @Nullable String cents(String text) {
        if (text.toLowerCase(Locale.ROOT).equals(UNLIMITED)) {
            return null;
        }
        String number = text.startsWith("$") ? text.substring(1).replace(",", "") : text;
        try {
            BigDecimal dollars = new BigDecimal(number);
            if (number.matches("[0-9.]+") && dollars.signum() >= 0) {
                return dollars.multiply(CENTS).toBigIntegerExact().toString();
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // Reported below.
        }
        throw new CommandException(
                "AMOUNT: " + text
                        + " (expected: US dollars and whole cents such as 50 or 49.90, 0 for included usage only, or unlimited)");
    }

    /** Null is unlimited. */
    static String amount(JsonNode micros) {
        return micros.isNumber() ? Money.price(micros.asLong()) : UNLIMITED;
    }

    /** What was spent, in whole cents: people compare it with a limit. */
    static String spent(long micros) {
        return Money.price(Math.floorDiv(micros + MICROS_PER_CENT / 2, MICROS_PER_CENT) * MICROS_PER_CENT);
    }

    /** The same of cents with up to 3 decimals. */
    static String spentCents(String cents) {
        return spent(new BigDecimal(cents).movePointRight(4).longValue());
    }

    /** For example {@code user kim@example.com}. */
    static String scope(JsonNode scope, @Nullable String name) {
        String type = scope.path("type").asText();
        String id = scope.path("user_id")
                .asText(scope.path("rbac_group_id")
                        .asText(scope.path("seat_tier").asText("")));
        String who = name == null ? id : name;
        return switch (type) {
            case "user" -> "user " + who;
            case "rbac_group" -> "each of group " + who;
            case "rbac_group_pool" -> "group " + who + " together";
            case "seat_tier" -> "each " + who + " seat";
            case "organization" -> "each member";
            case "organization_total" -> "organization together";
            default -> (type + ' ' + who).strip();
        };
    }

    static String percents(JsonNode thresholds) {
        if (thresholds.isEmpty()) {
            return "-";
        }
        List<String> percents = new ArrayList<>();
        thresholds.forEach(each -> percents.add(each.asText()));
        return String.join(", ", percents) + " %";
    }

    static String second(String time) {
        return time.replaceFirst("\\.\\d+Z$", "Z");
    }
}
