package io.sluice.core.compliance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.audit.CanonicalJson;
import io.sluice.schema.Micros;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/**
 * What proves that an erasure was done: canonical JSON that names the request, what was found, what was done where, and what
 * is left. No content, no name of a person. {@code receipt_hash} is the SHA-256 of the canonical JSON of everything else.
 */
public final class Receipt {
    /** Where a copy of what was erased may still be, and why. */
    public record Residual(String where, String reason) {}

    /**
     * What became of a chat at Anthropic.
     *
     * @param outcome {@code deleted}, {@code absent} (gone before, or not for the key), or why it was not
     */
    public record Upstream(String id, String outcome) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    private Receipt() {}

    /**
     * Of an erasure that is complete.
     *
     * @param documents ids of the documents of the messages that were erased
     * @param kafkaUntil from when the text is gone from Kafka, microseconds UTC
     */
    public static String of(
            String orgId,
            Requested erasure,
            Collection<String> documents,
            long hiddenAt,
            long erasedAt,
            long kafkaUntil,
            List<Upstream> upstream,
            List<Residual> residuals) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("receipt_id", id(erasure.erasure().getId()));
        json.put("erasure_id", erasure.erasure().getId());
        json.put("organization_id", orgId);
        ObjectNode request = json.putObject("request");
        request.put("kind", erasure.erasure().getTarget().getKind());
        request.put("number", erasure.number());
        request.put("requested_at", time(erasure.recordedAt()));
        request.put("requested_by", erasure.requestedBy());
        request.put("reason", erasure.erasure().getReason());
        json.put("start_number", erasure.start());
        json.put("found", documents.size());
        json.put("erased", documents.size());
        json.put("documents_root", MerkleRoot.of(documents));
        json.put("hidden_at", time(hiddenAt));
        json.put("erased_at", time(erasedAt));
        ArrayNode stores = json.putArray("stores");
        stores.addObject()
                .put("store", "elasticsearch")
                .put("method", "replaced by stubs, searched again, then segments and translog purged")
                .put("copies_after", 0)
                .put("verified_at", time(erasedAt));
        stores.addObject()
                .put("store", "kafka topic content")
                .put("method", "null records; text is gone when the log is compacted")
                .put("gone_by", time(kafkaUntil));
        stores.addObject().put("store", "flink state").put("method", "holds ids and hashes, no content");
        ArrayNode there = json.putArray("upstream");
        upstream.forEach(each -> there.addObject().put("id", each.id()).put("outcome", each.outcome()));
        ArrayNode left = json.putArray("residuals");
        residuals.forEach(each -> left.addObject().put("where", each.where()).put("reason", each.reason()));
        json.put("receipt_hash", hash(json));
        return CanonicalJson.of(json);
    }

    /** What a receipt tells of the erasure's progress; times in microseconds UTC. */
    public record Told(long erased, long hiddenAt, long erasedAt) {}

    /** @throws IllegalArgumentException if it is none */
    public static Told read(String receipt) {
        try {
            JsonNode json = JSON.readTree(receipt);
            return new Told(
                    json.path("erased").asLong(),
                    Micros.of(Instant.parse(json.path("hidden_at").asText())),
                    Micros.of(Instant.parse(json.path("erased_at").asText())));
        } catch (JsonProcessingException | DateTimeParseException e) {
            throw new IllegalArgumentException("receipt: " + receipt.length() + " characters (expected: a receipt)", e);
        }
    }

    /** Id of the receipt of an erasure. */
    public static String id(String erasureId) {
        return "receipt_" + erasureId;
    }

    /** What {@code receipt_hash} has to be. */
    public static String hash(ObjectNode receipt) {
        ObjectNode rest = receipt.deepCopy();
        rest.remove("receipt_hash");
        try {
            byte[] bytes = CanonicalJson.of(rest).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    private static String time(long micros) {
        return Micros.toInstant(micros).toString();
    }
}
