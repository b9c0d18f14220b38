package io.sluice.server;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What an export says about itself: of each item its id and hash, no text. An export may have a million items, so they wait in a file
 * until the export is at its end.
 */
final class ExportManifest implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path spool;
    private final BufferedWriter items;
    private final MessageDigest whole = sha256();
    private long bytes;
    private long exported;
    private long gone;

    /** @throws IOException when there is no room for it */
    ExportManifest() throws IOException {
        spool = Files.createTempFile("sluice-export", ".jsonl"); // for its owner alone
        items = Files.newBufferedWriter(spool);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    /** What was written to the file of the items. */
    void written(byte[] some) {
        whole.update(some);
        bytes += some.length;
    }

    void exported(ObjectNode message, byte[] item) throws IOException {
        ObjectNode line = JSON.createObjectNode();
        for (String name : new String[] {"id", "conversation_id", "message_id", "part"}) {
            line.set(name, message.path(name));
        }
        line.put("sha256", HexFormat.of().formatHex(sha256().digest(item))).put("bytes", item.length);
        write(line);
        exported++;
    }

    /** It was found, and erased before it could be exported. */
    void gone(String id) throws IOException {
        write(JSON.createObjectNode().put("id", id).put("gone", true));
        gone++;
    }

    private void write(ObjectNode line) throws IOException {
        items.write(line.toString());
        items.write('\n');
    }

    long exported() {
        return exported;
    }

    long gone() {
        return gone;
    }

    /** Of the file of the items; once, when it is whole. */
    String fileHash() {
        return HexFormat.of().formatHex(whole.digest());
    }

    /**
     * Writes it.
     *
     * @param head members that it begins with
     */
    void writeTo(OutputStream out, ObjectNode head, String file, String fileHash, long expected) throws IOException {
        items.flush();
        try (JsonGenerator json = JSON.getFactory().createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.setCodec(JSON);
            json.writeStartObject();
            for (var field : head.properties()) {
                json.writeFieldName(field.getKey());
                json.writeTree(field.getValue());
            }
            json.writeObjectFieldStart("counts");
            json.writeNumberField("expected", expected);
            json.writeNumberField("exported", exported);
            json.writeNumberField("gone", gone);
            json.writeEndObject();
            json.writeObjectFieldStart("file");
            json.writeStringField("name", file);
            json.writeNumberField("bytes", bytes);
            json.writeStringField("sha256", fileHash);
            json.writeEndObject();
            json.writeArrayFieldStart("items");
            try (BufferedReader lines = Files.newBufferedReader(spool, StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    json.writeTree(JSON.readTree(line));
                }
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            items.close();
        } finally {
            Files.deleteIfExists(spool);
        }
    }
}
