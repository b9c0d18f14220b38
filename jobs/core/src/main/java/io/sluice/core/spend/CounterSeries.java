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

    public static SessionInput input(CounterPoint point, Duration openAfterEnd) {
        long time = point.getOccurredAt();
        long receivedAt = point.getReceivedAt();
        String user = Users.key(point.getActor());
        boolean installation = point.getSessionId() == null;
        boolean start = point.getMetric().equals(SESSIONS) && !installation;
        return new SessionInput(
                installation
                        ? SessionInput.installation(point.getOrgId(), point.getActor())
                        : SessionInput.session(point.getOrgId(), point.getSessionId()),
                installation,
                Id.of(Id.Kind.EVENT, point.getOrgId(), point.getEventId()),
                new LedgerScope(point.getOrgId(), point.getSource()),
                time,
                receivedAt,
                Periods.heldUntilMillis(time, receivedAt, point.getHistorical(), openAfterEnd),
                Periods.heldMonth(time, receivedAt, point.getHistorical()),
                user.equals(Users.UNATTRIBUTED) ? null : user,
                start ? new Evidence(point.getStartAt(), -1, false, true) : null,
                series(point, user, openAfterEnd));
    }

    private static @Nullable Series series(CounterPoint point, String user, Duration openAfterEnd) {
        Measure measure = measure(point);
        if (measure == null) {
            return null;
        }
        int importedIn =
                Periods.importedIn(point.getOccurredAt(), point.getReceivedAt(), point.getHistorical(), openAfterEnd);
        CellKey cell = new CellKey(
                new Dimensions(
                        point.getOrgId(),
                        user,
                        point.getTeam() == null ? Users.UNASSIGNED : point.getTeam(),
                        point.getModel() == null ? "unknown" : PriceBook.groupName(point.getModel()),
                        point.getProduct(),
                        point.getRepository(),
                        point.getMcpServer(),
                        point.getSkill(),
                        point.getTerminal(),
                        point.getRemote()),
                0,
                importedIn);
        Point one = new Point(
                point.getEventId(),
                point.getStartAt(),
                point.getOccurredAt(),
                Point.exact(point.getValue(), measure),
                point.getTemporality() == Temporality.CUMULATIVE,
                Periods.hour(point.getReceivedAt()));
        return new Series(point.getSeriesId() + '|' + importedIn, cell, measure, point.getSource(), List.of(one));
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
