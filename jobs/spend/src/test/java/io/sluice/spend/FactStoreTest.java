package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.spend.Id;
import io.sluice.runtime.StrictEnvironment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against a map that remembers everything, with RocksDB, restarts, other parallelism, and a filter far too small. */
class FactStoreTest {
    private static final int IDS = 400;
    private static final int[] MONTHS = {202609, 202610, 202611};

    record Fact(Id id, int month, String text) {}

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 8);
    }

    /** Puts out what was known of an id, and adds to it. */
    private static final class Facts extends AbstractStreamOperator<String>
            implements OneInputStreamOperator<Fact, String> {
        private static final long serialVersionUID = 1L;
        private transient FactStore store;

        @Override
        public void initializeState(StateInitializationContext context) throws Exception {
            super.initializeState(context);
            store = new FactStore(
                    "facts", getKeyedStateBackend(), getOperatorStateBackend(), 4096, Duration.ofDays(35));
        }

        @Override
        public void processElement(StreamRecord<Fact> element) throws Exception {
            Fact fact = element.getValue();
            FactStore.Known known = store.mayKnow(fact.id) ? store.find(fact.id) : FactStore.Known.NOTHING;
            output.collect(new StreamRecord<>(known.facts().stream()
                    .map(found -> new String(found.array(), StandardCharsets.UTF_8))
                    .collect(Collectors.joining(","))));
            byte[] bytes = fact.text.getBytes(StandardCharsets.UTF_8);
            store.add(fact.id, fact.month, known, bytes, 0, bytes.length);
        }

        @Override
        public void processWatermark(Watermark mark) throws Exception {
            super.processWatermark(mark);
            store.forget(mark.getTimestamp());
        }

        @Override
        public void snapshotState(StateSnapshotContext context) throws Exception {
            super.snapshotState(context);
            store.snapshot();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void remembersEverythingUntilItsMonthIsClosed(long seed) throws Exception {
        Random random = new Random(seed);
        Map<Id, List<Fact>> expected = new HashMap<>();
        List<KeyedOneInputStreamOperatorTestHarness<Id, Fact, String>> subtasks = open(1, 1, null);
        int closed = 0;
        for (int step = 0; step < 6_000; step++) {
            int number = random.nextInt(IDS);
            Id id = Id.of(Id.Kind.REQUEST, "acme", "r" + number);
            // An id's facts are of one month, but for some.
            int month = MONTHS[number % 10 == 0 ? random.nextInt(MONTHS.length) : number % MONTHS.length];
            if (month <= closed) {
                continue;
            }
            Fact fact = new Fact(id, month, "fact " + step);
            int group = KeyGroupRangeAssignment.assignToKeyGroup(id, StrictEnvironment.MAX_PARALLELISM);
            var subtask = subtasks.get(KeyGroupRangeAssignment.computeOperatorIndexForKeyGroup(
                    StrictEnvironment.MAX_PARALLELISM, subtasks.size(), group));
            subtask.processElement(new StreamRecord<>(fact));
            List<Fact> known = expected.computeIfAbsent(id, key -> new ArrayList<>());
            String found = subtask.extractOutputValues().get(0);
            subtask.getOutput().clear();
            assertThat(found.isEmpty() ? List.of() : List.of(found.split(",")))
                    .as("seed %d step %d", seed, step)
                    .isEqualTo(known.stream().map(Fact::text).toList());
            known.add(fact);
            if (random.nextInt(300) == 0) {
                subtasks = restart(subtasks, 1 + random.nextInt(3), step);
            }
            if (step == 3_000 || step == 4_500) {
                closed = step == 3_000 ? 202609 : 202610;
                Instant at = Instant.parse(closed == 202609 ? "2026-11-05T00:00:00Z" : "2026-12-06T00:00:00Z");
                for (var each : subtasks) {
                    each.processWatermark(at.toEpochMilli());
                    each.getOutput().clear();
                }
                int last = closed;
                // What is known of an id goes as a whole, with the latest month that was asked for.
                expected.values().removeIf(facts -> facts.stream().allMatch(old -> old.month <= last));
            }
        }
        int remaining = 0;
        for (var subtask : subtasks) {
            subtask.processWatermark(Instant.parse("2027-03-01T00:00:00Z").toEpochMilli());
            subtask.snapshot(1_000_000, 1_000_000);
            try (var keys = subtask.getOperator().getKeyedStateBackend().getKeys("facts", MONTHS[2])) {
                remaining += (int) keys.count();
            }
            subtask.close();
        }
        assertThat(remaining).as("seed %d: all state ends", seed).isZero();
    }

    private static List<KeyedOneInputStreamOperatorTestHarness<Id, Fact, String>> restart(
            List<KeyedOneInputStreamOperatorTestHarness<Id, Fact, String>> subtasks, int parallelism, long checkpoint)
            throws Exception {
        List<OperatorSubtaskState> states = new ArrayList<>();
        for (var subtask : subtasks) {
            states.add(subtask.snapshot(checkpoint, checkpoint));
            subtask.close();
        }
        return open(
                parallelism,
                subtasks.size(),
                AbstractStreamOperatorTestHarness.repackageState(states.toArray(OperatorSubtaskState[]::new)));
    }

    private static List<KeyedOneInputStreamOperatorTestHarness<Id, Fact, String>> open(
            int parallelism, int before, @Nullable OperatorSubtaskState state) throws Exception {
        List<KeyedOneInputStreamOperatorTestHarness<Id, Fact, String>> subtasks = new ArrayList<>();
        for (int i = 0; i < parallelism; i++) {
            var subtask = new KeyedOneInputStreamOperatorTestHarness<>(
                    new Facts(),
                    Fact::id,
                    TypeInformation.of(Id.class),
                    StrictEnvironment.MAX_PARALLELISM,
                    parallelism,
                    i);
            subtask.setStateBackend(new EmbeddedRocksDBStateBackend());
            if (state != null) {
                subtask.initializeState(AbstractStreamOperatorTestHarness.repartitionOperatorState(
                        state, StrictEnvironment.MAX_PARALLELISM, before, parallelism, i));
            }
            subtask.open();
            subtasks.add(subtask);
        }
        return subtasks;
    }
}
