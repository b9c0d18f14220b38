package io.sluice.core.spend;

import io.sluice.core.spend.RequestMessage.Kind;
import io.sluice.core.spend.UsageView.Text;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A usage event as the ledger sees it: whose it is, what it costs, which request it is of. Reads one event after the
 * other.
 *
 * <p>The ids that a report carries are aliases of one request: a match on any is the same request. The request id is
 * the canonical one; see {@link Alias} for reports that lack it.
 */
public final class Usage {
    private static final byte[] UNATTRIBUTED = Users.UNATTRIBUTED.getBytes(StandardCharsets.UTF_8);
    private static final byte[] UNASSIGNED = Users.UNASSIGNED.getBytes(StandardCharsets.UTF_8);

    private static final long MOST = 1_000_000_000_000L;

    /** Where a report goes. */
    public interface Destinations {
        void request(Id request);

        /** The client request id stands for the request. */
        void clientClaim(Id client, Id request);

        /** The report goes where the client request id is, and where the message id is if that is not null. */
        void clientGuest(Id client, @Nullable Id message);

        /** The message id stands for the request. */
        void claim(Id message, Id request);

        /** The report goes where the message id is, which it says itself, as a sidechain, if the request is not null. */
        void guest(Id message, @Nullable Id request);
    }

    private final PriceBook prices;
    private final Duration openAfterEnd;
    private final UsageView view = new UsageView();
    private final RowWriter scratch = new RowWriter(256);
    private final RowWriter dimensions = new RowWriter(256);
    private boolean resolved;
    private CostBasis basis = CostBasis.PRICED;
    private long micros;
    private long event;
    private int part;
    private long scope;
    private int importedIn;
    private Id account = new Id(0, 0);
    private Id dimensionsId = account;

    public Usage(PriceBook prices, Duration openAfterEnd) {
        this.prices = prices;
        this.openAfterEnd = openAfterEnd;
    }

    /**
     * Reads an event.
     *
     * @param value Avro single-object encoding of a {@link io.sluice.schema.UsageEvent}
     * @throws IOException or a RuntimeException: it is none
     * @throws ArithmeticException a number is out of range
     */
    public void read(byte[] value) throws IOException {
        view.read(value);
        Periods.check("occurred_at", view.occurredAt);
        Periods.check("received_at", view.receivedAt);
        checkCount("input_tokens", view.inputTokens);
        checkCount("output_tokens", view.outputTokens);
        checkCount("cache_read_tokens", view.cacheReadTokens);
        checkCount("cache_creation_tokens", view.cacheCreationTokens);
        checkCount("cache_creation_5m_tokens", view.cacheCreation5mTokens);
        checkCount("cache_creation_1h_tokens", view.cacheCreation1hTokens);
        checkCount("web_search_requests", view.webSearchRequests);
        price();
        part = part();
        event = Id.shortHash(view.bytes(), view.offset(Text.EVENT_ID), view.length(Text.EVENT_ID));
        scope = LedgerScope.hash(
                scratch,
                view.bytes(),
                view.offset(Text.ORG_ID),
                view.length(Text.ORG_ID),
                view.bytes(),
                view.offset(Text.SOURCE),
                view.length(Text.SOURCE));
        importedIn = Periods.importedIn(view.occurredAt, view.receivedAt, view.historical, openAfterEnd);
        Text user = view.user();
        resolved = false;
        if (user == null) {
            book(UNATTRIBUTED, 0, UNATTRIBUTED.length);
        } else {
            book(view.bytes(), view.offset(user), view.length(user));
        }
    }

    /** Names the user of an event that names nobody. */
    public void resolveTo(String user) {
        byte[] bytes = user.getBytes(StandardCharsets.UTF_8);
        resolved = true;
        book(bytes, 0, bytes.length);
    }

    private int part() {
        int ofRequest = part(Text.REQUEST_ID);
        return ofRequest != Report.RESPONSE ? ofRequest : part(Text.MESSAGE_ID);
    }

    private int part(Text field) {
        return view.has(field)
                ? AdvisorIds.part(view.bytes(), view.offset(field), view.length(field))
                : Report.RESPONSE;
    }

    /** With more, prices overflow. */
    private static void checkCount(String field, long count) {
        if (count < 0 || count > MOST) {
            throw new ArithmeticException(field + ": " + count + " (expected: 0 to " + MOST + ")");
        }
    }

    private void price() {
        basis = CostBasis.REPORTED_MICROS;
        if (view.hasReportedMicros) {
            micros = view.reportedMicros;
        } else if (view.hasReportedUsd) {
            basis = CostBasis.REPORTED_DECIMAL;
            micros = CostBasis.micros(view.reportedUsd);
        } else {
            basis = CostBasis.PRICED;
            micros = prices.price(new PriceBook.Request(
                            view.required(Text.MODEL),
                            Instant.EPOCH.plus(view.occurredAt, ChronoUnit.MICROS),
                            view.inputTokens,
                            view.outputTokens,
                            view.cacheReadTokens,
                            view.cacheCreationTokens,
                            view.cacheCreation5mTokens,
                            view.cacheCreation1hTokens,
                            view.webSearchRequests,
                            view.fast,
                            view.batch,
                            view.text(Text.INFERENCE_GEO)))
                    .micros();
        }
    }

    private void book(byte[] user, int offset, int length) {
        dimensions.clear();
        put(Text.ORG_ID);
        Dimensions.put(dimensions, user, offset, length);
        account = Id.of(dimensions.array(), 0, dimensions.length());
        if (view.has(Text.TEAM)) {
            put(Text.TEAM);
        } else {
            Dimensions.put(dimensions, UNASSIGNED, 0, UNASSIGNED.length);
        }
        int modelEnd = view.offset(Text.MODEL) + view.length(Text.MODEL);
        if (view.length(Text.MODEL) > 0 && view.bytes()[modelEnd - 1] == ']') {
            Dimensions.put(dimensions, PriceBook.groupName(view.required(Text.MODEL)));
        } else {
            put(Text.MODEL);
        }
        put(Text.PRODUCT);
        put(Text.REPOSITORY);
        put(Text.MCP_SERVER);
        put(Text.SKILL);
        if (view.remote || view.has(Text.TERMINAL)) {
            put(Text.TERMINAL);
        }
        if (view.remote) {
            dimensions.putByte(Dimensions.REMOTE);
        }
        dimensionsId = Id.of(dimensions.array(), 0, dimensions.length());
    }

    private void put(Text field) {
        if (view.has(field)) {
            Dimensions.put(dimensions, view.bytes(), view.offset(field), view.length(field));
        } else {
            dimensions.putVarlong(0);
        }
    }

    public UsageView view() {
        return view;
    }

    public boolean isLate() {
        return Periods.isLate(view.occurredAt, view.receivedAt, view.historical, openAfterEnd);
    }

    /** Whether the event names a person. */
    public boolean isNamed() {
        return view.user() != null;
    }

    /** Appends the user's name as a block; only for an event that names a person. */
    public void writeUser(RowWriter row) {
        Text user = view.user();
        if (user == null) {
            throw new IllegalStateException("the event names nobody");
        }
        row.putBlock(view.bytes(), view.offset(user), view.length(user));
    }

    public long scope() {
        return scope;
    }

    public LedgerScope ledgerScope() {
        return new LedgerScope(view.required(Text.ORG_ID), view.required(Text.SOURCE));
    }

    public int heldMonth() {
        return Periods.heldMonth(view.occurredAt, view.receivedAt, view.historical);
    }

    /** Hash of organization and session; null: the event has no session. */
    public @Nullable Id session() {
        return view.has(Text.SESSION_ID) ? id(Id.Kind.SESSION, Text.SESSION_ID) : null;
    }

    /** Hash of organization and installation, for which the person stands in where there is none. */
    public Id installation() {
        Text user = view.has(Text.INSTALLATION_ID) ? Text.INSTALLATION_ID : view.user();
        return user == null
                ? id(Id.Kind.INSTALLATION, UNATTRIBUTED, 0, UNATTRIBUTED.length)
                : id(Id.Kind.INSTALLATION, user);
    }

    /** Appends the report without its dimensions, see {@link Report#write}. */
    public void writeReport(RowWriter row) {
        Report.putHead(
                row,
                basis,
                view.sidechain,
                view.historical,
                resolved,
                event,
                part,
                0,
                view.occurredAt,
                view.receivedAt,
                scope);
        row.putId(account);
        row.putId(dimensionsId);
        row.putVarlong(importedIn);
        row.putVarlong(micros);
        row.putVarlong(1);
        row.putVarlong(view.inputTokens);
        row.putVarlong(view.outputTokens);
        row.putVarlong(view.cacheReadTokens);
        row.putVarlong(view.cacheCreationTokens);
    }

    /** Appends the encoded {@link Dimensions} as a block. */
    public void writeDimensions(RowWriter row) {
        row.putBlock(dimensions.array(), 0, dimensions.length());
    }

    /** Says where the report goes. */
    public void route(Kind kind, Destinations to) {
        boolean message = view.has(Text.MESSAGE_ID);
        if (!view.has(Text.REQUEST_ID)) {
            if (view.has(Text.CLIENT_REQUEST_ID)) {
                to.clientGuest(
                        id(Id.Kind.CLIENT_REQUEST, Text.CLIENT_REQUEST_ID),
                        message ? idOfResponse(Id.Kind.MESSAGE, Text.MESSAGE_ID) : null);
            } else if (message) {
                to.guest(idOfResponse(Id.Kind.MESSAGE, Text.MESSAGE_ID), null);
            } else {
                to.request(id(Id.Kind.EVENT, Text.EVENT_ID));
            }
            return;
        }
        Id request = idOfResponse(Id.Kind.REQUEST, Text.REQUEST_ID);
        boolean guest = view.sidechain && message;
        if (!guest) {
            to.request(request);
        }
        if (kind == Kind.RECORD && view.has(Text.CLIENT_REQUEST_ID)) {
            to.clientClaim(id(Id.Kind.CLIENT_REQUEST, Text.CLIENT_REQUEST_ID), request);
        }
        if (guest) {
            to.guest(idOfResponse(Id.Kind.MESSAGE, Text.MESSAGE_ID), kind == Kind.RECORD ? request : null);
        } else if (kind == Kind.RECORD && message) {
            to.claim(idOfResponse(Id.Kind.MESSAGE, Text.MESSAGE_ID), request);
        }
    }

    private Id id(Id.Kind kind, Text field) {
        return id(kind, view.bytes(), view.offset(field), view.length(field));
    }

    /** An advisor's answer is a part of the advised request, and goes where that goes. */
    private Id idOfResponse(Id.Kind kind, Text field) {
        int length = view.length(field);
        return id(
                kind,
                view.bytes(),
                view.offset(field),
                part == Report.RESPONSE ? length : AdvisorIds.advisedLength(view.bytes(), view.offset(field), length));
    }

    private Id id(Id.Kind kind, byte[] id, int offset, int length) {
        return Id.of(
                scratch, kind, view.bytes(), view.offset(Text.ORG_ID), view.length(Text.ORG_ID), id, offset, length);
    }

    /** The report as read last. */
    public Report report() {
        RowWriter row = new RowWriter(160);
        writeReport(row);
        return Report.read(new RowReader(row.toByteArray())).withDimensions(dimensions.toByteArray());
    }
}
