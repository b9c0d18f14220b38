package io.sluice.core.spend;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One billable request and the reports of it. The best report counts, see {@link RequestCopy#BEST_FIRST}; when a better
 * one arrives, the difference is contributed. Pure: the outcome depends on the set of reports, not on their order.
 *
 * @param copies distinct reports, best first
 */
public record Request(List<RequestCopy> copies) {
    /** More reports than any honest source makes; the worst go first, and they would only be needed if better ones were withdrawn. */
    static final int MAX_COPIES = 1024;

    public static final Request UNSEEN = new Request(List.of());

    public record Step(Request request, List<Contribution> contributions, List<LedgerChange> ledger, boolean changed) {}

    /** The report that counts; null: there is none. */
    public @Nullable RequestCopy best() {
        return copies.isEmpty() ? null : copies.get(0);
    }

    public Step apply(RequestMessage message) {
        RequestCopy copy = message.copy();
        RequestCopy known = find(copy.eventId());
        List<LedgerChange> ledger = new ArrayList<>();
        List<RequestCopy> next = new ArrayList<>(copies);
        switch (message.kind()) {
            case RECORD -> {
                if (known != null) {
                    ledger.add(copy.counted(Count.DUPLICATE, 1));
                    return new Step(this, List.of(), ledger, false);
                }
                next.add(copy);
            }
            case CORRECTION -> {
                if (known == null || known.equals(copy)) {
                    return new Step(this, List.of(), ledger, false);
                }
                next.set(next.indexOf(known), copy);
            }
            case WITHDRAWAL -> {
                if (known == null) {
                    return new Step(this, List.of(), ledger, false);
                }
                next.remove(known);
            }
        }
        next.sort(RequestCopy.BEST_FIRST);
        Request after = new Request(List.copyOf(next.subList(0, Math.min(next.size(), MAX_COPIES))));
        if (message.kind() != RequestMessage.Kind.CORRECTION) {
            count(message, after, ledger);
        }
        return new Step(after, contributions(copy, after, message.receivedAtMicros()), ledger, true);
    }

    /** One report of the request is accepted, each other one is a duplicate. */
    private void count(RequestMessage message, Request after, List<LedgerChange> ledger) {
        RequestCopy copy = message.copy();
        RequestCopy bestBefore = best();
        RequestCopy bestAfter = after.best();
        boolean arrives = message.kind() == RequestMessage.Kind.RECORD;
        RequestCopy winner = arrives ? bestAfter : bestBefore;
        RequestCopy other = arrives ? bestBefore : bestAfter;
        int sign = arrives ? 1 : -1;
        if (winner != null && winner.eventId().equals(copy.eventId())) {
            ledger.add(copy.counted(Count.ACCEPTED, sign));
            if (other != null) {
                ledger.add(other.counted(Count.ACCEPTED, -sign));
                ledger.add(other.counted(Count.DUPLICATE, sign));
            }
        } else {
            ledger.add(copy.counted(Count.DUPLICATE, sign));
        }
    }

    private List<Contribution> contributions(RequestCopy arrived, Request after, long at) {
        List<Contribution> contributions = new ArrayList<>(3);
        RequestCopy from = best();
        RequestCopy to = after.best();
        if (from != null && to != null && from.cell().equals(to.cell())) {
            contributions.add(new Contribution(to.cell(), to.amounts().minus(from.amounts()), at));
        } else {
            if (from != null) {
                contributions.add(new Contribution(from.cell(), from.amounts().negated(), at));
            }
            if (to != null) {
                contributions.add(new Contribution(to.cell(), to.amounts(), at));
            }
        }
        // Touches: an earlier attempt may have seen the copies in another order, and booked this one.
        touch(contributions, arrived.cell(), at);
        if (arrived.actorResolved()) {
            touch(contributions, arrived.cell().withUser(Users.UNATTRIBUTED), at);
        }
        return contributions;
    }

    private static void touch(List<Contribution> contributions, CellKey cell, long at) {
        for (Contribution contribution : contributions) {
            if (contribution.cell().equals(cell)) {
                return;
            }
        }
        contributions.add(new Contribution(cell, Amounts.ZERO, at));
    }

    private @Nullable RequestCopy find(String eventId) {
        for (RequestCopy copy : copies) {
            if (copy.eventId().equals(eventId)) {
                return copy;
            }
        }
        return null;
    }
}
