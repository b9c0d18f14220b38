package io.sluice.claudeapi;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One look-up.
 *
 * @param target path and query
 * @param headers besides those of every request
 * @param day that is asked for
 */
record ReportRequest(String target, Map<String, String> headers, LocalDate day) {
    /** Collects parameters. */
    static final class Builder {
        private final StringBuilder target;
        private final LocalDate day;
        private final Map<String, String> headers = new LinkedHashMap<>();
        private char separator = '?';

        Builder(String path, LocalDate day) {
            target = new StringBuilder(path);
            this.day = day;
        }

        /** Null: left out. */
        Builder with(String name, @Nullable Object value) {
            if (value != null) {
                target.append(separator).append(encoded(name)).append('=').append(encoded(value.toString()));
                separator = '&';
            }
            return this;
        }

        Builder groupBy(List<String> dimensions) {
            for (String dimension : dimensions) {
                with("group_by[]", dimension);
            }
            return this;
        }

        /** The whole day, as times. */
        Builder ofDay() {
            return with("starting_at", day + "T00:00:00Z").with("ending_at", day.plusDays(1) + "T00:00:00Z");
        }

        Builder beta(String name) {
            headers.put("anthropic-beta", name);
            return this;
        }

        ReportRequest build() {
            return new ReportRequest(target.toString(), Map.copyOf(headers), day);
        }

        private static String encoded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
        }
    }
}
