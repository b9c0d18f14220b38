package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.Evidence;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.SessionInput;
import io.sluice.core.spend.Users;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Topic;
import java.time.Duration;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Activity is no spend, but it shows who a session belongs to and where its processes begin. */
final class ReadActivity extends ReadFunction<ActivityEvent, Once> {
    private static final long serialVersionUID = 1L;

    private final Duration openAfterEnd;

    ReadActivity(Duration openAfterEnd) {
        super(Topic.ACTIVITY);
        this.openAfterEnd = openAfterEnd;
    }

    @Override
    BinaryMessageDecoder<ActivityEvent> decoder() {
        return ActivityEvent.getDecoder();
    }

    @Override
    void read(ActivityEvent event, Context ctx, Collector<Once> out) {
        long occurredAt = micros(event.getOccurredAt());
        long receivedAt = micros(event.getReceivedAt());
        long hour = Periods.hour(receivedAt);
        count(ctx, event.getOrgId(), event.getSource(), hour, Count.RECEIVED, 1);
        if (Periods.isLate(occurredAt, receivedAt, event.getHistorical(), openAfterEnd)) {
            count(ctx, event.getOrgId(), event.getSource(), hour, Count.LATE, 1);
            return;
        }
        long heldUntil = Periods.heldUntilMillis(occurredAt, receivedAt, event.getHistorical(), openAfterEnd);
        out.collect(new Once(
                event.getOrgId() + '|' + event.getEventId(),
                event.getOrgId(),
                event.getSource(),
                hour,
                heldUntil,
                input(event, occurredAt, heldUntil)));
    }

    private static @Nullable SessionInput input(ActivityEvent event, long occurredAt, long heldUntil) {
        if (event.getSessionId() == null) {
            return null;
        }
        String user = Users.key(event.getActor());
        return new SessionInput(
                SessionInput.ofSession(event.getOrgId(), event.getSessionId()),
                occurredAt,
                user.equals(Users.UNATTRIBUTED) ? null : user,
                event.getSequence() == null ? null : new Evidence(occurredAt, event.getSequence(), false, false),
                null,
                null,
                heldUntil,
                micros(event.getReceivedAt()));
    }
}
