package io.sluice.spend;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sluice.core.caps.AlertDocument;
import io.sluice.core.spend.AdvisorIds;
import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.Cell;
import io.sluice.core.spend.CostBasis;
import io.sluice.core.spend.CostTeam;
import io.sluice.core.spend.Count;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.PriceBook;
import io.sluice.core.spend.Report;
import io.sluice.core.spend.Sheet;
import io.sluice.core.spend.Users;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.Alert;
import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Index;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The documents that the job writes, by the mappings of {@link Index}. Ids are computed, so a replay overwrites. */
final class Documents {
    private Documents() {}

    /** The dimensions of a cell that is put out: they are known. */
    static Dimensions dimensions(Cell cell) {
        return Dimensions.decode(Objects.requireNonNull(cell.encoded()));
    }

    static DocumentWrite cell(Sheet.Update update) {
        Cell cell = update.cell();
        Dimensions dimensions = dimensions(cell);
        CostTeam team = CostTeam.of(update.directoryTeam(), dimensions.team());
        return document(Index.SPEND_CELLS, cell.documentId(), update.version(), json -> {
            json.writeStringField("org_id", dimensions.orgId());
            json.writeStringField("starting_at", time(Periods.hourStartMicros(cell.hour())));
            dimensions(json, dimensions, team.name());
            json.writeStringField("team_source", team.source().text());
            if (cell.segment() != 0) {
                json.writeStringField("segment_at", time(cell.segment()));
            }
            json.writeStringField("basis", cell.counters() ? "counters" : "events");
            amounts(json, update.amounts(), !cell.counters());
            json.writeBooleanField("empty", update.amounts().isZero());
        });
    }

    /**
     * A report of a request, whether it counts or another report of the request does.
     *
     * @param event Avro single-object encoding of a UsageEvent
     * @param user of the report's session, for a report that names nobody; null: not known
     * @throws IOException the value is none
     */
    static DocumentWrite report(byte[] event, @Nullable String user, long version, PriceBook prices)
            throws IOException {
        UsageEvent usage = Codec.of(UsageEvent.class).decode(event);
        String named = Users.key(usage.getActor());
        Dimensions dimensions = new Dimensions(
                usage.getOrgId(),
                named.equals(Users.UNATTRIBUTED) && user != null ? user : named,
                usage.getTeam() == null ? Users.UNASSIGNED : usage.getTeam(),
                PriceBook.groupName(usage.getModel()),
                usage.getProduct(),
                usage.getRepository(),
                usage.getMcpServer(),
                usage.getSkill(),
                usage.getTerminal(),
                usage.getRemote());
        CostBasis basis = CostBasis.of(usage);
        PriceBook.Price price = prices.price(PriceBook.Request.of(usage));
        Long reported = CostBasis.reportedMicros(usage);
        String id = Id.of(Id.Kind.EVENT, usage.getOrgId(), usage.getEventId()).text();
        return document(Index.SPEND_EVENTS, id, version, json -> {
            json.writeStringField("org_id", usage.getOrgId());
            json.writeStringField("event_id", usage.getEventId());
            json.writeStringField("event_hash", Report.eventText(usage.getEventId()));
            optional(json, "request_id", usage.getRequestId());
            optional(json, "client_request_id", usage.getClientRequestId());
            optional(json, "message_id", usage.getMessageId());
            optional(json, "advised_request_id", AdvisorIds.advised(usage.getRequestId()));
            optional(json, "advised_message_id", AdvisorIds.advised(usage.getMessageId()));
            json.writeBooleanField("sidechain", usage.getSidechain());
            json.writeStringField("occurred_at", time(usage.getOccurredAt()));
            json.writeStringField("received_at", time(usage.getReceivedAt()));
            json.writeStringField("source", usage.getSource());
            optional(json, "session_id", usage.getSessionId());
            dimensions(json, dimensions, dimensions.team());
            json.writeStringField(
                    "cost_basis", basis.name().toLowerCase(Locale.ROOT).replace('_', '-'));
            if (reported != null) {
                json.writeNumberField("reported_micros", reported);
            }
            json.writeNumberField("priced_micros", price.micros());
            json.writeBooleanField("unknown_model", price.unknownModel());
            amounts(
                    json,
                    new Amounts(
                            reported == null ? price.micros() : reported,
                            1,
                            usage.getInputTokens(),
                            usage.getOutputTokens(),
                            usage.getCacheReadTokens(),
                            usage.getCacheCreationTokens()),
                    false);
        });
    }

    /**
     * The newest status of an alert.
     *
     * @param value of the topic {@code alerts}
     * @throws IOException the value is none
     */
    static DocumentWrite alert(byte[] value) throws IOException {
        Alert alert = Codec.of(Alert.class).decode(value);
        return document(
                Index.ALERTS,
                hash(alert.getOrgId(), alert.getId()),
                AlertDocument.version(alert),
                json -> AlertDocument.write(alert, json));
    }

    static DocumentWrite ledger(LedgerRow row) {
        return document(Index.LEDGER, ledgerId(row), row.version(), json -> {
            json.writeStringField("org_id", row.scope().orgId());
            json.writeStringField("source", row.scope().source());
            json.writeStringField("hour", time(Periods.hourStartMicros(row.hour())));
            for (Count count : Count.values()) {
                json.writeNumberField(count.name().toLowerCase(Locale.ROOT), row.count(count));
            }
        });
    }

    static String ledgerId(LedgerRow row) {
        return hash(row.scope().orgId(), row.scope().source(), Long.toString(row.hour()));
    }

    static DocumentWrite deadLetter(DeadLetter letter) {
        return document(Index.DEAD_LETTERS, hash(letter.getOrgId(), letter.getEventId()), 1, json -> {
            json.writeStringField("org_id", letter.getOrgId());
            json.writeStringField("event_id", letter.getEventId());
            json.writeStringField("received_at", time(letter.getReceivedAt()));
            json.writeStringField("source", letter.getSource());
            json.writeStringField("reason", letter.getReason());
            optional(json, "field", letter.getField());
            json.writeStringField("message", letter.getMessage());
            optional(json, "session_id", letter.getSessionId());
            optional(json, "name", letter.getName());
        });
    }

    private static void dimensions(JsonGenerator json, Dimensions cell, String team) throws IOException {
        json.writeStringField("user", cell.user());
        json.writeStringField("team", team);
        json.writeStringField("model", cell.model());
        json.writeStringField("product", cell.product());
        optional(json, "repository", cell.repository());
        optional(json, "mcp_server", cell.mcpServer());
        optional(json, "skill", cell.skill());
        optional(json, "terminal", cell.terminal());
        if (cell.remote()) {
            json.writeBooleanField("remote", true);
        }
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

    private static DocumentWrite document(Index index, String id, long version, DocumentWrite.Fields fields) {
        return DocumentWrite.of(index.indexName(), id, version, fields);
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
