package io.sluice.reported;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.sluice.claudeapi.RowId;
import io.sluice.claudeapi.compliance.Captured;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceActivity;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Activities as documents. The version is the time of the reading; what an activity says does not change. */
final class ActivityDocuments implements FlatMapFunction<Captured, DocumentWrite> {
    private static final long serialVersionUID = 1L;

    private static final JsonFactory JSON = new JsonFactory();

    @Override
    public void flatMap(Captured captured, Collector<DocumentWrite> out) throws IOException {
        if (captured.kind() == Captured.Kind.ACTIVITY) {
            out.collect(document(Codec.of(ComplianceActivity.class).decode(captured.value())));
        }
    }

    private static DocumentWrite document(ComplianceActivity activity) throws IOException {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("org_id", activity.getOrgId());
            json.writeStringField("activity_id", activity.getActivityId());
            json.writeStringField(
                    "created_at", Micros.toInstant(activity.getCreatedAt()).toString());
            json.writeStringField(
                    "fetched_at", Micros.toInstant(activity.getFetchedAt()).toString());
            json.writeStringField("type", activity.getType());
            write(json, "actor_type", activity.getActorType());
            write(json, "user_id", activity.getUserId());
            write(json, "organization_uuid", activity.getOrganizationUuid());
            json.writeStringField("raw", activity.getRaw());
            json.writeEndObject();
        }
        return new DocumentWrite(
                Index.COMPLIANCE_ACTIVITIES.indexName(),
                RowId.of(List.of(activity.getOrgId(), activity.getActivityId())).text(),
                activity.getFetchedAt(),
                text.toString());
    }

    private static void write(JsonGenerator json, String field, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(field, value);
        }
    }
}
