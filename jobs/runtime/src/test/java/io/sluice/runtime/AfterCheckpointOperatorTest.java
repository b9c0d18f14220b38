package io.sluice.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class AfterCheckpointOperatorTest {
    private static OneInputStreamOperatorTestHarness<KeyedValue, KeyedValue> harness(boolean checkpoints)
            throws Exception {
        return new OneInputStreamOperatorTestHarness<>(new AfterCheckpointOperator(checkpoints), 128, 1, 0);
    }

    private static OneInputStreamOperatorTestHarness<KeyedValue, KeyedValue> harness(int parallelism, int index)
            throws Exception {
        return new OneInputStreamOperatorTestHarness<>(new AfterCheckpointOperator(true), 128, parallelism, index);
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

    /** Keys of results, watermarks and statuses, in order. */
    private static List<String> all(OneInputStreamOperatorTestHarness<KeyedValue, KeyedValue> harness) {
        List<String> all = harness.getOutput().stream()
                .map(AfterCheckpointOperatorTest::text)
                .toList();
        harness.getOutput().clear();
        return all;
    }

    private static String text(Object element) {
        if (element instanceof Watermark mark) {
            return "up to " + mark.getTimestamp();
        }
        if (element instanceof WatermarkStatus status) {
            return status.isIdle() ? "idle" : "active";
        }
        KeyedValue result = (KeyedValue) ((StreamRecord<?>) element).getValue();
        return new String(result.key(), StandardCharsets.UTF_8);
    }

    @Test
    void theWatermarkGoesOnBehindWhatItStandsFor() throws Exception {
        try (var harness = harness(true)) {
            harness.open();
            harness.processElement(result("a", "1"), 0);
            harness.processWatermark(10);
            harness.snapshot(1, 1);
            harness.processElement(result("b", "1"), 0);
            harness.processWatermark(20);
            assertThat(all(harness)).as("no checkpoint has completed").isEmpty();
            harness.notifyOfCompletedCheckpoint(1);
            assertThat(all(harness)).as("20 stands for b").containsExactly("a", "up to 10");

            harness.snapshot(2, 2); // never completes
            harness.processWatermark(30);
            harness.snapshot(3, 3);
            harness.processWatermark(40);
            harness.notifyOfCompletedCheckpoint(3);
            assertThat(all(harness)).containsExactly("b", "up to 30");
            harness.endInput();
            assertThat(all(harness)).containsExactly("up to 40");
        }
        try (var harness = harness(false)) {
            harness.open();
            harness.processWatermark(10);
            assertThat(all(harness)).as("a job without checkpoints").containsExactly("up to 10");
        }
    }

    /** Nobody listens to the watermark of an input that is idle. */
    @Test
    void idlenessWaitsBehindTheWatermarkAndActivityDoesNot() throws Exception {
        try (var harness = harness(true)) {
            harness.open();
            harness.processElement(result("a", "1"), 0);
            harness.processWatermark(10);
            harness.processWatermarkStatus(WatermarkStatus.IDLE);
            assertThat(all(harness)).isEmpty();
            harness.snapshot(1, 1);
            harness.notifyOfCompletedCheckpoint(1);
            assertThat(all(harness)).containsExactly("a", "up to 10", "idle");

            harness.processWatermarkStatus(WatermarkStatus.ACTIVE);
            assertThat(all(harness)).containsExactly("active");
            harness.processWatermark(20);
            harness.processWatermarkStatus(WatermarkStatus.IDLE);
            harness.snapshot(2, 2);
            harness.processWatermarkStatus(WatermarkStatus.ACTIVE);
            harness.notifyOfCompletedCheckpoint(2);
            assertThat(all(harness)).as("active since the snapshot").containsExactly("active", "up to 20");
        }
    }

    @Test
    void afterARestartTheWatermarkComesBehindWhatWaited() throws Exception {
        OperatorSubtaskState first;
        OperatorSubtaskState second;
        try (var one = harness(2, 0);
                var other = harness(2, 1)) {
            one.open();
            other.open();
            one.processElement(result("a", "1"), 0);
            one.processWatermark(10);
            other.processElement(result("b", "1"), 0);
            other.processWatermark(12);
            first = one.snapshot(1, 1);
            second = other.snapshot(1, 1);
            one.processWatermark(20); // lost in the crash
        }
        try (var harness = harness(true)) {
            harness.initializeState(AbstractStreamOperatorTestHarness.repackageState(first, second));
            harness.open();
            assertThat(all(harness)).isEmpty();
            harness.setProcessingTime(1);
            assertThat(all(harness))
                    .as("the watermark of the one that was behind, since results of both may be anywhere now")
                    .containsExactly("a", "b", "up to 10");
            harness.processWatermark(5); // sources begin anew, and the watermark does not go back
            harness.snapshot(2, 2);
            harness.notifyOfCompletedCheckpoint(2);
            assertThat(all(harness)).containsExactly("up to 10");
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
