package io.sluice.core.caps;

import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directories;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Kind;
import io.sluice.schema.Cap;
import io.sluice.schema.CapVersion;
import io.sluice.schema.DirectoryVersion;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The caps and directories of all organizations, and whose limits a change of them concerns. */
public final class Controls {
    /**
     * Whose limits may have changed.
     *
     * @param everybody all members of the organization
     * @param members else these labels, to be asked for before the next version: it takes time
     * @param shared the pool or the total
     * @param known the version was known before
     */
    public record Concerned(
            String orgId,
            boolean everybody,
            Supplier<Set<String>> members,
            @Nullable CapSubject shared,
            boolean known) {
        Concerned(String orgId, boolean everybody, Supplier<Set<String>> members, boolean known) {
            this(orgId, everybody, members, null, known);
        }

        public Set<String> labels() {
            return members.get();
        }
    }

    private final Directories directories = new Directories();
    private final Map<String, Caps> caps = new HashMap<>();

    private Caps capsOf(String orgId) {
        return caps.computeIfAbsent(orgId, Caps::new);
    }

    public Concerned apply(CapVersion version) {
        String orgId = version.getOrgId();
        boolean known = !capsOf(orgId).apply(version);
        Cap cap = version.getCap();
        if (cap == null) {
            return new Concerned(orgId, version.getSettings() != null, Set::of, known);
        }
        CapScope scope = CapScope.named(cap.getScopeType()).orElse(null);
        if (scope == null) {
            return new Concerned(orgId, false, Set::of, known);
        }
        Directory directory = directories.of(orgId);
        return switch (scope) {
            case ORGANIZATION_TOTAL -> new Concerned(orgId, false, Set::of, CapSubject.total(orgId), known);
            case GROUP_POOL -> {
                String groupId = Objects.requireNonNull(cap.getScopeId());
                yield new Concerned(
                        orgId,
                        false,
                        () -> AsOf.labelsEverInGroup(directory, groupId), // what they spend may count for the pool now
                        CapSubject.pool(orgId, groupId),
                        known);
            }
            case USER -> {
                String id = Objects.requireNonNull(cap.getScopeId());
                yield new Concerned(
                        orgId,
                        false,
                        () -> {
                            Set<String> labels = AsOf.labelsOf(directory, id);
                            labels.add(id);
                            return labels;
                        },
                        known);
            }
            case GROUP ->
                new Concerned(
                        orgId,
                        false,
                        () -> AsOf.labelsEverInGroup(directory, Objects.requireNonNull(cap.getScopeId())),
                        known);
            case SEAT_TIER ->
                new Concerned(
                        orgId,
                        false,
                        () -> AsOf.labelsEverOfTier(directory, Objects.requireNonNull(cap.getScopeId())),
                        known);
            case ORGANIZATION -> new Concerned(orgId, true, Set::of, known);
        };
    }

    public Concerned apply(DirectoryVersion version) {
        String orgId = version.getOrgId();
        boolean known = !directories.apply(version);
        Directory directory = directories.of(orgId);
        Kind kind = Kind.named(version.getKind()).orElse(null);
        if (kind == Kind.USER) {
            return new Concerned(orgId, false, () -> AsOf.labelsOf(directory, version.getId()), known);
        }
        if (kind == Kind.MEMBERSHIP) {
            String userId = version.getId().substring(version.getId().lastIndexOf('|') + 1);
            return new Concerned(orgId, false, () -> AsOf.labelsOf(directory, userId), known);
        }
        if (kind == Kind.GROUP && version.getDeleted()) {
            return new Concerned(orgId, false, () -> AsOf.labelsEverInGroup(directory, version.getId()), known);
        }
        return new Concerned(orgId, false, Set::of, known);
    }

    public Limits limits(CapSubject subject) {
        return Limits.of(capsOf(subject.orgId()), directories.of(subject.orgId()), subject);
    }

    /**
     * Who a person was in the directory, to be given to what follows.
     *
     * @param known an earlier answer, returned if it is still right
     */
    public AsOf.MemberHistory history(CapSubject person, AsOf.@Nullable MemberHistory known) {
        Directory directory = directories.of(person.orgId());
        return known != null && known.revision() == directory.revision()
                ? known
                : AsOf.historyOf(directory, person.name());
    }

    public Limits limits(CapSubject person, AsOf.MemberHistory history) {
        return Limits.ofMember(capsOf(person.orgId()), history, person.name());
    }

    public PoolSpans poolSpans(CapSubject person, AsOf.MemberHistory history) {
        return PoolSpans.of(capsOf(person.orgId()), history);
    }

    /** At which a person's spend has to be cut for pools, whichever they are: at each change of its groups and of their pools. */
    public Set<Long> poolCuts(CapSubject person, AsOf.MemberHistory history, PoolSpans spans) {
        Set<Long> cuts = new TreeSet<>();
        history.stretches().forEach(stretch -> cuts.add(stretch.since()));
        spans.groupIds()
                .forEach(group -> cuts.addAll(
                        limits(CapSubject.pool(person.orgId(), group)).cuts()));
        return cuts;
    }
}
