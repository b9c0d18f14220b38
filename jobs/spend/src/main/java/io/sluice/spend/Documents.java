package io.sluice.spend;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.CellKey;
import io.sluice.core.spend.Count;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.Request;
import io.sluice.core.spend.RequestCopy;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Index;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The documents that the job writes, by the mappings of {@link Index}. Ids are computed, so a replay overwrites. */
final class Documents {
    private static final JsonFactory JSON = new JsonFactory();

    private Documents() {}

    @FunctionalInterface
    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    /** Key on {@code spend-windows} and document id of a cell. */
    static String cellId(CellKey cell) {
        return hash(
                cell.orgId(),
                cell.user(),
                cell.team(),
                cell.model(),
                cell.product(),
                cell.repository(),
                cell.mcpServer(),
                cell.skill(),
                Long.toString(cell.hour()),
                cell.counters() ? "counters" : "events",
                Integer.toString(cell.importedIn()));
    }

    static DocumentWrite cell(CellUpdate update) {
        CellKey cell = update.cell();
        return document(Index.SPEND_CELLS, cellId(cell), update.version(), json -> {
            json.writeStringField("org_id", cell.orgId());
            json.writeStringField("starting_at", time(Periods.hourStartMicros(cell.hour())));
            dimensions(json, cell);
            json.writeStringField("basis", cell.counters() ? "counters" : "events");
            amounts(json, update.amounts(), !cell.counters());
            json.writeBooleanField("empty", update.amounts().isZero());
        });
    }

    /** @param any some report of the request, for its organization */
    static DocumentWrite request(String identity, Request request, RequestCopy any, long version) {
        RequestCopy best = request.best();
        return document(Index.SPEND_EVENTS, hash(identity), version, json -> {
            json.writeStringField("org_id", any.orgId());
            json.writeNumberField("copies", request.copies().size());
            json.writeBooleanField("empty", best == null);
            if (best == null) {
                return;
            }
            json.writeStringField("event_id", best.eventId());
            optional(json, "request_id", best.requestId());
            optional(json, "client_request_id", best.clientRequestId());
            optional(json, "message_id", best.messageId());
            json.writeStringField("occurred_at", time(best.occurredAtMicros()));
            json.writeStringField("received_at", time(best.receivedAtMicros()));
            json.writeStringField("source", best.source());
            optional(json, "session_id", best.sessionId());
            dimensions(json, best.cell());
            json.writeStringField(
                    "cost_basis",
                    best.costBasis().name().toLowerCase(Locale.ROOT).replace('_', '-'));
            if (best.reportedMicros() != null) {
                json.writeNumberField("reported_micros", best.reportedMicros());
            }
            json.writeNumberField("priced_micros", best.pricedMicros());
            json.writeBooleanField("unknown_model", best.unknownModel());
            amounts(json, best.amounts(), false);
        });
    }

    static DocumentWrite ledger(LedgerRow row) {
        return document(Index.LEDGER, ledgerId(row), row.version(), json -> {
            json.writeStringField("org_id", row.orgId());
            json.writeStringField("source", row.source());
            json.writeStringField("hour", time(Periods.hourStartMicros(row.hour())));
            for (Count count : Count.values()) {
                json.writeNumberField(count.name().toLowerCase(Locale.ROOT), row.count(count));
            }
        });
    }

    static String ledgerId(LedgerRow row) {
        return hash(row.orgId(), row.source(), Long.toString(row.hour()));
    }

    static DocumentWrite deadLetter(DeadLetter letter) {
        return document(Index.DEAD_LETTERS, hash(letter.getOrgId(), letter.getEventId()), 1, json -> {
            json.writeStringField("org_id", letter.getOrgId());
            json.writeStringField("event_id", letter.getEventId());
            json.writeStringField("received_at", letter.getReceivedAt().toString());
            json.writeStringField("source", letter.getSource());
            json.writeStringField("reason", letter.getReason());
            optional(json, "field", letter.getField());
            json.writeStringField("message", letter.getMessage());
            optional(json, "session_id", letter.getSessionId());
            optional(json, "name", letter.getName());
        });
    }

    /** @param watermark epoch milliseconds; also the version, since it only grows */
    static DocumentWrite progress(long watermark) {
        return document(Index.JOB_PROGRESS, "spend", Math.max(0, watermark), json -> {
            json.writeStringField("job", "spend");
            json.writeStringField("watermark", Instant.ofEpochMilli(watermark).toString());
        });
    }

    private static void dimensions(JsonGenerator json, CellKey cell) throws IOException {
        json.writeStringField("user", cell.user());
        json.writeStringField("team", cell.team());
        json.writeStringField("model", cell.model());
        json.writeStringField("product", cell.product());
        optional(json, "repository", cell.repository());
        optional(json, "mcp_server", cell.mcpServer());
        optional(json, "skill", cell.skill());
    }

    private static void amounts(JsonGenerator json, Amounts amounts, boolean withRequests) throws IOException {
        json.writeNumberField("spend_micros", amounts.micros());
        if (withRequests) {
            json.writeNumberField("requests", amounts.requests());
        }
        json.writeNumberField("input_tokens", amounts.input());
        json.writeNumberField("output_tokens", amounts.output());
        json.writeNumberField("cache_read_tokens", amounts.cacheRead());
        json.writeNumberField("cache_creation_tokens", amounts.cacheCreation());
    }

    private static void optional(JsonGenerator json, String field, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(field, value);
        }
    }

    private static String time(long epochMicros) {
        return Instant.EPOCH.plus(epochMicros, ChronoUnit.MICROS).toString();
    }

    private static DocumentWrite document(Index index, String id, long version, Fields fields) {
        StringWriter text = new StringWriter(512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new DocumentWrite(index.indexName(), id, version, text.toString());
    }

    /** 128 bits of SHA-256 over the parts, each with its length, so that no two lists of parts are the same bytes. */
    static String hash(@Nullable String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                byte[] bytes = part == null ? new byte[0] : part.getBytes(StandardCharsets.UTF_8);
                digest.update(new byte[] {
                    (byte) (part == null ? 1 : 0), (byte) (bytes.length >>> 8), (byte) bytes.length,
                });
                digest.update(bytes);
            }
            byte[] half = Arrays.copyOf(digest.digest(), 16);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(half);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
