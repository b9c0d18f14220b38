package io.sluice.server;

import io.sluice.core.caps.Budget;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Limit;
import io.sluice.schema.Micros;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Budgets in words, for the user whose budget it is. US dollars, UTC. */
final class BudgetText {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");
    private static final int LONGEST_NAME = 80;

    private BudgetText() {}

    /**
     * One line for a status line: {@code Budget: $12.34 of $50.00 this month, $37.66 left, allowed}.
     *
     * @param state of all budgets together
     */
    static String line(Budget budget, Budget.State state) {
        Limit limit = budget.limit();
        StringBuilder line = new StringBuilder(whose(limit)).append(spent(budget.spentMicros()));
        if (limit == null || limit.isUnlimited()) {
            return line.append(current(budget))
                    .append(", no limit, ")
                    .append(state.stateName())
                    .toString();
        }
        line.append(" of ")
                .append(spent(limit.thresholdMicros(100)))
                .append(current(budget))
                .append(", ")
                .append(left(budget))
                .append(" left, ")
                .append(state.stateName());
        if (state == Budget.State.STOPPED) {
            line.append(" until ").append(time(budget));
        }
        return line.toString();
    }

    private static String whose(@Nullable Limit limit) {
        CapScope scope = limit == null ? CapScope.ORGANIZATION : limit.scope();
        return switch (scope) {
            case GROUP_POOL -> "Budget of your group: ";
            case ORGANIZATION_TOTAL -> "Budget of the organization: ";
            default -> "Budget: ";
        };
    }

    /**
     * What the user has spent, the limit, where it comes from, when it begins anew: two sentences.
     *
     * @param budget with a limit that is not unlimited
     * @param groups display name of a group by its id
     */
    static String explanation(Budget budget, UnaryOperator<String> groups) {
        Limit limit = Objects.requireNonNull(budget.limit());
        long amount = Objects.requireNonNull(limit.amountMicros());
        if (limit.scope().isShared()) {
            String who = source(limit, groups);
            return Character.toUpperCase(who.charAt(0)) + who.substring(1) + ": spent " + spent(budget.spentMicros())
                    + current(budget) + " of a " + budget.period().periodName() + " limit of " + spent(amount)
                    + ". It resets at " + time(budget) + ".";
        }
        String spent = "You have spent " + spent(budget.spentMicros()) + current(budget);
        String source = ", set for " + source(limit, groups) + ".";
        String text;
        if (amount == 0) {
            text = spent + ". Your " + budget.period().periodName() + " limit is $0.00 beyond what your seat includes"
                    + source;
        } else if (limit.includedMicros() > 0) {
            text = spent + ". Your seat includes " + spent(limit.includedMicros()) + ", and your "
                    + budget.period().periodName() + " limit beyond that is " + spent(amount) + source;
        } else {
            text = spent + ". Your " + budget.period().periodName() + " limit is " + spent(amount) + source;
        }
        return text + " It resets at " + time(budget) + ".";
    }

    private static String source(Limit limit, UnaryOperator<String> groups) {
        String id = limit.scopeId() == null ? "" : limit.scopeId();
        return switch (limit.scope()) {
            case USER -> "you";
            case GROUP -> "each member of the group " + name(groups.apply(id));
            case GROUP_POOL -> "all members of the group " + name(groups.apply(id)) + " together";
            case SEAT_TIER -> "each seat of the tier " + name(id);
            case ORGANIZATION -> "each member of the organization";
            case ORGANIZATION_TOTAL -> "the whole organization";
        };
    }

    /** Others have given it, and a terminal shows it. */
    private static String name(String given) {
        String name = CONTROL.matcher(given).replaceAll(" ");
        return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME) + "…";
    }

    private static String current(Budget budget) {
        return switch (budget.period()) {
            case DAILY -> " today";
            case WEEKLY -> " this week";
            case MONTHLY -> " this month";
        };
    }

    private static String time(Budget budget) {
        return TIME.format(Micros.toInstant(budget.resetsAt()));
    }

    private static String spent(long micros) {
        return dollars(micros, RoundingMode.HALF_UP);
    }

    /** So rounded that it adds up with what is shown as spent. */
    static String left(Budget budget) {
        return dollars(Objects.requireNonNull(budget.remainingMicros()), RoundingMode.HALF_DOWN);
    }

    private static String dollars(long micros, RoundingMode rounding) {
        return (micros < 0 ? "-$" : "$")
                + BigDecimal.valueOf(Math.abs(micros), 6).setScale(2, rounding).toPlainString();
    }
}
