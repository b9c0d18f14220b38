package io.sluice.core.caps;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A threshold that is crossed in a period, and so has an alert that is not resolved.
 *
 * @param limit of the version with which it was crossed
 * @param since when that version began
 * @param percent the threshold
 * @param byEdit whether its amount was already spent when the version began
 */
public record Crossing(Limit limit, long since, int percent, boolean byEdit) {
    /**
     * The crossings of one period.
     *
     * @param list by version and percent
     * @param slack while less than that is added, in whatever segments, they stay as they are
     */
    public record All(List<Crossing> list, long slack) {}

    /**
     * All crossings of one period. Which ones there are depends on the sums alone, so not on the order in which events and
     * versions came.
     *
     * <p>A threshold of a version whose amount is reached while the version holds is crossed. One whose amount was reached
     * before the version began is crossed with it, unless a threshold of that percent was crossed before in the period. A
     * version without a limit ends all crossings before it, except where caps are only disabled.
     *
     * @param versions of a virtual cap, in order
     * @param start of the period
     */
    public static All of(List<LimitVersion> versions, CapPeriod period, long start, Spend spend) {
        long end = period.end(start);
        List<Crossing> crossings = new ArrayList<>();
        Set<Integer> before = new HashSet<>();
        long slack = Long.MAX_VALUE;
        for (int i = 0; i < versions.size(); i++) {
            LimitVersion version = versions.get(i);
            long from = Math.max(start, version.since());
            long to =
                    Math.min(end, i + 1 < versions.size() ? versions.get(i + 1).since() : Long.MAX_VALUE);
            if (from >= to) {
                continue;
            }
            Limit limit = version.limit();
            if (limit == null || limit.amountMicros() == null || limit.amountMicros() == 0) {
                if (version.endsAlerts()) {
                    crossings.clear();
                }
                continue;
            }
            long atStart = spend.between(start, from);
            long spent = atStart + spend.between(from, to);
            for (int percent : limit.thresholds()) {
                long amount = limit.thresholdMicros(percent);
                boolean byEdit = atStart >= amount;
                if (byEdit ? !before.contains(percent) : spent >= amount) {
                    crossings.add(new Crossing(limit, version.since(), percent, byEdit));
                    before.add(percent);
                }
                if (!byEdit) {
                    slack = Math.min(slack, amount - (spent >= amount ? atStart : spent));
                }
            }
        }
        return new All(crossings, slack);
    }
}
