package io.sluice.core.compliance;

import io.sluice.schema.ComplianceChange;
import io.sluice.schema.RetentionClass;
import io.sluice.schema.SavedSearch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The register of all organizations, as far as it is known. Entries come in any order, and again; one takes effect when all
 * before it are known. What it says is a function of the entries alone.
 */
public final class Register {
    private final Map<String, Organization> organizations = new HashMap<>();

    /** What is known of one organization. */
    private static final class Organization {
        private final TreeMap<Long, ComplianceChange> early = new TreeMap<>();
        private final Map<String, Held> holds = new LinkedHashMap<>();
        private final Map<String, Requested> erasures = new LinkedHashMap<>();
        /** Those that have taken effect, by what an item may have in common with them: most events meet none. */
        private final Map<String, List<Requested>> started = new HashMap<>();

        /** By the end of what they are about: there is one each night, and what comes in today is of none. */
        private final NavigableMap<Long, List<Requested>> startedRetention = new TreeMap<>();

        private final Map<String, SavedSearch> searches = new LinkedHashMap<>();
        private List<RetentionClass> retention = List.of();
        private long known;
    }

    /**
     * Adds an entry.
     *
     * @return those that took effect, in their order: this one and what waited for it; empty when it is known or early
     */
    public List<ComplianceChange> add(ComplianceChange change) {
        Organization of = organizations.computeIfAbsent(change.getOrgId(), each -> new Organization());
        if (change.getNumber() <= of.known) {
            return List.of();
        }
        of.early.put(change.getNumber(), change);
        List<ComplianceChange> effective = new ArrayList<>();
        while (!of.early.isEmpty() && of.early.firstKey() == of.known + 1) {
            ComplianceChange next =
                    Objects.requireNonNull(of.early.pollFirstEntry()).getValue();
            of.known = next.getNumber();
            apply(of, next);
            effective.add(next);
        }
        return effective;
    }

    private static void apply(Organization of, ComplianceChange change) {
        if (change.getHold() != null) {
            of.holds.putIfAbsent(
                    change.getHold().getId(),
                    new Held(change.getHold(), change.getNumber(), change.getRecordedAt(), change.getChangedBy()));
        }
        if (change.getRelease() != null && of.holds.containsKey(change.getRelease())) {
            of.holds.get(change.getRelease()).release(change.getNumber(), change.getRecordedAt());
        }
        if (change.getErasure() != null) {
            of.erasures.putIfAbsent(
                    change.getErasure().getId(),
                    new Requested(
                            change.getErasure(), change.getNumber(), change.getRecordedAt(), change.getChangedBy()));
        }
        Requested started = change.getStart() == null ? null : of.erasures.get(change.getStart());
        if (started != null) {
            if (started.start() == 0) {
                index(of, started);
            }
            started.start(change.getNumber());
        }
        if (change.getRetention() != null) {
            of.retention = List.copyOf(change.getRetention().getClasses());
        }
        if (change.getSavedSearch() != null) {
            of.searches.put(change.getSavedSearch().getId(), change.getSavedSearch());
        }
        if (change.getForgottenSearch() != null) {
            of.searches.remove(change.getForgottenSearch());
        }
    }

    private static void index(Organization of, Requested started) {
        Set<String> keys = started.coverage().keys();
        if (keys == null) {
            of.startedRetention
                    .computeIfAbsent(started.coverage().until(), each -> new ArrayList<>(1))
                    .add(started);
        } else {
            keys.forEach(key ->
                    of.started.computeIfAbsent(key, each -> new ArrayList<>(1)).add(started));
        }
    }

    /** What is known of one organization, as it is now: nothing that is added to either changes the other. */
    public Register copy(String orgId) {
        Register copy = new Register();
        Organization from = organizations.get(orgId);
        if (from != null) {
            Organization to = new Organization();
            to.early.putAll(from.early);
            from.holds.forEach((id, hold) -> to.holds.put(id, hold.copy()));
            from.erasures.forEach((id, erasure) -> {
                Requested copied = erasure.copy();
                to.erasures.put(id, copied);
                if (copied.start() != 0) {
                    index(to, copied);
                }
            });
            to.searches.putAll(from.searches);
            to.retention = from.retention;
            to.known = from.known;
            copy.organizations.put(orgId, to);
        }
        return copy;
    }

    /** Number up to which all entries are known; 0: none. */
    public long known(String orgId) {
        return organizations.containsKey(orgId) ? organizations.get(orgId).known : 0;
    }

    /** Organizations that have an entry. */
    public Collection<String> organizations() {
        return new TreeSet<>(organizations.keySet());
    }

    /** All holds, also those released, in their order. */
    public List<Held> holds(String orgId) {
        return organizations.containsKey(orgId)
                ? List.copyOf(organizations.get(orgId).holds.values())
                : List.of();
    }

    public Optional<Held> hold(String orgId, String id) {
        return Optional.ofNullable(organizations.get(orgId)).map(of -> of.holds.get(id));
    }

    /** All erasures, in their order. */
    public List<Requested> erasures(String orgId) {
        return organizations.containsKey(orgId)
                ? List.copyOf(organizations.get(orgId).erasures.values())
                : List.of();
    }

    public Optional<Requested> erasure(String orgId, String id) {
        return Optional.ofNullable(organizations.get(orgId)).map(of -> of.erasures.get(id));
    }

    public List<RetentionClass> retention(String orgId) {
        return organizations.containsKey(orgId) ? organizations.get(orgId).retention : List.of();
    }

    public List<SavedSearch> searches(String orgId) {
        return organizations.containsKey(orgId)
                ? List.copyOf(organizations.get(orgId).searches.values())
                : List.of();
    }

    /** What becomes of an item by all erasures that have taken effect. */
    public Fate fate(String orgId, Item item) {
        Organization of = organizations.get(orgId);
        if (of == null || (of.started.isEmpty() && of.startedRetention.isEmpty())) {
            return Fate.KEPT;
        }
        Set<Requested> candidates = new LinkedHashSet<>();
        of.startedRetention.tailMap(item.occurredAt(), false).values().forEach(candidates::addAll);
        for (String key : Coverage.keys(item)) {
            candidates.addAll(of.started.getOrDefault(key, List.of()));
        }
        TreeSet<String> heldBy = new TreeSet<>();
        String erasedBy = null;
        long first = Long.MAX_VALUE;
        for (Requested erasure : candidates) {
            if (!erasure.covers(item)) {
                continue;
            }
            List<String> holds = protectors(of, erasure, item);
            if (holds.isEmpty() && erasure.number() < first) {
                first = erasure.number();
                erasedBy = erasure.erasure().getId();
            }
            heldBy.addAll(holds);
        }
        if (erasedBy != null) {
            return new Fate(erasedBy, List.of());
        }
        return heldBy.isEmpty() ? Fate.KEPT : new Fate(null, List.copyOf(heldBy));
    }

    /** Ids of erasures that have taken effect and are about people of these labels, ascending. */
    public List<String> erasuresOf(String orgId, Collection<String> labels) {
        Organization of = organizations.get(orgId);
        Set<String> ids = new TreeSet<>();
        if (of != null) {
            for (String label : Item.labels(labels)) {
                of.started
                        .getOrDefault("u|" + label, List.of())
                        .forEach(each -> ids.add(each.erasure().getId()));
                of.startedRetention.values().stream()
                        .flatMap(List::stream)
                        .filter(each -> each.erasure().getTarget().getLabels().contains(label))
                        .forEach(each -> ids.add(each.erasure().getId()));
            }
        }
        return List.copyOf(ids);
    }

    /** What becomes of an item by one erasure; kept also while it has not taken effect. */
    public Fate fate(String orgId, String erasureId, Item item) {
        Organization of = organizations.get(orgId);
        Requested erasure = of == null ? null : of.erasures.get(erasureId);
        if (of == null || erasure == null || erasure.start() == 0 || !erasure.covers(item)) {
            return Fate.KEPT;
        }
        List<String> holds = protectors(of, erasure, item);
        return holds.isEmpty() ? new Fate(erasureId, List.of()) : new Fate(null, holds);
    }

    private static List<String> protectors(Organization of, Requested erasure, Item item) {
        List<String> ids = new ArrayList<>();
        for (Held hold : of.holds.values()) {
            if (hold.stoodAt(erasure.start()) && hold.covers(item)) {
                ids.add(hold.hold().getId());
            }
        }
        ids.sort(null);
        return ids;
    }

    /**
     * Whether an erasure has to be started again: a hold that its newest start saw was released since.
     *
     * @param heldBy ids of the holds that kept something of it, as its progress told
     */
    public boolean canResume(String orgId, Requested erasure, Collection<String> heldBy) {
        return erasure.start() != 0
                && heldBy.stream()
                        .map(id -> hold(orgId, id).orElse(null))
                        .anyMatch(hold -> releasedSince(hold, erasure.start()));
    }

    private static boolean releasedSince(@Nullable Held hold, long start) {
        return hold != null && hold.releasedBy() > start;
    }
}
