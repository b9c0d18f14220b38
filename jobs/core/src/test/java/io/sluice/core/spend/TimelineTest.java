package io.sluice.core.spend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TimelineTest {
    static LongStream seeds() {
        return LongStream.rangeClosed(1, 100);
    }

    @Test
    void resumedProcessThatStartsAtZero() {
        Timeline.Processes processes = timeline(event(0, 0), usage(1_000, 5), event(10_000, 0), event(11_000, 1))
                .processes();
        assertThat(processes.reportedUsageAt(millis(5_000))).isTrue();
        assertThat(processes.reportedUsageAt(millis(10_000))).isFalse();
        assertThat(processes.reportedUsageAt(millis(20_000))).isFalse();
    }

    /** With --continue the first events carry another session's id: the sequence begins above 0, but falls. */
    @Test
    void continuedProcessWhoseFirstEventsAreElsewhere() {
        Timeline.Processes processes =
                timeline(event(0, 0), usage(420, 13), event(1_117, 8)).processes();
        assertThat(processes.reportedUsageAt(millis(500))).isTrue();
        assertThat(processes.reportedUsageAt(millis(1_117))).isFalse();
    }

    /** Within a process time and sequence may disagree by some milliseconds. */
    @Test
    void disorderOfABatchIsNoNewProcess() {
        Timeline.Processes processes = timeline(event(0, 0), usage(1_000, 5), event(1_001, 4), event(1_016, 6))
                .processes();
        assertThat(processes.reportedUsageAt(millis(1_500))).isTrue();
    }

    @Test
    void sessionCountStartsAProcess() {
        Timeline.Processes processes = timeline(usage(1_000, -1), new Evidence(millis(5_000), -1, false, true))
                .processes();
        assertThat(processes.reportedUsageAt(millis(4_999))).isTrue();
        assertThat(processes.reportedUsageAt(millis(5_000))).isFalse();
    }

    @Test
    void nothingIsKnownOfAnEmptySession() {
        assertThat(new Timeline().processes().reportedUsageAt(0)).isFalse();
        assertThat(new Timeline().processes().count()).isEqualTo(1);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void orderOfArrivalDoesNotMatter(long seed) {
        Random random = new Random(seed);
        List<Evidence> evidence = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            evidence.add(new Evidence(
                    millis(random.nextInt(2_000)),
                    random.nextInt(6) - 1,
                    random.nextBoolean(),
                    random.nextInt(6) == 0));
        }
        Timeline.Processes expected =
                timeline(evidence.toArray(Evidence[]::new)).processes();
        evidence.addAll(evidence.subList(0, 4));
        Collections.shuffle(evidence, random);
        assertThat(timeline(evidence.toArray(Evidence[]::new)).processes())
                .as("seed %d", seed)
                .isEqualTo(expected);
    }

    /** What is remembered of the processes is what a timeline finds that sees all evidence for the first time. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void processesAreThoseOfTheEvidenceAfterEachRecord(long seed) {
        Random random = new Random(seed);
        List<Evidence> evidence = new ArrayList<>();
        Timeline asked = new Timeline();
        for (int i = 0; i < 80; i++) {
            // Times that are often the same, or within the disorder of a batch; starts that are rare.
            Evidence added = new Evidence(
                    millis(random.nextInt(40) * (random.nextBoolean() ? 30 : 200)),
                    random.nextInt(9) - 1,
                    random.nextInt(3) == 0,
                    random.nextInt(20) == 0);
            evidence.add(added);
            asked.add(added);
            assertThat(asked.processes())
                    .as("seed %d record %d", seed, i)
                    .isEqualTo(timeline(evidence.toArray(Evidence[]::new)).processes());
        }
    }

    /** A long session is not gone through again with each of its records, also where topics are read at other speeds. */
    @Test
    void recordsOfAProcessLeaveItsSessionAsItIs() {
        Timeline timeline = timeline(event(0, 0), usage(10, 1));
        Timeline.Processes processes = timeline.processes();
        for (int i = 1; i < 1_000; i++) {
            timeline.add(usage(1_000 * i, 3L * i));
            assertThat(timeline.processes()).isSameAs(processes);
        }
        for (int i = 1; i < 999; i++) {
            timeline.add(event(1_000 * i + 500, 3L * i + 1));
            assertThat(timeline.processes()).isSameAs(processes);
        }
    }

    private static Timeline timeline(Evidence... evidence) {
        Timeline timeline = new Timeline();
        for (Evidence e : evidence) {
            timeline.add(e);
        }
        return timeline;
    }

    private static Evidence event(long atMillis, long sequence) {
        return new Evidence(millis(atMillis), sequence, false, false);
    }

    private static Evidence usage(long atMillis, long sequence) {
        return new Evidence(millis(atMillis), sequence, true, false);
    }

    private static long millis(long millis) {
        return millis * 1_000;
    }
}
