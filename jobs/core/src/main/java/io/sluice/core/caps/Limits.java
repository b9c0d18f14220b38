package io.sluice.core.caps;

import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directory;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The virtual caps of one subject: one for each period. Immutable. */
public final class Limits {
    /** Nothing is limited. */
    public static final Limits NONE = new Limits(new EnumMap<>(CapPeriod.class));

    private final Map<CapPeriod, LimitTimeline> byPeriod;

    private Limits(Map<CapPeriod, LimitTimeline> byPeriod) {
        this.byPeriod = byPeriod;
    }

    public static Limits of(Caps caps, Directory directory, CapSubject subject) {
        return subject.scope().isShared()
                ? ofShared(caps, subject.scope(), subject.scopeId())
                : ofMember(caps, AsOf.historyOf(directory, subject.name()), subject.name());
    }

    /**
     * @param label under which telemetry shows the person
     * @param history of that label
     */
    static Limits ofMember(Caps caps, AsOf.MemberHistory history, String label) {
        Map<CapPeriod, LimitTimeline> byPeriod = new EnumMap<>(CapPeriod.class);
        for (CapPeriod period : CapPeriod.values()) {
            byPeriod.put(period, LimitTimeline.ofMember(caps, history, label, period));
        }
        return new Limits(byPeriod);
    }

    /** Of a pool or the organization's total. */
    static Limits ofShared(Caps caps, CapScope scope, @Nullable String scopeId) {
        Map<CapPeriod, LimitTimeline> byPeriod = new EnumMap<>(CapPeriod.class);
        for (CapPeriod period : CapPeriod.values()) {
            byPeriod.put(period, LimitTimeline.ofShared(caps, scope, scopeId, period));
        }
        return new Limits(byPeriod);
    }

    /** Only those of periods that ever had a limit. */
    Map<CapPeriod, LimitTimeline> timelines() {
        Map<CapPeriod, LimitTimeline> timelines = new EnumMap<>(byPeriod);
        timelines.values().removeIf(timeline -> timeline.versions().isEmpty());
        return timelines;
    }

    public LimitVersion at(CapPeriod period, long micros) {
        LimitTimeline timeline = byPeriod.get(period);
        return timeline == null ? LimitVersion.NONE : timeline.at(micros);
    }

    /** Where time is cut: the starts of all versions. */
    public TreeSet<Long> cuts() {
        TreeSet<Long> cuts = new TreeSet<>();
        byPeriod.values().forEach(timeline -> timeline.versions().forEach(version -> cuts.add(version.since())));
        return cuts;
    }
}
