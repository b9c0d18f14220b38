package io.sluice.core.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.AuditRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Audits to be bent. */
final class Audits {
    static final String ORG = "acme";
    static final long AT = 1_795_600_000_000_000L;

    private Audits() {}

    static AuditRecord record(String eventId) {
        return AuditRecord.newBuilder()
                .setOrgId(ORG)
                .setEventId(eventId)
                .setOccurredAt(AT)
                .setActor("tok_1")
                .setAction("POST /v1/tokens/{id}/rotate")
                .setTarget("tok_2")
                .setOutcome("done")
                .setRemote("192.0.2.1")
                .setDetails(Map.of("scopes", "ingest", "note", "naïve \"quotes\" \u0001"))
                .build();
    }

    /** Records e1, e2, … as entries. */
    static List<ObjectNode> entries(int size) {
        List<ObjectNode> entries = new ArrayList<>();
        AuditChain chain = AuditChain.EMPTY;
        for (int i = 1; i <= size; i++) {
            AuditChain.Step step = chain.next(record("e" + i));
            chain = step.chain();
            if (step.entry() != null) {
                entries.add(AuditJson.of(step.entry()));
            }
        }
        return entries;
    }

    /** With the hash of what it holds now. */
    static ObjectNode hashedAgain(ObjectNode entry) {
        return entry.put(AuditJson.HASH, AuditJson.hash(entry));
    }

    static AuditCheckpoint checkpoint(ObjectNode entry) {
        return new AuditCheckpoint(
                entry.path(AuditJson.NUMBER).asLong(),
                entry.path(AuditJson.HASH).asText());
    }
}
