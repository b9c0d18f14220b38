package io.sluice.spend;

import io.sluice.core.spend.Alias;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.RequestMessage;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.Bundles;
import io.sluice.runtime.BundlingOperator;
import io.sluice.spend.FactStore.Known;
import java.time.Duration;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Shell around {@link Alias}. Takes {@link Alias.Message} rows, puts out {@link RequestMessage} rows.
 *
 * <p>State: the messages of each alias that said something new, from which the alias is made anew.
 */
class AliasOperator extends BundlingOperator<Bundle>
        implements OneInputStreamOperator<Bundle, Bundle>, BoundedOneInput {
    private static final long serialVersionUID = 1L;

    private final Duration openAfterEnd;
    private final int filterBytes;
    private final String stateName;
    private transient FactStore aliases;
    private transient Bundles requests;
    private transient RowReader row;
    private transient RowWriter fact;

    AliasOperator(Duration openAfterEnd, int filterBytes) {
        this(openAfterEnd, filterBytes, "aliases");
    }

    AliasOperator(Duration openAfterEnd, int filterBytes, String stateName) {
        this.openAfterEnd = openAfterEnd;
        this.filterBytes = filterBytes;
        this.stateName = stateName;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        aliases =
                new FactStore(stateName, getKeyedStateBackend(), getOperatorStateBackend(), filterBytes, openAfterEnd);
    }

    @Override
    public void open() throws Exception {
        super.open();
        requests = new Bundles(getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks(), this::emit);
        row = new RowReader();
        fact = new RowWriter(256);
    }

    @Override
    public void processElement(StreamRecord<Bundle> element) throws Exception {
        byte[] rows = element.getValue().rows();
        row.open(rows, 0, rows.length);
        while (row.hasMore()) {
            Alias.Message message = Alias.Message.read(row);
            Known known = aliases.mayKnow(message.alias()) ? aliases.find(message.alias()) : Known.NOTHING;
            if (apply(message, known)) {
                fact.clear();
                message.write(fact);
                aliases.add(
                        message.alias(), message.heldMonth(), known, fact.array(), Id.BYTES, fact.length() - Id.BYTES);
            } else {
                aliases.hold(message.alias(), message.heldMonth(), known);
            }
        }
        linger();
    }

    /** Returns whether the message said something new. */
    boolean apply(Alias.Message message, Known known) {
        Alias alias = Alias.UNSEEN;
        for (RowReader stored : known.facts()) {
            alias = alias.apply(Alias.Message.read(message.alias(), stored)).alias();
        }
        Alias.Step step = alias.apply(message);
        step.messages().forEach(this::send);
        return step.changed();
    }

    final void send(RequestMessage message) {
        message.write(requests.row(message.request()));
    }

    @Override
    protected void flush() {
        requests.flush();
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        super.processWatermark(mark);
        aliases.forget(mark.getTimestamp());
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        aliases.snapshot();
    }

    @Override
    public void endInput() {
        flush();
    }
}
