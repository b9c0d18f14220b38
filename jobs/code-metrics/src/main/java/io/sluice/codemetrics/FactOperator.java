package io.sluice.codemetrics;

import io.sluice.core.codemetrics.Fact;
import io.sluice.core.codemetrics.FactReader;
import io.sluice.core.codemetrics.SessionFacts;
import io.sluice.core.codemetrics.SessionFacts.Subject;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.RowWriter;
import io.sluice.core.spend.Users;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.Bundles;
import io.sluice.runtime.BundlingOperator;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.Codec;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Micros;
import io.sluice.schema.Topic;
import io.sluice.schema.UsageEvent;
import io.sluice.tracing.RecordTrace;
import io.sluice.tracing.RecordTracer;
import io.sluice.tracing.Stage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Sends the facts of a topic's records to their sessions. What cannot be read, and what is late, is named by the spend job,
 * which reads the same topics and keeps the ledger; here it is only counted in Flink's metrics. So are records of other
 * products than Claude Code.
 */
final class FactOperator extends BundlingOperator<Bundle>
        implements OneInputStreamOperator<byte[], Bundle>, BoundedOneInput {
    private static final long serialVersionUID = 1L;
    private static final int REMEMBERED_SLOTS = 100_000;

    private final Topic topic;
    private final Duration openAfterEnd;
    private final Tracing tracing;
    private transient @Nullable RecordTracer tracer;
    private transient long traced; // event of which a span was made last: it may have several facts
    private transient Bundles bundles;
    private transient Map<Id, Boolean> slotsSent;
    private transient Counter unreadable;
    private transient Counter late;
    private transient Counter otherProducts;

    FactOperator(Topic topic, Duration openAfterEnd, Tracing tracing) {
        this.tracing = tracing;
        this.topic = topic;
        this.openAfterEnd = openAfterEnd;
    }

    @Override
    public void open() throws Exception {
        super.open();
        tracer = tracing.open();
        bundles = new Bundles(getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks(), this::emit);
        slotsSent = new LinkedHashMap<>(1024, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Id, Boolean> eldest) {
                return size() > REMEMBERED_SLOTS;
            }
        };
        unreadable = getMetricGroup().counter("unreadableRecords");
        late = getMetricGroup().counter("lateRecords");
        otherProducts = getMetricGroup().counter("recordsOfOtherProducts");
    }

    @Override
    public void close() throws Exception {
        if (tracer != null) {
            tracer.close();
        }
        super.close();
    }

    @Override
    public void processElement(StreamRecord<byte[]> element) {
        try {
            switch (topic) {
                case ACTIVITY -> read(Codec.of(ActivityEvent.class).decode(element.getValue()));
                case USAGE -> read(Codec.of(UsageEvent.class).decode(element.getValue()));
                case COUNTERS -> read(Codec.of(CounterPoint.class).decode(element.getValue()));
                default -> throw new IllegalStateException(topic.topicName() + " has no facts");
            }
        } catch (IOException | ArithmeticException e) {
            unreadable.inc();
        }
        linger();
    }

    private void read(ActivityEvent event) {
        if (isMeasured(event.getProduct())
                && !isLate(event.getOccurredAt(), event.getReceivedAt(), event.getHistorical())) {
            FactReader.of(
                    event,
                    fact -> send(
                            event.getOrgId(), event.getSessionId(), event.getActor(), event.getHistorical(), fact));
        }
    }

    private void read(UsageEvent event) {
        if (isMeasured(event.getProduct())
                && !isLate(event.getOccurredAt(), event.getReceivedAt(), event.getHistorical())) {
            Fact fact = FactReader.of(event);
            send(event.getOrgId(), event.getSessionId(), event.getActor(), event.getHistorical(), fact);
        }
    }

    private void read(CounterPoint point) {
        if (!isMeasured(point.getProduct())
                || isLate(point.getOccurredAt(), point.getReceivedAt(), point.getHistorical())) {
            return;
        }
        Fact fact = FactReader.of(point);
        if (fact != null) {
            send(point.getOrgId(), point.getSessionId(), point.getActor(), point.getHistorical(), fact);
        }
    }

    private boolean isMeasured(String product) {
        boolean isMeasured = FactReader.isMeasured(product);
        if (!isMeasured) {
            otherProducts.inc();
        }
        return isMeasured;
    }

    private boolean isLate(long occurredAt, long receivedAt, boolean historical) {
        Periods.check("occurred_at", occurredAt);
        Periods.check("received_at", receivedAt);
        boolean isLate = Periods.isLate(occurredAt, receivedAt, historical, openAfterEnd);
        if (isLate) {
            late.inc();
        }
        return isLate;
    }

    private void send(String orgId, @Nullable String sessionId, Actor actor, boolean historical, Fact fact) {
        if (tracer != null && tracer.isSampled(fact.event()) && fact.event() != traced) {
            traced = fact.event();
            tracer.span(new RecordTrace(traced), Stage.FACTS, Micros.toInstant(fact.receivedAt()), Instant.now());
        }
        long held = Periods.heldUntilMillis(fact.at(), fact.receivedAt(), historical, openAfterEnd);
        String user = fact.user();
        String installation = actor.getInstallationId();
        if (sessionId == null) {
            String whose = user != null ? user : installation != null ? installation : Users.UNATTRIBUTED;
            sendWithoutSession(orgId, whose, held, fact);
            return;
        }
        send(new Subject(orgId, sessionId, false), held, fact);
        // To whom the counters name, which may name less than the events do.
        for (Fact said : FactReader.saidWithSession(fact, actor)) {
            sendSaid(orgId, user, held, said);
            sendSaid(orgId, Objects.equals(installation, user) ? null : installation, held, said);
        }
    }

    private void sendSaid(String orgId, @Nullable String whose, long held, Fact said) {
        if (whose != null && slotsSent.put(slot(orgId, whose, said), true) == null) {
            sendWithoutSession(orgId, whose, held, said);
        }
    }

    private void sendWithoutSession(String orgId, String whose, long held, Fact fact) {
        send(Subject.withoutSession(orgId, whose, Periods.yearMonth(fact.at())), held, fact);
        Fact next = FactReader.forNextMonth(fact);
        if (next != null) {
            int month = Periods.yearMonth(FactReader.startOfNextMonth(fact.at()));
            // As long as points of that month may come.
            long nextHeld = Periods.heldUntilMillis(
                    FactReader.startOfNextMonth(fact.at()), fact.receivedAt(), false, openAfterEnd);
            send(Subject.withoutSession(orgId, whose, month), Math.max(held, nextHeld), next);
        }
    }

    private static Id slot(String orgId, String whose, Fact said) {
        RowWriter row = new RowWriter(32);
        row.putId(Id.of(Id.Kind.INSTALLATION, orgId, whose));
        row.putLong(said.id());
        return Id.of(row.array(), 0, row.length());
    }

    private void send(Subject subject, long held, Fact fact) {
        Id key = subject.key();
        RowWriter row = bundles.row(key);
        row.putId(key);
        SessionFacts.write(row, subject, held, fact);
    }

    @Override
    protected void flush() {
        bundles.flush();
    }

    @Override
    public void endInput() {
        flush();
    }
}
