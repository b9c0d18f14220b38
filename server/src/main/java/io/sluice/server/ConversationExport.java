package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.ContentIndex;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * All messages that a search finds, as of one moment, oldest first: a zip with the messages, a manifest with the hash of each of them
 * and of their file, and the hash of the manifest. In memory is only what is being written. Blocking, for one thread.
 */
final class ConversationExport implements AutoCloseable {
    static final long MOST = 1_000_000;
    private static final int REFS = 200;
    private static final String KEEP_ALIVE = "5m";
    private static final String MANIFEST = "manifest.json";

    /**
     * What is exported.
     *
     * @param query of the search
     * @param at when the snapshot was opened
     */
    record Order(String id, String orgId, SearchBody search, ObjectNode query, ExportFormat format, Instant at) {}

    private final ContentQueries queries;
    private final Order order;
    private final long expected;
    private ContentQueries.@Nullable Snapshot snapshot;

    /** @throws Refusal as {@link ContentQueries}; INVALID when the search finds too much */
    ConversationExport(ContentQueries queries, Order order) {
        this.queries = queries;
        this.order = order;
        this.snapshot = queries.open(order.orgId(), ContentIndex.MESSAGES, KEEP_ALIVE);
        try {
            this.expected = snapshot == null
                    ? 0
                    : found(snapshot, body(0).put("track_total_hits", true))
                            .at("/hits/total/value")
                            .asLong();
            if (expected > MOST) {
                throw new Refusal(
                        Refusal.Kind.INVALID,
                        "search",
                        "search: finds " + expected + " messages (expected: at most " + MOST
                                + ", as of a shorter time)");
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    long expected() {
        return expected;
    }

    /** How it ended; runs before the manifest is written, so that whoever has one also has its end in the audit. */
    @FunctionalInterface
    interface End {
        void accept(long exported, long gone, String fileHash) throws IOException;
    }

    /** Writes all of it, and closes the stream; not when it fails, so that what is not whole cannot look whole. */
    void write(OutputStream out, End end) throws IOException {
        ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
        try (ExportManifest manifest = new ExportManifest()) {
            zip.putNextEntry(new ZipEntry(order.format().file()));
            messages(zip, manifest);
            zip.closeEntry();
            String fileHash = manifest.fileHash();
            end.accept(manifest.exported(), manifest.gone(), fileHash);
            zip.putNextEntry(new ZipEntry(MANIFEST));
            MessageDigest digest = ExportManifest.sha256();
            OutputStream digested = new DigestOutputStream(open(zip), digest);
            manifest.writeTo(digested, head(), order.format().file(), fileHash, expected);
            zip.closeEntry();
            zip.putNextEntry(new ZipEntry("manifest.sha256"));
            zip.write((HexFormat.of().formatHex(digest.digest()) + "  " + MANIFEST + "\n")
                    .getBytes(StandardCharsets.US_ASCII));
            zip.closeEntry();
        }
        zip.close();
    }

    /** The same stream, which stays open. */
    private static OutputStream open(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                out.write(bytes, from, length);
            }

            @Override
            public void close() throws IOException {
                flush();
            }
        };
    }

    private void messages(OutputStream out, ExportManifest manifest) throws IOException {
        write(out, manifest, order.format().header().getBytes(StandardCharsets.UTF_8));
        ContentQueries.Snapshot at = snapshot;
        if (at == null) {
            return;
        }
        ObjectNode body = ConversationSearch.order(SearchBody.Sort.OLDEST, body(REFS));
        while (true) {
            JsonNode response = found(at, body);
            at = new ContentQueries.Snapshot(response.path("pit_id").asText(at.pit()));
            snapshot = at;
            JsonNode hits = response.path("hits").path("hits");
            List<ContentQueries.Ref> refs = new ArrayList<>();
            hits.forEach(hit -> refs.add(ContentQueries.Ref.of(hit)));
            for (int from = 0; from < refs.size(); from += ContentQueries.BATCH) {
                batch(out, manifest, refs.subList(from, Math.min(refs.size(), from + ContentQueries.BATCH)));
            }
            if (refs.size() < REFS) {
                return;
            }
            body.set("search_after", hits.get(refs.size() - 1).path("sort"));
        }
    }

    private void batch(OutputStream out, ExportManifest manifest, List<ContentQueries.Ref> refs) throws IOException {
        Map<ContentQueries.Ref, ObjectNode> messages = queries.documents(
                order.orgId(),
                refs,
                ContentMessage.WHOLE,
                (ref, source) -> ContentMessage.json(ref.id(), source)
                        .put(
                                ContentMessage.TEXT,
                                source.path(ContentMessage.TEXT).asText())
                        .put(
                                ContentMessage.TOOL_TEXT,
                                source.path(ContentMessage.TOOL_TEXT).asText()));
        byte[] end = order.format().end().getBytes(StandardCharsets.UTF_8);
        for (ContentQueries.Ref ref : refs) {
            ObjectNode message = messages.get(ref);
            if (message == null) {
                manifest.gone(ref.id());
            } else {
                byte[] item = order.format().item(message).getBytes(StandardCharsets.UTF_8);
                write(out, manifest, item);
                write(out, manifest, end);
                manifest.exported(message, item);
            }
        }
    }

    private static void write(OutputStream out, ExportManifest manifest, byte[] bytes) throws IOException {
        out.write(bytes);
        manifest.written(bytes);
    }

    private JsonNode found(ContentQueries.Snapshot at, ObjectNode body) {
        return queries.search(order.orgId(), at, KEEP_ALIVE, order.query(), body);
    }

    private static ObjectNode body(int size) {
        return JsonNodeFactory.instance.objectNode().put("size", size).put("_source", false);
    }

    private ObjectNode head() {
        String query = order.search().toJson().toString();
        ObjectNode head = JsonNodeFactory.instance.objectNode();
        head.put("export_id", order.id()).put("organization", order.orgId());
        head.set("query", order.search().toJson());
        return head.put(
                        "query_sha256",
                        HexFormat.of()
                                .formatHex(ExportManifest.sha256().digest(query.getBytes(StandardCharsets.UTF_8))))
                .put("as_of", order.at().toString())
                .put("format", order.format().name().toLowerCase(Locale.ROOT));
    }

    /** Frees the snapshot. */
    @Override
    public void close() {
        ContentQueries.Snapshot open = snapshot;
        snapshot = null;
        if (open != null) {
            queries.close(open);
        }
    }
}
