package io.sluice.core.caps;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a subject has left of one virtual cap in one period. Amounts are micro-USD, times microseconds.
 *
 * @param limit null: there is none
 * @param spentMicros in the period, with what the seat includes
 */
public record Budget(CapPeriod period, long start, @Nullable Limit limit, long spentMicros, State state) {
    /** Whether spend beyond what is included goes on. Later ones are stricter. */
    public enum State {
        ALLOWED,
        /** Part of the limit is spent from which the organization wants a warning. */
        WARNING,
        STOPPED;

        public String stateName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Comparator<Budget> BY_STATE = Comparator.comparing(Budget::state);

    /**
     * At an instant.
     *
     * @param version of the virtual cap that holds then
     * @param warningPercent of a limit from which the state is a warning
     */
    public static Budget of(CapPeriod period, long micros, LimitVersion version, Spend spend, int warningPercent) {
        long start = period.start(micros);
        long spent = spend.between(start, period.end(start));
        return new Budget(period, start, version.limit(), spent, state(version.limit(), spent, warningPercent));
    }

    private static State state(@Nullable Limit limit, long spent, int warningPercent) {
        if (limit == null || limit.amountMicros() == null) {
            return State.ALLOWED;
        }
        if (limit.amountMicros() == 0 || spent >= limit.thresholdMicros(100)) {
            return State.STOPPED;
        }
        return spent >= limit.thresholdMicros(warningPercent) ? State.WARNING : State.ALLOWED;
    }

    /** Null: unlimited. Not below 0. */
    public @Nullable Long remainingMicros() {
        return limit == null || limit.isUnlimited() ? null : Math.max(0, limit.thresholdMicros(100) - spentMicros);
    }

    /** When the period ends and the next one begins. */
    public long resetsAt() {
        return period.end(start);
    }

    /** The one that decides: the strictest, of equal ones the first. */
    public static Budget strictest(List<Budget> budgets) {
        return budgets.stream()
                .reduce((a, b) -> BY_STATE.compare(b, a) > 0 ? b : a)
                .orElseThrow();
    }
}
