package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The two files of an export, for their owner alone, compared with the hashes of the manifest. */
final class ExportFiles {
    private static final String MANIFEST = "manifest.json";

    private final Path file;

    /** @param file of the messages; that of the manifest has {@code .manifest.json} behind it */
    ExportFiles(Path file) {
        this.file = file;
    }

    Path manifest() {
        return file.resolveSibling(file.getFileName() + ".manifest.json");
    }

    /**
     * Writes both, or none of them.
     *
     * @return the manifest, without items
     * @throws CommandException when the export is not whole
     */
    JsonNode write(InputStream export) throws IOException {
        Path messages = partial();
        Path manifest = partial();
        try (ZipInputStream zip = new ZipInputStream(export)) {
            String hash = "";
            String manifestHash = "";
            String expected = "";
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().equals(MANIFEST)) {
                    manifestHash = save(zip, manifest);
                } else if (entry.getName().equals("manifest.sha256")) {
                    expected = new String(zip.readAllBytes(), StandardCharsets.US_ASCII);
                } else {
                    hash = save(zip, messages);
                }
            }
            JsonNode told = head(manifest);
            if (!expected.startsWith(manifestHash + " ")
                    || !told.path("file").path("sha256").asText().equals(hash)) {
                throw new CommandException("export: not whole (expected: hashes as in its manifest); try again");
            }
            Files.move(messages, file, StandardCopyOption.REPLACE_EXISTING);
            Files.move(manifest, manifest(), StandardCopyOption.REPLACE_EXISTING);
            return told;
        } finally {
            Files.deleteIfExists(messages);
            Files.deleteIfExists(manifest);
        }
    }

    /** Beside the file, so that it can be moved. */
    private Path partial() throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        FileAttribute<?> owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        return Files.createTempFile(folder, ".export", ".part", owner);
    }

    private static String save(InputStream in, Path to) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (OutputStream out = new DigestOutputStream(Files.newOutputStream(to), digest)) {
                in.transferTo(out);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    /** All but the items, of which there may be a million. */
    private static JsonNode head(Path manifest) throws IOException {
        var head = Api.JSON.createObjectNode();
        try (var json = Api.JSON.createParser(manifest.toFile())) {
            if (json.nextToken() == null) {
                throw new CommandException("export: not whole (expected: with a manifest); try again");
            }
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                json.nextToken();
                if (name.equals("items")) {
                    json.skipChildren();
                } else {
                    head.set(name, json.<JsonNode>readValueAsTree());
                }
            }
        }
        return head;
    }
}
