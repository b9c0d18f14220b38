package io.sluice.elasticsearch;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/**
 * Passes documents on, and fails the job once: after the first checkpoint that began when it was armed. The job runs in
 * the test's JVM, so they meet in static fields.
 */
final class FailOnce extends RichMapFunction<DocumentWrite, DocumentWrite>
        implements CheckpointedFunction, CheckpointListener {
    /** Of the instance that failed: Flink starts the others again only where they exchange data. */
    static final AtomicInteger RESTARTS = new AtomicInteger();

    private static final AtomicBoolean FAILED = new AtomicBoolean();
    static volatile CountDownLatch flowing = new CountDownLatch(1);
    static volatile CountDownLatch armed = new CountDownLatch(1);
    static volatile CountDownLatch restored = new CountDownLatch(1);

    private long firstCheckpoint = Long.MAX_VALUE;
    private int seen;

    static void reset() {
        RESTARTS.set(0);
        FAILED.set(false);
        flowing = new CountDownLatch(1);
        armed = new CountDownLatch(1);
        restored = new CountDownLatch(1);
    }

    @Override
    public void open(OpenContext context) {
        if (getRuntimeContext().getTaskInfo().getAttemptNumber() > 0) {
            RESTARTS.incrementAndGet();
            restored.countDown();
        }
    }

    @Override
    public DocumentWrite map(DocumentWrite write) {
        if (++seen == 2_000) {
            flowing.countDown();
        }
        return write;
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {
        if (armed.getCount() == 0) {
            firstCheckpoint = Math.min(firstCheckpoint, context.getCheckpointId());
        }
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {}

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
        if (checkpointId >= firstCheckpoint && FAILED.compareAndSet(false, true)) {
            throw new IllegalStateException("fails once, on purpose");
        }
    }
}
