package io.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class AfterCheckpointOperatorTest {
    private static OneInputStreamOperatorTestHarness<KeyedValue, KeyedValue> harness(boolean checkpoints)
            throws Exception {
        return new OneInputStreamOperatorTestHarness<>(new AfterCheckpointOperator(checkpoints), 128, 1, 0);
    }

    private static KeyedValue result(String key, String value) {
        return new KeyedValue(key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> taken(OneInputStreamOperatorTestHarness<KeyedValue, KeyedValue> harness) {
        List<String> taken = harness.extractOutputValues().stream()
                .map(result -> new String(result.key(), StandardCharsets.UTF_8)
                        + '='
                        + new String(result.value(), StandardCharsets.UTF_8))
                .toList();
        harness.getOutput().clear();
        return taken;
    }

    @Test
    void nothingLeavesThatNoCheckpointHas() throws Exception {
        try (var harness = harness(true)) {
            harness.open();
            harness.processElement(result("a", "1"), 0);
            harness.processElement(result("b", "1"), 0);
            harness.processElement(result("a", "2"), 0);
            assertThat(taken(harness)).isEmpty();
            harness.snapshot(1, 1);
            harness.processElement(result("a", "3"), 0);
            assertThat(taken(harness)).isEmpty();
            harness.notifyOfCompletedCheckpoint(1);
            assertThat(taken(harness))
                    .as("the newest of each, as of the checkpoint")
                    .containsExactly("a=2", "b=1");

            harness.snapshot(2, 2); // never completes
            harness.processElement(result("b", "4"), 0);
            harness.snapshot(3, 3);
            harness.notifyOfCompletedCheckpoint(3);
            assertThat(taken(harness)).containsExactly("a=3", "b=4");
        }
    }

    @Test
    void whatWaitedIsPutOutAfterARestart() throws Exception {
        OperatorSubtaskState state;
        try (var harness = harness(true)) {
            harness.open();
            harness.processElement(result("a", "1"), 0);
            state = harness.snapshot(1, 1);
            harness.processElement(result("a", "2"), 0); // lost in the crash
        }
        try (var harness = harness(true)) {
            harness.initializeState(state);
            harness.open();
            harness.setProcessingTime(1);
            assertThat(taken(harness)).containsExactly("a=1");
            harness.snapshot(2, 2);
            harness.notifyOfCompletedCheckpoint(2);
            assertThat(taken(harness)).isEmpty();
        }
    }

    @Test
    void theEndOfTheInputAndAJobWithoutCheckpointsWaitForNothing() throws Exception {
        try (var harness = harness(true)) {
            harness.open();
            harness.processElement(result("a", "1"), 0);
            harness.endInput();
            assertThat(taken(harness)).containsExactly("a=1");
        }
        try (var harness = harness(false)) {
            harness.open();
            harness.processElement(result("a", "1"), 0);
            assertThat(taken(harness)).containsExactly("a=1");
        }
    }
}
