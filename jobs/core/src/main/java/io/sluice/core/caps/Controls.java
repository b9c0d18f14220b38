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

/** The caps and directories of all organizations, and whose limits a change of them concerns. */
public final class Controls {
    /**
     * Whose limits may have changed.
     *
     * @param everybody all members of the organization
     * @param labels else these
     * @param known the version was known before
     */
    public record Concerned(String orgId, boolean everybody, Set<String> labels, boolean known) {}

    private final Directories directories = new Directories();
    private final Map<String, Caps> caps = new HashMap<>();

    private Caps capsOf(String orgId) {
        return caps.computeIfAbsent(orgId, Caps::new);
    }

    /** Those of members; of a pool and a total nobody's are. */
    public Concerned apply(CapVersion version) {
        String orgId = version.getOrgId();
        boolean known = !capsOf(orgId).apply(version);
        Cap cap = version.getCap();
        if (cap == null) {
            return new Concerned(orgId, version.getSettings() != null, Set.of(), known);
        }
        CapScope scope = CapScope.named(cap.getScopeType()).orElse(null);
        if (scope == null || scope.isShared()) {
            return new Concerned(orgId, false, Set.of(), known);
        }
        Directory directory = directories.of(orgId);
        return switch (scope) {
            case USER -> {
                String id = Objects.requireNonNull(cap.getScopeId());
                Set<String> labels = AsOf.labelsOf(directory, id);
                labels.add(id);
                yield new Concerned(orgId, false, labels, known);
            }
            case GROUP ->
                new Concerned(
                        orgId,
                        false,
                        AsOf.labelsEverInGroup(directory, Objects.requireNonNull(cap.getScopeId())),
                        known);
            case SEAT_TIER ->
                new Concerned(
                        orgId,
                        false,
                        AsOf.labelsEverOfTier(directory, Objects.requireNonNull(cap.getScopeId())),
                        known);
            default -> new Concerned(orgId, true, Set.of(), known);
        };
    }

    public Concerned apply(DirectoryVersion version) {
        String orgId = version.getOrgId();
        boolean known = !directories.apply(version);
        Directory directory = directories.of(orgId);
        Kind kind = Kind.named(version.getKind()).orElse(null);
        if (kind == Kind.USER) {
            return new Concerned(orgId, false, AsOf.labelsOf(directory, version.getId()), known);
        }
        if (kind == Kind.MEMBERSHIP) {
            String userId = version.getId().substring(version.getId().lastIndexOf('|') + 1);
            return new Concerned(orgId, false, AsOf.labelsOf(directory, userId), known);
        }
        if (kind == Kind.GROUP && version.getDeleted()) {
            return new Concerned(orgId, false, AsOf.labelsEverInGroup(directory, version.getId()), known);
        }
        return new Concerned(orgId, false, Set.of(), known);
    }

    public Limits limitsOfMember(String orgId, String label) {
        return Limits.ofMember(capsOf(orgId), directories.of(orgId), label);
    }
}
