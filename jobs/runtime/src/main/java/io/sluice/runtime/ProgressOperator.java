package io.sluice.runtime;

import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.Index;
import java.time.Instant;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Tells, about once a second, up to which time of receipt the results of a job are complete: the watermark. */
public final class ProgressOperator<T> extends AbstractStreamOperator<DocumentWrite>
        implements OneInputStreamOperator<T, DocumentWrite> {
    private static final long serialVersionUID = 1L;
    private static final long INTERVAL_MILLIS = 1_000;

    private final String job;
    private transient long newest;
    private transient boolean timerSet;

    /** @param job id of the document */
    public ProgressOperator(String job) {
        this.job = job;
    }

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
            output.collect(new StreamRecord<>(document(newest)));
        });
    }

    private DocumentWrite document(long watermark) {
        return DocumentWrite.of(Index.JOB_PROGRESS.indexName(), job, Math.max(0, watermark), json -> {
            json.writeStringField("job", job);
            json.writeStringField("watermark", Instant.ofEpochMilli(watermark).toString());
        });
    }
}
