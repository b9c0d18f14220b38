package io.sluice.core.caps;

import io.sluice.schema.Cap;
import io.sluice.schema.CapSettings;
import io.sluice.schema.CapVersion;
import io.sluice.schema.IncludedUsage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes versions of caps, numbered. */
final class History {
    static final String ORG = "acme";
    static final List<Integer> DEFAULT = List.of(50, 75, 90, 100);
    static final long DOLLAR = 1_000_000;

    final List<CapVersion> versions = new ArrayList<>();
    private final Map<String, CapVersion> newest = new HashMap<>();

    static long at(String time) {
        return Instant.parse(time).getEpochSecond() * 1_000_000;
    }

    /** @param dollars null: unlimited */
    History cap(long at, CapScope scope, @Nullable String scopeId, CapPeriod period, @Nullable Long dollars) {
        return cap(at, scope, scopeId, period, dollars, true, DEFAULT);
    }

    History cap(
            long at,
            CapScope scope,
            @Nullable String scopeId,
            CapPeriod period,
            @Nullable Long dollars,
            boolean enabled,
            List<Integer> thresholds) {
        Cap cap = Cap.newBuilder()
                .setScopeType(scope.scopeName())
                .setScopeId(scopeId)
                .setPeriod(period.periodName())
                .setAmountMicros(dollars == null ? null : Long.valueOf(dollars * DOLLAR))
                .setEnabled(enabled)
                .setThresholds(thresholds)
                .build();
        return add(next(Caps.CAP, Caps.id(scope, scopeId, period), at).setCap(cap));
    }

    History delete(long at, CapScope scope, @Nullable String scopeId, CapPeriod period) {
        CapVersion before = newest.get(Caps.CAP + Caps.id(scope, scopeId, period));
        if (before == null) {
            throw new IllegalStateException("there is none");
        }
        return add(next(Caps.CAP, before.getId(), at).setCap(before.getCap()).setDeleted(true));
    }

    boolean has(CapScope scope, @Nullable String scopeId, CapPeriod period) {
        return newest.containsKey(Caps.CAP + Caps.id(scope, scopeId, period));
    }

    History settings(long at, String groupLimit, IncludedUsage... included) {
        return add(next(Caps.SETTINGS, ORG, at)
                .setSettings(CapSettings.newBuilder()
                        .setGroupLimit(groupLimit)
                        .setIncluded(List.of(included))
                        .build()));
    }

    private CapVersion.Builder next(String kind, String id, long at) {
        CapVersion before = newest.get(kind + id);
        return CapVersion.newBuilder()
                .setOrgId(ORG)
                .setKind(kind)
                .setId(id)
                .setVersion(before == null ? 1 : before.getVersion() + 1)
                .setEffectiveAt(at)
                .setRecordedAt(at)
                .setCreatedAt(before == null ? at : before.getCreatedAt());
    }

    private History add(CapVersion.Builder builder) {
        CapVersion version = builder.build();
        newest.put(version.getKind() + version.getId(), version);
        versions.add(version);
        return this;
    }

    Caps caps() {
        return caps(versions);
    }

    static Caps caps(List<CapVersion> versions) {
        Caps caps = new Caps(ORG);
        versions.forEach(caps::apply);
        return caps;
    }
}
