package io.sluice.core.spend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One billable request and the reports of it. The best report counts, see {@link Report#BEST_FIRST}; when a better
 * one arrives, the difference is contributed. Pure: the outcome depends on the set of reports, not on their order.
 *
 * <p>Answers of advisors are parts of it, of each of which the best report counts as well. Their cost is within the cost
 * that is reported of the response: they have one of their own only where none is.
 *
 * @param copies distinct reports, best first
 */
public record Request(List<Report> copies) {
    /** More reports than any honest source makes: beyond them only better ones are remembered. */
    static final int MAX_COPIES = 1024;

    public static final Request UNSEEN = new Request(List.of());

    public record Step(Request request, List<Contribution> contributions, List<LedgerChange> ledger, boolean changed) {}

    /** The report of a part that counts; null: there is none. */
    public @Nullable Report best(int part) {
        for (Report copy : copies) {
            if (copy.part() == part) {
                return copy;
            }
        }
        return null;
    }

    /** Whether the cost of a report, if it counts, is within the reported cost of the response. */
    public boolean isCostWithinResponse(Report report) {
        return report.part() != Report.RESPONSE && isCostReported();
    }

    private boolean isCostReported() {
        Report response = best(Report.RESPONSE);
        return response != null && response.basis() != CostBasis.PRICED;
    }

    /** @param reports distinct */
    public static Request of(Collection<Report> reports) {
        List<Report> copies = new ArrayList<>(reports);
        copies.sort(Report.BEST_FIRST);
        return new Request(List.copyOf(copies));
    }

    /** What happens to the reports, nothing else; for reports that {@link #apply} said are changed. */
    private Request with(RequestMessage.Kind kind, Report report) {
        if (copies.isEmpty() && kind != RequestMessage.Kind.WITHDRAWAL) {
            return new Request(List.of(report)); // nearly always
        }
        List<Report> next = new ArrayList<>(copies);
        Report known = find(report);
        if (known != null) {
            next.remove(known);
        }
        if (kind != RequestMessage.Kind.WITHDRAWAL) {
            next.add(report);
        }
        next.sort(Report.BEST_FIRST);
        return new Request(List.copyOf(next));
    }

    public Step apply(RequestMessage message) {
        Report report = message.report();
        Report known = find(report);
        boolean changed = switch (message.kind()) {
            case RECORD -> known == null && isWorthRemembering(report);
            case CORRECTION -> known != null && !known.equals(report);
            case WITHDRAWAL -> known != null;
        };
        List<LedgerChange> ledger = new ArrayList<>(3);
        if (!changed) {
            List<Contribution> touches = new ArrayList<>(1);
            if (message.kind() == RequestMessage.Kind.RECORD) {
                ledger.add(report.ended(Count.DUPLICATE, 1));
                if (known == null) {
                    touch(touches, report.cell(), report.occurredAtMicros(), message.receivedAtMicros());
                }
            }
            return new Step(this, touches, ledger, false);
        }
        Request after = with(message.kind(), report);
        if (message.kind() != RequestMessage.Kind.CORRECTION) {
            count(message, after, ledger);
        }
        // A cell is held at least as long as the report that is booked in it.
        long at = Math.max(message.receivedAtMicros(), report.receivedAtMicros());
        return new Step(after, contributions(report, after, at), ledger, true);
    }

    private boolean isWorthRemembering(Report report) {
        if (copies.size() < MAX_COPIES) {
            return true;
        }
        Report best = best(report.part());
        return best == null || Report.BEST_FIRST.compare(report, best) < 0;
    }

    /** One report of each part is accepted, each other one is a duplicate. */
    private void count(RequestMessage message, Request after, List<LedgerChange> ledger) {
        Report copy = message.report();
        Report bestBefore = best(copy.part());
        Report bestAfter = after.best(copy.part());
        boolean arrives = message.kind() == RequestMessage.Kind.RECORD;
        Report winner = arrives ? bestAfter : bestBefore;
        Report other = arrives ? bestBefore : bestAfter;
        int sign = arrives ? 1 : -1;
        if (winner != null && winner.isSameCopy(copy)) {
            ledger.add(copy.ended(Count.ACCEPTED, sign));
            if (other != null) {
                ledger.add(other.ended(Count.ACCEPTED, -sign));
                ledger.add(other.ended(Count.DUPLICATE, sign));
            }
        } else {
            ledger.add(copy.ended(Count.DUPLICATE, sign));
        }
    }

    private List<Contribution> contributions(Report arrived, Request after, long at) {
        List<Contribution> contributions = new ArrayList<>(3);
        int part = arrived.part();
        change(contributions, best(part), after, after.best(part), at);
        if (part == Report.RESPONSE && isCostReported() != after.isCostReported()) {
            for (Report copy : copies) {
                if (copy.part() != Report.RESPONSE && copy.equals(best(copy.part()))) {
                    change(contributions, copy, after, copy, at);
                }
            }
        }
        // Touches: an earlier attempt may have seen the copies in another order, and booked this one.
        touch(contributions, arrived.cell(), arrived.occurredAtMicros(), at);
        if (arrived.resolved()) {
            touch(contributions, arrived.unattributedCell(), arrived.occurredAtMicros(), at);
        }
        return contributions;
    }

    /** The report of a part that counts is another one, or counts with another cost. */
    private void change(
            List<Contribution> contributions, @Nullable Report from, Request after, @Nullable Report to, long at) {
        Amounts gone = from == null ? Amounts.ZERO : booked(from);
        Amounts come = to == null ? Amounts.ZERO : after.booked(to);
        // Of one cell and one time: then they are of one segment of the user's time, too.
        if (from != null
                && to != null
                && from.cell().equals(to.cell())
                && from.occurredAtMicros() == to.occurredAtMicros()) {
            contributions.add(contribution(to, come.minus(gone), at));
            return;
        }
        if (from != null) {
            contributions.add(contribution(from, gone.negated(), at));
        }
        if (to != null) {
            contributions.add(contribution(to, come, at));
        }
    }

    private static Contribution contribution(Report report, Amounts difference, long at) {
        return new Contribution(report.cell(), difference, report.event(), report.occurredAtMicros(), at);
    }

    private Amounts booked(Report report) {
        return isCostWithinResponse(report) ? report.amounts().withoutCost() : report.amounts();
    }

    private static void touch(List<Contribution> contributions, Cell cell, long occurredAt, long at) {
        for (Contribution contribution : contributions) {
            if (contribution.cell().equals(cell) && contribution.occurredAtMicros() == occurredAt) {
                return;
            }
        }
        contributions.add(new Contribution(cell, Amounts.ZERO, 0, occurredAt, at));
    }

    private @Nullable Report find(Report report) {
        for (Report copy : copies) {
            if (copy.isSameCopy(report)) {
                return copy;
            }
        }
        return null;
    }
}
