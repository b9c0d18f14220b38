package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import io.sluice.core.directory.Kind;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The newest version of each document of the directory in Elasticsearch. A version is written under its own number as
 * external version, so of two writers of one number the second is told. Blocking; for the writer and the reconciler only.
 * Every method throws a {@link Refusal} of kind UNAVAILABLE while Elasticsearch does not answer.
 */
final class DirectoryIndex {
    /**
     * A name that only one document of its kind in an organization may have, and the id of that document.
     *
     * @param name as it is compared
     */
    record Claim(String orgId, Kind kind, String name, String owner) {
        private String id() {
            return kind.kindName() + "-name:" + name;
        }

        private String documentId() {
            return DirectoryIndex.documentId(orgId, CLAIM, id());
        }

        private ObjectNode document(Instant at) {
            return head(orgId, CLAIM, id(), at).put("owner", owner);
        }
    }

    /**
     * How claiming ended.
     *
     * @param done the name is the claim's owner's now; else another document has it
     * @param holder that document as it uses the name; empty: it does not yet
     */
    record Claimed(boolean done, Optional<DirectoryVersion> holder) {
        private static final Claimed DONE = new Claimed(true, Optional.empty());
    }

    /** A claim as it was at one time: made anew it is another. */
    static final class SeenClaim {
        private final String path;

        private SeenClaim(String path) {
            this.path = path;
        }
    }

    private static final String CLAIM = "claim";
    private static final String INDEX = "/" + Index.DIRECTORY.indexName();
    private static final MediaType NDJSON = MediaType.parse("application/x-ndjson");
    private static final Codec<DirectoryVersion> CODEC = Codec.of(DirectoryVersion.class);
    private static final int PAGE = 1000;
    private static final int CREATED = 201;
    private static final int CONFLICT = 409;

    /** A document is written right after its claim. One that does not use it after this does not come any more. */
    private static final Duration CLAIM_WAITS = Duration.ofMinutes(1);
    /** The same by the clock of another server, which may differ. */
    private static final Duration FOREIGN_CLAIM_WAITS = Duration.ofMinutes(10);

    private static final int MOST_UNUSED = 10_000;

    /** A claim that was not used when it was met first; by this server's clock. */
    private record Unused(long seqNo, Instant since) {}

    private final Elastic elastic;
    /** By id of the claim's document. */
    private final Map<String, Unused> unused = new ConcurrentHashMap<>();

    DirectoryIndex(Elastic elastic) {
        this.elastic = elastic;
    }

    /** A hash: ids of Elasticsearch are short. Lengths keep two documents from having the same text. */
    private static String documentId(String orgId, String kind, String id) {
        return Secret.sha256(orgId.length() + ":" + orgId + kind.length() + ":" + kind + id);
    }

    private static ObjectNode head(String orgId, String kind, String id, Instant recordedAt) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("org_id", orgId)
                .put("kind", kind)
                .put("id", id)
                .put("recorded_at", recordedAt.toString());
    }

    /**
     * Writes versions.
     *
     * @return those that were not accepted, because another version of that number is there already
     */
    List<DirectoryVersion> write(List<DirectoryVersion> versions) {
        StringBuilder body = new StringBuilder();
        for (DirectoryVersion version : versions) {
            ObjectNode action = JsonNodeFactory.instance.objectNode();
            action.putObject("index")
                    .put("_id", documentId(version.getOrgId(), version.getKind(), version.getId()))
                    .put("version", version.getVersion())
                    .put("version_type", "external");
            ObjectNode document = head(
                            version.getOrgId(),
                            version.getKind(),
                            version.getId(),
                            Micros.toInstant(version.getRecordedAt()))
                    .put("version", version.getVersion())
                    .put("value", Base64.getEncoder().encodeToString(Codec.encode(version)));
            body.append(action).append('\n').append(document).append('\n');
        }
        JsonNode items = elastic.exchange(HttpRequest.of(HttpMethod.POST, INDEX + "/_bulk", NDJSON, body.toString()))
                .expect(200)
                .path("items");
        List<DirectoryVersion> refused = new ArrayList<>();
        for (int i = 0; i < versions.size(); i++) {
            int status = items.path(i).path("index").path("status").asInt();
            if (status == CONFLICT) {
                refused.add(versions.get(i));
            } else if (status != 200 && status != CREATED) {
                throw new Refusal(Refusal.Kind.UNAVAILABLE, "Elasticsearch answered " + status + ", try again");
            }
        }
        return refused;
    }

    /** The newest version, as of now; empty: there is none. */
    Optional<DirectoryVersion> read(String orgId, String kind, String id) {
        Elastic.Answer answer = get(documentId(orgId, kind, id));
        return answer.status() == 404
                ? Optional.empty()
                : Optional.of(decode(answer.expect(200).path("_source")));
    }

    /**
     * Claims a name.
     *
     * @param uses whether the newest version of the document with that id still uses the name
     */
    Claimed claim(Claim claim, Instant now, Predicate<DirectoryVersion> uses) {
        String document = claim.document(now).toString();
        while (true) {
            Elastic.Answer created = put("/_create/" + claim.documentId(), document);
            if (created.status() == CREATED) {
                return Claimed.DONE;
            }
            created.expect(CONFLICT);
            Elastic.Answer found = get(claim.documentId());
            if (found.status() == 404) {
                continue; // gone meanwhile
            }
            JsonNode source = found.expect(200).path("_source");
            String owner = source.path("owner").asText();
            if (!owner.equals(claim.owner())) {
                Optional<DirectoryVersion> holder =
                        read(claim.orgId(), claim.kind().kindName(), owner).filter(uses);
                if (holder.isPresent() || mayBeUsed(claim, found.body(), now)) {
                    return new Claimed(false, holder);
                }
            }
            // The own one is made anew, so that nobody takes it for one that a rename, a deletion or a crash left
            // behind.
            // Of those who see it so, one gets it.
            Elastic.Answer taken = put("/_doc/" + claim.documentId() + "?" + asSeen(found.body()), document);
            if (taken.status() == 200) {
                return Claimed.DONE;
            }
            taken.expect(CONFLICT);
        }
    }

    /**
     * Whoever claimed a name a moment ago may be about to use it. How long ago that was, is told by the clock of whoever
     * claimed it; so this server takes its own time from when it met the claim.
     */
    private boolean mayBeUsed(Claim claim, JsonNode found, Instant now) {
        Instant recorded =
                Instant.parse(found.path("_source").path("recorded_at").asText());
        if (unused.size() > MOST_UNUSED) {
            unused.clear();
        }
        long seqNo = found.path("_seq_no").asLong();
        Unused met = unused.compute(
                claim.documentId(),
                (id, before) -> before != null && before.seqNo == seqNo ? before : new Unused(seqNo, now));
        boolean waits = met.since.plus(CLAIM_WAITS).isAfter(now)
                && recorded.plus(FOREIGN_CLAIM_WAITS).isAfter(now);
        if (!waits) {
            unused.remove(claim.documentId());
        }
        return waits;
    }

    /** A claim as it is now; empty: it is none, or another owner's. */
    Optional<SeenClaim> see(Claim claim) {
        Elastic.Answer found = get(claim.documentId());
        if (found.status() == 404
                || !found.expect(200).path("_source").path("owner").asText().equals(claim.owner())) {
            return Optional.empty();
        }
        return Optional.of(new SeenClaim(INDEX + "/_doc/" + claim.documentId() + "?" + asSeen(found.body())));
    }

    /** Gives up a claim that its document no longer uses, unless it was made anew since. */
    void release(SeenClaim claim) {
        // A conflict: somebody has it already, perhaps the same owner again.
        Elastic.Answer unused = elastic.exchange(HttpRequest.of(HttpMethod.DELETE, claim.path));
    }

    /** For a write that is to be refused if somebody else has written since. */
    private static String asSeen(JsonNode found) {
        return "if_seq_no=" + found.path("_seq_no").asLong() + "&if_primary_term="
                + found.path("_primary_term").asLong();
    }

    /** Goes over the documents whose newest version was recorded since, oldest first. */
    void scan(Instant since, Consumer<DirectoryVersion> visitor) {
        JsonNode after = null;
        while (true) {
            ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", PAGE);
            ObjectNode bool = body.putObject("query").putObject("bool");
            bool.putArray("filter").add(Elastic.between("recorded_at", since, null));
            bool.putArray("must_not").add(Elastic.term("kind", CLAIM));
            var sort = body.putArray("sort");
            for (String field : List.of("recorded_at", "org_id", "kind", "id")) {
                sort.addObject().put(field, "asc");
            }
            if (after != null) {
                body.set("search_after", after);
            }
            JsonNode hits = elastic.exchange(HttpRequest.of(
                            HttpMethod.POST,
                            INDEX + "/_search?ignore_unavailable=true&allow_partial_search_results=false",
                            MediaType.JSON,
                            body.toString()))
                    .expect(200)
                    .path("hits")
                    .path("hits");
            for (JsonNode hit : hits) {
                visitor.accept(decode(hit.path("_source")));
                after = hit.path("sort");
            }
            if (hits.size() < PAGE) {
                return;
            }
        }
    }

    private Elastic.Answer put(String path, String document) {
        return elastic.exchange(HttpRequest.of(HttpMethod.PUT, INDEX + path, MediaType.JSON, document));
    }

    private Elastic.Answer get(String documentId) {
        return elastic.exchange(HttpRequest.of(HttpMethod.GET, INDEX + "/_doc/" + documentId));
    }

    private static DirectoryVersion decode(JsonNode source) {
        try {
            return CODEC.decode(Base64.getDecoder().decode(source.path("value").asText()));
        } catch (IOException e) {
            throw new IllegalStateException(
                    Index.DIRECTORY.indexName() + ": a version cannot be read: " + e.getMessage(), e);
        }
    }
}
