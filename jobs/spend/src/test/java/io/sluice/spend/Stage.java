package io.sluice.spend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** One operator with real state, that can be snapshot and restored between any two elements. */
final class Stage<O> {
    interface Factory<O> extends Supplier<AbstractStreamOperatorTestHarness<O>> {}

    private final Factory<O> factory;
    private AbstractStreamOperatorTestHarness<O> harness;
    private long checkpoints;

    Stage(Factory<O> factory) throws Exception {
        this.factory = factory;
        this.harness = open(null);
    }

    private AbstractStreamOperatorTestHarness<O> open(@Nullable OperatorSubtaskState state) throws Exception {
        AbstractStreamOperatorTestHarness<O> opened = factory.get();
        if (state != null) {
            opened.initializeState(state);
        }
        opened.open();
        return opened;
    }

    @SuppressWarnings("unchecked") // The factory's operator takes these.
    <I> void process(I element) throws Exception {
        if (harness instanceof OneInputStreamOperatorTestHarness<?, ?> one) {
            ((OneInputStreamOperatorTestHarness<I, O>) one).processElement(new StreamRecord<>(element));
        } else {
            ((TwoInputStreamOperatorTestHarness<I, ?, O>) harness).processElement1(new StreamRecord<>(element));
        }
    }

    @SuppressWarnings("unchecked") // The factory's operator takes these.
    <I> void processSecond(I element) throws Exception {
        ((TwoInputStreamOperatorTestHarness<?, I, O>) harness).processElement2(new StreamRecord<>(element));
    }

    /** Sends what lingers. */
    void flush() throws Exception {
        harness.prepareSnapshotPreBarrier(checkpoints);
    }

    List<O> take() {
        List<O> out = new ArrayList<>();
        for (Object element : harness.getOutput()) {
            if (element instanceof StreamRecord<?> record) {
                @SuppressWarnings("unchecked") // The operator's output.
                O value = (O) record.getValue();
                out.add(value);
            }
        }
        harness.getOutput().clear();
        return out;
    }

    <T> List<T> take(OutputTag<T> tag) {
        var queue = harness.getSideOutput(tag);
        List<T> out = new ArrayList<>();
        if (queue != null) {
            queue.forEach(record -> out.add(record.getValue()));
            queue.clear();
        }
        return out;
    }

    void watermark(long millis) throws Exception {
        if (harness instanceof OneInputStreamOperatorTestHarness<?, ?> one) {
            one.processWatermark(millis);
        } else if (harness instanceof TwoInputStreamOperatorTestHarness<?, ?, ?> two) {
            two.processWatermark1(new Watermark(millis));
            two.processWatermark2(new Watermark(millis));
        }
    }

    int stateEntries() {
        if (harness instanceof KeyedOneInputStreamOperatorTestHarness<?, ?, ?> one) {
            return one.numKeyedStateEntries() + one.numEventTimeTimers();
        }
        var two = (KeyedTwoInputStreamOperatorTestHarness<?, ?, ?, ?>) harness;
        return two.numKeyedStateEntries() + two.numEventTimeTimers();
    }

    OperatorSubtaskState snapshot() throws Exception {
        checkpoints++;
        return harness.snapshot(checkpoints, checkpoints);
    }

    /** @param state null: from nothing */
    void restore(@Nullable OperatorSubtaskState state) throws Exception {
        harness.close();
        harness = open(state);
    }

    void close() throws Exception {
        harness.close();
    }
}
