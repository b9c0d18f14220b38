package io.sluice.core.spend;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * One report of a billable request, priced and attributed. Several sources may report the same request, and a source
 * may report it several times: of the copies of a request one counts.
 *
 * @param eventId identity of the report: received twice, it is the same report
 * @param sidechain a subagent's or side question's line of a session file; these replay their parent's messages
 * @param reportedMicros cost as reported, null: none was
 * @param pricedMicros cost by the price book
 * @param sequence {@code event.sequence}, -1: none
 * @param heldUntilMillis see {@link Periods#heldUntilMillis}
 * @param actorResolved the report named nobody: the user is the session's
 */
public record RequestCopy(
        CellKey cell,
        Amounts amounts,
        String eventId,
        @Nullable String requestId,
        @Nullable String clientRequestId,
        @Nullable String messageId,
        boolean sidechain,
        CostBasis costBasis,
        @Nullable Long reportedMicros,
        long pricedMicros,
        boolean unknownModel,
        long occurredAtMicros,
        long receivedAtMicros,
        boolean historical,
        String source,
        @Nullable String sessionId,
        @Nullable String installationId,
        long sequence,
        long heldUntilMillis,
        boolean actorResolved) {

    /** Best first. A total order over distinct reports, so that the best does not depend on the order of arrival. */
    static final Comparator<RequestCopy> BEST_FIRST = Comparator.comparing(
                    RequestCopy::costBasis, Comparator.reverseOrder())
            .thenComparing(RequestCopy::sidechain)
            .thenComparing(copy -> copy.amounts.output(), Comparator.reverseOrder())
            .thenComparing(RequestCopy::tokens, Comparator.reverseOrder())
            .thenComparing(RequestCopy::occurredAtMicros)
            .thenComparing(RequestCopy::eventId);

    private long tokens() {
        return amounts.input() + amounts.output() + amounts.cacheRead() + amounts.cacheCreation();
    }

    public String orgId() {
        return cell.orgId();
    }

    /** Names the user of a report that named nobody. */
    public RequestCopy resolvedTo(String user) {
        return new RequestCopy(
                cell.withUser(user),
                amounts,
                eventId,
                requestId,
                clientRequestId,
                messageId,
                sidechain,
                costBasis,
                reportedMicros,
                pricedMicros,
                unknownModel,
                occurredAtMicros,
                receivedAtMicros,
                historical,
                source,
                sessionId,
                installationId,
                sequence,
                heldUntilMillis,
                true);
    }

    LedgerChange counted(Count count, long difference) {
        return new LedgerChange(orgId(), source, Periods.hour(receivedAtMicros), count, difference);
    }
}
