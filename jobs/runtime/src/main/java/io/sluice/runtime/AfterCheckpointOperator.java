package io.sluice.runtime;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/**
 * Holds results back until a checkpoint has them: nothing leaves the job that a crash could take back. So an upsert needs
 * no more care than to be a function of the state: there is no result of an attempt that failed, which a later attempt would
 * have to find and correct. Of several results of one key between two checkpoints only the newest goes on. The watermark goes
 * on behind the results that it stands for.
 *
 * <p>State: what waits, and the watermark. After a restart both are put out again, for nobody knows whether they were.
 */
public final class AfterCheckpointOperator extends AbstractStreamOperator<KeyedValue>
        implements OneInputStreamOperator<KeyedValue, KeyedValue>, BoundedOneInput {
    private static final long serialVersionUID = 1L;

    private final boolean checkpoints;
    private transient Map<ByteBuffer, KeyedValue> waiting;
    private transient Map<ByteBuffer, KeyedValue> saved;
    private transient long savedBy; // the newest checkpoint that has them
    private transient HeldProgress waitingProgress;
    private transient HeldProgress savedProgress;
    private transient ListState<KeyedValue> state;
    private transient ListState<Long> watermarks;

    /** @param checkpoints whether the job makes any; if not, results go on at once */
    public AfterCheckpointOperator(boolean checkpoints) {
        this.checkpoints = checkpoints;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        waiting = new LinkedHashMap<>();
        saved = new LinkedHashMap<>();
        savedBy = Long.MIN_VALUE;
        state = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>("results", TypeInformation.of(KeyedValue.class)));
        state.get().forEach(result -> saved.put(ByteBuffer.wrap(result.key()), result));
        waitingProgress = new HeldProgress();
        savedProgress = new HeldProgress();
        // Another parallelism shares out the results anew, so all instances go on from where the last one was.
        watermarks =
                context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("watermarks", Types.LONG));
        long least = Long.MAX_VALUE;
        for (Long each : watermarks.get()) {
            least = Math.min(least, each);
        }
        if (least != Long.MAX_VALUE) {
            savedProgress.hold(least);
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        if (!saved.isEmpty() || savedProgress.watermark() != Long.MIN_VALUE) {
            long now = getProcessingTimeService().getCurrentProcessingTime();
            getProcessingTimeService().registerTimer(now, at -> putOut(Long.MIN_VALUE));
        }
    }

    @Override
    public void processElement(StreamRecord<KeyedValue> element) {
        if (!checkpoints) {
            output.collect(element);
            return;
        }
        KeyedValue result = element.getValue();
        waiting.put(ByteBuffer.wrap(result.key()), result);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (checkpoints) {
            waitingProgress.hold(mark.getTimestamp());
        } else {
            super.processWatermark(mark);
        }
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
        if (!checkpoints || status.isActive()) {
            super.processWatermarkStatus(status);
        }
        waitingProgress.setIdle(status.isIdle());
        if (status.isActive()) {
            savedProgress.setIdle(false);
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        saved.putAll(waiting); // what an earlier checkpoint saved and never completed waits for this one
        waiting.clear();
        savedBy = context.getCheckpointId();
        savedProgress.hold(waitingProgress);
        state.update(List.copyOf(saved.values()));
        watermarks.update(List.of(savedProgress.watermark()));
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        putOut(checkpointId);
    }

    private void putOut(long checkpointId) {
        if (checkpointId >= savedBy) {
            saved.values().forEach(result -> output.collect(new StreamRecord<>(result)));
            saved.clear();
            savedProgress.putOut(output);
        }
    }

    @Override
    public void endInput() {
        saved.putAll(waiting);
        waiting.clear();
        savedProgress.hold(waitingProgress);
        putOut(Long.MAX_VALUE);
    }
}
