package io.sluice.claudeapi.compliance;

import io.sluice.schema.Micros;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Path and query of a request. */
final class Target {
    private final StringBuilder text = new StringBuilder("/v1/compliance");
    private char separator = '?';
    private boolean hasCursor;

    /** @param path each part as it is; an id in it may be anything */
    private Target(String... path) {
        for (String part : path) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new IllegalArgumentException("id: '" + part + "' (expected: an id)");
            }
            text.append('/').append(encoded(part));
        }
    }

    static Target of(String... path) {
        return new Target(path);
    }

    /** Null: left out. */
    Target with(String name, @Nullable Object value) {
        if (value != null) {
            text.append(separator).append(encoded(name)).append('=').append(encoded(value.toString()));
            separator = '&';
        }
        return this;
    }

    /** From where a walk goes on; null: from its begin. */
    Target cursor(String name, @Nullable String value) {
        hasCursor = value != null;
        return with(name, value);
    }

    boolean hasCursor() {
        return hasCursor;
    }

    /** @param micros 0: left out */
    Target time(String name, long micros) {
        return micros == 0 ? this : with(name, Micros.toInstant(micros));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    String text() {
        return text.toString();
    }
}
