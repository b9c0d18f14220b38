package io.sluice.server;

import com.linecorp.armeria.common.QueryParams;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of one request. A name that the endpoint does not know is an error, so that typing errors
 * show, unless its group passes over such names.
 */
final class Parameters {
    static final int DEFAULT_LIMIT = 100;
    static final int MAX_LIMIT = 1000;

    private final QueryParams params;
    private final @Nullable PageToken page;

    Parameters(QueryParams params, Set<String> known) {
        this(params, known, false, null);
    }

    /**
     * @param unknownAllowed whether other names are passed over
     * @param page null: the endpoint has no pages
     */
    Parameters(QueryParams params, Set<String> known, boolean unknownAllowed, @Nullable PageToken page) {
        for (String name : params.names()) {
            if (!unknownAllowed && !known.contains(name)) {
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        name,
                        name + ": unknown parameter (expected: "
                                + (known.isEmpty()
                                        ? "none"
                                        : String.join(
                                                ", ", known.stream().sorted().toList()))
                                + ")");
            }
        }
        this.params = params;
        this.page = page;
    }

    private Parameters(QueryParams params, @Nullable PageToken page) {
        this.params = params;
        this.page = page;
    }

    /** The same with other values of one. */
    Parameters with(String name, List<String> values) {
        return values.equals(all(name))
                ? this
                : new Parameters(params.toBuilder().set(name, values).build(), page);
    }

    /** Where to go on; of an endpoint with pages. */
    PageToken page() {
        if (page == null) {
            throw new IllegalStateException("page: not a parameter of this endpoint");
        }
        return page;
    }

    /** Null: not given. */
    @Nullable
    String text(String name) {
        return params.get(name);
    }

    /**
     * The value of a parameter that stands once; null: not given.
     *
     * @throws Refusal INVALID when it is given several times: one of them would not count
     */
    @Nullable
    String single(String name) {
        List<String> given = params.getAll(name);
        if (given.size() > 1) {
            throw new Refusal(Refusal.Kind.INVALID, name, name + ": given " + given.size() + " times (expected: once)");
        }
        return given.isEmpty() ? null : given.get(0);
    }

    /** Every value of a parameter that may be repeated. */
    List<String> all(String name) {
        return params.getAll(name);
    }

    /** Names, repeated or separated by commas; without duplicates, in the order given. */
    List<String> names(String name) {
        List<String> values = new ArrayList<>();
        for (String given : params.getAll(name)) {
            for (String value : given.split(",", -1)) {
                if (!values.contains(value.strip())) {
                    values.add(value.strip());
                }
            }
        }
        return values;
    }

    int limit() {
        return limit(DEFAULT_LIMIT);
    }

    /** @param absent what it is where it is not given */
    int limit(int absent) {
        String value = params.get("limit");
        if (value == null) {
            return absent;
        }
        try {
            int limit = Integer.parseInt(value);
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw Refusal.invalid("limit", value, "a whole number, 1 to " + MAX_LIMIT);
    }

    /** True or false; null: not given. */
    @Nullable
    Boolean flag(String name) {
        String value = params.get(name);
        if (value == null) {
            return null;
        }
        if (!value.equals("true") && !value.equals("false")) {
            throw Refusal.invalid(name, value, "true or false");
        }
        return value.equals("true");
    }

    /** RFC 3339, or a date that stands for its midnight in UTC; null: not given. */
    @Nullable
    Instant time(String name) {
        String value = params.get(name);
        return value == null ? null : time(name, value);
    }

    /** The same of a text that is given. */
    static Instant time(String name, String value) {
        try {
            return value.length() == 10
                    ? LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(value).toInstant();
        } catch (DateTimeParseException e) {
            throw Refusal.invalid(name, value, "RFC 3339 such as 2026-11-01T00:00:00Z, or a date such as 2026-11-01");
        }
    }

    /** @throws Refusal when both are given and {@code ending_at} is not the later one */
    static void requireOrder(@Nullable Instant startingAt, @Nullable Instant endingAt) {
        if (startingAt != null && endingAt != null && !startingAt.isBefore(endingAt)) {
            throw Refusal.invalid("ending_at", endingAt.toString(), "later than starting_at " + startingAt);
        }
    }
}
