package io.sluice.reported;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.sluice.claudeapi.RowId;
import io.sluice.claudeapi.compliance.Captured;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceDirectoryEntry;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Entries of the directory as documents. The version is the time of the reading. What is gone stays as a document that says
 * so: an older state cannot come back.
 */
final class DirectoryDocuments implements FlatMapFunction<Captured, DocumentWrite> {
    private static final long serialVersionUID = 1L;

    private static final JsonFactory JSON = new JsonFactory();

    @Override
    public void flatMap(Captured captured, Collector<DocumentWrite> out) throws IOException {
        if (captured.kind() == Captured.Kind.DIRECTORY) {
            out.collect(document(Codec.of(ComplianceDirectoryEntry.class).decode(captured.value())));
        }
    }

    static String id(String orgId, String kind, @Nullable String parentId, String entryId) {
        return RowId.of(List.of(orgId, kind, parentId == null ? "" : parentId, entryId))
                .text();
    }

    private static DocumentWrite document(ComplianceDirectoryEntry entry) throws IOException {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("org_id", entry.getOrgId());
            json.writeStringField("kind", entry.getKind());
            json.writeStringField("entry_id", entry.getEntryId());
            write(json, "parent_id", entry.getParentId());
            json.writeStringField(
                    "fetched_at", Micros.toInstant(entry.getFetchedAt()).toString());
            write(json, "email", entry.getEmail());
            write(json, "name", entry.getName());
            json.writeBooleanField("gone", entry.getGone());
            json.writeStringField("raw", entry.getRaw());
            json.writeEndObject();
        }
        return new DocumentWrite(
                Index.COMPLIANCE_DIRECTORY.indexName(),
                id(entry.getOrgId(), entry.getKind(), entry.getParentId(), entry.getEntryId()),
                entry.getFetchedAt(),
                text.toString());
    }

    private static void write(JsonGenerator json, String field, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(field, value);
        }
    }
}
