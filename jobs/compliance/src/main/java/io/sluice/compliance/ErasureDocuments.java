package io.sluice.compliance;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.ErasureProgress;
import io.sluice.schema.Index;
import io.sluice.schema.Micros;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The documents of erasures: of each its progress, and once it is complete its receipt. Ids are computed. */
final class ErasureDocuments {
    static final String INDEX = Index.ERASURES.indexName();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RECEIPT = "receipt";

    private ErasureDocuments() {}

    static DocumentWrite of(ErasureProgress progress) {
        String id = ContentIndex.documentId(progress.getOrgId(), progress.getErasureId());
        return DocumentWrite.of(INDEX, id, progress.getVersion(), json -> {
            json.writeStringField("org_id", progress.getOrgId());
            json.writeStringField("erasure_id", progress.getErasureId());
            json.writeNumberField("version", progress.getVersion());
            json.writeStringField("status", progress.getStatus());
            json.writeNumberField("start_number", progress.getStartNumber());
            if (progress.getFound() != null) {
                json.writeNumberField("found", progress.getFound());
            }
            json.writeNumberField("erased", progress.getErased());
            json.writeNumberField("held", progress.getHeld());
            json.writeArrayFieldStart("held_by");
            for (String hold : progress.getHeldBy()) {
                json.writeString(hold);
            }
            json.writeEndArray();
            time(json, "hidden_at", progress.getHiddenAt());
            time(json, "erased_at", progress.getErasedAt());
            time(json, "at", progress.getAt());
            if (progress.getReceipt() != null) {
                json.writeStringField(RECEIPT, progress.getReceipt());
            }
            if (progress.getError() != null) {
                json.writeStringField("error", progress.getError());
            }
        });
    }

    /** Id of the document that is created once. */
    static String receiptId(String orgId, String erasureId) {
        return "receipt-" + ContentIndex.documentId(orgId, erasureId);
    }

    static String ofReceipt(String orgId, String erasureId, String receipt) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("org_id", orgId)
                .put("erasure_id", erasureId)
                .put("status", RECEIPT)
                .put(RECEIPT, receipt)
                .toString();
    }

    /** What a document of a receipt holds. */
    static String receipt(String document) throws IOException {
        return JSON.readTree(document).path(RECEIPT).asText();
    }

    private static void time(JsonGenerator json, String field, @Nullable Long micros) throws IOException {
        if (micros != null) {
            json.writeStringField(field, Micros.toInstant(micros).toString());
        }
    }
}
