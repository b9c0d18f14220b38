package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.ContentIndex;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The documents of conversations in Elasticsearch. */
final class ContentDocuments {
    private static final String MESSAGES = ContentIndex.MESSAGES.templateName() + "-*";
    private static final String CONVERSATIONS = ContentIndex.CONVERSATIONS.templateName() + "-*";
    private static final String ALL = MESSAGES + "," + CONVERSATIONS;
    private static final int PAGE = 2_000;

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
     * Writes all of them to a file, as a bulk request has them: messages as they occurred, then conversations.
     *
     * @return how many
     */
    long export(Path file) throws IOException, InterruptedException {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            return export(MESSAGES, out, "occurred_at", "doc_id", "part")
                    + export(CONVERSATIONS, out, "conversation_id");
        }
    }

    private long export(String indices, BufferedWriter out, String... order) throws IOException, InterruptedException {
        long count = 0;
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
                ObjectNode action = JsonNodeFactory.instance.objectNode();
                action.putObject("index")
                        .put("_index", hit.path("_index").asText())
                        .put("_id", hit.path("_id").asText())
                        .put("version", hit.path("_version").asLong())
                        .put("version_type", "external");
                out.append(action.toString()).append('\n');
                out.append(hit.path("_source").toString()).append('\n');
                after = hit.path("sort");
                count++;
            }
            if (hits.size() < PAGE) {
                return count;
            }
        }
    }
}
