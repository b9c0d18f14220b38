package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What it does without a stack; {@code StackE2ECase} runs it on one. */
class SqlCommandTest {
    @TempDir
    private Path data;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int sql(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", data.toString()));
        return new CommandLine(new SqlCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler((failure, commandLine, parsed) -> {
                    err.append(String.valueOf(failure.getMessage()));
                    return 1;
                })
                .execute(all.toArray(String[]::new));
    }

    @Test
    void listsTheQueries() throws IOException {
        assertThat(sql("--list")).isZero();
        assertThat(out.toString().lines())
                .contains("02-spend-by-user              Who spends most, and how is spend spread over users?");

        out.getBuffer().setLength(0);
        assertThat(sql("--list", "--json")).isZero();
        assertThat(Api.JSON
                        .readTree(out.toString().lines().findFirst().orElseThrow())
                        .path("name")
                        .asText())
                .isEqualTo("01-spend-by-month-day-hour");
    }

    @Test
    void withoutAStackItSaysSo() throws IOException {
        int port = RequirementsTest.freePorts().values().stream()
                .mapToInt(Integer::parseInt)
                .findFirst()
                .orElseThrow();
        Files.writeString(data.resolve("sluice.yaml"), "kafka-port: " + port + "\n");

        assertThat(sql("-e", "SELECT 1")).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("Kafka does not answer at 127.0.0.1:" + port
                        + " (expected: Sluice is running; start it with ./sluice up, and see ./sluice status)");
    }

    @Test
    void whatIsAskedForIsChecked() {
        assertThat(sql("--query", "nothing")).isEqualTo(1);
        assertThat(err.toString()).startsWith("query: nothing (expected: one of 01-");

        err.getBuffer().setLength(0);
        assertThat(sql("-f", data.resolve("no.sql").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("no.sql: ").contains("(expected: a readable file with SQL in UTF-8)");

        assertThat(sql("-e", "SELECT 1", "--list")).isEqualTo(2);
    }
}
