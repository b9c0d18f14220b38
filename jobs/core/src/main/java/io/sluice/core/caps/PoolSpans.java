package io.sluice.core.caps;

import io.sluice.core.directory.AsOf;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * When a person's spend counts for which pools: while it is a member of the group, of groups that ever had a pool. A
 * function of the versions of caps and directory, in any order. Immutable.
 */
public final class PoolSpans {
    public static final PoolSpans NONE = new PoolSpans(Map.of());

    private static final long OPEN = Long.MAX_VALUE;

    /** Takes what counts otherwise. */
    @FunctionalInterface
    public interface Visitor {
        /** Of {@code [from, to)}. */
        void visit(String groupId, long from, long to, boolean counts);
    }

    private record Span(long from, long to) {
        boolean holds(long micros) {
            return from <= micros && micros < to;
        }
    }

    /** By id of the group, in order of time. */
    private final Map<String, List<Span>> byGroup;

    /** The same in an order of its own: each event goes through it. */
    private final String[] groupIds;

    private final Span[][] spans;

    private PoolSpans(Map<String, List<Span>> byGroup) {
        this.byGroup = byGroup;
        groupIds = byGroup.keySet().toArray(String[]::new);
        this.spans =
                byGroup.values().stream().map(each -> each.toArray(Span[]::new)).toArray(Span[][]::new);
    }

    static PoolSpans of(Caps caps, AsOf.MemberHistory history) {
        Set<String> pooled = caps.pooledGroups();
        if (pooled.isEmpty()) {
            return NONE;
        }
        Map<String, Long> since = new TreeMap<>();
        Map<String, List<Span>> byGroup = new HashMap<>();
        for (AsOf.MemberHistory.Stretch stretch : history.stretches()) {
            Set<String> groups = new TreeSet<>(stretch.member().groupIds());
            groups.retainAll(pooled);
            since.entrySet().removeIf(open -> {
                boolean left = !groups.contains(open.getKey());
                if (left) {
                    add(byGroup, open.getKey(), new Span(open.getValue(), stretch.since()));
                }
                return left;
            });
            groups.forEach(group -> since.putIfAbsent(group, stretch.since()));
        }
        since.forEach((group, from) -> add(byGroup, group, new Span(from, OPEN)));
        return byGroup.isEmpty() ? NONE : new PoolSpans(byGroup);
    }

    private static void add(Map<String, List<Span>> byGroup, String group, Span span) {
        byGroup.computeIfAbsent(group, key -> new ArrayList<>()).add(span);
    }

    /** Of groups that have or had a pool. */
    public int size() {
        return groupIds.length;
    }

    public String groupId(int index) {
        return groupIds[index];
    }

    /** The same as {@link #counts(String, long)}. */
    public boolean counts(int index, long micros) {
        for (Span span : spans[index]) {
            if (span.holds(micros)) {
                return true;
            }
        }
        return false;
    }

    /** Groups that have or had a pool. */
    public Set<String> groupIds() {
        return byGroup.keySet();
    }

    /** Whether spend of an instant counts for the pool of a group. */
    public boolean counts(String groupId, long micros) {
        for (Span span : byGroup.getOrDefault(groupId, List.of())) {
            if (span.holds(micros)) {
                return true;
            }
        }
        return false;
    }

    /** What counts now and did not before, or the other way round. */
    public void differences(PoolSpans before, Visitor visitor) {
        Set<String> groups = new TreeSet<>(groupIds());
        groups.addAll(before.groupIds());
        for (String group : groups) {
            TreeSet<Long> bounds = new TreeSet<>();
            bounds(group, bounds);
            before.bounds(group, bounds);
            for (long from : bounds) {
                Long to = bounds.higher(from);
                boolean counts = counts(group, from);
                if (to != null && counts != before.counts(group, from)) {
                    visitor.visit(group, from, to, counts);
                }
            }
        }
    }

    private void bounds(String group, Set<Long> bounds) {
        byGroup.getOrDefault(group, List.of()).forEach(span -> {
            bounds.add(span.from);
            bounds.add(span.to);
        });
    }

    public void save(RowWriter to) {
        to.putVarlong(byGroup.size());
        byGroup.forEach((group, spans) -> {
            to.putBlock(group.getBytes(StandardCharsets.UTF_8));
            to.putVarlong(spans.size());
            spans.forEach(span -> {
                to.putVarlong(span.from);
                to.putVarlong(span.to);
            });
        });
    }

    public static PoolSpans restore(RowReader from) {
        long groups = from.readVarlong();
        if (groups == 0) {
            return NONE;
        }
        Map<String, List<Span>> byGroup = new HashMap<>();
        for (; groups > 0; groups--) {
            String group = new String(from.readBlock(), StandardCharsets.UTF_8);
            for (long left = from.readVarlong(); left > 0; left--) {
                add(byGroup, group, new Span(from.readVarlong(), from.readVarlong()));
            }
        }
        return new PoolSpans(byGroup);
    }
}
