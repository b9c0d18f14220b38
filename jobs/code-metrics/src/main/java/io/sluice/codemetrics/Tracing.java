package io.sluice.codemetrics;

import io.sluice.tracing.RecordTracer;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether operators tell of traces, and where.
 *
 * @param url null: they do not
 * @param headersFile null: no headers
 */
record Tracing(@Nullable String url, @Nullable String headersFile, long oneIn) implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(Tracing.class);
    private static final Pattern HEADER = Pattern.compile("([A-Za-z0-9_-]{1,100}):[ \\t]*([ -~]{1,2000})");

    /** @throws IllegalArgumentException with all that is wrong with the options */
    static Tracing of(ReadableConfig options) {
        List<String> problems = new ArrayList<>();
        String url = options.get(CodeMetricsOptions.TRACES_URL);
        if (url != null && !url.matches("https?://[^/]+.*")) {
            problems.add(CodeMetricsOptions.TRACES_URL.key() + ": " + url.length()
                    + " characters (expected: http://… or https://…)");
        }
        long oneIn = options.get(CodeMetricsOptions.TRACES_ONE_IN);
        if (oneIn < 1) {
            problems.add(CodeMetricsOptions.TRACES_ONE_IN.key() + ": " + oneIn
                    + " (expected: how many records one trace stands for, 1 or more)");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return new Tracing(url, options.get(CodeMetricsOptions.TRACES_HEADERS_FILE), oneIn);
    }

    /**
     * Null: nothing is traced. So it is, with a warning, where headers cannot be read: a receiver would refuse what comes
     * without them, and a job does not stop for its traces.
     */
    @Nullable
    RecordTracer open() {
        if (url == null) {
            return null;
        }
        Map<String, String> headers = new HashMap<>();
        if (headersFile != null) {
            try {
                for (String line : Files.readAllLines(Path.of(headersFile))) {
                    Matcher header = HEADER.matcher(line.strip());
                    if (header.matches()) {
                        headers.put(header.group(1), header.group(2).strip());
                    } else if (!line.isBlank()) {
                        throw new IOException("a line that is no header"); // which may be secret
                    }
                }
            } catch (IOException e) {
                LOG.warn(
                        "{}: {} cannot be used, {} (expected: headers, one a line, as name: value): nothing is traced"
                                + " until the job starts again",
                        CodeMetricsOptions.TRACES_HEADERS_FILE.key(),
                        headersFile,
                        e.toString());
                return null;
            }
        }
        return RecordTracer.open("sluice-code-metrics", oneIn, url, headers);
    }
}
