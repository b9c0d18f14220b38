package io.sluice.transcripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionFilesTest {
    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        for (String file :
                List.of("p/b.jsonl", "p/a.jsonl", "p/a/subagents/agent-1.jsonl", "p/a/meta.json", "q/c.txt")) {
            Path path = folder.resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, "x".repeat(file.length()));
        }
    }

    @Test
    void findsSessionFilesInFoldersInTheOrderOfTheirPaths() throws IOException {
        SessionFiles found = SessionFiles.find(List.of(folder));
        assertThat(names(found)).containsExactly("p/a.jsonl", "p/a/subagents/agent-1.jsonl", "p/b.jsonl");
        assertThat(found.totalBytes()).isEqualTo(9 + 27 + 9);
        assertThat(found.unreadable()).isEmpty();
    }

    @Test
    void takesAFileThatIsNamedWhateverItsName() throws IOException {
        SessionFiles found = SessionFiles.find(List.of(folder.resolve("q/c.txt"), folder.resolve("p/b.jsonl")));
        assertThat(names(found)).containsExactly("p/b.jsonl", "q/c.txt");
    }

    @Test
    void takesAFileOnceHoweverItIsReached() throws IOException {
        Files.createSymbolicLink(folder.resolve("q/link.jsonl"), folder.resolve("p/b.jsonl"));
        Files.createSymbolicLink(folder.resolve("q/loop"), folder);
        SessionFiles found = SessionFiles.find(List.of(folder, folder.resolve("p"), folder.resolve("p/a.jsonl")));
        assertThat(names(found)).containsExactly("p/a.jsonl", "p/a/subagents/agent-1.jsonl", "p/b.jsonl");
        assertThat(found.unreadable()).isEmpty();
    }

    @Test
    void aMissingPathIsAnErrorThatNamesIt() {
        Path missing = folder.resolve("nowhere");
        assertThatThrownBy(() -> SessionFiles.find(List.of(folder, missing)))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(missing + ": nothing there (expected: a session file, or a folder of them)");
    }

    @Test
    void whatCannotBeReadIsReportedAndTheRestIsFound() throws IOException {
        Files.createSymbolicLink(folder.resolve("q/dangling.jsonl"), folder.resolve("gone"));
        SessionFiles found = SessionFiles.find(List.of(folder));
        assertThat(found.unreadable())
                .extracting(problem -> folder.relativize(problem.path()).toString())
                .containsExactly("q/dangling.jsonl");
        assertThat(found.unreadable().get(0).problem()).isNotBlank();
        assertThat(found.files()).hasSize(3);
    }

    private List<String> names(SessionFiles found) {
        return found.files().stream()
                .map(file -> folder.relativize(file.path()).toString())
                .toList();
    }
}
