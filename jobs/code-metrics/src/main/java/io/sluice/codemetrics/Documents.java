package io.sluice.codemetrics;

import io.sluice.core.codemetrics.RowDocument;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.KeyedValue;
import io.sluice.schema.ActiveUsers;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Codec;
import io.sluice.schema.Index;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/** The documents that the job writes, by the mappings of {@link Index}. */
final class Documents {
    private Documents() {}

    static DocumentWrite row(KeyedValue result) throws IOException {
        CodeMetricRow row = Codec.of(CodeMetricRow.class).decode(Objects.requireNonNull(result.value()));
        return DocumentWrite.of(
                Index.CODE_METRICS.indexName(), row.getRowId(), row.getVersion(), json -> RowDocument.write(row, json));
    }

    static DocumentWrite activeUsers(KeyedValue result) throws IOException {
        ActiveUsers counted = Codec.of(ActiveUsers.class).decode(Objects.requireNonNull(result.value()));
        String id = new String(result.key(), StandardCharsets.UTF_8);
        return DocumentWrite.of(Index.ACTIVE_USERS.indexName(), id, counted.getVersion(), json -> {
            json.writeStringField("org_id", counted.getOrgId());
            json.writeStringField("period", counted.getPeriod());
            json.writeStringField("starting_at", time(counted.getStartingAt()));
            json.writeStringField("dimension", counted.getDimension());
            json.writeStringField("value", counted.getValue());
            json.writeNumberField("users", counted.getUsers());
            json.writeBooleanField("approximate", counted.getApproximate());
        });
    }

    private static String time(long epochMicros) {
        return Instant.EPOCH.plus(epochMicros, ChronoUnit.MICROS).toString();
    }
}
