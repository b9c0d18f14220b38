package io.sluice.codemetrics;

import io.sluice.tracing.RecordTracer;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;

/**
 * Whether operators tell of traces, and where.
 *
 * @param url null: they do not
 * @param headersFile null: no headers
 */
record Tracing(@Nullable String url, @Nullable String headersFile, long oneIn) implements Serializable {
    private static final long serialVersionUID = 1L;

    static Tracing of(ReadableConfig options) {
        return new Tracing(
                options.get(CodeMetricsOptions.TRACES_URL),
                options.get(CodeMetricsOptions.TRACES_HEADERS_FILE),
                options.get(CodeMetricsOptions.TRACES_ONE_IN));
    }

    /** Null: nothing is traced. */
    @Nullable
    RecordTracer open() throws IOException {
        if (url == null) {
            return null;
        }
        Map<String, String> headers = new HashMap<>();
        if (headersFile != null) {
            for (String line : Files.readAllLines(Path.of(headersFile))) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    headers.put(
                            line.substring(0, colon).strip(),
                            line.substring(colon + 1).strip());
                }
            }
        }
        return RecordTracer.open("sluice-code-metrics", oneIn, url, headers);
    }
}
