package io.sluice.standalone;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Unpacks Elasticsearch once, for all data folders. */
final class ElasticsearchSoftware {
    private static final Set<PosixFilePermission> EXECUTABLE = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> READABLE = PosixFilePermissions.fromString("rw-r--r--");

    private final Path zip;
    private final Path cache;

    /** @param cache made if it is not there */
    ElasticsearchSoftware(Path zip, Path cache) {
        this.zip = zip;
        this.cache = cache;
    }

    /** Where to unpack: the setting, else a folder of the kind that systems have for such things, else the data folder. */
    static Path cache(Settings settings, Map<String, String> environment, Path userHome, boolean root) {
        String given = settings.text(Setting.CACHE_DIR);
        if (!given.isEmpty()) {
            return Path.of(given).toAbsolutePath();
        }
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path usual = root
                // Not below root's home: the user that Elasticsearch runs as may not enter that.
                ? Path.of("/var/cache/sluice")
                : (xdg.isEmpty() ? userHome.resolve(".cache") : Path.of(xdg)).resolve("sluice");
        try {
            Folders.createOpen(usual);
            if (Files.isWritable(usual)) {
                return usual;
            }
        } catch (IOException e) {
            // No home folder, or a read-only one.
        }
        return settings.data().resolve("cache");
    }

    /**
     * Unpacks, unless that was done before and everything is still there.
     *
     * @return the folder that has {@code bin} and {@code lib}, readable by every user
     * @throws CommandException if the archive is not whole, or there is no room
     */
    Path home() throws IOException {
        try {
            Folders.createOpen(cache);
        } catch (AccessDeniedException e) {
            throw new CommandException(
                    "cache folder: " + cache + " (expected: a folder that you may write to; set another with "
                            + Setting.CACHE_DIR.variable() + ")",
                    e);
        }
        // Two stacks may start at the same time, and share it.
        try (FileChannel channel = FileChannel.open(
                cache.resolve("elasticsearch.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            FileLock unused = channel.lock();
            String name = zip.getFileName().toString().replaceFirst("\\.zip$", "");
            Path home = cache.resolve(name);
            if (!isWhole(home)) {
                unpack(name, home);
            }
            return home;
        }
    }

    private Path marker(Path home) {
        return home.resolveSibling(home.getFileName() + ".complete");
    }

    /** Whether as many files and bytes are there as were unpacked, from an archive of this size. */
    private boolean isWhole(Path home) throws IOException {
        try {
            return Files.readString(marker(home)).equals(Files.size(zip) + " " + summary(home));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static String summary(Path folder) throws IOException {
        long files = 0;
        long bytes = 0;
        try (Stream<Path> tree = Files.walk(folder)) {
            List<Path> paths = tree.filter(Files::isRegularFile).toList();
            for (Path path : paths) {
                files++;
                bytes += Files.size(path);
            }
        }
        return files + " files, " + bytes + " bytes";
    }

    private void unpack(String name, Path home) throws IOException {
        Requirements.requireSpace(cache, Requirements.LEAST_FREE_BYTES);
        Files.deleteIfExists(marker(home));
        Folders.delete(home);
        Path partial = cache.resolve(name + ".partial");
        Folders.empty(partial);
        try (ZipFile archive = new ZipFile(zip.toFile())) {
            Enumeration<? extends ZipEntry> entries = archive.entries();
            while (entries.hasMoreElements()) {
                extract(archive, entries.nextElement(), partial);
            }
        } catch (ZipException e) {
            throw new CommandException(
                    zip
                            + ": incomplete or damaged (expected: a whole archive; SLUICE_REBUILD=1 ./sluice builds again): "
                            + e.getMessage(),
                    e);
        }
        Files.setPosixFilePermissions(partial, EXECUTABLE);
        Files.move(partial.resolve(name), home, StandardCopyOption.ATOMIC_MOVE);
        Folders.delete(partial);
        Files.writeString(marker(home), Files.size(zip) + " " + summary(home));
    }

    /** Checks the checksum too, which {@link ZipFile} leaves to its users. */
    private static void extract(ZipFile archive, ZipEntry entry, Path into) throws IOException {
        Path target = into.resolve(entry.getName()).normalize();
        if (!target.startsWith(into)) {
            throw new ZipException(entry.getName() + ": outside of its folder");
        }
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            Files.setPosixFilePermissions(target, EXECUTABLE);
            return;
        }
        Path parent = target.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try (CheckedInputStream in = new CheckedInputStream(archive.getInputStream(entry), new CRC32())) {
            Files.copy(in, target);
            if (in.getChecksum().getValue() != entry.getCrc()) {
                throw new ZipException(entry.getName() + ": wrong checksum");
            }
        }
        boolean program = parent != null && parent.endsWith("bin");
        Files.setPosixFilePermissions(target, program ? EXECUTABLE : READABLE);
    }
}
