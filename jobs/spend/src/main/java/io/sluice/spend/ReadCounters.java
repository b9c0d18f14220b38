package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.CounterSeries;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.SessionInput;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Topic;
import java.time.Duration;
import org.apache.flink.util.Collector;

/** Sends each point to its session, or to its installation if it has none. */
final class ReadCounters extends ReadFunction<CounterPoint, SessionInput> {
    private static final long serialVersionUID = 1L;

    private final Duration openAfterEnd;

    ReadCounters(Duration openAfterEnd) {
        super(Topic.COUNTERS, CounterPoint.class);
        this.openAfterEnd = openAfterEnd;
    }

    @Override
    void read(CounterPoint point, Context ctx, Collector<SessionInput> out) {
        Periods.check("occurred_at", point.getOccurredAt());
        Periods.check("received_at", point.getReceivedAt());
        long hour = Periods.hour(point.getReceivedAt());
        SessionInput input = CounterSeries.input(point, openAfterEnd);
        count(ctx, point.getOrgId(), point.getSource(), hour, Count.RECEIVED, 1);
        if (Periods.isLate(point.getOccurredAt(), point.getReceivedAt(), point.getHistorical(), openAfterEnd)) {
            count(ctx, point.getOrgId(), point.getSource(), hour, Count.LATE, 1);
            return;
        }
        out.collect(input);
    }
}
