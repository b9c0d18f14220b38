package io.sluice.testing;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parameters of a request to {@link ComplianceServer}. */
final class ComplianceQuery {
    /** How a request is refused. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final int status;
        final String type;

        Refusal(int status, String type, String message) {
            super(message);
            this.status = status;
            this.type = type;
        }

        static Refusal invalid(String message) {
            return new Refusal(400, "invalid_request_error", message);
        }

        static Refusal absent(String message) {
            return new Refusal(404, "not_found_error", message);
        }
    }

    private record Parameter(String name, String value) {}

    private final List<Parameter> parameters = new ArrayList<>();

    ComplianceQuery(@Nullable String query) {
        for (String pair : query == null || query.isEmpty() ? new String[0] : query.split("&")) {
            String[] parts = pair.split("=", 2);
            parameters.add(new Parameter(
                    URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
                    parts.length == 2 ? URLDecoder.decode(parts[1], StandardCharsets.UTF_8) : ""));
        }
    }

    @Nullable
    String get(String name) {
        return parameters.stream()
                .filter(each -> each.name().equals(name))
                .map(Parameter::value)
                .findFirst()
                .orElse(null);
    }

    List<String> all(String name) {
        return parameters.stream()
                .filter(each -> each.name().equals(name))
                .map(Parameter::value)
                .toList();
    }

    boolean has(String name) {
        return get(name) != null;
    }

    /** One of several values; the first is the default. */
    String oneOf(String name, String... values) {
        String value = get(name);
        if (value == null) {
            return values[0];
        }
        if (!Set.of(values).contains(value)) {
            throw Refusal.invalid("Invalid `" + name + "`: " + value);
        }
        return value;
    }

    int limit(int standard, int most) {
        String text = get("limit");
        if (text == null) {
            return standard;
        }
        if (!text.matches("-?\\d{1,9}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > most) {
            throw Refusal.invalid("Invalid `limit`: " + text + ". Must be between 1 and " + most + ".");
        }
        return Integer.parseInt(text);
    }

    /** Whether any limit of such a time is given. */
    boolean limits(String field) {
        return parameters.stream().anyMatch(each -> each.name().startsWith(field + '.'));
    }

    /** Whether a time is within what is asked for. */
    boolean within(String field, Instant time) {
        Instant gte = time(field + ".gte");
        Instant gt = time(field + ".gt");
        Instant lt = time(field + ".lt");
        Instant lte = time(field + ".lte");
        return (gte == null || !time.isBefore(gte))
                && (gt == null || time.isAfter(gt))
                && (lt == null || time.isBefore(lt))
                && (lte == null || !time.isAfter(lte));
    }

    private @Nullable Instant time(String name) {
        String text = get(name);
        if (text == null) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw Refusal.invalid("Invalid `" + name + "`: \"" + text + "\" is not an RFC 3339 timestamp.");
        }
    }

    /** Every time is well-formed, whatever there is to be compared with it. */
    void requireTimes() {
        for (Parameter parameter : parameters) {
            if (parameter.name().matches("(created|updated)_at\\.(gte?|lte?)")) {
                Instant unused = time(parameter.name());
            }
        }
    }
}
