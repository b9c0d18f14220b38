package io.sluice.core.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.AuditEntry;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Micros;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** An entry of the audit as JSON: what is hashed, stored, served and verified. */
public final class AuditJson {
    public static final String NUMBER = "number";
    public static final String HASH = "hash";
    public static final String PREVIOUS_HASH = "previous_hash";
    public static final String ORG_ID = "org_id";
    public static final String EVENT_ID = "event_id";

    private AuditJson() {}

    public static ObjectNode of(AuditEntry entry) {
        return unhashed(entry.getNumber(), entry.getPreviousHash(), entry.getRecord())
                .put(HASH, entry.getHash());
    }

    /** All but the hash. */
    static ObjectNode unhashed(long number, String previousHash, AuditRecord record) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put(NUMBER, number)
                .put(PREVIOUS_HASH, previousHash)
                .put(ORG_ID, record.getOrgId())
                .put(EVENT_ID, record.getEventId())
                .put("occurred_at", Micros.toInstant(record.getOccurredAt()).toString())
                .put("actor", record.getActor())
                .put("action", record.getAction())
                .put("target", record.getTarget())
                .put("outcome", record.getOutcome())
                .put("remote", record.getRemote());
        ObjectNode details = json.putObject("details");
        record.getDetails().forEach(details::put);
        return json;
    }

    /**
     * SHA-256, in hex digits, of {@code previous_hash} and the canonical JSON of everything but {@code hash}.
     *
     * @param entry an object; whatever else it holds is hashed along
     * @throws IllegalArgumentException when it holds what has no canonical spelling
     */
    public static String hash(JsonNode entry) {
        ObjectNode rest = entry.deepCopy();
        rest.remove(HASH);
        return sha256(entry.path(PREVIOUS_HASH).asText() + CanonicalJson.of(rest));
    }

    static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
