package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import io.sluice.schema.Codec;
import io.sluice.schema.Micros;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * The newest version of each control document in Elasticsearch. A version is written under its own number as external
 * version, so of two writers of one number the second is told. Blocking; for the writer and the reconciler only. Every
 * method throws a {@link Refusal} of kind UNAVAILABLE while Elasticsearch does not answer.
 */
final class VersionIndex<T extends SpecificRecordBase> {
    /** Kind of documents of the directory that are no versions. */
    static final String CLAIM = "claim";

    private static final MediaType NDJSON = MediaType.parse("application/x-ndjson");
    private static final int PAGE = 1000;
    private static final int CREATED = 201;
    private static final int CONFLICT = 409;

    private final Elastic elastic;
    private final Control<T> control;
    private final String path;

    VersionIndex(Elastic elastic, Control<T> control) {
        this.elastic = elastic;
        this.control = control;
        this.path = "/" + control.index().indexName();
    }

    /** A hash: ids of Elasticsearch are short. Lengths keep two documents from having the same text. */
    static String documentId(String orgId, String kind, String id) {
        return Secret.sha256(orgId.length() + ":" + orgId + kind.length() + ":" + kind + id);
    }

    static ObjectNode head(String orgId, String kind, String id, Instant recordedAt) {
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
    List<T> write(List<T> versions) {
        StringBuilder body = new StringBuilder();
        for (T version : versions) {
            Control.Head head = control.head(version);
            ObjectNode action = JsonNodeFactory.instance.objectNode();
            action.putObject("index")
                    .put("_id", documentId(head.orgId(), head.kind(), head.id()))
                    .put("version", head.version())
                    .put("version_type", "external");
            ObjectNode document = head(head.orgId(), head.kind(), head.id(), Micros.toInstant(head.recordedAt()))
                    .put("version", head.version())
                    .put("value", Base64.getEncoder().encodeToString(Codec.encode(version)));
            body.append(action).append('\n').append(document).append('\n');
        }
        JsonNode items = elastic.exchange(HttpRequest.of(HttpMethod.POST, path + "/_bulk", NDJSON, body.toString()))
                .expect(200)
                .path("items");
        List<T> refused = new ArrayList<>();
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
    Optional<T> read(String orgId, String kind, String id) {
        Elastic.Answer answer =
                elastic.exchange(HttpRequest.of(HttpMethod.GET, path + "/_doc/" + documentId(orgId, kind, id)));
        return answer.status() == 404
                ? Optional.empty()
                : Optional.of(decode(answer.expect(200).path("_source")));
    }

    /** Goes over the documents whose newest version was recorded since, oldest first. */
    void scan(Instant since, Consumer<T> visitor) {
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
                            path + "/_search?ignore_unavailable=true&allow_partial_search_results=false",
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

    private T decode(JsonNode source) {
        try {
            return control.codec()
                    .decode(Base64.getDecoder().decode(source.path("value").asText()));
        } catch (IOException e) {
            throw new IllegalStateException(
                    control.index().indexName() + ": a version cannot be read: " + e.getMessage(), e);
        }
    }
}
