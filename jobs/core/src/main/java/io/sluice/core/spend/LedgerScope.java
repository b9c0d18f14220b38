package io.sluice.core.spend;

import java.nio.charset.StandardCharsets;

/** Whose rows of the ledger a record is counted in. */
public record LedgerScope(String orgId, String source) {
    public long hash() {
        RowWriter row = new RowWriter(64);
        byte[] org = orgId.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = source.getBytes(StandardCharsets.UTF_8);
        return hash(row, org, 0, org.length, bytes, 0, bytes.length);
    }

    /** @param scratch is overwritten */
    static long hash(
            RowWriter scratch,
            byte[] org,
            int orgOffset,
            int orgLength,
            byte[] source,
            int sourceOffset,
            int sourceLength) {
        scratch.clear();
        scratch.putBlock(org, orgOffset, orgLength);
        scratch.putBytes(source, sourceOffset, sourceLength);
        return Id.shortHash(scratch.array(), 0, scratch.length());
    }
}
