package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    private final StringWriter out = new StringWriter();

    private int run(String... arguments) {
        return Main.run(new PrintWriter(out), arguments);
    }

    @ParameterizedTest
    @ValueSource(strings = {"spend", "otlp", "import", "caps"})
    void everyBenchmarkSaysWhatItMeasures(String benchmark) {
        assertThat(run(benchmark, "--help")).isZero();
        assertThat(out.toString()).contains("sluice bench " + benchmark, "--rounds", "--json", "relation");
    }

    @Test
    void wrongArgumentsAreRefusedBeforeAnythingStarts() {
        assertThat(run("spend", "--rounds", "0")).isEqualTo(2);
        assertThat(run("spend", "--job-option", "novalue")).isEqualTo(2);
        assertThat(run("caps", "--part", "all")).isEqualTo(2);
        assertThat(run("caps", "--rate", "0")).isEqualTo(2);
        assertThat(run("caps", "--users", "0")).isEqualTo(2);
        assertThat(run("other")).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
    }
}
