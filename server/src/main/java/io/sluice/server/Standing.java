package io.sluice.server;

import io.sluice.core.caps.Budget;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.CapSubject;
import io.sluice.core.caps.Caps;
import io.sluice.core.caps.LimitTimeline;
import io.sluice.core.caps.LimitVersion;
import io.sluice.core.caps.Spend;
import io.sluice.core.directory.Directory;
import io.sluice.schema.CapSettings;
import java.util.ArrayList;
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
 * @param shared those of pools of the member's groups and of the organization's total that have a limit
 * @param byDay see {@link SpentBook#byDay}
 * @param now microseconds
 */
record Standing(
        CapMembers.Member member,
        CapSettings settings,
        List<Budget> budgets,
        List<Budget> shared,
        NavigableMap<Long, Long> byDay,
        long now) {
    Standing {
        budgets = List.copyOf(budgets);
        shared = List.copyOf(shared);
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
            List<Budget> shared = new ArrayList<>();
            for (String groupId : member.groupIds(directory, now)) {
                addShared(shared, common, caps.caps(), CapSubject.pool(orgId, groupId), now);
            }
            addShared(shared, common, caps.caps(), CapSubject.total(orgId), now);
            return new Standing(member, settings, budgets, shared, byDay, now);
        });
    }

    private static void addShared(List<Budget> budgets, CapRoutes common, Caps caps, CapSubject subject, long now) {
        String scopeId = subject.scope() == CapScope.GROUP_POOL ? subject.name() : null;
        Spend spend = null;
        for (CapPeriod period : CapPeriod.values()) {
            LimitVersion version = LimitTimeline.ofShared(caps, subject.scope(), scopeId, period)
                    .at(now);
            if (version.limit() != null) {
                spend = spend == null ? common.spent().spend(subject) : spend;
                budgets.add(Budget.of(
                        period, now, version, spend, caps.settingsAt(now).getWarningPercent()));
            }
        }
    }

    Budget in(CapPeriod period) {
        return budgets.get(period.ordinal());
    }

    /** The one that decides the state: the strictest; of equal ones the member's own goes first. */
    Budget decides() {
        return Budget.strictest(all().toList());
    }

    private Stream<Budget> all() {
        return Stream.concat(budgets.stream(), shared.stream());
    }

    /** The one to show where there is room for one: of those with the strictest state the one with the least left. */
    Budget tightest() {
        Budget.State state = decides().state();
        boolean own = budgets.stream().anyMatch(budget -> budget.state() == state);
        return (own ? budgets : shared)
                .stream()
                        .filter(budget -> budget.state() == state && budget.remainingMicros() != null)
                        .min(Comparator.comparingLong(budget -> Objects.requireNonNull(budget.remainingMicros())))
                        .orElseGet(() -> in(CapPeriod.MONTHLY));
    }
}
