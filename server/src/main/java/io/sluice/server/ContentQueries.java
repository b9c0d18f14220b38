package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import io.sluice.schema.ContentIndex;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one place that asks the indices of conversations. Whatever is asked, it adds the organization as a filter, and names the
 * organization's own indices only: whoever escaped from one of both would still meet the other. Documents whose content was
 * erased are never found. An answer is whole or an error. Blocking.
 */
final class ContentQueries {
    /** How many documents with their text are fetched at once: each may have several hundred KB. */
    static final int BATCH = 8;

    /** Batches in memory, of all requests. */
    private static final int BATCHES_AT_ONCE = 3;

    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final String TIMEOUT = "8s";
    private static final String ORG_ID = "org_id";
    private static final String EMPTY = "empty";
    private static final int ALL_IDS_PAGE = 5000;
    private static final int UNAVAILABLE = 503;
    private static final int INDEX_TRIES = 20;
    private static final long INDEX_PAUSE_MILLIS = 100;

    private final Elastic elastic;
    private final Semaphore batches = new Semaphore(BATCHES_AT_ONCE, true);

    ContentQueries(Elastic elastic) {
        this.elastic = elastic;
    }

    /** Where a document is. */
    record Ref(String index, String id) {
        static Ref of(JsonNode hit) {
            return new Ref(hit.path("_index").asText(), hit.path("_id").asText());
        }
    }

    /** An organization's indices as they are at one moment. */
    record Snapshot(String pit) {}

    /**
     * Searches as of now.
     *
     * @param query must hold besides; null: every document
     * @param body everything but the query: size, sort, aggregations
     * @throws Refusal UNAVAILABLE when Elasticsearch does not answer or only in part, INVALID when it refuses the query
     */
    JsonNode search(String orgId, ContentIndex index, @Nullable ObjectNode query, ObjectNode body) {
        String path = "/" + indices(orgId, index)
                + "/_search?ignore_unavailable=true&allow_no_indices=true&allow_partial_search_results=false";
        return whole(post(path, bounded(orgId, query, body)));
    }

    /**
     * The same as of a moment. The answer has the {@code pit_id} to go on with.
     *
     * @param keepAlive how long it is kept after this, as in {@code 5m}
     * @throws Refusal INVALID when it is not kept any more
     */
    JsonNode search(String orgId, Snapshot at, String keepAlive, @Nullable ObjectNode query, ObjectNode body) {
        ObjectNode asked = bounded(orgId, query, body);
        asked.putObject("pit").put("id", at.pit()).put("keep_alive", keepAlive);
        Elastic.Answer answer = post("/_search?allow_partial_search_results=false", asked);
        if (answer.status() == 404) {
            throw ended();
        }
        return whole(answer);
    }

    static Refusal ended() {
        return new Refusal(
                Refusal.Kind.INVALID,
                PageToken.PAGE,
                "page: its search has ended (expected: asked for within a few minutes; search again)");
    }

    /** Null: the organization has no document yet. */
    @Nullable
    Snapshot open(String orgId, ContentIndex index, String keepAlive) {
        Elastic.Answer answer =
                post("/" + indices(orgId, index) + "/_pit?ignore_unavailable=true&keep_alive=" + keepAlive, object());
        if (answer.status() == 404) {
            return null;
        }
        String pit = answer.expect(200).path("id").asText();
        return pit.isEmpty() ? null : new Snapshot(pit);
    }

    /** Frees what it holds; it ends by itself too. */
    void close(Snapshot snapshot) {
        ObjectNode body = object().put("id", snapshot.pit());
        Elastic.Answer unused = send(HttpMethod.DELETE, "/_pit", body);
    }

    /**
     * Documents as they are at this moment, which may be later than that of the search which found them: who was erased since is
     * not among them.
     *
     * @param fields of the source, and none else
     * @param read makes of each what is kept of it, so that texts are in memory for one batch only
     * @return in the order of the refs
     * @throws Refusal UNAVAILABLE when one of them cannot be read
     */
    <T> Map<Ref, T> documents(
            String orgId, Collection<Ref> refs, Set<String> fields, BiFunction<Ref, JsonNode, T> read) {
        Map<Ref, T> documents = new LinkedHashMap<>();
        List<Ref> all = List.copyOf(refs);
        for (int from = 0; from < all.size(); from += BATCH) {
            batch(orgId, all.subList(from, Math.min(all.size(), from + BATCH)), fields, read, documents);
        }
        return documents;
    }

    private <T> void batch(
            String orgId,
            List<Ref> refs,
            Set<String> fields,
            BiFunction<Ref, JsonNode, T> read,
            Map<Ref, T> documents) {
        ObjectNode body = object();
        ArrayNode docs = body.putArray("docs");
        for (Ref ref : refs) {
            requireOwn(orgId, ref);
            ArrayNode source = docs.addObject()
                    .put("_index", ref.index())
                    .put("_id", ref.id())
                    .putArray("_source");
            source.add(ORG_ID).add(EMPTY);
            fields.forEach(source::add);
        }
        acquire();
        try {
            for (JsonNode document : post("/_mget", body).expect(200).path("docs")) {
                Ref ref = Ref.of(document);
                JsonNode error = document.path("error");
                if (!error.isMissingNode() && !error.path("type").asText().equals("index_not_found_exception")) {
                    throw new Refusal(Refusal.Kind.UNAVAILABLE, "a document cannot be read, try again");
                }
                JsonNode source = document.path("_source");
                if (document.path("found").asBoolean()
                        && source.path(ORG_ID).asText().equals(orgId)
                        && !source.path(EMPTY).asBoolean()) {
                    documents.put(ref, read.apply(ref, source));
                }
            }
        } finally {
            batches.release();
        }
    }

    private void acquire() {
        try {
            if (!batches.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Refusal(Refusal.Kind.UNAVAILABLE, "too many conversations are being read, try again");
            }
        } catch (InterruptedException e) {
            throw stopping();
        }
    }

    /**
     * Tells every document that matches as of now, page by page; not stubs.
     *
     * @return how many
     */
    long forEach(String orgId, ContentIndex index, @Nullable ObjectNode query, Consumer<List<Ref>> page) {
        Snapshot snapshot = open(orgId, index, "1m");
        if (snapshot == null) {
            return 0;
        }
        long count = 0;
        try {
            ObjectNode body = object().put("size", ALL_IDS_PAGE).put("_source", false);
            body.putArray("sort").add("_shard_doc");
            while (true) {
                JsonNode response = search(orgId, snapshot, "1m", query, body);
                snapshot = new Snapshot(response.path("pit_id").asText(snapshot.pit()));
                List<Ref> refs = new ArrayList<>();
                JsonNode hits = response.path("hits").path("hits");
                hits.forEach(hit -> refs.add(Ref.of(hit)));
                if (!refs.isEmpty()) {
                    page.accept(refs);
                    count += refs.size();
                }
                if (refs.size() < ALL_IDS_PAGE) {
                    return count;
                }
                body.set("search_after", hits.get(refs.size() - 1).path("sort"));
            }
        } finally {
            close(snapshot);
        }
    }

    private static ObjectNode bounded(String orgId, @Nullable ObjectNode query, ObjectNode body) {
        ObjectNode asked = body.deepCopy();
        ObjectNode bool = object();
        bool.putArray("filter").addObject().putObject("term").put(ORG_ID, orgId);
        bool.putArray("must_not").addObject().putObject("term").put(EMPTY, true);
        if (query != null) {
            bool.putArray("must").add(query);
        }
        asked.putObject("query").set("bool", bool);
        return asked.put("timeout", TIMEOUT);
    }

    private static String indices(String orgId, ContentIndex index) {
        return switch (index) {
            case MESSAGES -> ContentIndex.allMessages(orgId);
            case CONVERSATIONS -> ContentIndex.conversations(orgId);
        };
    }

    private static void requireOwn(String orgId, Ref ref) {
        String messages = ContentIndex.allMessages(orgId);
        if (!ref.index().startsWith(messages.substring(0, messages.length() - 1))
                && !ref.index().equals(ContentIndex.conversations(orgId))) {
            throw new IllegalStateException("an index of another organization");
        }
    }

    private static JsonNode whole(Elastic.Answer answer) {
        if (answer.status() == 400) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "search: Elasticsearch refuses it (expected: fewer or less general words, phrases and prefixes)");
        }
        JsonNode body = answer.expect(200);
        if (body.path("timed_out").asBoolean()
                || body.path("terminated_early").asBoolean()
                || body.path("_shards").path("failed").asInt(1) != 0) {
            throw new Refusal(
                    Refusal.Kind.UNAVAILABLE, "the search was not finished in time, try again or search for less");
        }
        return body;
    }

    private Elastic.Answer post(String path, ObjectNode body) {
        return send(HttpMethod.POST, path, body);
    }

    /** Waits for an index that is just being made, as by the first message of a month: nobody can be asked for it yet. */
    private Elastic.Answer send(HttpMethod method, String path, ObjectNode body) {
        String text = body.isEmpty() ? "" : body.toString();
        Elastic.Answer answer = elastic.exchange(HttpRequest.of(method, path, MediaType.JSON, text));
        for (int tries = 0; tries < INDEX_TRIES && answer.status() == UNAVAILABLE; tries++) {
            pause();
            answer = elastic.exchange(HttpRequest.of(method, path, MediaType.JSON, text));
        }
        return answer;
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(INDEX_PAUSE_MILLIS);
        } catch (InterruptedException e) {
            throw stopping();
        }
    }

    private static Refusal stopping() {
        Thread.currentThread().interrupt();
        return new Refusal(Refusal.Kind.UNAVAILABLE, "the server is stopping, try again");
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
