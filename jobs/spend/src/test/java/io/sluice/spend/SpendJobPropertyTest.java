package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.Count;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The documents that remain are what was spent, whatever happened on the way. */
class SpendJobPropertyTest {
    static LongStream orders() {
        return LongStream.rangeClosed(1, 40);
    }

    static LongStream crashes() {
        return LongStream.rangeClosed(1, 150);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("orders")
    void anyOrderGivesTheTruth(long seed) throws Exception {
        SpendScenario scenario = new SpendScenario(seed, sessions(seed));
        List<SpendScenario.Input> inputs = new ArrayList<>(scenario.inputs);
        Collections.shuffle(inputs, new Random(seed));
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job = new HarnessedJob(store, new Random(seed), seed % 2 == 0 ? 20 : 1_000_000);
        for (SpendScenario.Input input : inputs) {
            job.process(input);
        }
        job.settle();
        check(store, scenario, seed);
        job.snapshot();
        job.watermark(Instant.parse("2028-03-01T00:00:00Z").toEpochMilli());
        assertThat(job.stateEntries()).as("seed %d: all state ends", seed).isZero();
        job.close();
    }

    /** A crash takes the job back, not what it wrote; and the records after the checkpoint come in another order. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("crashes")
    void crashesLeaveNoStaleDocument(long seed) throws Exception {
        SpendScenario scenario = new SpendScenario(seed, sessions(seed));
        List<SpendScenario.Input> inputs = new ArrayList<>(scenario.inputs);
        Random random = new Random(seed);
        Collections.shuffle(inputs, random);
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job = new HarnessedJob(store, new Random(seed), seed % 2 == 0 ? 20 : 1_000_000);
        int position = 0;
        for (int crash = 0; crash < 3; crash++) {
            // The first one early: then little is known, and much can come in another order.
            int checkpoint = crash == 0
                    ? Math.min(inputs.size(), random.nextInt(3))
                    : position + random.nextInt(inputs.size() - position + 1);
            for (; position < checkpoint; position++) {
                job.process(inputs.get(position));
            }
            List<OperatorSubtaskState> states = job.snapshot();
            int lost = random.nextInt(inputs.size() - checkpoint + 1);
            for (int i = checkpoint; i < checkpoint + lost; i++) {
                job.process(inputs.get(i));
            }
            job.restore(states);
            Collections.shuffle(inputs.subList(checkpoint, inputs.size()), random);
        }
        for (; position < inputs.size(); position++) {
            job.process(inputs.get(position));
        }
        job.settle();
        check(store, scenario, seed);
        job.close();
    }

    /** Few, so that a cell that is forgotten is not put right by a neighbour's record. */
    private static int sessions(long seed) {
        return seed % 5 == 0 ? 4 : 1;
    }

    private static void check(HarnessedJob.Store store, SpendScenario scenario, long seed) {
        Map<SpendScenario.Cell, Amounts> cells = new HashMap<>();
        store.cells
                .values()
                .forEach(update -> cells.merge(SpendScenario.Cell.of(update), update.amounts(), Amounts::plus));
        cells.values().removeIf(Amounts::isZero);
        assertThat(cells).as("seed %d", seed).isEqualTo(scenario.truth);

        long received = 0;
        for (LedgerRow row : store.ledger.values()) {
            received += row.count(Count.RECEIVED);
            long ended = 0;
            for (Count count : Count.values()) {
                ended += count == Count.RECEIVED ? 0 : row.count(count);
            }
            assertThat(ended)
                    .as("seed %d: ledger of %s %d adds up", seed, row.scope().source(), row.hour())
                    .isEqualTo(row.count(Count.RECEIVED));
        }
        assertThat(received).as("seed %d", seed).isEqualTo(scenario.inputs.size());
    }
}
