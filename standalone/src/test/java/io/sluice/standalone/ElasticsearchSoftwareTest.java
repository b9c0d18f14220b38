package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ElasticsearchSoftwareTest {
    private static final byte[] CONTENT = new byte[50_000];

    static {
        new Random(1).nextBytes(CONTENT);
    }

    @TempDir
    private Path folder;

    private Path zip = Path.of("");
    private Path cache = Path.of("");

    @BeforeEach
    void makeArchive() throws IOException {
        zip = folder.resolve("elasticsearch-1.2.3.zip");
        cache = folder.resolve("cache");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
            add(out, "elasticsearch-1.2.3/bin/elasticsearch", "#!/bin/sh".getBytes(StandardCharsets.UTF_8));
            add(out, "elasticsearch-1.2.3/lib/server.jar", CONTENT);
        }
    }

    private static void add(ZipOutputStream out, String name, byte[] content) throws IOException {
        out.putNextEntry(new ZipEntry(name));
        out.write(content);
        out.closeEntry();
    }

    private Path home() throws IOException {
        return new ElasticsearchSoftware(zip, cache).home();
    }

    @Test
    void isUnpackedOnce() throws IOException {
        Path home = home();
        assertThat(home.resolve("bin/elasticsearch")).isExecutable();
        assertThat(home.resolve("lib/server.jar")).hasBinaryContent(CONTENT);
        FileTime first = Files.getLastModifiedTime(home.resolve("lib"));

        assertThat(home()).isEqualTo(home);
        assertThat(Files.getLastModifiedTime(home.resolve("lib"))).isEqualTo(first);
    }

    @Test
    void whatIsNotWholeIsUnpackedAgain() throws IOException {
        Path jar = home().resolve("lib/server.jar");

        Files.delete(jar);
        assertThat(home().resolve("lib/server.jar")).hasBinaryContent(CONTENT);

        Files.write(jar, Arrays.copyOf(CONTENT, 100));
        assertThat(home().resolve("lib/server.jar")).hasBinaryContent(CONTENT);

        Files.delete(cache.resolve("elasticsearch-1.2.3.complete"));
        Files.delete(jar);
        assertThat(home().resolve("lib/server.jar")).hasBinaryContent(CONTENT);
    }

    @Test
    void anArchiveThatWasCutOffIsSaidAndLeavesNothing() throws IOException {
        byte[] whole = Files.readAllBytes(zip);
        Files.write(zip, Arrays.copyOf(whole, whole.length / 2));

        assertThatThrownBy(this::home)
                .isInstanceOf(CommandException.class)
                .hasMessageStartingWith(zip + ": incomplete or damaged (expected: a whole archive;");
        Files.write(zip, whole);
        assertThat(home().resolve("lib/server.jar")).hasBinaryContent(CONTENT);
    }

    @Test
    void aDamagedArchiveIsSaid() throws IOException {
        byte[] bytes = Files.readAllBytes(zip);
        bytes[bytes.length / 2] ^= 1;
        Files.write(zip, bytes);

        assertThatThrownBy(this::home)
                .isInstanceOf(CommandException.class)
                .hasMessageContaining("incomplete or damaged");
    }

    @Test
    void anEntryOutsideOfItsFolderIsRefused() throws IOException {
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
            add(out, "../outside", CONTENT);
        }

        assertThatThrownBy(this::home).isInstanceOf(CommandException.class);
        assertThat(folder.resolve("outside")).doesNotExist();
    }

    @Test
    void theCacheIsWhereItMayBe() throws IOException {
        Path data = folder.resolve("data");
        Settings settings = Settings.read(data, Map.of(), folder);
        Path noHome = Files.writeString(folder.resolve("no-home"), "");

        assertThat(ElasticsearchSoftware.cache(settings, Map.of(), folder, false))
                .isEqualTo(folder.resolve(".cache/sluice"));
        assertThat(ElasticsearchSoftware.cache(
                        settings, Map.of("XDG_CACHE_HOME", folder.resolve("xdg").toString()), folder, false))
                .isEqualTo(folder.resolve("xdg/sluice"));
        assertThat(ElasticsearchSoftware.cache(settings, Map.of(), noHome, false))
                .isEqualTo(data.resolve("cache"));
        assertThat(ElasticsearchSoftware.cache(
                        Settings.read(data, Map.of("SLUICE_CACHE_DIR", "/given"), folder), Map.of(), folder, false))
                .isEqualTo(Path.of("/given"));
    }
}
