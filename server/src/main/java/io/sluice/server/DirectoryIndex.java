package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import io.sluice.core.directory.Kind;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Index;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The claims on unique names of the directory in Elasticsearch. Blocking; for the writer only. Every method throws a
 * {@link Refusal} of kind UNAVAILABLE while Elasticsearch does not answer.
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
            return VersionIndex.documentId(orgId, VersionIndex.CLAIM, id());
        }

        private ObjectNode document(Instant at) {
            return VersionIndex.head(orgId, VersionIndex.CLAIM, id(), at).put("owner", owner);
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

    private static final String INDEX = "/" + Index.DIRECTORY.indexName();
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
    private final VersionIndex<DirectoryVersion> versions;
    /** By id of the claim's document. */
    private final Map<String, Unused> unused = new ConcurrentHashMap<>();

    DirectoryIndex(Elastic elastic) {
        this.elastic = elastic;
        this.versions = new VersionIndex<>(elastic, Control.DIRECTORY);
    }

    /** The newest version of each document. */
    VersionIndex<DirectoryVersion> versions() {
        return versions;
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
                Optional<DirectoryVersion> holder = versions.read(
                                claim.orgId(), claim.kind().kindName(), owner)
                        .filter(uses);
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

    private Elastic.Answer put(String path, String document) {
        return elastic.exchange(HttpRequest.of(HttpMethod.PUT, INDEX + path, MediaType.JSON, document));
    }

    private Elastic.Answer get(String documentId) {
        return elastic.exchange(HttpRequest.of(HttpMethod.GET, INDEX + "/_doc/" + documentId));
    }
}
