package io.sluice.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The Elasticsearch software: a Maven artifact, which the build leaves in the local repository. */
final class ElasticsearchDistribution {
    private static final Set<PosixFilePermission> EXECUTABLE = PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> READABLE = PosixFilePermissions.fromString("rw-r--r--");

    private ElasticsearchDistribution() {}

    /**
     * Unpacks the software, unless an earlier call did.
     *
     * @return the folder that has {@code bin} and {@code lib}, readable by every user
     */
    static Path unpackInto(Path folder) throws IOException {
        Path zip = zip();
        String name = homeName(zip);
        Path home = folder.resolve(name);
        if (Files.isDirectory(home)) {
            return home;
        }
        Files.createDirectories(folder);
        // Moved into place as the last step: an unpacking that was broken off is never taken for a whole one.
        Path partial = Files.createTempDirectory(folder, name + "-partial-");
        try {
            unpack(zip, partial);
            Files.move(partial.resolve(name), home, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Folders.delete(partial);
        }
        return home;
    }

    /** Written down by this module's build, so that no module that starts a server needs build steps of its own. */
    private static Path zip() throws IOException {
        try (InputStream in = ElasticsearchDistribution.class.getResourceAsStream("elasticsearch-distribution.txt")) {
            if (in == null) {
                throw new IOException("elasticsearch-distribution.txt: missing beside "
                        + ElasticsearchDistribution.class.getName() + " (expected: written by the Maven build)");
            }
            Path zip = Path.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).strip());
            if (!Files.isRegularFile(zip)) {
                throw new IOException("Elasticsearch distribution: " + zip
                        + " does not exist (expected: where the build downloaded it; build again)");
            }
            return zip;
        }
    }

    /** The one folder at the top of the archive. */
    private static String homeName(Path zip) {
        return zip.getFileName().toString().replaceFirst("\\.zip$", "");
    }

    private static void unpack(Path zip, Path into) throws IOException {
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Path target = into.resolve(entry.getName()).normalize();
                if (!target.startsWith(into)) {
                    throw new IOException("Elasticsearch distribution: " + zip + " has an entry outside its folder");
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(in, target);
                }
            }
        }
        Path bin = into.resolve(homeName(zip)).resolve("bin");
        try (Stream<Path> tree = Files.walk(into)) {
            for (Path path : (Iterable<Path>) tree::iterator) {
                boolean runs = Files.isDirectory(path) || path.startsWith(bin);
                Files.setPosixFilePermissions(path, runs ? EXECUTABLE : READABLE);
            }
        }
    }
}
