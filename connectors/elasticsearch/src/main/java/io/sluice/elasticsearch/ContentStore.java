package io.sluice.elasticsearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What an erasure does to the indices of conversations: finds documents, puts stubs in their place, and has their bytes
 * purged. Blocking. Every method throws an {@link IOException} that quotes no content, also when Elasticsearch refuses or
 * answers for a part of its shards only.
 */
public final class ContentStore {
    /** Version of a stub: no other write reaches it, so nothing ever overwrites one. */
    public static final long STUB_VERSION = 1L << 62;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int RECEIPTS = 1_000;
    private static final String NDJSON = "application/x-ndjson";
    private static final String TYPE = "application/json";
    private static final Duration POLL = Duration.ofMillis(500);
    private static final List<String> FIELDS = List.of(
            "doc_id",
            "conversation_id",
            "message_id",
            "labels",
            "project_id",
            "product",
            "occurred_at",
            "part",
            "empty",
            "erased_by");

    private final ElasticsearchHttp http;

    /**
     * A document, without its content.
     *
     * @param id in Elasticsearch
     * @param documentId that of the message, which all its parts share
     * @param labels lower case; empty also of stubs
     * @param occurredAt as it is stored, ISO 8601; null: of a stub
     * @param erasedBy of a stub: the erasure that put it there; null: of a document that is there
     */
    public record Found(
            String index,
            String id,
            String documentId,
            String conversationId,
            String messageId,
            Set<String> labels,
            @Nullable String projectId,
            @Nullable String product,
            @Nullable String occurredAt,
            @Nullable String erasedBy) {}

    /** Visits one page of what was found. */
    @FunctionalInterface
    public interface Visitor {
        void page(List<Found> found) throws IOException, InterruptedException;
    }

    public ContentStore(ElasticsearchConnection connection) throws IOException {
        http = new ElasticsearchHttp(connection);
    }

    /** What was written before can be found after it. No index fits: nothing happens. */
    public void refresh(String indices) throws IOException {
        require(call("POST", "/" + indices + "/_refresh?ignore_unavailable=true&allow_no_indices=true", ""), "refresh");
    }

    /**
     * Goes over everything that a filter finds, in the order of document ids. The visitor may put stubs in the place of
     * what it is given.
     *
     * @param indices a name or a pattern
     * @param filter a query of Elasticsearch; it alone decides, also on stubs
     */
    public void forEach(String indices, JsonNode filter, int pageSize, Visitor visitor)
            throws IOException, InterruptedException {
        JsonNode after = null;
        while (true) {
            ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", pageSize);
            body.putObject("query").putObject("bool").putArray("filter").add(filter);
            ArrayNode sort = body.putArray("sort");
            sort.addObject().putObject("doc_id").put("order", "asc").put("unmapped_type", "keyword");
            // Documents of conversations have no id of a message.
            sort.addObject().putObject("conversation_id").put("order", "asc").put("unmapped_type", "keyword");
            sort.addObject()
                    .putObject("part")
                    .put("order", "asc")
                    .put("missing", "_first")
                    .put("unmapped_type", "integer");
            ArrayNode fields = body.putArray("_source");
            FIELDS.forEach(fields::add);
            if (after != null) {
                body.set("search_after", after);
            }
            JsonNode hits = search(indices, body).path("hits").path("hits");
            List<Found> page = new ArrayList<>(hits.size());
            for (JsonNode hit : hits) {
                page.add(found(hit));
                after = hit.path("sort");
            }
            if (!page.isEmpty()) {
                visitor.page(page);
            }
            if (hits.size() < pageSize) {
                return;
            }
        }
    }

    /** How many documents a filter finds. */
    public long count(String indices, JsonNode filter) throws IOException {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0).put("track_total_hits", true);
        body.putObject("query").putObject("bool").putArray("filter").add(filter);
        return search(indices, body).path("hits").path("total").path("value").asLong();
    }

    /**
     * The values that a keyword has in the documents of a filter.
     *
     * @param most how many there can be
     */
    public Set<String> values(String indices, String field, JsonNode filter, int most) throws IOException {
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", 0);
        body.putObject("query").putObject("bool").putArray("filter").add(filter);
        body.putObject("aggs")
                .putObject("values")
                .putObject("terms")
                .put("field", field)
                .put("size", most);
        Set<String> values = new TreeSet<>();
        search(indices, body)
                .path("aggregations")
                .path("values")
                .path("buckets")
                .forEach(bucket -> values.add(bucket.path("key").asText()));
        return values;
    }

    private JsonNode search(String indices, ObjectNode body) throws IOException {
        String path = "/" + indices
                + "/_search?ignore_unavailable=true&allow_no_indices=true&allow_partial_search_results=false";
        JsonNode answer = require(call("POST", path, body.toString()), "search");
        if (answer.path("_shards").path("failed").asInt() != 0
                || answer.path("timed_out").asBoolean()) {
            throw new IOException("search: answered by a part of the shards (expected: by all)");
        }
        return answer;
    }

    private static Found found(JsonNode hit) {
        JsonNode source = hit.path("_source");
        Set<String> labels = new TreeSet<>();
        source.path("labels").forEach(label -> labels.add(label.asText()));
        return new Found(
                hit.path("_index").asText(),
                hit.path("_id").asText(),
                source.path("doc_id").asText(),
                source.path("conversation_id").asText(),
                source.path("message_id").asText(),
                labels,
                text(source, "project_id"),
                text(source, "product"),
                text(source, "occurred_at"),
                text(source, "erased_by"));
    }

    private static @Nullable String text(JsonNode parent, String name) {
        JsonNode value = parent.get(name);
        return value == null || value.isNull() ? null : value.asText();
    }

    /**
     * Puts stubs in the place of documents: their ids and the erasure, nothing else. Where one is already, it stays.
     *
     * @throws IOException when one of them could not be written; the others are
     */
    public void stub(String orgId, String erasureId, Collection<Found> documents) throws IOException {
        if (documents.isEmpty()) {
            return;
        }
        StringBuilder body = new StringBuilder();
        for (Found each : documents) {
            ObjectNode action = JsonNodeFactory.instance.objectNode();
            action.putObject("index")
                    .put("_index", each.index())
                    .put("_id", each.id())
                    .put("version", STUB_VERSION)
                    .put("version_type", "external");
            ObjectNode stub = JsonNodeFactory.instance
                    .objectNode()
                    .put("org_id", orgId)
                    .put("empty", true)
                    .put("erased_by", erasureId)
                    .put("conversation_id", each.conversationId());
            // Of a conversation's own document there is neither.
            if (!each.documentId().isEmpty()) {
                stub.put("doc_id", each.documentId()).put("message_id", each.messageId());
            }
            body.append(action).append('\n').append(stub).append('\n');
        }
        HttpResponse<byte[]> answer =
                send("POST", "/_bulk?filter_path=" + BulkAnswer.FILTER_PATH, NDJSON, body.toString());
        if (answer.statusCode() != 200) {
            throw refused("bulk", answer);
        }
        for (BulkAnswer.Item item : BulkAnswer.parse(answer.body())) {
            if (BulkOutcome.ofItem(item.status(), item.errorType()) != BulkOutcome.DONE) {
                throw new IOException("stub: status " + item.status() + " " + item.errorType());
            }
        }
    }

    /**
     * Empties a document under the version that it has: whoever writes a newer one may do so. Not there, or newer by now:
     * nothing happens.
     */
    public void empty(String orgId, String index, String id) throws IOException {
        HttpResponse<byte[]> found = send("GET", "/" + index + "/_doc/" + id + "?_source=false", TYPE, "");
        if (found.statusCode() == 404) {
            return;
        }
        long version = require(found, "get").path("_version").asLong();
        ObjectNode stub =
                JsonNodeFactory.instance.objectNode().put("org_id", orgId).put("empty", true);
        HttpResponse<byte[]> answer = send(
                "PUT",
                "/" + index + "/_doc/" + id + "?version_type=external_gte&version=" + version,
                TYPE,
                stub.toString());
        if (answer.statusCode() != 200 && answer.statusCode() != 409) {
            throw refused("put", answer);
        }
    }

    /**
     * Creates a document, once and for all.
     *
     * @return what is there: this one, or what was there before it
     */
    public String create(String index, String id, String json) throws IOException {
        HttpResponse<byte[]> answer = send("PUT", "/" + index + "/_create/" + id + "?refresh=wait_for", TYPE, json);
        if (answer.statusCode() == 201) {
            return json;
        }
        if (answer.statusCode() == 409) {
            return read(index, id).orElseThrow(() -> new IOException("create: there is one, and it cannot be read"));
        }
        throw refused("create", answer);
    }

    /** The source of a document as of now; empty: there is none. */
    public Optional<String> read(String index, String id) throws IOException {
        HttpResponse<byte[]> answer = send("GET", "/" + index + "/_doc/" + id, TYPE, "");
        if (answer.statusCode() == 404) {
            return Optional.empty();
        }
        return Optional.of(require(answer, "get").path("_source").toString());
    }

    /** Is told of a receipt. */
    @FunctionalInterface
    public interface ReceiptVisitor {
        void visit(String orgId, String erasureId, String receipt);
    }

    /** Tells all receipts that {@link #create} has put into an index of erasures. */
    public void receipts(String index, ReceiptVisitor visitor) throws IOException {
        refresh(index);
        JsonNode after = null;
        while (true) {
            ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", RECEIPTS);
            body.putObject("query").putObject("term").put("status", "receipt");
            ArrayNode sort = body.putArray("sort");
            sort.addObject().put("org_id", "asc");
            sort.addObject().put("erasure_id", "asc");
            if (after != null) {
                body.set("search_after", after);
            }
            JsonNode hits = search(index, body).path("hits").path("hits");
            for (JsonNode hit : hits) {
                JsonNode source = hit.path("_source");
                visitor.visit(
                        source.path("org_id").asText(),
                        source.path("erasure_id").asText(),
                        source.path("receipt").asText());
                after = hit.path("sort");
            }
            if (hits.size() < RECEIPTS) {
                return;
            }
        }
    }

    /**
     * Has the bytes of replaced documents removed from segments and translog: waits until no copy of a shard keeps them for
     * others, then merges every segment that has any.
     *
     * @param limit how long to wait until no copy keeps them; the merge takes as long as it takes
     * @throws IOException also when bytes are left at the end of the limit
     */
    @SuppressWarnings("try") // What ends a setting has nothing to be asked.
    public void purge(Collection<String> indices, Duration limit) throws IOException, InterruptedException {
        if (indices.isEmpty()) {
            return;
        }
        long deadline = System.nanoTime() + limit.toNanos();
        String names = String.join(",", new TreeSet<>(indices));
        String all = "/" + names;
        String optional = "ignore_unavailable=true&allow_no_indices=true";
        require(
                call("PUT", all + "/_settings?" + optional, "{\"index.merge.policy.expunge_deletes_allowed\":0}"),
                "settings");
        require(call("POST", all + "/_refresh?" + optional, ""), "refresh");
        require(call("POST", all + "/_flush?force=true&wait_if_ongoing=true&" + optional, ""), "flush");
        Map<String, Long> written = new TreeMap<>();
        forEachCopy(
                names,
                (name, copy) -> written.merge(
                        name, copy.path("seq_no").path("max_seq_no").asLong(), Math::max));
        await(deadline, "replaced documents are still kept for recovery", () -> {
            boolean[] done = {true};
            forEachCopy(names, (name, copy) -> {
                for (JsonNode lease : copy.path("retention_leases").path("leases")) {
                    done[0] &= lease.path("retaining_seq_no").asLong() > written.getOrDefault(name, -1L);
                }
            });
            return done[0];
        });
        // A merge that runs already may carry over what was replaced since it began; one that begins now does not.
        await(deadline, "other merges do not end", () -> merging(names) == 0);
        try (Throttle off = throttleOff(all + "/_settings?" + optional)) {
            merge(all + "/_forcemerge?only_expunge_deletes=true&wait_for_completion=false&" + optional);
        }
        require(call("POST", all + "/_flush?force=true&wait_if_ongoing=true&" + optional, ""), "flush");
    }

    /** Ends that merges are not slowed down. */
    private interface Throttle extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /** Elasticsearch slows merges down to a few megabytes a second while it has nothing else to do. */
    private Throttle throttleOff(String settings) throws IOException {
        String body = "{\"index.merge.scheduler.auto_throttle\":%s}";
        require(call("PUT", settings, String.format(body, "false")), "settings");
        return () -> require(call("PUT", settings, String.format(body, "null")), "settings");
    }

    /** Waits as long as Elasticsearch works on it: no request would, and one more would begin it again. */
    private void merge(String path) throws IOException, InterruptedException {
        String task = "/_tasks/"
                + require(call("POST", path, ""), "merge").path("task").asText();
        JsonNode state = require(call("GET", task, ""), "merge");
        while (!state.path("completed").asBoolean()) {
            Thread.sleep(POLL.toMillis());
            state = require(call("GET", task, ""), "merge");
        }
        int failed = state.at("/response/_shards/failed").asInt();
        if (state.has("error") || failed > 0) {
            throw new IOException("merge: " + state.at("/error/type").asText("failed") + ", " + failed + " shards");
        }
    }

    private long merging(String names) throws IOException {
        return require(
                        call("GET", "/" + names + "/_stats/merge?ignore_unavailable=true&allow_no_indices=true", ""),
                        "stats")
                .path("_all")
                .path("total")
                .path("merges")
                .path("current")
                .asLong();
    }

    private interface Copy {
        void visit(String shard, JsonNode stats);
    }

    private void forEachCopy(String names, Copy visitor) throws IOException {
        JsonNode stats = require(
                call("GET", "/" + names + "/_stats?level=shards&ignore_unavailable=true&allow_no_indices=true", ""),
                "stats");
        for (Map.Entry<String, JsonNode> index : stats.path("indices").properties()) {
            for (Map.Entry<String, JsonNode> shard :
                    index.getValue().path("shards").properties()) {
                for (JsonNode copy : shard.getValue()) {
                    visitor.visit(index.getKey() + "/" + shard.getKey(), copy);
                }
            }
        }
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(long deadline, String otherwise, Condition condition)
            throws IOException, InterruptedException {
        while (!condition.holds()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException("purge: " + otherwise);
            }
            Thread.sleep(POLL.toMillis());
        }
    }

    private HttpResponse<byte[]> call(String method, String path, String body) throws IOException {
        return send(method, path, TYPE, body);
    }

    private HttpResponse<byte[]> send(String method, String path, String type, String body) throws IOException {
        try {
            return http.send(method, path, type, body.getBytes(StandardCharsets.UTF_8))
                    .join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("Elasticsearch at " + http.url() + ": " + cause, cause);
        }
    }

    private static JsonNode require(HttpResponse<byte[]> answer, String what) throws IOException {
        if (answer.statusCode() != 200) {
            throw refused(what, answer);
        }
        try {
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new IOException(what + ": no JSON"); // Without its cause, which quotes what it could not read.
        }
    }

    private static IOException refused(String what, HttpResponse<byte[]> answer) {
        return new IOException(what + ": status " + answer.statusCode() + " " + BulkAnswer.errorType(answer.body())
                + " (expected: 200)");
    }
}
