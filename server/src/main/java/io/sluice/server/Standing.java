package io.sluice.server;

import io.sluice.core.caps.Budget;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.Spend;
import io.sluice.core.directory.Directory;
import io.sluice.schema.CapSettings;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Where somebody stands with all limits at an instant, from memory alone.
 *
 * @param settings of the organization
 * @param budgets one for each period, in the order of {@link CapPeriod}
 * @param byDay see {@link SpentBook#byDay}
 * @param now microseconds
 */
record Standing(
        CapMembers.Member member,
        CapSettings settings,
        List<Budget> budgets,
        NavigableMap<Long, Long> byDay,
        long now) {
    Standing {
        budgets = List.copyOf(budgets);
    }

    /** @param member whoever it is: also somebody whom neither the directory nor any spend has shown yet */
    static Standing of(CapRoutes common, String orgId, Directory directory, CapMembers.Member member, long now) {
        NavigableMap<Long, Long> byDay = common.spent().byDay(orgId, member.labels());
        Spend spend = new Spend();
        byDay.forEach(spend::add);
        return common.store().read(orgId, caps -> {
            CapSettings settings = caps.caps().settingsAt(now);
            List<Budget> budgets = Stream.of(CapPeriod.values())
                    .map(each -> Budget.of(
                            each,
                            now,
                            member.limit(caps.caps(), directory, each, now),
                            spend,
                            settings.getWarningPercent()))
                    .toList();
            return new Standing(member, settings, budgets, byDay, now);
        });
    }

    Budget in(CapPeriod period) {
        return budgets.get(period.ordinal());
    }

    /** The one that decides the state: the strictest. */
    Budget decides() {
        return Budget.strictest(budgets);
    }

    /** The one to show where there is room for one: of those with the strictest state the one with the least left. */
    Budget tightest() {
        Budget.State state = decides().state();
        return budgets.stream()
                .filter(budget -> budget.state() == state && budget.remainingMicros() != null)
                .min(Comparator.comparingLong(budget -> Objects.requireNonNull(budget.remainingMicros())))
                .orElseGet(() -> in(CapPeriod.MONTHLY));
    }
}
