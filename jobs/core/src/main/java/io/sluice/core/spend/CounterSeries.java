package io.sluice.core.spend;

import io.sluice.core.spend.Series.Measure;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Temporality;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the counters of Claude Code say about spend. */
public final class CounterSeries {
    private static final String COST = "claude_code.cost.usage";
    private static final String TOKENS = "claude_code.token.usage";
    private static final String SESSIONS = "claude_code.session.count";

    private CounterSeries() {}

    /** Null: the point says nothing about spend. */
    public static @Nullable SessionInput input(CounterPoint point, Duration openAfterEnd) {
        long time = RequestCopies.micros(point.getOccurredAt());
        long receivedAt = RequestCopies.micros(point.getReceivedAt());
        long heldUntil = Periods.heldUntilMillis(time, receivedAt, point.getHistorical(), openAfterEnd);
        String user = Users.key(point.getActor());
        String named = user.equals(Users.UNATTRIBUTED) ? null : user;
        String key = point.getSessionId() != null
                ? SessionInput.ofSession(point.getOrgId(), point.getSessionId())
                : SessionInput.ofInstallation(point.getOrgId(), SessionInput.installation(point.getActor()));
        if (point.getMetric().equals(SESSIONS) && point.getSessionId() != null) {
            long start = RequestCopies.micros(point.getStartAt());
            return new SessionInput(
                    key, time, named, new Evidence(start, -1, false, true), null, null, heldUntil, receivedAt);
        }
        Measure measure = measure(point);
        if (measure == null) {
            return named == null ? null : new SessionInput(key, time, named, null, null, null, heldUntil, receivedAt);
        }
        int importedIn = Periods.importedIn(time, receivedAt, point.getHistorical(), openAfterEnd);
        CellKey cell = new CellKey(
                point.getOrgId(),
                user,
                RequestCopies.team(point.getTeam()),
                point.getModel() == null ? "unknown" : PriceBook.groupName(point.getModel()),
                point.getProduct(),
                point.getRepository(),
                point.getMcpServer(),
                point.getSkill(),
                0,
                true,
                importedIn);
        Point one = new Point(
                point.getEventId(),
                RequestCopies.micros(point.getStartAt()),
                time,
                Point.exact(point.getValue(), measure),
                point.getTemporality() == Temporality.CUMULATIVE,
                Periods.hour(receivedAt));
        return new SessionInput(
                key,
                time,
                named,
                null,
                null,
                new Series(point.getSeriesId() + '|' + importedIn, cell, measure, point.getSource(), List.of(one)),
                heldUntil,
                receivedAt);
    }

    private static @Nullable Measure measure(CounterPoint point) {
        if (point.getMetric().equals(COST)) {
            return Measure.COST;
        }
        if (!point.getMetric().equals(TOKENS) || point.getType() == null) {
            return null;
        }
        return switch (point.getType()) {
            case "input" -> Measure.INPUT;
            case "output" -> Measure.OUTPUT;
            case "cacheRead" -> Measure.CACHE_READ;
            case "cacheCreation" -> Measure.CACHE_CREATION;
            default -> null;
        };
    }
}
