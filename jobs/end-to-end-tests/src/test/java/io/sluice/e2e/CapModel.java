package io.sluice.e2e;

import io.sluice.core.caps.CapPeriod;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which alerts there have to be, by walking through time once for each subject and period, event by event and edit by edit.
 * All spend is later than the beginning of all memberships.
 *
 */
record CapModel(List<Member> members, Collection<Edit> edits, Collection<Client.Usage> events) {
    /**
     * A person.
     *
     * @param id null: not in the directory
     */
    record Member(String label, @Nullable String id, List<String> groupIds) {}

    /**
     * A version of a limit.
     *
     * @param limit its id
     * @param at from when it holds, microseconds
     * @param amount null: unlimited
     */
    record Edit(
            String limit,
            String scope,
            String scopeId,
            CapPeriod period,
            long version,
            long at,
            boolean deleted,
            boolean enabled,
            @Nullable Long amount,
            List<Integer> thresholds) {}

    /** @param paused there is none only because some are disabled */
    private record InForce(@Nullable Edit limit, boolean paused) {}

    /** Of groups: the lowest, of equal ones that of the smaller id. */
    private static final Comparator<Edit> LOWEST = Comparator.<Edit>comparingLong(
                    each -> each.amount == null ? Long.MAX_VALUE : each.amount)
            .thenComparing(Edit::scopeId);

    /** Who, limit, version, start of the period, threshold. */
    static String text(String who, String limit, long version, long periodStart, int threshold) {
        return who + ' ' + limit + ' ' + version + ' ' + periodStart + ' ' + threshold;
    }

    Set<String> alerts() {
        Set<String> alerts = new TreeSet<>();
        for (CapPeriod period : CapPeriod.values()) {
            for (Member member : members) {
                List<Client.Usage> own = events.stream()
                        .filter(each -> each.user().equals(member.label))
                        .toList();
                alerts.addAll(walk(member.label, period, own, at -> ofMember(member, period, at), at -> at));
            }
            Set<String> groups = new TreeSet<>();
            members.forEach(member -> groups.addAll(member.groupIds));
            groups.forEach(group -> alerts.addAll(shared(
                    "rbac_group_pool",
                    group,
                    period,
                    events.stream()
                            .filter(each -> members.stream()
                                    .anyMatch(member ->
                                            member.label.equals(each.user()) && member.groupIds.contains(group)))
                            .toList())));
            alerts.addAll(shared("organization_total", "", period, events));
        }
        return alerts;
    }

    /** What many spend together is kept by the millisecond, and so are its limits. */
    private Set<String> shared(String scope, String id, CapPeriod period, Collection<Client.Usage> of) {
        LongUnaryOperator millis = at -> at / 1_000 * 1_000;
        return walk(
                "-",
                period,
                of,
                at -> {
                    Edit edit = inForce(scope, id, period, at + 999);
                    boolean paused = edit != null && !edit.enabled;
                    return new InForce(paused ? null : edit, paused);
                },
                millis);
    }

    private InForce ofMember(Member member, CapPeriod period, long at) {
        List<List<Edit>> levels = new ArrayList<>();
        if (member.id != null) {
            levels.add(inForce("user", List.of(member.id), period, at));
        }
        levels.add(inForce("user", List.of(member.label), period, at));
        levels.add(inForce("rbac_group", member.groupIds, period, at));
        levels.add(inForce("organization", List.of(""), period, at));
        boolean paused = false;
        for (List<Edit> level : levels) {
            Edit lowest = level.stream().filter(Edit::enabled).min(LOWEST).orElse(null);
            if (lowest != null) {
                return new InForce(lowest, false);
            }
            paused |= !level.isEmpty();
        }
        return new InForce(null, paused);
    }

    private List<Edit> inForce(String scope, List<String> ids, CapPeriod period, long at) {
        List<Edit> found = new ArrayList<>();
        for (String id : ids) {
            Edit edit = inForce(scope, id, period, at);
            if (edit != null) {
                found.add(edit);
            }
        }
        return found;
    }

    /** Null: none, or it is deleted. */
    private @Nullable Edit inForce(String scope, String id, CapPeriod period, long at) {
        return edits.stream()
                .filter(each -> each.scope.equals(scope) && each.scopeId.equals(id) && each.period == period)
                .filter(each -> each.at <= at)
                .max(Comparator.comparingLong(Edit::at).thenComparingLong(Edit::version))
                .filter(each -> !each.deleted)
                .orElse(null);
    }

    private Set<String> walk(
            String who,
            CapPeriod period,
            Collection<Client.Usage> of,
            LongFunction<InForce> limits,
            LongUnaryOperator precision) {
        Set<String> alerts = new HashSet<>();
        Set<Long> starts = new TreeSet<>();
        of.forEach(event -> starts.add(period.start(event.at())));
        Set<Long> times = new TreeSet<>();
        of.forEach(event -> times.add(event.at()));
        edits.forEach(edit -> times.add(precision.applyAsLong(edit.at)));
        starts.forEach(start -> alerts.addAll(walk(who, period, start, of, limits, times)));
        return alerts;
    }

    private static Set<String> walk(
            String who,
            CapPeriod period,
            long start,
            Collection<Client.Usage> of,
            LongFunction<InForce> limits,
            Set<Long> times) {
        Set<String> alerts = new TreeSet<>();
        Set<Integer> fired = new HashSet<>();
        Set<Integer> armed = new TreeSet<>();
        InForce current = new InForce(null, false);
        long spent = 0;
        for (long now : times) {
            if (now >= period.end(start)) {
                break;
            }
            InForce next = limits.apply(now);
            Edit limit = next.limit;
            boolean edited = !next.equals(current);
            current = next;
            if (edited) {
                armed.clear();
                Long amount = limit == null ? null : limit.amount;
                if (limit == null ? !next.paused : amount == null) {
                    alerts.clear();
                }
                if (limit != null && amount != null && amount > 0) {
                    armed.addAll(limit.thresholds);
                }
                for (int percent : List.copyOf(armed)) {
                    if (isReached(spent, limit, percent)) {
                        armed.remove(percent);
                        if (fired.add(percent)) {
                            alerts.add(text(who, limit, start, percent));
                        }
                    }
                }
            }
            spent += of.stream()
                    .filter(each -> each.at() == now && now >= start)
                    .mapToLong(Client.Usage::micros)
                    .sum();
            for (int percent : List.copyOf(armed)) {
                if (isReached(spent, limit, percent)) {
                    armed.remove(percent);
                    fired.add(percent);
                    alerts.add(text(who, limit, start, percent));
                }
            }
        }
        return alerts;
    }

    private static String text(String who, @Nullable Edit limit, long start, int percent) {
        if (limit == null) {
            throw new IllegalStateException("no limit, no alert");
        }
        return text(who, limit.limit, limit.version, start, percent);
    }

    private static boolean isReached(long spent, @Nullable Edit limit, int percent) {
        return limit != null && limit.amount != null && spent * 100 >= limit.amount * percent;
    }
}
