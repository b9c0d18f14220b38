package io.sluice.testing;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parameters of a request to {@link AnalyticsServer}. */
final class AnalyticsQuery {
    private record Parameter(String name, String value) {}

    private final List<Parameter> parameters = new ArrayList<>();
    final String beta;

    AnalyticsQuery(@Nullable String query, String beta) {
        this.beta = beta;
        for (String pair : query == null ? new String[0] : query.split("&")) {
            String[] parts = URLDecoder.decode(pair, StandardCharsets.UTF_8).split("=", 2);
            parameters.add(new Parameter(parts[0], parts.length == 2 ? parts[1] : ""));
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

    /** What a cursor is bound to. */
    int fingerprint() {
        return parameters.stream()
                .filter(each -> !each.name().equals("page"))
                .toList()
                .hashCode();
    }

    /** @throws IllegalArgumentException it is missing, or none */
    LocalDate day(String name) {
        try {
            return LocalDate.parse(String.valueOf(get(name)));
        } catch (java.time.DateTimeException e) {
            throw new IllegalArgumentException(name + ": YYYY-MM-DD expected", e);
        }
    }

    /** The day of a time, which starts it: what is between is snapped to the start. */
    LocalDate dayOfTime(String name) {
        try {
            return Instant.parse(String.valueOf(get(name)))
                    .atOffset(ZoneOffset.UTC)
                    .toLocalDate();
        } catch (java.time.DateTimeException e) {
            throw new IllegalArgumentException(name + ": RFC 3339 expected", e);
        }
    }

    int limit(int standard, int most) {
        String text = get("limit");
        int limit = text == null ? standard : Integer.parseInt(text);
        if (limit < 1 || limit > most) {
            throw new IllegalArgumentException("limit: 1 to " + most + " expected");
        }
        return limit;
    }
}
