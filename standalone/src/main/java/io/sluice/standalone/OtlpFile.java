package io.sluice.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file with one OTLP request in JSON, as a client sent it.
 *
 * @param records in it: log records, data points or spans
 */
record OtlpFile(Path path, Signal signal, long records) {
    enum Signal {
        LOGS("resourceLogs", "/v1/logs", "otlp-logs"),
        METRICS("resourceMetrics", "/v1/metrics", "otlp-metrics"),
        TRACES("resourceSpans", "/v1/traces", "otlp-traces");

        private final String field;
        private final String path;
        private final String source;

        Signal(String field, String path, String source) {
            this.field = field;
            this.path = path;
            this.source = source;
        }

        /** Of OTLP/HTTP. */
        String path() {
            return path;
        }

        /** As the ledger names it. */
        String source() {
            return source;
        }
    }

    /** Empty: it is something else. */
    static Optional<OtlpFile> read(Path path) throws IOException {
        JsonNode json;
        try {
            json = Api.JSON.readTree(Files.readAllBytes(path));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
        for (Signal signal : Signal.values()) {
            if (json.path(signal.field).isArray()) {
                return Optional.of(new OtlpFile(path, signal, count(signal, json.path(signal.field))));
            }
        }
        return Optional.empty();
    }

    private static long count(Signal signal, JsonNode resources) {
        long count = 0;
        for (JsonNode resource : resources) {
            switch (signal) {
                case LOGS -> {
                    for (JsonNode scope : resource.path("scopeLogs")) {
                        count += scope.path("logRecords").size();
                    }
                }
                case TRACES -> {
                    for (JsonNode scope : resource.path("scopeSpans")) {
                        count += scope.path("spans").size();
                    }
                }
                case METRICS -> {
                    for (JsonNode scope : resource.path("scopeMetrics")) {
                        for (JsonNode metric : scope.path("metrics")) {
                            for (JsonNode kind : metric) {
                                count += kind.path("dataPoints").size();
                            }
                        }
                    }
                }
            }
        }
        return count;
    }
}
