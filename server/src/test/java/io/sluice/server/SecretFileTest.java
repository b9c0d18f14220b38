package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {
    @TempDir
    Path folder;

    @Test
    void isMadeOnceAndOnlyItsOwnerReadsIt() throws IOException {
        Path file = folder.resolve("data").resolve("admin.token");
        String secret = SecretFile.readOrCreate(file);
        assertThat(secret).matches("sluice_[A-Za-z0-9_-]{43}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(SecretFile.readOrCreate(file)).isEqualTo(secret);
    }

    @Test
    void aFileThatWasCutOffIsNoToken() throws IOException {
        Path file = Files.writeString(folder.resolve("admin.token"), "sluice_\n");
        assertThatThrownBy(() -> SecretFile.readOrCreate(file))
                .hasMessageContaining("7 characters (expected: a token of 32 or more");
    }
}
