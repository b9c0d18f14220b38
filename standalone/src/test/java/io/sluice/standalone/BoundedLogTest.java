package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedLogTest {
    @TempDir
    private Path folder;

    @Test
    void staysWithinItsBoundAndKeepsTheNewest() throws IOException {
        Path file = folder.resolve("kafka.log");
        for (int start = 0; start < 2; start++) {
            try (BoundedLog log = new BoundedLog(file, 1_000)) {
                for (int i = 0; i < 200; i++) {
                    log.writeLine("line " + start + "-" + i);
                }
            }
        }

        assertThat(folder).isDirectoryContaining("glob:**kafka.log.1");
        assertThat(Files.size(file)).isBetween(1L, 1_000L);
        assertThat(Files.size(folder.resolve("kafka.log.1"))).isBetween(900L, 1_000L);
        assertThat(BoundedLog.lastLines(file, 2)).containsExactly("line 1-198", "line 1-199");
    }

    @Test
    void whatTellsOfAProblemIsShownFirst() throws IOException {
        Path file = folder.resolve("flink.log");
        assertThat(BoundedLog.problemLines(file, 3)).isEmpty();

        Files.writeString(
                file,
                "ERROR of the start before\n--- 2026 started\nINFO one\nERROR two\njava.lang.IllegalStateException: x\n\tat y\nINFO three\n");
        assertThat(BoundedLog.problemLines(file, 3)).containsExactly("ERROR two", "java.lang.IllegalStateException: x");

        Files.writeString(file, "INFO one\nINFO two\nINFO three\nINFO four\n");
        assertThat(BoundedLog.problemLines(file, 3)).containsExactly("INFO two", "INFO three", "INFO four");
    }
}
