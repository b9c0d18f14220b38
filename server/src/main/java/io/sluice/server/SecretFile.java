package io.sluice.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file with a secret of the installation: the operator's first token, the key of pseudonyms. Only its owner may read it. */
final class SecretFile {
    private static final Logger LOG = LoggerFactory.getLogger(SecretFile.class);

    private SecretFile() {}

    /** Reads the secret, or makes one at first start. */
    static String readOrCreate(Path file) throws IOException {
        return readOrCreate(file, Secret::create);
    }

    /** @param making of a text of at least 32 characters, one or more lines */
    static String readOrCreate(Path file, Supplier<String> making) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        try {
            // The mode is set as the file is made: there is no moment in which others could open it.
            try (var channel = Files.newByteChannel(
                    file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly())) {
                String secret = making.get();
                channel.write(StandardCharsets.US_ASCII.encode(secret + "\n"));
                LOG.info("{}: made", file);
                return secret;
            }
        } catch (FileAlreadyExistsException e) {
            String secret = Files.readString(file).strip();
            if (secret.length() < 32) {
                throw new IOException(file + ": " + secret.length()
                        + " characters (expected: a token of 32 or more; delete the file to get a new one)");
            }
            return secret;
        }
    }

    private static FileAttribute<?>[] ownerOnly() {
        if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[] {
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            };
        }
        return new FileAttribute<?>[0];
    }
}
