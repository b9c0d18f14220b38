package io.sluice.spend;

import io.sluice.elasticsearch.DocumentWrite;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Tells, about once a second, up to which time of receipt the results are complete: the watermark. */
final class ProgressOperator<T> extends AbstractStreamOperator<DocumentWrite>
        implements OneInputStreamOperator<T, DocumentWrite> {
    private static final long serialVersionUID = 1L;
    private static final long INTERVAL_MILLIS = 1_000;

    private transient long newest;
    private transient boolean timerSet;

    @Override
    public void processElement(StreamRecord<T> element) {}

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        super.processWatermark(mark);
        if (mark.getTimestamp() == Watermark.MAX_WATERMARK.getTimestamp()) {
            return;
        }
        newest = mark.getTimestamp();
        if (timerSet) {
            return;
        }
        timerSet = true;
        long now = getProcessingTimeService().getCurrentProcessingTime();
        getProcessingTimeService().registerTimer(now + INTERVAL_MILLIS, at -> {
            timerSet = false;
            output.collect(new StreamRecord<>(Documents.progress(newest)));
        });
    }
}
