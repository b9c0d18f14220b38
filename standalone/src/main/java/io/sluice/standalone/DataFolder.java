package io.sluice.standalone;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** What is where in the data folder. */
record DataFolder(Path root) {
    /** @throws CommandException if it cannot be made or written to */
    void create() {
        try {
            Path parent = root.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            if (!Files.isDirectory(root)) {
                Files.createDirectory(root);
                Files.setPosixFilePermissions(root, permissions());
            }
            Files.delete(Files.createTempFile(root, "write-", ".test"));
            // What they hold is nobody else's business, even where the data folder itself must be open.
            for (Path folder : List.of(logs(), run(), kafka(), flink(), checkpoints(), root.resolve("tmp"))) {
                Files.createDirectories(folder);
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            }
        } catch (IOException | UnsupportedOperationException e) {
            throw new CommandException(
                    "data folder: " + root + " (expected: a folder that you may write to; set another with --data or "
                            + Setting.DATA_DIR.variable() + "): " + e,
                    e);
        }
    }

    /** Elasticsearch runs as another user when this is root: it passes through, but sees nothing. */
    static Set<PosixFilePermission> permissions() {
        return PosixFilePermissions.fromString(User.isRoot() ? "rwx--x--x" : "rwx------");
    }

    Path adminToken() {
        return root.resolve("admin.token");
    }

    Path lock() {
        return root.resolve("sluice.lock");
    }

    Path logs() {
        return root.resolve("logs");
    }

    Path log(String process) {
        return logs().resolve(process + ".log");
    }

    /** One file per running process. */
    Path run() {
        return root.resolve("run");
    }

    Path kafka() {
        return root.resolve("kafka");
    }

    Path flink() {
        return root.resolve("flink");
    }

    /** One folder per job name, in it one per attempt (Flink's job id), in it {@code chk-<number>}. */
    Path checkpoints() {
        return root.resolve("checkpoints");
    }

    /** Emptied at each start of the process. */
    Path scratch(String process) {
        return root.resolve("tmp").resolve(process);
    }

    Path elasticsearchPasswordFile() {
        return root.resolve("elasticsearch.password");
    }

    String elasticsearchPassword() throws IOException {
        byte[] secret = new byte[24];
        new SecureRandom().nextBytes(secret);
        return readOrCreate(
                elasticsearchPasswordFile(),
                Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    /** Names this data folder, and none that takes its place. */
    String id() throws IOException {
        return readOrCreate(root.resolve("stack.id"), UUID.randomUUID().toString());
    }

    /** The mode is set as the file is made: there is no moment in which others could open it. */
    private static String readOrCreate(Path file, String initial) throws IOException {
        try (var channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(StandardCharsets.US_ASCII.encode(initial));
            return initial;
        } catch (FileAlreadyExistsException e) {
            String value = Files.readString(file).strip();
            if (value.length() < 16) {
                throw new IOException(file + ": " + value.length()
                        + " characters (expected: what the first start wrote; delete the file to get a new one)");
            }
            return value;
        }
    }
}
