package io.sluice.spend;

import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.Report;
import io.sluice.core.spend.Request;
import io.sluice.core.spend.RequestMessage;
import io.sluice.core.spend.RequestMessage.Kind;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.Bundles;
import io.sluice.runtime.BundlingOperator;
import io.sluice.spend.FactStore.Known;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Shell around {@link Request}. Takes {@link RequestMessage} rows, puts out {@link Contribution} rows.
 *
 * <p>State: what happened to each request, as facts in order of arrival, from which the request is made anew when
 * something more happens to it. To most requests only one thing ever happens.
 */
final class RequestOperator extends BundlingOperator<Bundle>
        implements OneInputStreamOperator<Bundle, Bundle>, BoundedOneInput {
    private static final long serialVersionUID = 1L;

    private final Duration openAfterEnd;
    private final int filterBytes;
    private transient FactStore requests;
    private transient Bundles cells;
    private transient LedgerTally ledger;
    private transient RowReader row;
    private transient RowWriter fact;

    RequestOperator(Duration openAfterEnd, int filterBytes) {
        this.openAfterEnd = openAfterEnd;
        this.filterBytes = filterBytes;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        requests =
                new FactStore("requests", getKeyedStateBackend(), getOperatorStateBackend(), filterBytes, openAfterEnd);
    }

    @Override
    public void open() throws Exception {
        super.open();
        cells = new Bundles(getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks(), this::emit);
        ledger = new LedgerTally();
        row = new RowReader();
        fact = new RowWriter(256);
    }

    @Override
    public void processElement(StreamRecord<Bundle> element) throws Exception {
        byte[] rows = element.getValue().rows();
        row.open(rows, 0, rows.length);
        while (row.hasMore()) {
            RequestMessage message = RequestMessage.read(row);
            Known known = requests.mayKnow(message.request()) ? requests.find(message.request()) : Known.NOTHING;
            apply(request(known), known, message);
        }
        linger();
    }

    private record Copy(long event, long via) {}

    private static Request request(Known known) {
        if (known.facts().isEmpty()) {
            return Request.UNSEEN;
        }
        Map<Copy, Report> reports = new HashMap<>();
        for (RowReader stored : known.facts()) {
            Kind kind = RequestMessage.kind(stored.readByte());
            Report report = Report.read(stored);
            Copy copy = new Copy(report.event(), report.via());
            if (kind == Kind.WITHDRAWAL) {
                reports.remove(copy);
            } else {
                reports.put(copy, report);
            }
        }
        return Request.of(reports.values());
    }

    private void apply(Request request, Known known, RequestMessage message) throws Exception {
        Request.Step step = request.apply(message);
        for (LedgerChange change : step.ledger()) {
            ledger.add(change);
        }
        for (Contribution contribution : step.contributions()) {
            CellRows.add(cells, contribution, openAfterEnd);
        }
        Report report = message.report();
        int month = Periods.heldMonth(report.occurredAtMicros(), report.receivedAtMicros(), report.historical());
        if (step.changed()) {
            fact.clear();
            fact.putByte(message.kind().ordinal());
            report.write(fact);
            requests.add(message.request(), month, known, fact.array(), 0, fact.length());
        } else {
            requests.hold(message.request(), month, known);
        }
    }

    @Override
    protected void flush() {
        cells.flush();
        ledger.flush((LedgerChange change) -> emit(Tags.LEDGER, change));
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        super.processWatermark(mark);
        requests.forget(mark.getTimestamp());
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        requests.snapshot();
    }

    @Override
    public void endInput() {
        flush();
    }
}
