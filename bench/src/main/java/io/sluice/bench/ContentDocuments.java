package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.ContentIndex;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The documents of conversations in Elasticsearch. */
final class ContentDocuments {
    private static final String MESSAGES = ContentIndex.MESSAGES.templateName() + "-*";
    private static final String CONVERSATIONS = ContentIndex.CONVERSATIONS.templateName() + "-*";
    private static final String ALL = MESSAGES + "," + CONVERSATIONS;
    private static final int PAGE = 2_000;
    /** The sink's. */
    private static final int REQUEST_DOCUMENTS = 1_000;

    private static final int REQUEST_BYTES = 5 << 20;

    private final Elastic elastic;

    ContentDocuments(Elastic elastic) {
        this.elastic = elastic;
    }

    /** Deletes their indices. */
    void clear() throws IOException, InterruptedException {
        for (JsonNode index : elastic.json("GET", "/_cat/indices/" + ALL + "?format=json&h=index", "")) {
            elastic.send("DELETE", "/" + index.path("index").asText(), "");
        }
    }

    /**
     * Makes findable what was written, and counts.
     *
     * @return whether there are so many messages, and conversations that have so many together
     */
    boolean areThere(long messages) throws IOException, InterruptedException {
        elastic.send("POST", "/" + ALL + "/_refresh", "");
        if (messages() != messages) {
            return false;
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        body.putObject("aggs").putObject("messages").putObject("sum").put("field", "messages");
        return elastic.json("POST", "/" + CONVERSATIONS + "/_search", body.toString())
                        .at("/aggregations/messages/value")
                        .asLong()
                == messages;
    }

    long messages() throws IOException, InterruptedException {
        return elastic.json("GET", "/" + MESSAGES + "/_count", "").path("count").asLong();
    }

    /** How many were sent since the indices were made, each as often as it was. */
    long written() throws IOException, InterruptedException {
        return elastic.json("GET", "/" + ALL + "/_stats/indexing", "")
                .at("/_all/total/indexing/index_total")
                .asLong();
    }

    /** Bytes of all of them in Elasticsearch. */
    long bytes() throws IOException, InterruptedException {
        return elastic.json("GET", "/" + ALL + "/_stats/store", "")
                .at("/_all/total/store/size_in_bytes")
                .asLong();
    }

    /** Returns when Elasticsearch merges nothing any more. */
    void awaitMerged() throws IOException, InterruptedException {
        while (elastic.json("GET", "/" + ALL + "/_stats/merge", "")
                        .at("/_all/total/merges/current")
                        .asLong()
                > 0) {
            Thread.sleep(500);
        }
    }

    /** Documents that were replaced and whose bytes are still there. */
    long replaced() throws IOException, InterruptedException {
        return elastic.json("GET", "/" + ALL + "/_stats/docs", "")
                .at("/_all/total/docs/deleted")
                .asLong();
    }

    /**
     * Bodies of bulk requests, one behind the other.
     *
     * @param bytes of each
     * @param documents in all of them
     */
    record Requests(Path file, List<Integer> bytes, List<DocumentWrite> documents) {}

    /** Writes all of them to a file, as the sink would send them: messages as they occurred, then conversations. */
    Requests export(Path file) throws IOException, InterruptedException {
        try (Export export = new Export(file)) {
            export(export, MESSAGES, "occurred_at", "doc_id", "part");
            export(export, CONVERSATIONS, "conversation_id");
            export.end();
            return new Requests(file, export.bytes, export.documents);
        }
    }

    private static final class Export implements AutoCloseable {
        private final OutputStream out;
        private final ByteArrayOutputStream request = new ByteArrayOutputStream();
        private final List<Integer> bytes = new ArrayList<>();
        private int inRequest;
        private final List<DocumentWrite> documents = new ArrayList<>();

        Export(Path file) throws IOException {
            out = new BufferedOutputStream(Files.newOutputStream(file));
        }

        void add(DocumentWrite document) throws IOException {
            ObjectNode action = JsonNodeFactory.instance.objectNode();
            action.putObject("index")
                    .put("_index", document.index())
                    .put("_id", document.id())
                    .put("version", document.version())
                    .put("version_type", "external");
            byte[] lines = (action.toString() + '\n' + document.json() + '\n').getBytes(StandardCharsets.UTF_8);
            if (inRequest == REQUEST_DOCUMENTS || request.size() + lines.length > REQUEST_BYTES) {
                end();
            }
            request.write(lines);
            inRequest++;
            documents.add(document);
        }

        void end() throws IOException {
            if (inRequest > 0) {
                bytes.add(request.size());
                request.writeTo(out);
                request.reset();
                inRequest = 0;
            }
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }

    private void export(Export export, String indices, String... order) throws IOException, InterruptedException {
        JsonNode after = null;
        while (true) {
            ObjectNode body =
                    JsonNodeFactory.instance.objectNode().put("size", PAGE).put("version", true);
            ArrayNode sort = body.putArray("sort");
            for (String field : order) {
                sort.add(field);
            }
            if (after != null) {
                body.set("search_after", after);
            }
            JsonNode hits = elastic.json("POST", "/" + indices + "/_search", body.toString())
                    .at("/hits/hits");
            for (JsonNode hit : hits) {
                export.add(new DocumentWrite(
                        hit.path("_index").asText(),
                        hit.path("_id").asText(),
                        hit.path("_version").asLong(),
                        hit.path("_source").toString()));
                after = hit.path("sort");
            }
            if (hits.size() < PAGE) {
                return;
            }
        }
    }
}
