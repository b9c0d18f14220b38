package io.sluice.runtime;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * An operator that lets its output linger for some milliseconds, to send many rows at once. It is flushed before every
 * barrier, at the end of the input and, unless nobody needs that, before every watermark, so nothing that lingers is ever
 * part of a checkpoint.
 */
public abstract class BundlingOperator<O> extends AbstractStreamOperator<O> {
    private static final long serialVersionUID = 1L;
    private static final long LINGER_MILLIS = 50;

    private final long lingerMillis;
    private final boolean beforeWatermarks;
    private transient boolean lingering;

    protected BundlingOperator() {
        this(LINGER_MILLIS, true);
    }

    /** @param beforeWatermarks whether each watermark sends it too; false: it overtakes what lingers */
    protected BundlingOperator(long lingerMillis, boolean beforeWatermarks) {
        this.lingerMillis = lingerMillis;
        this.beforeWatermarks = beforeWatermarks;
    }

    /** Sends what has been collected. */
    protected abstract void flush() throws Exception;

    /** To be called when something was collected. */
    protected final void linger() {
        if (!lingering) {
            lingering = true;
            long now = getProcessingTimeService().getCurrentProcessingTime();
            getProcessingTimeService().registerTimer(now + lingerMillis, at -> {
                lingering = false;
                flush();
            });
        }
    }

    protected final <T> void emit(OutputTag<T> tag, T value) {
        output.collect(tag, new StreamRecord<>(value));
    }

    protected final void emit(O value) {
        output.collect(new StreamRecord<>(value));
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        flush();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (beforeWatermarks || mark.equals(Watermark.MAX_WATERMARK)) {
            flush();
        }
        super.processWatermark(mark);
    }

    /** The key is set where state is used, not for every element: an element may be a bundle of many keys. */
    @Override
    @SuppressWarnings("rawtypes") // As Flink declares it.
    public final void setKeyContextElement1(StreamRecord record) {}

    @Override
    @SuppressWarnings("rawtypes") // As Flink declares it.
    public final void setKeyContextElement2(StreamRecord record) {}
}
