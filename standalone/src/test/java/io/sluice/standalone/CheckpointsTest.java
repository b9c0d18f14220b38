package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointsTest {
    @TempDir
    private Path folder;

    private Path complete(String attempt, long number, long completedAtMillis) throws IOException {
        Path checkpoint = incomplete(attempt, number);
        Path metadata = Files.writeString(checkpoint.resolve("_metadata"), "state");
        Files.setLastModifiedTime(metadata, FileTime.fromMillis(completedAtMillis));
        return checkpoint;
    }

    private Path incomplete(String attempt, long number) throws IOException {
        return Files.createDirectories(folder.resolve(attempt).resolve("chk-" + number));
    }

    @Test
    void nothingIsNewestWhereNothingIs() throws IOException {
        assertThat(new Checkpoints(folder.resolve("missing")).newest()).isEmpty();
        incomplete("a", 1);
        assertThat(new Checkpoints(folder).newest()).isEmpty();
    }

    @Test
    void theHighestNumberOfAllAttemptsWinsIfItIsComplete() throws IOException {
        complete("a", 9, 2_000);
        Path newest = complete("b", 10, 1_000);
        incomplete("b", 11);
        Files.createDirectories(folder.resolve("b/shared"));
        Files.createDirectories(folder.resolve("b/chk-x"));

        assertThat(new Checkpoints(folder).newest().orElseThrow().path()).isEqualTo(newest);
    }

    @Test
    void ofEqualNumbersTheLaterWins() throws IOException {
        Path later = complete("a", 7, 2_000);
        complete("b", 7, 1_000);

        assertThat(new Checkpoints(folder).newest().orElseThrow().path()).isEqualTo(later);
    }

    @Test
    void othersAreDeletedOnlyOnceAnAttemptStandsOnItsOwn() throws IOException {
        Path old = complete("old", 5, 1_000);
        incomplete("new", 6);
        Checkpoints checkpoints = new Checkpoints(folder);

        checkpoints.deleteOthers("new");
        checkpoints.deleteOthers("unknown");
        assertThat(old).exists();

        Path own = complete("new", 7, 2_000);
        checkpoints.deleteOthers("new");
        assertThat(old.getParent()).doesNotExist();
        assertThat(checkpoints.newest().orElseThrow().path()).isEqualTo(own);
    }
}
