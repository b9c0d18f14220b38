package io.sluice.core.spend;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;

/**
 * One report of a billable request, priced and placed. Several sources may report the same request, and a source may
 * report it several times: of the reports of a request one counts.
 *
 * @param event hash of the report's event id: received twice, it is the same report
 * @param part of the request: {@link #RESPONSE}; n + 1: the n-th answer of an advisor in it, see {@link AdvisorIds}
 * @param via the alias that sent it to its request, which may send it elsewhere later; 0: none. What two aliases send is
 *     two copies, so that it does not matter which of them is heard first
 * @param basis where the amount comes from
 * @param sidechain a subagent's or side question's line of a session file; these replay their parent's messages
 * @param resolved the report names nobody: the user is the session's
 * @param scope see {@link LedgerScope}
 */
public record Report(
        long event,
        int part,
        long via,
        CostBasis basis,
        boolean sidechain,
        boolean historical,
        boolean resolved,
        long occurredAtMicros,
        long receivedAtMicros,
        long scope,
        Cell cell,
        Amounts amounts) {

    /** The response itself, with all that belongs to it but advisors' answers. */
    static final int RESPONSE = 0;

    /** Best first. A total order over distinct reports, so that the best does not depend on the order of arrival. */
    static final Comparator<Report> BEST_FIRST = Comparator.comparing(Report::basis, Comparator.reverseOrder())
            .thenComparing(Report::sidechain)
            .thenComparing(report -> report.amounts.output(), Comparator.reverseOrder())
            .thenComparing(Report::tokens, Comparator.reverseOrder())
            .thenComparing(Report::occurredAtMicros)
            .thenComparing(Report::event)
            .thenComparing(Report::via);

    private static final CostBasis[] BASES = CostBasis.values();
    private static final int SIDECHAIN = 1 << 2;
    private static final int HISTORICAL = 1 << 3;
    private static final int RESOLVED = 1 << 4;
    private static final int ADVISOR = 1 << 5;
    private static final int VIA = 1 << 6;

    /** What stands for an event where its id would be too long: 11 characters, safe in URLs. */
    public static String eventText(long event) {
        RowWriter row = new RowWriter(Long.BYTES);
        row.putLong(event);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(row.toByteArray());
    }

    /** The same of an event's id. */
    public static String eventText(String eventId) {
        byte[] bytes = eventId.getBytes(StandardCharsets.UTF_8);
        return eventText(Id.shortHash(bytes, 0, bytes.length));
    }

    private long tokens() {
        return amounts.input() + amounts.output() + amounts.cacheRead() + amounts.cacheCreation();
    }

    /** Everything but the encoded dimensions. */
    public void write(RowWriter row) {
        putHead(
                row,
                basis,
                sidechain,
                historical,
                resolved,
                event,
                part,
                via,
                occurredAtMicros,
                receivedAtMicros,
                scope);
        row.putId(cell.account());
        row.putId(cell.dimensions());
        row.putVarlong(cell.importedIn());
        amounts.write(row);
    }

    static void putHead(
            RowWriter row,
            CostBasis basis,
            boolean sidechain,
            boolean historical,
            boolean resolved,
            long event,
            int part,
            long via,
            long occurredAtMicros,
            long receivedAtMicros,
            long scope) {
        row.putByte(basis.ordinal()
                | (sidechain ? SIDECHAIN : 0)
                | (historical ? HISTORICAL : 0)
                | (resolved ? RESOLVED : 0)
                | (part == RESPONSE ? 0 : ADVISOR)
                | (via == 0 ? 0 : VIA));
        row.putLong(event);
        row.putLong(occurredAtMicros);
        row.putLong(receivedAtMicros);
        row.putLong(scope);
        if (part != RESPONSE) {
            row.putVarlong(part);
        }
        if (via != 0) {
            row.putLong(via);
        }
    }

    /** What {@link #write} wrote. */
    public static Report read(RowReader row) {
        int flags = row.readByte();
        long event = row.readLong();
        long occurredAt = row.readLong();
        long receivedAt = row.readLong();
        long scope = row.readLong();
        int part = (flags & ADVISOR) == 0 ? RESPONSE : (int) row.readVarlong();
        long via = (flags & VIA) == 0 ? 0 : row.readLong();
        Id account = row.readId();
        Id dimensions = row.readId();
        int importedIn = (int) row.readVarlong();
        return new Report(
                event,
                part,
                via,
                BASES[flags & 3],
                (flags & SIDECHAIN) != 0,
                (flags & HISTORICAL) != 0,
                (flags & RESOLVED) != 0,
                occurredAt,
                receivedAt,
                scope,
                new Cell(account, dimensions, null, Periods.hour(occurredAt), false, importedIn),
                Amounts.read(row));
    }

    /** The same with its dimensions. */
    public Report withDimensions(byte[] encoded) {
        return new Report(
                event,
                part,
                via,
                basis,
                sidechain,
                historical,
                resolved,
                occurredAtMicros,
                receivedAtMicros,
                scope,
                new Cell(cell.account(), cell.dimensions(), encoded, cell.hour(), cell.counters(), cell.importedIn()),
                amounts);
    }

    Report sentBy(long alias) {
        return new Report(
                event,
                part,
                alias,
                basis,
                sidechain,
                historical,
                resolved,
                occurredAtMicros,
                receivedAtMicros,
                scope,
                cell,
                amounts);
    }

    boolean isSameCopy(Report other) {
        return event == other.event && via == other.via;
    }

    /** The cell that it counted in while nobody knew the session's person; for a report with its dimensions. */
    Cell unattributedCell() {
        byte[] encoded = cell.encoded();
        if (encoded == null) {
            throw new IllegalStateException("report without dimensions");
        }
        return Dimensions.decode(encoded).withUser(Users.UNATTRIBUTED).cell(cell.hour(), false, cell.importedIn());
    }

    LedgerChange ended(Count count, long difference) {
        return new LedgerChange(scope, null, Periods.hour(receivedAtMicros), count, difference);
    }
}
