package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.CostBasis;
import io.sluice.core.spend.Count;
import io.sluice.core.spend.CountedReports;
import io.sluice.elasticsearch.DocumentWrite;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The documents that remain are what was spent, whatever happened on the way. */
class SpendJobPropertyTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** In the second month that of the first is closed. */
    private static final List<Instant> TWO_MONTHS =
            List.of(Instant.parse("2026-10-31T02:00:00Z"), Instant.parse("2026-11-29T02:00:00Z"));

    static LongStream orders() {
        return LongStream.rangeClosed(1, 40);
    }

    static LongStream crashes() {
        return LongStream.rangeClosed(1, 150);
    }

    static LongStream starts() {
        return LongStream.rangeClosed(1, 60);
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

    /** The job was cancelled, or its checkpoints are lost: everything is read again, in another order. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("starts")
    void aStartFromNothingLeavesNoStaleDocument(long seed) throws Exception {
        SpendScenario scenario = new SpendScenario(seed, sessions(seed));
        List<SpendScenario.Input> inputs = new ArrayList<>(scenario.inputs);
        Random random = new Random(seed);
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job = new HarnessedJob(store, new Random(seed), seed % 2 == 0 ? 20 : 1_000_000);
        for (int attempt = 0; attempt < 2; attempt++) {
            Collections.shuffle(inputs, random);
            int lost = random.nextInt(inputs.size() + 1);
            for (int i = 0; i < lost; i++) {
                job.process(inputs.get(i));
            }
            job.restore(null);
        }
        Collections.shuffle(inputs, random);
        for (SpendScenario.Input input : inputs) {
            job.process(input);
        }
        job.settle();
        check(store, scenario, seed);
        job.close();
    }

    /**
     * Records come until their month is closed, the watermark follows them, and on the way the job starts again, from a
     * checkpoint or from nothing.
     */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("starts")
    void theWatermarkTakesNothingThatIsNeeded(long seed) throws Exception {
        SpendScenario scenario = new SpendScenario(seed, 1 + (int) (seed % 3), TWO_MONTHS, true);
        List<SpendScenario.Input> inputs = new ArrayList<>(scenario.inputs);
        inputs.sort(Comparator.comparingLong(SpendScenario.Input::receivedAtMicros));
        Random random = new Random(seed);
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job = new HarnessedJob(store, new Random(seed), seed % 2 == 0 ? 20 : 1_000_000);
        int crashAt = random.nextInt(inputs.size() + 1);
        int checkpointAt = random.nextInt(crashAt + 1);
        List<OperatorSubtaskState> states = null;
        for (int i = 0; i < crashAt; i++) {
            if (i == checkpointAt && random.nextBoolean()) {
                states = job.snapshot();
            }
            process(job, inputs.get(i), random);
        }
        job.restore(states);
        for (int i = states == null ? 0 : checkpointAt; i < inputs.size(); i++) {
            process(job, inputs.get(i), random);
        }
        job.settle();
        check(store, scenario, seed);
        job.snapshot();
        job.watermark(Instant.parse("2028-03-01T00:00:00Z").toEpochMilli());
        assertThat(job.stateEntries()).as("seed %d: all state ends", seed).isZero();
        job.close();
    }

    private static void process(HarnessedJob job, SpendScenario.Input input, Random random) throws Exception {
        job.process(input);
        if (random.nextInt(4) == 0) {
            job.watermark(Math.floorDiv(input.receivedAtMicros(), 1000) - 1);
        }
    }

    /** Few, so that a cell that is forgotten is not put right by a neighbour's record. */
    private static int sessions(long seed) {
        return seed % 5 == 0 ? 4 : 1;
    }

    private static void check(HarnessedJob.Store store, SpendScenario scenario, long seed) throws IOException {
        Map<SpendScenario.Cell, Amounts> cells = new HashMap<>();
        store.cells
                .values()
                .forEach(update -> cells.merge(SpendScenario.Cell.of(update), update.amounts(), Amounts::plus));
        cells.values().removeIf(Amounts::isZero);
        assertThat(cells).as("seed %d", seed).isEqualTo(scenario.truth);

        explained(store, scenario, seed);
        long received = 0;
        long accepted = 0;
        for (LedgerRow row : store.ledger.values()) {
            received += row.count(Count.RECEIVED);
            accepted += row.count(Count.ACCEPTED) + row.count(Count.SUPERSEDED);
            long ended = 0;
            for (Count count : Count.values()) {
                ended += count == Count.RECEIVED ? 0 : row.count(count);
            }
            assertThat(ended)
                    .as("seed %d: ledger of %s %d adds up", seed, row.scope().source(), row.hour())
                    .isEqualTo(row.count(Count.RECEIVED));
        }
        assertThat(received).as("seed %d", seed).isEqualTo(scenario.inputs.size());
        long requests =
                scenario.truth.values().stream().mapToLong(Amounts::requests).sum();
        assertThat(accepted)
                .as("seed %d: one record per request, and each other record once", seed)
                .isEqualTo(requests + scenario.others);
    }

    /** The documents of the reports that count add up to the cells that come from events. */
    private static void explained(HarnessedJob.Store store, SpendScenario scenario, long seed) throws IOException {
        Map<String, JsonNode> documents = new HashMap<>();
        List<CountedReports.Candidate> reports = new ArrayList<>();
        for (DocumentWrite write : store.reports.values()) {
            JsonNode document = JSON.readTree(write.json());
            documents.put(document.path("event_id").asText(), document);
            reports.add(new CountedReports.Candidate(
                    document.path("event_id").asText(),
                    document.path("request_id").asText(null),
                    document.path("client_request_id").asText(null),
                    document.path("message_id").asText(null),
                    document.path("sidechain").asBoolean(),
                    document.path("cost_basis").asText().equals("priced")
                            ? CostBasis.PRICED
                            : CostBasis.REPORTED_MICROS,
                    ChronoUnit.MICROS.between(
                            Instant.EPOCH,
                            Instant.parse(document.path("occurred_at").asText())),
                    document.path("input_tokens").asLong(),
                    document.path("output_tokens").asLong(),
                    document.path("cache_read_tokens").asLong(),
                    document.path("cache_creation_tokens").asLong()));
        }
        Map<String, Long> byUser = new TreeMap<>();
        CountedReports.of("acme", reports).forEach((event, counted) -> {
            JsonNode document = Objects.requireNonNull(documents.get(event));
            byUser.merge(
                    document.path("user").asText(),
                    counted.withinAdvised() ? 0 : document.path("spend_micros").asLong(),
                    Long::sum);
        });
        Map<String, Long> expected = new TreeMap<>();
        scenario.truth.forEach((cell, amounts) -> expected.merge(cell.user(), amounts.micros(), Long::sum));
        store.cells.values().forEach(update -> {
            if (update.cell().counters()) {
                expected.merge(
                        Documents.dimensions(update.cell()).user(),
                        -update.amounts().micros(),
                        Long::sum);
            }
        });
        expected.values().removeIf(micros -> micros == 0);
        assertThat(byUser).as("seed %d: events behind the numbers", seed).isEqualTo(expected);
    }
}
