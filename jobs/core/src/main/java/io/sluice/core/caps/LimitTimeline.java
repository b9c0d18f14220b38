package io.sluice.core.caps;

import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directory;
import io.sluice.schema.CapSettings;
import io.sluice.schema.CapVersion;
import io.sluice.schema.IncludedUsage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The versions of a virtual cap: every change of the limit that is resolved for one subject and period. A function of the
 * versions of caps and directory, in any order.
 *
 * <p>A member's limit is the first that there is of: that of the user, that of a group (of several the lowest or the
 * highest, as the organization decided; of equal ones that of the smaller group id), that of the seat tier, that of the
 * organization. A cap that is disabled is passed over.
 */
public final class LimitTimeline {
    private static final String HIGHEST = "highest";
    private static final long MICROS_PER_MILLI = 1_000;

    private static final Comparator<Limit> BY_AMOUNT =
            Comparator.comparingLong(limit -> limit.amountMicros() == null ? Long.MAX_VALUE : limit.amountMicros());

    private final List<LimitVersion> versions;

    private LimitTimeline(List<LimitVersion> versions) {
        this.versions = versions;
    }

    /** In order; each says something else than the one before. */
    public List<LimitVersion> versions() {
        return versions;
    }

    /** What holds at an instant. */
    public LimitVersion at(long micros) {
        for (int i = versions.size() - 1; i >= 0; i--) {
            if (versions.get(i).since() <= micros) {
                return versions.get(i);
            }
        }
        return LimitVersion.NONE;
    }

    /**
     * @param label under which telemetry shows the person
     * @param history of that label
     */
    static LimitTimeline ofMember(Caps caps, AsOf.MemberHistory history, String label, CapPeriod period) {
        return new Member(caps, label, period).timeline(history);
    }

    /** The same at one instant, without the others. */
    public static LimitVersion ofMemberAt(Caps caps, Directory directory, String label, CapPeriod period, long micros) {
        return new Member(caps, label, period).resolve(micros, AsOf.memberOf(directory, label, micros));
    }

    /** What would hold for a user of the directory under whom telemetry has shown nobody: one without a label. */
    public static LimitVersion ofUserAt(Caps caps, Directory directory, String userId, CapPeriod period, long micros) {
        return new Member(caps, userId, period).resolve(micros, AsOf.userAt(directory, userId, micros));
    }

    /** {@link #ofMemberAt} with all that was looked at, and why it was passed over. */
    public static Explanation explainMemberAt(
            Caps caps, Directory directory, String label, CapPeriod period, long micros) {
        return new Member(caps, label, period).explain(micros, AsOf.memberOf(directory, label, micros));
    }

    /** {@link #ofUserAt} with all that was looked at, and why it was passed over. */
    public static Explanation explainUserAt(
            Caps caps, Directory directory, String userId, CapPeriod period, long micros) {
        return new Member(caps, userId, period).explain(micros, AsOf.userAt(directory, userId, micros));
    }

    /** Of a pool or the organization's total, whose spend is kept by the millisecond: so are its versions. */
    public static LimitTimeline ofShared(Caps caps, CapScope scope, @Nullable String scopeId, CapPeriod period) {
        List<LimitVersion> versions = new ArrayList<>();
        for (CapVersion cut : caps.versions(scope, scopeId, period)) {
            long at = cut.getEffectiveAt();
            Optional<CapVersion> version = caps.at(scope, scopeId, period, at);
            boolean enabled = version.filter(each -> each.getCap().getEnabled()).isPresent();
            add(
                    versions,
                    new LimitVersion(
                            Math.floorDiv(at, MICROS_PER_MILLI) * MICROS_PER_MILLI,
                            enabled ? Caps.limit(version.get(), scope, 0) : null,
                            version.isPresent() && !enabled));
        }
        return new LimitTimeline(List.copyOf(versions));
    }

    private static void add(List<LimitVersion> versions, LimitVersion next) {
        LimitVersion before = versions.isEmpty() ? LimitVersion.NONE : versions.get(versions.size() - 1);
        if (!next.saysTheSameAs(before)) {
            versions.add(next);
        }
    }

    private static final class Member {
        private final Caps caps;
        private final String label;
        private final CapPeriod period;

        Member(Caps caps, String label, CapPeriod period) {
            this.caps = caps;
            this.label = label;
            this.period = period;
        }

        LimitTimeline timeline(AsOf.MemberHistory history) {
            SortedSet<Long> cuts = new TreeSet<>();
            addCuts(cuts, caps.settingsVersions());
            addCuts(cuts, CapScope.ORGANIZATION, null);
            addCuts(cuts, CapScope.USER, label);
            for (AsOf.MemberHistory.Stretch stretch : history.stretches()) {
                cuts.add(stretch.since());
                AsOf.Member member = stretch.member();
                member.userId().ifPresent(id -> addCuts(cuts, CapScope.USER, id));
                member.tier().ifPresent(tier -> addCuts(cuts, CapScope.SEAT_TIER, tier));
                member.groupIds().forEach(id -> addCuts(cuts, CapScope.GROUP, id));
            }
            List<LimitVersion> versions = new ArrayList<>();
            cuts.forEach(at -> add(versions, resolve(at, history.at(at))));
            return new LimitTimeline(List.copyOf(versions));
        }

        private void addCuts(SortedSet<Long> cuts, CapScope scope, @Nullable String scopeId) {
            addCuts(cuts, caps.versions(scope, scopeId, period));
        }

        private static void addCuts(SortedSet<Long> cuts, List<CapVersion> versions) {
            versions.forEach(version -> cuts.add(version.getEffectiveAt()));
        }

        private LimitVersion resolve(long at, AsOf.Member member) {
            return resolved(at, member, false).version();
        }

        private Explanation explain(long at, AsOf.Member member) {
            Resolution resolution = resolved(at, member, true);
            return new Explanation(resolution.version(), resolution.candidates);
        }

        /** The most special level first. */
        private Resolution resolved(long at, AsOf.Member member, boolean explained) {
            CapSettings settings = caps.settingsAt(at);
            Resolution resolution = new Resolution(at, included(settings, member.tier()), explained);
            member.userId().ifPresent(id -> resolution.consider(CapScope.USER, id));
            if (member.userId().filter(label::equals).isEmpty()) {
                resolution.consider(CapScope.USER, label);
            }
            resolution.considerGroups(member.groupIds(), settings);
            member.tier().ifPresent(tier -> resolution.consider(CapScope.SEAT_TIER, tier));
            resolution.consider(CapScope.ORGANIZATION, null);
            return resolution;
        }

        private long included(CapSettings settings, Optional<String> tier) {
            return settings.getIncluded().stream()
                    .filter(each -> each.getPeriod().equals(period.periodName()))
                    .filter(each -> tier.filter(each.getTier()::equals).isPresent())
                    .mapToLong(IncludedUsage::getAmountMicros)
                    .findFirst()
                    .orElse(0);
        }

        /** Goes through the levels; after the first that has a limit only if all have to be explained. */
        private final class Resolution {
            private final long at;
            private final long includedMicros;
            private final boolean explained;
            private final List<Candidate> candidates = new ArrayList<>();
            private @Nullable Limit chosen;
            private boolean disabled;

            Resolution(long at, long includedMicros, boolean explained) {
                this.at = at;
                this.includedMicros = includedMicros;
                this.explained = explained;
            }

            LimitVersion version() {
                return new LimitVersion(at, chosen, chosen == null && disabled);
            }

            private boolean isDone() {
                return chosen != null && !explained;
            }

            void consider(CapScope scope, @Nullable String scopeId) {
                Limit limit = isDone() ? null : limit(scope, scopeId);
                if (limit != null) {
                    add(limit, chosen == null ? Candidate.Outcome.WON : Candidate.Outcome.LESS_SPECIAL);
                    chosen = chosen == null ? limit : chosen;
                }
            }

            void considerGroups(List<String> groupIds, CapSettings settings) {
                if (isDone()) {
                    return;
                }
                List<Limit> limits = new ArrayList<>();
                Limit rather = null;
                for (String id : groupIds) { // sorted
                    Limit limit = limit(CapScope.GROUP, id);
                    if (limit != null) {
                        limits.add(limit);
                        rather = rather == null || isRather(limit, rather, settings) ? limit : rather;
                    }
                }
                for (Limit limit : limits) {
                    add(limit, chosen == null ? outcome(limit, rather) : Candidate.Outcome.LESS_SPECIAL);
                }
                chosen = chosen == null ? rather : chosen;
            }

            private Candidate.Outcome outcome(Limit limit, @Nullable Limit rather) {
                int order = rather == null ? 0 : BY_AMOUNT.compare(limit, rather);
                if (order != 0) {
                    return order > 0 ? Candidate.Outcome.HIGHER : Candidate.Outcome.LOWER;
                }
                return limit.equals(rather) ? Candidate.Outcome.WON : Candidate.Outcome.EQUAL;
            }

            private void add(Limit limit, Candidate.Outcome outcome) {
                if (explained) {
                    candidates.add(new Candidate(limit, outcome));
                }
            }

            /** Null: none, or it is disabled. */
            private @Nullable Limit limit(CapScope scope, @Nullable String scopeId) {
                CapVersion version = caps.at(scope, scopeId, period, at).orElse(null);
                if (version == null) {
                    return null;
                }
                Limit limit = Caps.limit(version, scope, includedMicros);
                if (!version.getCap().getEnabled()) {
                    disabled = true;
                    add(limit, Candidate.Outcome.DISABLED);
                    return null;
                }
                return limit;
            }

            private boolean isRather(Limit limit, Limit than, CapSettings settings) {
                int order = BY_AMOUNT.compare(limit, than);
                return settings.getGroupLimit().equals(HIGHEST) ? order > 0 : order < 0;
            }
        }
    }
}
