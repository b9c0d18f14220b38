package io.sluice.core.caps;

import io.sluice.schema.Cap;
import io.sluice.schema.CapSettings;
import io.sluice.schema.CapVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The caps of one organization and its settings of them: a function of the set of versions that were applied, in any
 * order, with repetitions. There is at most one cap for a scope and a period, so its id follows from them.
 */
public final class Caps {
    public static final String CAP = "cap";
    public static final String SETTINGS = "settings";

    /** Of equal times the higher version wins. */
    private static final Comparator<CapVersion> BY_EFFECT =
            Comparator.comparingLong(CapVersion::getEffectiveAt).thenComparingLong(CapVersion::getVersion);

    private static final CapSettings DEFAULTS = CapSettings.newBuilder().build();

    private record Place(CapScope scope, @Nullable String scopeId, CapPeriod period) {
        /** What a record has by itself takes several times as long, and edits ask for very many. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Place place
                    && scope == place.scope
                    && period == place.period
                    && Objects.equals(scopeId, place.scopeId);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * Objects.hashCode(scopeId) + scope.ordinal()) + period.ordinal();
        }
    }

    private final String orgId;
    private final Map<Place, List<CapVersion>> versions = new HashMap<>();
    private final List<CapVersion> settings = new ArrayList<>();
    private final Set<String> pooledGroups = new HashSet<>();

    public Caps(String orgId) {
        this.orgId = orgId;
    }

    /** The id of the one cap of a scope and a period. */
    public static String id(CapScope scope, @Nullable String scopeId, CapPeriod period) {
        return scope.scopeName() + '|' + (scopeId == null ? "" : scopeId) + '|' + period.periodName();
    }

    /** Of a cap by its id, see {@link #id}. */
    static CapScope scope(String capId) {
        return CapScope.named(capId.substring(0, capId.indexOf('|'))).orElseThrow();
    }

    /** Of a cap by its id, see {@link #id}. */
    static @Nullable String scopeId(String capId) {
        return scope(capId).hasId() ? capId.substring(capId.indexOf('|') + 1, capId.lastIndexOf('|')) : null;
    }

    /**
     * Takes in a version.
     *
     * @return whether it said something new; a version of an unknown kind, scope or period never does, nor one whose id does
     *     not follow from these
     * @throws IllegalArgumentException when it is none of this organization, or damaged
     */
    public boolean apply(CapVersion version) {
        if (!orgId.equals(version.getOrgId())) {
            throw new IllegalArgumentException("org_id: another organization's (expected: " + orgId + ")");
        }
        List<CapVersion> ofDocument = documentOf(version);
        if (ofDocument == null) {
            return false;
        }
        if (ofDocument.stream().anyMatch(each -> each.getVersion() == version.getVersion())) {
            return false;
        }
        ofDocument.add(version);
        ofDocument.sort(BY_EFFECT);
        Cap cap = version.getCap();
        if (cap != null && cap.getScopeType().equals(CapScope.GROUP_POOL.scopeName())) {
            pooledGroups.add(Objects.requireNonNull(cap.getScopeId()));
        }
        return true;
    }

    /** Ids of the groups of which there ever was a pool. */
    Set<String> pooledGroups() {
        return pooledGroups;
    }

    /** Null: of a newer build, or damaged. */
    private @Nullable List<CapVersion> documentOf(CapVersion version) {
        if (version.getKind().equals(SETTINGS)) {
            return version.getSettings() == null || !version.getId().equals(orgId) ? null : settings;
        }
        Cap cap = version.getKind().equals(CAP) ? version.getCap() : null;
        CapScope scope = cap == null ? null : CapScope.named(cap.getScopeType()).orElse(null);
        CapPeriod period = cap == null ? null : CapPeriod.named(cap.getPeriod()).orElse(null);
        if (cap == null || scope == null || period == null) {
            return null;
        }
        Place place = new Place(scope, scope.hasId() ? cap.getScopeId() : null, period);
        return version.getId().equals(id(scope, place.scopeId, period))
                ? versions.computeIfAbsent(place, key -> new ArrayList<>())
                : null;
    }

    /** The versions of a scope's cap, by the time from which they hold. */
    public List<CapVersion> versions(CapScope scope, @Nullable String scopeId, CapPeriod period) {
        return versions.getOrDefault(new Place(scope, scopeId, period), List.of());
    }

    public List<CapVersion> settingsVersions() {
        return settings;
    }

    /** The version of a scope's cap that is in force at an instant; empty: none, or it is deleted. */
    Optional<CapVersion> at(CapScope scope, @Nullable String scopeId, CapPeriod period, long micros) {
        return inForce(versions(scope, scopeId, period), micros);
    }

    /** What is decided at an instant; the defaults where nothing is. */
    public CapSettings settingsAt(long micros) {
        return inForce(settingsVersions(), micros).map(CapVersion::getSettings).orElse(DEFAULTS);
    }

    private static Optional<CapVersion> inForce(List<CapVersion> byEffect, long micros) {
        CapVersion last = null;
        for (CapVersion version : byEffect) {
            if (version.getEffectiveAt() > micros) {
                break;
            }
            last = version;
        }
        return Optional.ofNullable(last).filter(version -> !version.getDeleted());
    }

    static Limit limit(CapVersion version, CapScope scope, long includedMicros) {
        Cap cap = version.getCap();
        return new Limit(
                scope,
                cap.getScopeId(),
                version.getId(),
                version.getVersion(),
                cap.getAmountMicros(),
                cap.getThresholds(),
                includedMicros);
    }
}
