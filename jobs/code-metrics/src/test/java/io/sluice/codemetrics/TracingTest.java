package io.sluice.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.tracing.RecordTracer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.util.ParameterTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TracingTest {
    private static final String URL = "http://127.0.0.1:1/v1/traces";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static Configuration options(String... args) {
        return ParameterTool.fromArgs(args).getConfiguration();
    }

    @Test
    void defaults() {
        assertThat(Tracing.of(options())).isEqualTo(new Tracing(null, null, 10_000));
        assertThat(Tracing.of(options()).open()).isNull();
    }

    @Test
    void everyOptionCounts() {
        assertThat(Tracing.of(options(
                        "--traces.url", "https://otlp.example.com/v1/traces",
                        "--traces.headers-file", "headers",
                        "--traces.one-in", "3")))
                .isEqualTo(new Tracing("https://otlp.example.com/v1/traces", "headers", 3));
    }

    @ParameterizedTest
    @CsvSource({
        "traces.one-in, 0, 'traces.one-in: 0 (expected: how many records one trace stands for, 1 or more)'",
        "traces.one-in, -5, 'traces.one-in: -5 (expected: how many records one trace stands for, 1 or more)'",
        "traces.one-in, many, Could not parse value 'many' for key 'traces.one-in'.",
        "traces.url, otlp.example.com, 'traces.url: 16 characters (expected: http://… or https://…)'"
    })
    void aValueThatCannotBeIsRefusedAtStart(String option, String value, String problem) {
        assertThatThrownBy(() -> Tracing.of(options("--" + option, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(problem);
    }

    /** A job that has run does not end at its next restart for a file of its traces. */
    @Test
    void withoutItsHeadersNothingIsTraced() {
        assertThat(new Tracing(URL, folder.resolve("gone").toString(), 1).open())
                .isNull();
        assertThat(new Tracing(URL, folder.toString(), 1).open()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"api-key", "api key: x", "api-key: \u00e9", ": x"})
    void norWithWhatIsNoHeader(String line) throws IOException {
        Path file = Files.writeString(folder.resolve("headers"), "fine: yes\n" + line + "\n");
        assertThat(new Tracing(URL, file.toString(), 1).open()).isNull();
    }

    @Test
    void withThemItIs() throws IOException {
        Path file = Files.writeString(folder.resolve("headers"), "api-key: not-a-real-one\n\nother: a: b\n");
        try (RecordTracer tracer = new Tracing(URL, file.toString(), 1).open()) {
            assertThat(tracer).isNotNull();
        }
    }
}
