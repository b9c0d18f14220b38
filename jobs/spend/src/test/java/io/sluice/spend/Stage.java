package io.sluice.spend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** One keyed function with real state, that can be snapshot and restored between any two elements. */
final class Stage<I, O> {
    private final Supplier<KeyedProcessFunction<String, I, O>> function;
    private final KeySelector<I, String> key;
    private KeyedOneInputStreamOperatorTestHarness<String, I, O> harness;
    private long checkpoints;

    Stage(Supplier<KeyedProcessFunction<String, I, O>> function, KeySelector<I, String> key) throws Exception {
        this.function = function;
        this.key = key;
        this.harness = open(null);
    }

    private KeyedOneInputStreamOperatorTestHarness<String, I, O> open(@Nullable OperatorSubtaskState state)
            throws Exception {
        var opened = new KeyedOneInputStreamOperatorTestHarness<>(
                new KeyedProcessOperator<>(function.get()), key, TypeInformation.of(String.class));
        if (state != null) {
            opened.initializeState(state);
        }
        opened.open();
        return opened;
    }

    List<O> process(I element) throws Exception {
        harness.processElement(new StreamRecord<>(element));
        List<O> out = new ArrayList<>(harness.extractOutputValues());
        harness.getOutput().clear();
        return out;
    }

    <T> List<T> side(OutputTag<T> tag) {
        var queue = harness.getSideOutput(tag);
        List<T> out = new ArrayList<>();
        if (queue != null) {
            queue.forEach(record -> out.add(record.getValue()));
            queue.clear();
        }
        return out;
    }

    void watermark(long millis) throws Exception {
        harness.processWatermark(millis);
        harness.getOutput().clear();
    }

    int stateEntries() {
        return harness.numKeyedStateEntries() + harness.numEventTimeTimers();
    }

    OperatorSubtaskState snapshot() throws Exception {
        return harness.snapshot(++checkpoints, checkpoints);
    }

    void restore(OperatorSubtaskState state) throws Exception {
        harness.close();
        harness = open(state);
    }

    void close() throws Exception {
        harness.close();
    }
}
