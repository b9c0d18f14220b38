package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceActivity;

/** Rows of the activity feed as records. Every type passes, whatever its fields. */
final class Activities {
    private Activities() {}

    static Captured captured(String orgId, JsonNode row, long now) throws Rows.Unusable {
        String id = Rows.id(row, "id");
        JsonNode actor = row.path("actor");
        String actorType = Rows.text(actor, "type");
        String raw = Rows.raw(row, "activity");
        String type = Rows.text(row, "type");
        ComplianceActivity activity = ComplianceActivity.newBuilder()
                .setOrgId(orgId)
                .setActivityId(id)
                .setCreatedAt(Rows.time(row, "created_at"))
                .setFetchedAt(now)
                .setType(type == null ? "" : type)
                .setActorType(actorType)
                .setUserId("user_actor".equals(actorType) ? Rows.text(actor, "user_id") : null)
                .setOrganizationUuid(Rows.text(row, "organization_uuid"))
                .setRaw(raw)
                .build();
        return new Captured(Captured.Kind.ACTIVITY, orgId + '|' + id, Codec.encode(activity));
    }
}
