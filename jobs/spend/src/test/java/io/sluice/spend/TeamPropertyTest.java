package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.spend.Amounts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The documents that remain say what each team spent, by the exact time of each event: whatever the order in which events
 * and versions of the directory come, as long as no version is more than ten minutes (by time of receipt) later than events
 * of its time.
 */
class TeamPropertyTest {
    static LongStream seeds() {
        return LongStream.rangeClosed(1, 80);
    }

    /** When an input comes, by time of receipt. */
    private record Arrival(TeamScenario.Input input, long at) {}

    private final List<byte[]> topic = new ArrayList<>();

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void everyEventCountsForTheTeamOfItsTime(long seed) throws Exception {
        Random random = new Random(seed);
        TeamScenario scenario = new TeamScenario(seed, 40 + random.nextInt(200));
        List<Arrival> arrivals = arrivals(scenario.inputs, random);
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job = new HarnessedJob(
                store, new Random(seed), seed % 2 == 0 ? 20 : 1_000_000, values -> topic.forEach(values));
        int position = 0;
        int restarts = (int) (seed % 4);
        for (int restart = 0; restart < restarts; restart++) {
            int checkpoint = position + random.nextInt(arrivals.size() - position + 1);
            run(job, arrivals, position, checkpoint, random);
            List<OperatorSubtaskState> states = job.snapshot();
            int lost = random.nextInt(arrivals.size() - checkpoint + 1) / (1 + random.nextInt(4));
            run(job, arrivals, checkpoint, checkpoint + lost, random);
            // While it is down the directory goes on; what comes again comes in another order.
            publish(scenario.inputs, checkpoint + lost == 0 ? 0 : arrivals.get(checkpoint + lost - 1).at);
            job.restore(states, 1 + random.nextInt(3));
            List<Arrival> rest = arrivals.subList(checkpoint, arrivals.size());
            List<Arrival> again = arrivals(rest.stream().map(Arrival::input).toList(), random);
            rest.clear();
            arrivals.addAll(again);
            position = checkpoint;
        }
        run(job, arrivals, position, arrivals.size(), random);
        job.settle();
        check(store, scenario, seed);
        job.snapshot();
        job.watermark(Instant.parse("2028-03-01T00:00:00Z").toEpochMilli());
        assertThat(job.stateEntries()).as("seed %d: all state ends", seed).isZero();
        job.close();
    }

    private static List<Arrival> arrivals(List<TeamScenario.Input> inputs, Random random) {
        List<Arrival> arrivals = new ArrayList<>();
        for (TeamScenario.Input input : inputs) {
            long delay = input.version() ? 10 * TeamScenario.MINUTE : TeamScenario.MINUTE / 3;
            arrivals.add(new Arrival(input, input.receivedAt() + random.nextLong(delay)));
        }
        arrivals.sort(Comparator.comparingLong(Arrival::at));
        return arrivals;
    }

    private void run(HarnessedJob job, List<Arrival> arrivals, int from, int to, Random random) throws Exception {
        for (Arrival arrival : arrivals.subList(from, to)) {
            if (arrival.input.version()) {
                topic.add(arrival.input.value()); // at the latest
                job.directory(arrival.input.value());
            } else {
                job.process(new SpendScenario.Input(
                        arrival.input.topic(), arrival.input.value(), arrival.input.receivedAt()));
            }
            if (random.nextInt(10) == 0) {
                job.watermark((arrival.at - TeamScenario.MINUTE / 3) / 1000);
            }
        }
    }

    /** What was recorded until a time is on the topic, whether it has come by the input or not. */
    private void publish(List<TeamScenario.Input> inputs, long until) {
        inputs.stream()
                .filter(input -> input.version() && input.receivedAt() <= until)
                .forEach(input -> topic.add(input.value()));
    }

    private static void check(HarnessedJob.Store store, TeamScenario scenario, long seed) {
        Map<TeamScenario.Cell, Amounts> cells = new HashMap<>();
        Map<Long, Amounts> days = new HashMap<>();
        store.cells.values().forEach(update -> {
            cells.merge(TeamScenario.Cell.of(update), update.amounts(), Amounts::plus);
            days.merge(Math.floorDiv(update.cell().hour(), 24L), update.amounts(), Amounts::plus);
        });
        cells.values().removeIf(Amounts::isZero);
        days.values().removeIf(Amounts::isZero);
        assertThat(cells).as("seed %d", seed).isEqualTo(scenario.truth);
        assertThat(days).as("seed %d: teams add up to the organization", seed).isEqualTo(scenario.truthByDay);
    }
}
