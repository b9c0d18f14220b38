package io.sluice.core.codemetrics;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sluice.schema.CodeMetricRow;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A row as the document that figures are asked of, by the mapping of its index. Figures of 0 are left out. */
public final class RowDocument {
    private static final long MICROS_PER_MINUTE = 60_000_000;

    private RowDocument() {}

    /** @param json inside of an object */
    public static void write(CodeMetricRow row, JsonGenerator json) throws IOException {
        json.writeStringField("org_id", row.getOrgId());
        json.writeBooleanField("empty", row.getEmpty());
        if (!row.getEmpty()) {
            fields(row, json);
        }
    }

    private static void fields(CodeMetricRow row, JsonGenerator json) throws IOException {
        json.writeStringField("starting_at", time(row.getStartingAt()));
        optional(json, "session_id", row.getSessionId());
        json.writeStringField("user", row.getUser());
        json.writeStringField("team", row.getTeam());
        json.writeStringField("team_source", row.getTeamSource());
        json.writeStringField("product", row.getProduct());
        optional(json, "repository", row.getRepository());
        optional(json, "terminal", row.getTerminal());
        optional(json, "app_version", row.getAppVersion());
        json.writeBooleanField("remote", row.getRemote());
        optional(json, "model", row.getModel());
        optional(json, "tool", row.getTool());
        optional(json, "language", row.getLanguage());
        optional(json, "mcp_server", row.getMcpServer());
        optional(json, "skill", row.getSkill());
        optional(json, "agent", row.getAgent());
        optional(json, "status", row.getStatus());
        optional(json, "mode", row.getMode());
        for (Measure measure : Measure.values()) {
            long value = (Long) row.get(measure.field());
            if (value != 0) {
                json.writeNumberField(measure.field(), value);
            }
        }
        numbers(json, "tool_duration_ms", row.getToolDurationMs());
        numbers(json, "api_duration_ms", row.getApiDurationMs());
        if (!row.getActiveMinutes().isEmpty()) {
            json.writeArrayFieldStart("active_minutes");
            for (int minute : row.getActiveMinutes()) {
                json.writeString(time(row.getStartingAt() + minute * MICROS_PER_MINUTE));
            }
            json.writeEndArray();
        }
        if (!row.getChannels().isEmpty()) {
            json.writeArrayFieldStart("channels");
            for (String channel : row.getChannels()) {
                json.writeString(channel);
            }
            json.writeEndArray();
        }
        if (row.getAheadMicros() != 0) {
            json.writeNumberField("ahead_micros", row.getAheadMicros());
        }
        if (row.getLastAt() > 0) {
            json.writeStringField("first_at", time(row.getFirstAt()));
            json.writeStringField("last_at", time(row.getLastAt()));
        }
    }

    private static void numbers(JsonGenerator json, String field, List<Long> numbers) throws IOException {
        if (!numbers.isEmpty()) {
            json.writeArrayFieldStart(field);
            for (long number : numbers) {
                json.writeNumber(number);
            }
            json.writeEndArray();
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
