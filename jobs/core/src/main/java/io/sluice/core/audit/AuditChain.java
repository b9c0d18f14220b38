package io.sluice.core.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.AuditEntry;
import io.sluice.schema.AuditRecord;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The chain of one organization up to an entry: all that the next one needs. A function of the records and their order
 * alone, so that whoever computes it again gets the same.
 *
 * @param number of the newest entry; 0: none
 * @param hash of the newest entry
 * @param recent digests of the last records, the oldest first
 */
public record AuditChain(long number, String hash, List<String> recent) {
    /** What stands for the hash before the first entry. */
    public static final String NO_HASH = "0".repeat(64);

    public static final AuditChain EMPTY = new AuditChain(0, NO_HASH, List.of());

    /** A record that is the same as one of so many before it was delivered twice, and stands once. */
    static final int REMEMBERED = 128;

    private static final int DIGEST_DIGITS = 32;

    /** @param entry null: the record was delivered before */
    public record Step(AuditChain chain, @Nullable AuditEntry entry) {}

    /** @param record of this organization */
    public Step next(AuditRecord record) {
        String digest = AuditJson.sha256(CanonicalJson.of(AuditJson.unhashed(0, "", record)))
                .substring(0, DIGEST_DIGITS);
        if (recent.contains(digest)) {
            return new Step(this, null);
        }
        ObjectNode json = AuditJson.unhashed(number + 1, hash, record);
        AuditEntry entry = AuditEntry.newBuilder()
                .setOrgId(record.getOrgId())
                .setNumber(number + 1)
                .setPreviousHash(hash)
                .setHash(AuditJson.hash(json))
                .setRecord(record)
                .build();
        List<String> remembered = new ArrayList<>(recent.size() < REMEMBERED ? recent : recent.subList(1, REMEMBERED));
        remembered.add(digest);
        return new Step(new AuditChain(entry.getNumber(), entry.getHash(), remembered), entry);
    }
}
