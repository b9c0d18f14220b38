package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each benchmark, so small that its figures say nothing: it has to find its results correct. */
class BenchITCase {
    static Stream<Arguments> benchmarks() {
        return Stream.of(
                Arguments.of("otlp/parse", new String[] {"otlp", "--events", "1", "--users", "3", "--days", "1"}),
                Arguments.of("import/json", new String[] {"import", "--megabytes", "3"}));
    }

    /** What is behind them is compared with the truth elsewhere: in the end-to-end tests and those of the dashboards. */
    static Stream<Arguments> moreBenchmarks() {
        return Stream.of(
                Arguments.of("spend/identity", new String[] {"spend", "--events", "20000", "--users", "300"}),
                Arguments.of("code-metrics/identity", new String[] {"code-metrics", "--users", "4", "--days", "2"}),
                Arguments.of("index/bulk", new String[] {
                    "index",
                    "--messages",
                    "3000",
                    "--rate",
                    "100",
                    "--seconds",
                    "3",
                    "--corpus",
                    "5000",
                    "--searches",
                    "2"
                }),
                Arguments.of("sql/spend", new String[] {"sql", "--events", "20000", "--users", "300"}),
                Arguments.of("spend-caps/spend", new String[] {
                    "caps",
                    "--events",
                    "20000",
                    "--users",
                    "300",
                    "--groups",
                    "5",
                    "--edits",
                    "20",
                    "--rate",
                    "300",
                    "--records-per-request",
                    "20",
                    "--seconds",
                    "3",
                    "--requests",
                    "50"
                }));
    }

    @ParameterizedTest
    @MethodSource("moreBenchmarks")
    @Tag("chaos")
    void resultOfMoreIsCorrect(String ratio, String[] arguments) throws JsonProcessingException {
        resultIsCorrect(ratio, arguments);
    }

    @ParameterizedTest
    @MethodSource("benchmarks")
    void resultIsCorrect(String ratio, String[] arguments) throws JsonProcessingException {
        StringWriter out = new StringWriter();
        String[] all = Stream.concat(Stream.of(arguments), Stream.of("--rounds", "1", "--json"))
                .toArray(String[]::new);

        assertThat(Main.run(new PrintWriter(out), all)).as(out.toString()).isZero();

        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.path("benchmark").asText()).isEqualTo(arguments[0]);
        assertThat(json.path("correct").asBoolean()).isTrue();
        assertThat(json.path("ratios").path(ratio).asDouble()).isPositive();
    }

    /** It has no ratio: milliseconds, against a stated goal. */
    @Test
    @Tag("chaos")
    void dashboardsShowWhatWasWritten() throws JsonProcessingException {
        StringWriter out = new StringWriter();
        assertThat(Main.run(
                        new PrintWriter(out),
                        "dashboards",
                        "--users",
                        "20",
                        "--days",
                        "9",
                        "--rounds",
                        "1",
                        "--json",
                        "--dashboards",
                        "../docker/grafana/dashboards"))
                .as(out.toString())
                .isZero();
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertThat(json.path("correct").asBoolean()).isTrue();
        assertThat(json.path("any panel").path("p95_ms").asDouble()).isPositive();
        assertThat(json.path("tools: MCP servers").path("max_ms").asDouble()).isPositive();
    }
}
