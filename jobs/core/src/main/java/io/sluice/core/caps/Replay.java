package io.sluice.core.caps;

import io.sluice.core.directory.AsOf;
import io.sluice.core.directory.Directory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The alerts that caps give over what was spent already: with the actual caps those that there are. */
public final class Replay {
    /**
     * One alert that is not resolved.
     *
     * @param from when the amount was reached at the earliest, by the segments of the spend that is known
     * @param to when at the latest; of one that an edit brought about the same as {@code from}
     * @param spentBefore of the period, before {@code from}
     */
    public record Alert(
            CapSubject subject,
            CapPeriod period,
            long periodStart,
            Crossing crossing,
            long from,
            long to,
            long spentBefore) {}

    private record Span(CapPeriod period, long start) {}

    private static final Comparator<Span> IN_ORDER =
            Comparator.comparingLong(Span::start).thenComparing(Span::period);

    private Replay() {}

    /** By period, version and threshold, of the periods that begin within {@code [from, to)}. */
    public static List<Alert> alerts(CapSubject subject, Limits limits, Spend spend, long from, long to) {
        limits.cuts().forEach(spend::cut);
        Map<CapPeriod, LimitTimeline> timelines = limits.timelines();
        Set<Span> spans = new TreeSet<>(IN_ORDER);
        for (long at : spend.segments().keySet()) {
            timelines.keySet().forEach(period -> spans.add(new Span(period, period.start(at))));
        }
        List<Alert> alerts = new ArrayList<>();
        for (Span span : spans) {
            LimitTimeline timeline = timelines.get(span.period);
            if (timeline != null && span.start >= from && span.start < to) {
                Crossing.of(timeline.versions(), span.period, span.start, spend)
                        .list()
                        .forEach(crossing -> alerts.add(alert(subject, span, crossing, spend)));
            }
        }
        return alerts;
    }

    private static Alert alert(CapSubject subject, Span span, Crossing crossing, Spend spend) {
        if (crossing.byEdit()) {
            long since = crossing.since();
            return new Alert(
                    subject, span.period, span.start, crossing, since, since, spend.between(span.start, since));
        }
        long amount = crossing.limit().thresholdMicros(crossing.percent());
        long end = span.period.end(span.start);
        long since = Math.max(span.start, crossing.since());
        long spent = spend.between(span.start, since);
        long reached = since;
        long before = spent;
        for (Map.Entry<Long, Long> segment :
                spend.segments().subMap(since, true, end, false).entrySet()) {
            before = spent;
            spent += segment.getValue();
            reached = segment.getKey();
            if (spent >= amount) {
                break;
            }
        }
        return new Alert(
                subject,
                span.period,
                span.start,
                crossing,
                reached,
                Math.min(end, spend.endOfSegment(reached)),
                before);
    }

    /**
     * What the members of a group have spent together, each while it was a member.
     *
     * @param byLabel what each person has spent, by segments that begin with each change of its groups as well
     */
    public static Spend ofPool(Caps caps, Directory directory, String groupId, Map<String, Spend> byLabel) {
        Spend pool = new Spend();
        byLabel.forEach((label, spend) -> {
            PoolSpans spans = PoolSpans.of(caps, AsOf.historyOf(directory, label));
            if (spans.groupIds().contains(groupId)) {
                spend.segments().forEach((at, micros) -> {
                    if (spans.counts(groupId, at)) {
                        pool.cut(at);
                        pool.add(at, micros);
                    }
                });
            }
        });
        return pool;
    }
}
