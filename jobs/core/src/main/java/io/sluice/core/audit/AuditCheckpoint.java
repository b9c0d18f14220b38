package io.sluice.core.audit;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.core.caps.Alerts;
import io.sluice.core.spend.Id;
import io.sluice.schema.Alert;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * What was told about a chain, outside of it: that this entry had this hash. Told as an alert that asks nothing of
 * anybody, and therefore is {@code resolved} from the first.
 */
public record AuditCheckpoint(long number, String hash) {
    public static final String KIND = "audit_checkpoint";

    private static final String ORGANIZATION = "organization";

    /** The same for the same entry: told again, it is the same alert. */
    public Alert alert(String orgId, long atMicros) {
        return Alert.newBuilder()
                .setOrgId(orgId)
                .setId(id(orgId))
                .setKind(KIND)
                .setStatus(Alerts.RESOLVED)
                .setScopeType(ORGANIZATION)
                .setCapId("")
                .setCapVersion(0)
                .setPeriod("")
                .setPeriodStart(0)
                .setAmountMicros(0)
                .setThreshold(0)
                .setOccurrence(1)
                .setCause("checkpoint")
                .setSpendBeforeMicros(0)
                .setSpendAfterMicros(0)
                .setAt(atMicros)
                .setDetails(Map.of(AuditJson.NUMBER, Long.toString(number), AuditJson.HASH, hash))
                .build();
    }

    /** @param alert as {@code GET /v1/alerts} has it; empty: it is about something else */
    public static Optional<AuditCheckpoint> of(JsonNode alert) {
        if (!alert.path("kind").asText().equals(KIND)) {
            return Optional.empty();
        }
        JsonNode details = alert.path("details");
        return Optional.of(new AuditCheckpoint(
                details.path(AuditJson.NUMBER).asLong(),
                details.path(AuditJson.HASH).asText()));
    }

    private String id(String orgId) {
        StringBuilder text = new StringBuilder();
        for (Object part : new Object[] {orgId, KIND, number, hash}) {
            String each = part.toString();
            text.append(each.length()).append(':').append(each);
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        return Id.of(bytes, 0, bytes.length).text();
    }
}
