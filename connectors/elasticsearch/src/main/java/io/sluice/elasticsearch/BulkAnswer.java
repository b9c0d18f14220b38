package io.sluice.elasticsearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what Elasticsearch answers. */
final class BulkAnswer {
    /** What {@link #parse} needs, and no more: keeps the answer small. */
    static final String FILTER_PATH = "items.*.status,items.*.error.type,items.*.error.reason";

    private static final ObjectMapper JSON = new ObjectMapper();

    private BulkAnswer() {}

    /**
     * One item of the answer. Items stand in the order of the request.
     *
     * @param errorReason may quote the document: never to be logged
     */
    record Item(
            int status,
            @Nullable String errorType,
            @Nullable String errorReason) {}

    /** @throws IOException if this is no answer to a bulk request; its message quotes nothing */
    static List<Item> parse(byte[] body) throws IOException {
        JsonNode answers = read(body).path("items");
        List<Item> items = new ArrayList<>();
        for (JsonNode answer : answers) {
            JsonNode item = answer.path("index");
            JsonNode error = item.path("error");
            items.add(new Item(item.path("status").asInt(), text(error, "type"), text(error, "reason")));
        }
        return items;
    }

    /** {@code error.type} of a refused request; "unknown" if it is not Elasticsearch that refused. */
    static String errorType(byte[] body) {
        try {
            return read(body).path("error").path("type").asText("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static @Nullable String text(JsonNode parent, String name) {
        JsonNode value = parent.get(name);
        return value == null || value.isNull() ? null : value.asText();
    }

    private static JsonNode read(byte[] body) throws IOException {
        try {
            return JSON.readTree(body);
        } catch (IOException e) {
            throw new IOException("no JSON"); // Without its cause, which quotes what it could not read.
        }
    }
}
