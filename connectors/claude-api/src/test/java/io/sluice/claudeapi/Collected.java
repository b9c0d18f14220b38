package io.sluice.claudeapi;

import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;

/** What a reader puts out, in a list. */
record Collected(List<Reported> to) implements ReaderOutput<Reported> {
    @Override
    public void collect(Reported reported) {
        to.add(reported);
    }

    @Override
    public void collect(Reported reported, long timestamp) {
        to.add(reported);
    }

    @Override
    public void emitWatermark(Watermark watermark) {}

    @Override
    public void markIdle() {}

    @Override
    public void markActive() {}

    @Override
    public SourceOutput<Reported> createOutputForSplit(String splitId) {
        return this;
    }

    @Override
    public void releaseOutputForSplit(String splitId) {}
}
