package io.sluice.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the servers need from the file system. */
final class Folders {
    private Folders() {}

    /** Deletes a folder with everything in it. What a server just ended still deletes itself is no error. */
    static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Gives a folder and everything in it to a user. Only root may. */
    static void giveTo(int uid, int gid, Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.forEach(path -> {
                try {
                    Files.setAttribute(path, "unix:uid", uid);
                    Files.setAttribute(path, "unix:gid", gid);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** The first folder on the way to this one that ordinary users may not enter; null if they may enter all. */
    static @Nullable Path firstClosed(Path folder) throws IOException {
        Path absolute = folder.toAbsolutePath();
        for (int names = 1; names <= absolute.getNameCount(); names++) {
            Path ancestor = absolute.getRoot().resolve(absolute.subpath(0, names));
            if (!Files.getPosixFilePermissions(ancestor).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return ancestor;
            }
        }
        return null;
    }
}
