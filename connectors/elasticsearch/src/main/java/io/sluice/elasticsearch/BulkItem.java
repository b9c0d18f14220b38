package io.sluice.elasticsearch;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.ByteArrayOutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;

/** A document as the sink buffers it: encoded once, however often it is sent. */
final class BulkItem implements Serializable {
    private static final long serialVersionUID = 1;

    /** Of an action line without index and id, rounded up. */
    private static final int ACTION_BYTES = 96;

    private final String index;
    private final String id;
    private final long version;
    private final byte[] source;
    private final int rejections;

    /**
     * @param source UTF-8 on one line
     * @param rejections how often Elasticsearch answered for this item that it cannot take it now
     */
    BulkItem(String index, String id, long version, byte[] source, int rejections) {
        this.index = index;
        this.id = id;
        this.version = version;
        this.source = source;
        this.rejections = rejections;
    }

    static BulkItem of(DocumentWrite write) {
        // Within JSON a line break can only stand between tokens; within a bulk request it would end the document.
        String json = write.json();
        String line = json.indexOf('\n') < 0 && json.indexOf('\r') < 0
                ? json
                : json.replace('\n', ' ').replace('\r', ' ');
        return new BulkItem(write.index(), write.id(), write.version(), line.getBytes(StandardCharsets.UTF_8), 0);
    }

    String index() {
        return index;
    }

    String id() {
        return id;
    }

    long version() {
        return version;
    }

    byte[] source() {
        return source;
    }

    int rejections() {
        return rejections;
    }

    BulkItem afterRejections(int count) {
        return new BulkItem(index, id, version, source, count);
    }

    /** About what it takes in a request, in bytes. */
    long size() {
        return (long) source.length + index.length() + id.length() + ACTION_BYTES;
    }

    /** Appends the two lines of a bulk request. */
    void writeTo(ByteArrayOutputStream out) {
        JsonStringEncoder json = JsonStringEncoder.getInstance();
        out.writeBytes(ascii("{\"index\":{\"_index\":\""));
        out.writeBytes(json.quoteAsUTF8(index));
        out.writeBytes(ascii("\",\"_id\":\""));
        out.writeBytes(json.quoteAsUTF8(id));
        out.writeBytes(ascii("\",\"version\":" + version + ",\"version_type\":\"external\"}}\n"));
        out.writeBytes(source);
        out.write('\n');
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
