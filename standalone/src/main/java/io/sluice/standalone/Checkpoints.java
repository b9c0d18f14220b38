package io.sluice.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The retained checkpoints of one job, of all its attempts: {@code <attempt>/chk-<number>/_metadata}. */
final class Checkpoints {
    private static final Pattern FOLDER = Pattern.compile("chk-(\\d{1,18})");

    /** A job goes on counting where the checkpoint that it began from stopped, so numbers order all attempts. */
    private static final Comparator<Checkpoint> OLDEST_FIRST =
            Comparator.comparingLong(Checkpoint::number).thenComparing(Checkpoint::completedAt);

    private final Path folder;

    /**
     * @param attempt Flink's job id
     * @param path of the folder {@code chk-<number>}
     */
    record Checkpoint(String attempt, long number, FileTime completedAt, Path path) {}

    Checkpoints(Path folder) {
        this.folder = folder;
    }

    Path folder() {
        return folder;
    }

    /** The newest that is complete, which is when Flink has written its {@code _metadata}. */
    Optional<Checkpoint> newest() throws IOException {
        List<Checkpoint> complete = new ArrayList<>();
        for (Path attempt : folders(folder)) {
            complete.addAll(complete(attempt));
        }
        return complete.stream().max(OLDEST_FIRST);
    }

    private static List<Checkpoint> complete(Path attempt) throws IOException {
        List<Checkpoint> complete = new ArrayList<>();
        for (Path checkpoint : folders(attempt)) {
            Matcher matcher = FOLDER.matcher(checkpoint.getFileName().toString());
            Path metadata = checkpoint.resolve("_metadata");
            if (matcher.matches() && Files.isRegularFile(metadata)) {
                try {
                    complete.add(new Checkpoint(
                            attempt.getFileName().toString(),
                            Long.parseLong(matcher.group(1)),
                            Files.getLastModifiedTime(metadata),
                            checkpoint));
                } catch (NoSuchFileException e) {
                    // Just replaced by a newer one.
                }
            }
        }
        return complete;
    }

    /**
     * Deletes what other attempts have left, once this one has a complete checkpoint of its own. The first checkpoint of
     * an attempt that began from another's (claim mode NO_CLAIM) is a full one, so nothing refers to the others' files.
     */
    void deleteOthers(String attempt) throws IOException {
        Path own = folder.resolve(attempt);
        if (!Files.isDirectory(own) || complete(own).isEmpty()) {
            return;
        }
        for (Path other : folders(folder)) {
            if (!other.equals(own)) {
                Folders.delete(other);
            }
        }
    }

    private static List<Path> folders(Path folder) throws IOException {
        try (Stream<Path> listed = Files.list(folder)) {
            return listed.filter(Files::isDirectory).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
