package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A record as an API documents it: every field with its type. A line is a path and a type; {@code []} are the elements of an
 * array and {@code *} the values of a map with open keys. Types: {@code text}, {@code address} (e-mail), {@code whole} (at
 * least 0), {@code number} (JSON number, at least 0), {@code boolean}, {@code midnight} (RFC 3339, UTC), {@code day}, or the
 * values that there are, with {@code |} between. {@code ?} after the type: or null.
 */
record DocumentedRecord(Map<String, String> types) {
    static DocumentedRecord of(String lines) {
        Map<String, String> types = new LinkedHashMap<>();
        lines.strip().lines().map(line -> line.strip().split("\\s+")).forEach(words -> types.put(words[0], words[1]));
        return new DocumentedRecord(types);
    }

    /** Fails where a field is missing, of another type, null though it may not, or not documented. */
    void check(JsonNode record) {
        Set<String> found = new TreeSet<>();
        walk("", record, found);
        assertThat(found).as("%s", record).containsAll(types.keySet());
    }

    private void walk(String path, JsonNode value, Set<String> found) {
        String type = types.get(path);
        if (type != null) {
            found.add(path);
            assertThat(is(type, value))
                    .as("%s: %s (expected: %s)", path, value, type)
                    .isTrue();
        } else if (value.isObject() && !value.isEmpty()) {
            boolean open = types.keySet().stream().anyMatch(each -> each.startsWith(path + ".*"));
            value.properties()
                    .forEach(field -> walk(
                            open ? path + ".*" : path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                            field.getValue(),
                            found));
        } else {
            assertThat(value.isArray())
                    .as("%s: %s is not documented", path, value)
                    .isTrue();
            value.forEach(element -> walk(path + "[]", element, found));
        }
    }

    private static boolean is(String type, JsonNode value) {
        if (type.endsWith("?")) {
            return value.isNull() || is(type.substring(0, type.length() - 1), value);
        }
        return switch (type) {
            case "text" -> value.isTextual() && !value.asText().isEmpty();
            case "address" -> value.isTextual() && value.asText().matches("[^@\\s]+@[^@\\s]+");
            case "whole" -> value.isIntegralNumber() && value.asLong() >= 0;
            case "number" -> value.isNumber() && value.decimalValue().signum() >= 0;
            case "boolean" -> value.isBoolean();
            case "midnight" -> value.asText().endsWith("T00:00:00Z") && Instant.parse(value.asText()) != null;
            case "day" -> LocalDate.parse(value.asText()).toString().equals(value.asText());
            case "null" -> value.isNull();
            default -> Set.of(type.split("\\|")).contains(value.asText()) && value.isTextual();
        };
    }
}
