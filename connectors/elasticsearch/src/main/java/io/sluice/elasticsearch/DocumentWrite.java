package io.sluice.elasticsearch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SegmentedStringWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A whole document to be stored. Elasticsearch keeps it only if it holds no version of it that is as new or newer, so
 * writing twice, late or out of order is harmless.
 *
 * @param index exists already, see {@link ElasticsearchIndices}
 * @param id 1 to 512 bytes of UTF-8, computed from the source's own ids so that a replay finds the same document
 * @param version 0 or more; grows with each state of this document, never with the clock alone
 * @param json one JSON object; passed on as it is
 */
public record DocumentWrite(String index, String id, long version, String json) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MAX_ID_BYTES = 512;
    private static final int MAX_BYTES_PER_CHAR = 3;

    /** @throws IllegalArgumentException for what would make Elasticsearch refuse the whole request, not the document */
    public DocumentWrite {
        if (index.isEmpty()) {
            throw new IllegalArgumentException("index: empty (expected: the name of an index)");
        }
        boolean surelyShort = id.length() * MAX_BYTES_PER_CHAR <= MAX_ID_BYTES;
        if (id.isEmpty() || (!surelyShort && id.getBytes(StandardCharsets.UTF_8).length > MAX_ID_BYTES)) {
            throw new IllegalArgumentException(
                    "id: " + id.length() + " characters (expected: 1 to " + MAX_ID_BYTES + " bytes of UTF-8)");
        }
        if (version < 0) {
            throw new IllegalArgumentException("version: " + version + " (expected: >= 0)");
        }
    }

    /** Writes the fields of a document. */
    @FunctionalInterface
    public interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    public static DocumentWrite of(String index, String id, long version, Fields fields) {
        try {
            SegmentedStringWriter text = new SegmentedStringWriter(JSON._getBufferRecycler());
            try (JsonGenerator json = JSON.createGenerator(text)) {
                json.writeStartObject();
                fields.write(json);
                json.writeEndObject();
            }
            return new DocumentWrite(index, id, version, text.getAndClear());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // nothing is written but memory
        }
    }

    /** Says everything but the content. */
    @Override
    public String toString() {
        return "DocumentWrite[index=" + index + ", id=" + id + ", version=" + version + "]";
    }
}
