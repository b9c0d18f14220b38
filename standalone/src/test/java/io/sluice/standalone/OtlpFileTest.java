package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.TypeConversionException;

class OtlpFileTest {
    private static final Path CAPTURES = Path.of("src/main/captures");

    @TempDir
    private Path folder;

    @Test
    void recordsAreCounted() throws IOException {
        OtlpFile logs = OtlpFile.read(CAPTURES.resolve("accept/001-logs.json")).orElseThrow();
        OtlpFile metrics =
                OtlpFile.read(CAPTURES.resolve("accept/002-metrics.json")).orElseThrow();

        assertThat(logs.signal()).isEqualTo(OtlpFile.Signal.LOGS);
        assertThat(logs.records()).isEqualTo(17);
        assertThat(metrics.signal()).isEqualTo(OtlpFile.Signal.METRICS);
        assertThat(metrics.records()).isEqualTo(12);
    }

    @Test
    void spansAreCountedToo() throws IOException {
        Path file = Files.writeString(
                folder.resolve("traces.json"),
                "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{},{}]},{\"spans\":[{}]}]}]}");

        assertThat(OtlpFile.read(file)).contains(new OtlpFile(file, OtlpFile.Signal.TRACES, 3));
    }

    @Test
    void whateverElseIsJsonOrNotIsLeftAlone() throws IOException {
        assertThat(OtlpFile.read(Files.writeString(folder.resolve("a.json"), "{\"total\":1}")))
                .isEmpty();
        assertThat(OtlpFile.read(Files.writeString(folder.resolve("b.json"), "[]")))
                .isEmpty();
        assertThat(OtlpFile.read(Files.writeString(folder.resolve("c.json"), "{\"resourceLogs\":[")))
                .isEmpty();
        assertThat(OtlpFile.read(Files.writeString(folder.resolve("d.json"), "")))
                .isEmpty();
    }

    @Test
    void simulationSize() {
        SimulationSize.Converter converter = new SimulationSize.Converter();

        assertThat(converter.convert("50x7")).isEqualTo(new SimulationSize(50, 7));
        for (String wrong : new String[] {"50", "0x7", "50x", "50X7", "-1x7", "50x0"}) {
            assertThatThrownBy(() -> converter.convert(wrong))
                    .isInstanceOf(TypeConversionException.class)
                    .hasMessage(wrong + " (expected: USERSxDAYS, for example 50x7)");
        }
    }
}
