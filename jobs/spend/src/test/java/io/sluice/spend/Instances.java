package io.sluice.spend;

import io.sluice.core.spend.Id;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.StrictEnvironment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * The parallel instances of an operator that takes bundles and, all of them, control documents; their number may change
 * with a restart.
 */
final class Instances<O> {
    private static final int KEY_GROUPS = StrictEnvironment.MAX_PARALLELISM;

    private interface Harnesses<O> {
        AbstractStreamOperatorTestHarness<O> open(int parallelism, int index) throws Exception;
    }

    private final Harnesses<O> harnesses;
    private final boolean oneInput;
    private List<Stage<O>> instances = new ArrayList<>();

    private Instances(Harnesses<O> harnesses, boolean oneInput) throws Exception {
        this.harnesses = harnesses;
        this.oneInput = oneInput;
        instances.add(new Stage<>(() -> harness(1, 0)));
    }

    /** Of an operator that has an input for each. */
    static <O> Instances<O> ofTwoInputs(Supplier<TwoInputStreamOperator<Bundle, Control, O>> operator)
            throws Exception {
        return new Instances<>(
                (parallelism, index) -> new KeyedTwoInputStreamOperatorTestHarness<>(
                        operator.get(),
                        Bundle::key,
                        null,
                        TypeInformation.of(Id.class),
                        KEY_GROUPS,
                        parallelism,
                        index),
                false);
    }

    /** Of an operator that has one input for both. */
    static <O> Instances<O> ofOneInput(Supplier<OneInputStreamOperator<CapInput, O>> operator) throws Exception {
        return new Instances<>(
                (parallelism, index) -> new KeyedOneInputStreamOperatorTestHarness<>(
                        operator.get(), CapInput::key, TypeInformation.of(Id.class), KEY_GROUPS, parallelism, index),
                true);
    }

    private AbstractStreamOperatorTestHarness<O> harness(int parallelism, int index) {
        try {
            return harnesses.open(parallelism, index);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    void process(Bundle bundle) throws Exception {
        int index = KeyGroupRangeAssignment.assignKeyToParallelOperator(bundle.key(), KEY_GROUPS, instances.size());
        instances.get(index).process(oneInput ? new CapInput(bundle, null) : bundle);
    }

    void control(Control control) throws Exception {
        for (Stage<O> instance : instances) {
            if (oneInput) {
                instance.process(new CapInput(null, control));
            } else {
                instance.processSecond(control);
            }
        }
    }

    void flush() throws Exception {
        for (Stage<O> instance : instances) {
            instance.flush();
        }
    }

    <T> List<T> take(OutputTag<T> tag) {
        return instances.stream()
                .flatMap(instance -> instance.take(tag).stream())
                .toList();
    }

    List<O> take() {
        return instances.stream().flatMap(instance -> instance.take().stream()).toList();
    }

    void watermark(long millis) throws Exception {
        for (Stage<O> instance : instances) {
            instance.watermark(millis);
        }
    }

    int stateEntries() {
        return instances.stream().mapToInt(Stage::stateEntries).sum();
    }

    OperatorSubtaskState snapshot() throws Exception {
        OperatorSubtaskState[] states = new OperatorSubtaskState[instances.size()];
        for (int i = 0; i < states.length; i++) {
            states[i] = instances.get(i).snapshot();
        }
        return AbstractStreamOperatorTestHarness.repackageState(states);
    }

    /** @param state of whatever number of instances; null: from nothing */
    void restore(@Nullable OperatorSubtaskState state, int parallelism) throws Exception {
        int before = instances.size();
        close();
        instances = new ArrayList<>();
        for (int i = 0; i < parallelism; i++) {
            int index = i;
            instances.add(new Stage<>(
                    () -> harness(parallelism, index),
                    state == null
                            ? null
                            : AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                    state, KEY_GROUPS, before, parallelism, index)));
        }
    }

    void close() throws Exception {
        for (Stage<O> instance : instances) {
            instance.close();
        }
    }
}
