package io.sluice.transcripts;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The session files under given paths.
 *
 * @param files by path; each real file once, by whatever links it is reached
 * @param unreadable what could not be looked at, by path
 */
public record SessionFiles(List<SessionFile> files, List<Unreadable> unreadable) {
    private static final String EXTENSION = ".jsonl";

    /**
     * A file to read.
     *
     * @param bytes when it was found; a running session's file grows
     */
    public record SessionFile(Path path, long bytes) {}

    /**
     * A file or folder that was passed over.
     *
     * @param problem in English, for people
     */
    public record Unreadable(Path path, String problem) {}

    public SessionFiles {
        files = List.copyOf(files);
        unreadable = List.copyOf(unreadable);
    }

    /**
     * Finds them. Files named are taken whatever their name; folders are searched for {@code *.jsonl}, links followed.
     *
     * @throws NoSuchFileException if one of the paths does not exist; the message names it
     */
    public static SessionFiles find(Collection<Path> paths) throws IOException {
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new NoSuchFileException(
                        path.toString(), null, "nothing there (expected: a session file, or a folder of them)");
            }
        }
        Search search = new Search();
        for (Path path : paths) {
            search.named = path;
            Files.walkFileTree(path, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, search);
        }
        return search.result();
    }

    public long totalBytes() {
        return files.stream().mapToLong(SessionFile::bytes).sum();
    }

    private static final class Search extends SimpleFileVisitor<Path> {
        private final List<SessionFile> found = new ArrayList<>();
        private final List<Unreadable> unreadable = new ArrayList<>();
        private Path named = Path.of("");

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.equals(named) || file.toString().endsWith(EXTENSION)) {
                if (Files.isReadable(file)) {
                    found.add(new SessionFile(file, attributes.size()));
                } else {
                    unreadable.add(new Unreadable(file, "not readable"));
                }
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            if (!(e instanceof FileSystemLoopException)) {
                unreadable.add(new Unreadable(file, e.toString()));
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) {
            if (e != null) {
                unreadable.add(new Unreadable(folder, e.toString()));
            }
            return FileVisitResult.CONTINUE;
        }

        SessionFiles result() {
            found.sort(Comparator.comparing(file -> file.path().toString()));
            Set<Path> real = new HashSet<>();
            List<SessionFile> once = new ArrayList<>();
            for (SessionFile file : found) {
                try {
                    if (real.add(file.path().toRealPath())) {
                        once.add(file);
                    }
                } catch (IOException e) {
                    unreadable.add(new Unreadable(file.path(), e.toString()));
                }
            }
            unreadable.sort(Comparator.comparing(problem -> problem.path().toString()));
            return new SessionFiles(once, unreadable);
        }
    }
}
