package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataLockTest {
    @TempDir
    private Path root;

    @Test
    void oneStackPerDataFolder() throws IOException {
        DataFolder data = new DataFolder(root.resolve("data"));
        data.create();
        assertThat(DataLock.holder(data)).isEmpty();

        try (DataLock lock = DataLock.take(data)) {
            assertThat(lock).isNotNull();
            assertThat(DataLock.holder(data)).hasValue(ProcessHandle.current().pid());
            assertThatThrownBy(() -> DataLock.take(data))
                    .isInstanceOf(CommandException.class)
                    .hasMessageContaining(data.root() + " is in use by process "
                            + ProcessHandle.current().pid());
        }

        assertThat(DataLock.holder(data)).isEmpty();
        DataLock.take(data).close();
    }

    @Test
    void aFolderThatCannotBeWrittenToIsSaid() throws IOException {
        Path file = Files.writeString(root.resolve("file"), "");

        assertThatThrownBy(() -> new DataFolder(file.resolve("data")).create())
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith(
                        "data folder: " + file.resolve("data") + " (expected: a folder that you may write to;");
    }

    @Test
    void secretsAreMadeOnceAndForTheOwnerOnly() throws IOException {
        DataFolder data = new DataFolder(root);
        String password = data.elasticsearchPassword();

        assertThat(password).hasSizeGreaterThanOrEqualTo(32);
        assertThat(data.elasticsearchPassword()).isEqualTo(password);
        assertThat(new DataFolder(Files.createDirectory(root.resolve("other"))).elasticsearchPassword())
                .isNotEqualTo(password);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.elasticsearchPasswordFile())))
                .isEqualTo("rw-------");
        Files.writeString(data.elasticsearchPasswordFile(), "short");
        assertThatThrownBy(data::elasticsearchPassword).hasMessageContaining("5 characters");
    }
}
