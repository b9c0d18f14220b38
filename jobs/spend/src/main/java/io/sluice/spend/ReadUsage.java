package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.Evidence;
import io.sluice.core.spend.Identities;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.PriceBook;
import io.sluice.core.spend.RequestCopies;
import io.sluice.core.spend.RequestCopy;
import io.sluice.core.spend.RequestMessage;
import io.sluice.core.spend.SessionInput;
import io.sluice.core.spend.Users;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import java.time.Duration;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.util.Collector;

/** Prices each report of a request and sends it to its request, by way of its session if it names nobody. */
final class ReadUsage extends ReadFunction<UsageEvent, RequestMessage> {
    private static final long serialVersionUID = 1L;

    private final Duration openAfterEnd;
    private transient PriceBook prices;

    ReadUsage(Duration openAfterEnd) {
        super(Topic.USAGE);
        this.openAfterEnd = openAfterEnd;
    }

    @Override
    public void open(OpenContext openContext) {
        prices = PriceBook.bundled();
    }

    @Override
    BinaryMessageDecoder<UsageEvent> decoder() {
        return UsageEvent.getDecoder();
    }

    @Override
    void read(UsageEvent event, Context ctx, Collector<RequestMessage> out) {
        RequestCopy copy = RequestCopies.of(event, prices, openAfterEnd);
        long receivedHour = Periods.hour(copy.receivedAtMicros());
        count(ctx, copy.orgId(), copy.source(), receivedHour, Count.RECEIVED, 1);
        if (Periods.isLate(copy.occurredAtMicros(), copy.receivedAtMicros(), copy.historical(), openAfterEnd)) {
            count(ctx, copy.orgId(), copy.source(), receivedHour, Count.LATE, 1);
            return;
        }
        boolean unattributed = copy.cell().user().equals(Users.UNATTRIBUTED);
        if (copy.sessionId() != null) {
            ctx.output(
                    Tags.SESSIONS,
                    new SessionInput(
                            SessionInput.ofSession(copy.orgId(), copy.sessionId()),
                            copy.occurredAtMicros(),
                            unattributed ? null : copy.cell().user(),
                            new Evidence(copy.occurredAtMicros(), copy.sequence(), true, false),
                            unattributed ? copy : null,
                            null,
                            copy.heldUntilMillis(),
                            copy.receivedAtMicros()));
        }
        if (copy.installationId() != null) {
            ctx.output(
                    Tags.SESSIONS,
                    new SessionInput(
                            SessionInput.ofInstallation(copy.orgId(), copy.installationId()),
                            copy.occurredAtMicros(),
                            null,
                            new Evidence(copy.occurredAtMicros(), -1, true, false),
                            null,
                            null,
                            copy.heldUntilMillis(),
                            copy.receivedAtMicros()));
        }
        if (!unattributed || copy.sessionId() == null) {
            Identities.Route route = Identities.route(copy, RequestMessage.Kind.RECORD, copy.receivedAtMicros());
            route.direct().forEach(out::collect);
            route.aliases().forEach(message -> ctx.output(Tags.ALIASES, message));
        }
    }
}
