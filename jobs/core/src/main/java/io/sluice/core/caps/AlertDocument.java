package io.sluice.core.caps;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sluice.schema.Alert;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The newest status of an alert as a document, by the mapping of its index. */
public final class AlertDocument {
    private AlertDocument() {}

    /** Times are whole milliseconds, and within one it can fire and be resolved. Resolved is its last status. */
    public static long version(Alert alert) {
        return 2 * alert.getAt() + (alert.getStatus().equals(Alerts.RESOLVED) ? 1 : 0);
    }

    /** @param json inside of an object */
    public static void write(Alert alert, JsonGenerator json) throws IOException {
        json.writeStringField("org_id", alert.getOrgId());
        json.writeStringField("id", alert.getId());
        json.writeStringField("kind", alert.getKind());
        json.writeStringField("status", alert.getStatus());
        optional(json, "user", alert.getUser());
        json.writeStringField("scope_type", alert.getScopeType());
        optional(json, "scope_id", alert.getScopeId());
        json.writeStringField("cap_id", alert.getCapId());
        json.writeNumberField("cap_version", alert.getCapVersion());
        json.writeStringField("period", alert.getPeriod());
        json.writeStringField("period_start", time(alert.getPeriodStart()));
        json.writeNumberField("amount_micros", alert.getAmountMicros());
        json.writeNumberField("threshold", alert.getThreshold());
        json.writeNumberField("occurrence", alert.getOccurrence());
        json.writeStringField("cause", alert.getCause());
        json.writeNumberField("spend_before_micros", alert.getSpendBeforeMicros());
        json.writeNumberField("spend_after_micros", alert.getSpendAfterMicros());
        optional(json, "crossing_event_id", alert.getCrossingEventId());
        json.writeBooleanField("late", alert.getLate());
        json.writeStringField("at", time(alert.getAt()));
        if (!alert.getDetails().isEmpty()) {
            json.writeObjectFieldStart("details");
            for (Map.Entry<String, String> detail : new TreeMap<>(alert.getDetails()).entrySet()) {
                json.writeStringField(detail.getKey(), detail.getValue());
            }
            json.writeEndObject();
        }
    }

    private static void optional(JsonGenerator json, String field, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(field, value);
        }
    }

    private static String time(long epochMicros) {
        return Instant.EPOCH.plus(epochMicros, ChronoUnit.MICROS).toString();
    }
}
