package io.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.Count;
import io.sluice.core.spend.Sheet;
import io.sluice.runtime.EdgeOptions;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.Topic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The topology as it is, in a cluster: types and uids pass the strict checks, and parallelism changes nothing. */
class SpendJobITCase {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(3)
            .build());

    @ParameterizedTest(name = "parallelism {0}")
    @ValueSource(ints = {1, 3})
    void anyParallelismGivesTheTruth(int parallelism) throws Exception {
        SpendScenario scenario = new SpendScenario(parallelism, 20);
        List<SpendScenario.Input> inputs = new ArrayList<>(scenario.inputs);
        Collections.shuffle(inputs, new Random(parallelism));
        Configuration noRestart = new Configuration();
        noRestart.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment env = StrictEnvironment.create(noRestart);
        env.setParallelism(parallelism);
        Configuration withCaps = new Configuration();
        withCaps.set(SpendOptions.CAPS, true);
        SpendJob.Outputs out = SpendJob.define(
                new SpendJob.Inputs(
                        source(env, inputs, Topic.USAGE),
                        source(env, inputs, Topic.COUNTERS),
                        source(env, inputs, Topic.ACTIVITY),
                        source(env, inputs, Topic.DEAD_LETTERS),
                        source(env, inputs, Topic.INTAKE),
                        source(env, inputs, Topic.DIRECTORY),
                        source(env, inputs, Topic.CAPS),
                        source(env, inputs, Topic.ALERTS)),
                new SpendJob.Controls(values -> {}, values -> {}),
                withCaps);
        var cellResults = out.cells().collectAsync();
        var ledgerResults = out.ledger().collectAsync();
        var undecodableResults = out.undecodable().collectAsync();
        Objects.requireNonNull(out.alerts()).sinkTo(new DiscardingSink<>()).uid("alerts-sink");
        Objects.requireNonNull(out.budgets()).sinkTo(new DiscardingSink<>()).uid("budgets-sink");
        env.executeAsync();
        var cells = drain(cellResults);
        var ledger = drain(ledgerResults);
        var undecodable = drain(undecodableResults);

        Map<String, Sheet.Update> newest = new HashMap<>();
        cells.get()
                .forEach(update ->
                        newest.merge(update.cell().documentId(), update, (a, b) -> a.version() > b.version() ? a : b));
        Map<SpendScenario.Cell, Amounts> sums = new HashMap<>();
        newest.values().forEach(update -> sums.merge(SpendScenario.Cell.of(update), update.amounts(), Amounts::plus));
        sums.values().removeIf(Amounts::isZero);
        assertThat(sums).isEqualTo(scenario.truth);

        Map<String, LedgerRow> rows = new HashMap<>();
        ledger.get()
                .forEach(row -> rows.merge(Documents.ledgerId(row), row, (a, b) -> a.version() > b.version() ? a : b));
        assertThat(rows.values().stream()
                        .mapToLong(row -> row.count(Count.RECEIVED))
                        .sum())
                .isEqualTo(inputs.size());
        assertThat(undecodable.get()).hasSize(5);
    }

    /** What is on the topic when the job starts is known before the first event, to every instance. */
    @ParameterizedTest(name = "parallelism {0}")
    @ValueSource(ints = {1, 3})
    void teamsAreThoseOfTheDirectory(int parallelism) throws Exception {
        TeamScenario scenario = new TeamScenario(parallelism, 300);
        List<SpendScenario.Input> inputs = new ArrayList<>();
        ArrayList<byte[]> directory = new ArrayList<>();
        scenario.inputs.forEach(input -> {
            inputs.add(new SpendScenario.Input(input.topic(), input.value(), input.receivedAt()));
            if (input.version()) {
                directory.add(input.value());
            }
        });
        Collections.shuffle(inputs, new Random(parallelism));
        Configuration noRestart = new Configuration();
        noRestart.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment env = StrictEnvironment.create(noRestart);
        env.setParallelism(parallelism);
        Configuration cellsOnly = new Configuration();
        cellsOnly.set(EdgeOptions.ELASTICSEARCH, EdgeOptions.NONE);
        SpendJob.Outputs out = SpendJob.define(
                new SpendJob.Inputs(
                        source(env, inputs, Topic.USAGE),
                        source(env, inputs, Topic.COUNTERS),
                        source(env, inputs, Topic.ACTIVITY),
                        source(env, inputs, Topic.DEAD_LETTERS),
                        source(env, inputs, Topic.INTAKE),
                        source(env, inputs, Topic.DIRECTORY),
                        source(env, inputs, Topic.CAPS),
                        source(env, inputs, Topic.ALERTS)),
                new SpendJob.Controls(directory::forEach, values -> {}),
                cellsOnly);
        var results = out.cells().collectAsync();
        out.ledger().sinkTo(new DiscardingSink<>()).uid("ledger-sink");
        out.undecodable().sinkTo(new DiscardingSink<>()).uid("undecodable-sink");
        env.executeAsync();
        Map<String, Sheet.Update> newest = new HashMap<>();
        drain(results)
                .get()
                .forEach(update ->
                        newest.merge(update.cell().documentId(), update, (a, b) -> a.version() > b.version() ? a : b));
        Map<TeamScenario.Cell, Amounts> sums = new HashMap<>();
        newest.values().forEach(update -> sums.merge(TeamScenario.Cell.of(update), update.amounts(), Amounts::plus));
        sums.values().removeIf(Amounts::isZero);
        assertThat(sums).isEqualTo(scenario.truth);
    }

    /** Reads as the job runs: results that nobody takes would hold it back. */
    private static <T> CompletableFuture<List<T>> drain(CloseableIterator<T> results) {
        return CompletableFuture.supplyAsync(
                () -> {
                    List<T> all = new ArrayList<>();
                    results.forEachRemaining(all::add);
                    return all;
                },
                task -> new Thread(task, "collect").start());
    }

    /** What is on the topic in the scenario; a value that is no record where the scenario has nothing. */
    private static DataStream<byte[]> source(
            StreamExecutionEnvironment env, List<SpendScenario.Input> inputs, Topic topic) {
        List<byte[]> values = new ArrayList<>(inputs.stream()
                .filter(input -> input.topic() == topic)
                .map(SpendScenario.Input::value)
                .toList());
        if (values.isEmpty()) {
            values.add(new byte[] {1, 2, 3});
        }
        String uid = topic.topicName() + "-source";
        return env.fromData(values, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
                .uid(uid)
                .rebalance();
    }
}
