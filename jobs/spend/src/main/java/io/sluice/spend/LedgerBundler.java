package io.sluice.spend;

import io.sluice.core.spend.LedgerChange;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Adds up ledger changes before the shuffle, since all records of a source and an hour share a key. Holds nothing over
 * a barrier or a watermark, so it needs no state.
 */
final class LedgerBundler extends AbstractStreamOperator<LedgerChange>
        implements OneInputStreamOperator<LedgerChange, LedgerChange>, BoundedOneInput {
    private static final long serialVersionUID = 1L;
    private static final long LINGER_MILLIS = 100;

    private transient LedgerTally tally;
    private transient boolean timerSet;

    @Override
    public void open() throws Exception {
        super.open();
        tally = new LedgerTally();
    }

    @Override
    public void processElement(StreamRecord<LedgerChange> element) {
        tally.add(element.getValue());
        if (!timerSet) {
            timerSet = true;
            long now = getProcessingTimeService().getCurrentProcessingTime();
            getProcessingTimeService().registerTimer(now + LINGER_MILLIS, at -> {
                timerSet = false;
                flush();
            });
        }
    }

    private void flush() {
        tally.flush(change -> output.collect(new StreamRecord<>(change)));
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) {
        flush();
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        flush();
        super.processWatermark(mark);
    }

    @Override
    public void endInput() {
        flush();
    }
}
