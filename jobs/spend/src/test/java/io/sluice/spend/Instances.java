package io.sluice.spend;

import io.sluice.core.spend.Id;
import io.sluice.runtime.StrictEnvironment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;

/**
 * The parallel instances of an operator that takes bundles and, all of them, control documents; their number may change
 * with a restart.
 */
final class Instances<C, O> {
    private static final int KEY_GROUPS = StrictEnvironment.MAX_PARALLELISM;

    private final Supplier<TwoInputStreamOperator<Bundle, C, O>> operator;
    private List<Stage<O>> instances = new ArrayList<>();

    Instances(Supplier<TwoInputStreamOperator<Bundle, C, O>> operator) throws Exception {
        this.operator = operator;
        instances.add(new Stage<>(() -> harness(1, 0)));
    }

    private AbstractStreamOperatorTestHarness<O> harness(int parallelism, int index) {
        try {
            return new KeyedTwoInputStreamOperatorTestHarness<Id, Bundle, C, O>(
                    operator.get(), Bundle::key, null, TypeInformation.of(Id.class), KEY_GROUPS, parallelism, index);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    void process(Bundle bundle) throws Exception {
        int index = KeyGroupRangeAssignment.assignKeyToParallelOperator(bundle.key(), KEY_GROUPS, instances.size());
        instances.get(index).process(bundle);
    }

    void control(C version) throws Exception {
        for (Stage<O> instance : instances) {
            instance.processSecond(version);
        }
    }

    void flush() throws Exception {
        for (Stage<O> instance : instances) {
            instance.flush();
        }
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
