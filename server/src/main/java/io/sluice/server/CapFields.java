package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Limit;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a request says of a cap, checked.
 *
 * @param scopeId as it was given; null: the scope has none
 * @param amountMicros null: unlimited
 * @param thresholds ascending; null: not given
 * @param enabled null: not given
 * @param effectiveAt null: now
 * @param reason empty: not given
 * @param version that the change was decided on, 0: none; null: not given
 */
record CapFields(
        CapScope scope,
        @Nullable String scopeId,
        CapPeriod period,
        @Nullable Long amountMicros,
        @Nullable List<Integer> thresholds,
        @Nullable Boolean enabled,
        @Nullable Instant effectiveAt,
        String reason,
        @Nullable Long version) {
    static final int LONGEST_REASON = 500;
    static final long MICROS_PER_CENT = 10_000;

    private static final Set<String> FIELDS = Set.of(
            "scope",
            "amount",
            "amount_micros",
            "period",
            "thresholds",
            "is_enabled",
            "effective_at",
            "reason",
            "version");
    private static final int LONGEST_ID = 200;
    private static final int MOST_THRESHOLDS = 20;
    private static final Pattern CENTS = Pattern.compile("\\d{1,12}");
    private static final Pattern ANY = Pattern.compile("\\S{1,64}");
    private static final String TIME = "RFC 3339 such as 2026-11-01T00:00:00Z";
    private static final String AMOUNT =
            "whole cents as text, \"0\" to \"" + Limit.MOST_MICROS / MICROS_PER_CENT + "\", or null for unlimited";
    private static final String AMOUNT_MICROS =
            "a whole number of cents in micro-USD, 0 to " + Limit.MOST_MICROS + ", or null for unlimited";

    /** What happened longer ago than this is not kept exactly. */
    private static final Duration BACK = Duration.ofMinutes(10);
    /** Clocks differ. */
    private static final Duration AHEAD = Duration.ofSeconds(5);

    static CapFields of(JsonNode body, Instant now) {
        JsonFields fields = new JsonFields(body, FIELDS);
        JsonNode scopeNode = body.path("scope");
        CapScope scope = scope(scopeNode);
        String reason = fields.textOrNull("reason", LONGEST_REASON);
        return new CapFields(
                scope,
                scopeId(scopeNode, scope),
                period(body.path("period")),
                amountMicros(fields, body),
                body.hasNonNull("thresholds") ? thresholds(body.path("thresholds")) : null,
                body.hasNonNull("is_enabled") ? (Boolean) fields.flag("is_enabled") : null,
                effectiveAt(fields, now),
                reason == null ? "" : reason,
                version(body));
    }

    static String scopeNames() {
        return Arrays.stream(CapScope.values()).map(CapScope::scopeName).collect(Collectors.joining(", "));
    }

    static String periodNames() {
        return Arrays.stream(CapPeriod.values()).map(CapPeriod::periodName).collect(Collectors.joining(", "));
    }

    /** Member of a scope that says which one; null: it has none. */
    static @Nullable String idField(CapScope scope) {
        return switch (scope) {
            case USER -> "user_id";
            case GROUP, GROUP_POOL -> "rbac_group_id";
            case SEAT_TIER -> "seat_tier";
            case ORGANIZATION, ORGANIZATION_TOTAL -> null;
        };
    }

    private static CapScope scope(JsonNode scope) {
        if (!scope.isObject()) {
            throw JsonFields.invalid("scope", scope, "an object with type, such as {\"type\": \"organization\"}");
        }
        JsonNode type = scope.path("type");
        return CapScope.named(type.isTextual() ? type.asText() : "")
                .orElseThrow(() -> JsonFields.invalid("scope.type", type, "one of " + scopeNames()));
    }

    private static @Nullable String scopeId(JsonNode node, CapScope scope) {
        String name = idField(scope);
        node.fieldNames().forEachRemaining(each -> {
            if (!each.equals("type") && !each.equals(name)) {
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        "scope." + each,
                        "scope." + each + ": unknown field of the scope " + scope.scopeName() + " (expected: type"
                                + (name == null ? "" : ", " + name) + ")");
            }
        });
        if (name == null) {
            return null;
        }
        JsonNode id = node.path(name);
        if (scope == CapScope.SEAT_TIER) {
            if (!id.isTextual() || !SeatFields.TIER.matcher(id.asText()).matches()) {
                throw JsonFields.invalid("scope." + name, id, SeatFields.TIER_EXPECTED);
            }
            return id.asText();
        }
        return JsonFields.requireText("scope." + name, id, LONGEST_ID);
    }

    static CapPeriod period(JsonNode period) {
        if (period.isMissingNode() || period.isNull()) {
            return CapPeriod.MONTHLY;
        }
        return CapPeriod.named(period.isTextual() ? period.asText() : "")
                .orElseThrow(() -> JsonFields.invalid("period", period, "one of " + periodNames()));
    }

    /** One of {@code amount} and {@code amount_micros}; null: unlimited. */
    static @Nullable Long amountMicros(JsonFields fields, JsonNode body) {
        if (fields.has("amount") && fields.has("amount_micros")) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "amount_micros",
                    "amount_micros: given with amount (expected: one of the two)");
        }
        if (fields.has("amount_micros")) {
            return amountMicros("amount_micros", body.path("amount_micros"));
        }
        JsonNode amount = body.path("amount");
        if (amount.isNull()) {
            return null;
        }
        if (amount.isTextual() && CENTS.matcher(amount.asText()).matches()) {
            long micros = Long.parseLong(amount.asText()) * MICROS_PER_CENT;
            if (micros <= Limit.MOST_MICROS) {
                return micros;
            }
        }
        throw JsonFields.invalid("amount", amount, AMOUNT);
    }

    private static @Nullable Long amountMicros(String name, JsonNode amount) {
        if (amount.isNull()) {
            return null;
        }
        if (!amount.isIntegralNumber()
                || !amount.canConvertToLong()
                || amount.asLong() < 0
                || amount.asLong() > Limit.MOST_MICROS
                || amount.asLong() % MICROS_PER_CENT != 0) {
            throw JsonFields.invalid(name, amount, AMOUNT_MICROS);
        }
        return amount.asLong();
    }

    /** @return never null */
    static long includedMicros(String name, JsonNode amount) {
        Long micros = amount.isNull() ? null : amountMicros(name, amount);
        if (micros == null) {
            throw JsonFields.invalid(name, amount, AMOUNT_MICROS.replace(", or null for unlimited", ""));
        }
        return micros;
    }

    private static List<Integer> thresholds(JsonNode values) {
        if (!values.isArray() || values.size() > MOST_THRESHOLDS) {
            throw JsonFields.invalid(
                    "thresholds", values, "a list of at most " + MOST_THRESHOLDS + " percentages, each once");
        }
        List<Integer> thresholds = new ArrayList<>();
        for (JsonNode value : values) {
            String item = "thresholds[" + thresholds.size() + ']';
            int percent = wholeNumber(item, value, 1, Limit.MOST_PERCENT);
            if (thresholds.contains(percent)) {
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        item,
                        item + ": the same as an earlier one (expected: each percentage once)");
            }
            thresholds.add(percent);
        }
        thresholds.sort(null);
        return thresholds;
    }

    static int wholeNumber(String name, JsonNode value, int least, int most) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < least || value.asInt() > most) {
            throw JsonFields.invalid(name, value, "a whole number, " + least + " to " + most);
        }
        return value.asInt();
    }

    /** Null: not given. */
    static @Nullable Long version(JsonNode body) {
        JsonNode version = body.path("version");
        if (version.isMissingNode() || version.isNull()) {
            return null;
        }
        if (!version.isIntegralNumber() || !version.canConvertToLong() || version.asLong() < 0) {
            throw JsonFields.invalid(
                    "version", version, "the version that the change was decided on; 0 if there was none");
        }
        return version.asLong();
    }

    private static @Nullable Instant effectiveAt(JsonFields fields, Instant now) {
        String text = fields.matchingOrNull("effective_at", ANY, TIME);
        if (text == null) {
            return null;
        }
        Instant at;
        try {
            at = OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw Refusal.invalid("effective_at", text, TIME);
        }
        if (at.isBefore(now.minus(BACK)) || at.isAfter(now.plus(AHEAD))) {
            throw Refusal.invalid(
                    "effective_at",
                    text,
                    "at most " + BACK.toMinutes() + " minutes before now and not after it, " + now
                            + "; leave it out for now");
        }
        return at;
    }
}
