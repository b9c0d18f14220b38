package io.sluice.spend;

import io.sluice.core.hooks.HookSign;
import io.sluice.core.spend.Count;
import io.sluice.core.spend.Evidence;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.LedgerScope;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.SessionInput;
import io.sluice.core.spend.Users;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Topic;
import java.time.Duration;
import org.apache.flink.util.Collector;

/** Activity is no spend, but it shows who a session belongs to and where its processes begin. */
final class ReadActivity extends ReadFunction<ActivityEvent, SessionInput> {
    private static final long serialVersionUID = 1L;

    private final Duration openAfterEnd;

    ReadActivity(Duration openAfterEnd) {
        super(Topic.ACTIVITY, ActivityEvent.class);
        this.openAfterEnd = openAfterEnd;
    }

    @Override
    void read(ActivityEvent event, Context ctx, Collector<SessionInput> out) {
        Periods.check("occurred_at", event.getOccurredAt());
        Periods.check("received_at", event.getReceivedAt());
        long hour = Periods.hour(event.getReceivedAt());
        count(ctx, event.getOrgId(), event.getSource(), hour, Count.RECEIVED, 1);
        if (Periods.isLate(event.getOccurredAt(), event.getReceivedAt(), event.getHistorical(), openAfterEnd)) {
            count(ctx, event.getOrgId(), event.getSource(), hour, Count.LATE, 1);
            return;
        }
        HookSign.of(event).ifPresent(sign -> ctx.output(Tags.HOOKS, sign));
        boolean hasSession = event.getSessionId() != null;
        String user = Users.key(event.getActor());
        out.collect(new SessionInput(
                hasSession
                        ? SessionInput.session(event.getOrgId(), event.getSessionId())
                        : SessionInput.installation(event.getOrgId(), event.getActor()),
                !hasSession,
                Id.of(Id.Kind.EVENT, event.getOrgId(), event.getEventId()),
                new LedgerScope(event.getOrgId(), event.getSource()),
                event.getOccurredAt(),
                event.getReceivedAt(),
                Periods.heldUntilMillis(
                        event.getOccurredAt(), event.getReceivedAt(), event.getHistorical(), openAfterEnd),
                Periods.heldMonth(event.getOccurredAt(), event.getReceivedAt(), event.getHistorical()),
                hasSession && !user.equals(Users.UNATTRIBUTED) ? user : null,
                hasSession && event.getSequence() != null
                        ? new Evidence(event.getOccurredAt(), event.getSequence(), false, false)
                        : null,
                null));
    }
}
