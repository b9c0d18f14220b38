package io.sluice.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.codemetrics.Measure;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.ActiveUsers;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The topology as it is, in a cluster: types and uids pass the strict checks, and neither parallelism nor a crash shows. */
class CodeMetricsJobITCase {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(3)
            .build());

    private static final long SEED = 20261101;

    /** Rows and people without versions; what is empty is left out. */
    private record Documents(Map<String, CodeMetricRow> rows, Map<String, ActiveUsers> people) {}

    /** Fails once, when it has seen so many. */
    private static final class Crash implements MapFunction<byte[], byte[]> {
        private static final long serialVersionUID = 1L;
        private static final AtomicBoolean HAPPENED = new AtomicBoolean();
        private static final AtomicInteger SEEN = new AtomicInteger();

        private final int at;

        Crash(int at) {
            this.at = at;
        }

        static void arm() {
            HAPPENED.set(false);
            SEEN.set(0);
        }

        @Override
        public byte[] map(byte[] value) {
            if (SEEN.incrementAndGet() == at && HAPPENED.compareAndSet(false, true)) {
                throw new IllegalStateException("meant to fail");
            }
            return value;
        }
    }

    private record Values(byte[][] all) implements GeneratorFunction<Long, byte[]> {
        @Override
        public byte[] map(Long index) {
            return all[index.intValue()];
        }
    }

    @ParameterizedTest(name = "parallelism {0}")
    @ValueSource(ints = {1, 3})
    void anyParallelismGivesTheTruthAndTheSameDocuments(int parallelism) throws Exception {
        Scenario scenario = new Scenario(SEED);
        Documents documents = run(scenario, parallelism, false);
        assertThat(totals(documents, scenario)).isEqualTo(scenario.truth);
        assertThat(documents).isEqualTo(harnessed(scenario));
    }

    /** It has told some, and holds others back, when it crashes. */
    @Test
    void aCrashDoesNotShow() throws Exception {
        Scenario scenario = new Scenario(SEED);
        Crash.arm();
        Documents documents = run(scenario, 2, true);
        assertThat(Crash.HAPPENED).isTrue();
        assertThat(totals(documents, scenario)).isEqualTo(scenario.truth);
        assertThat(documents).isEqualTo(harnessed(scenario));
    }

    private static Map<Measure, Long> totals(Documents documents, Scenario scenario) {
        Map<Measure, Long> totals = new EnumMap<>(Measure.class);
        for (CodeMetricRow row : documents.rows.values()) {
            for (Measure measure : scenario.truth.keySet()) {
                totals.merge(measure, (Long) row.get(measure.field()), Long::sum);
            }
        }
        return totals;
    }

    private static Documents run(Scenario scenario, int parallelism, boolean crash) throws Exception {
        List<Recorded.Value> values = new ArrayList<>(scenario.values);
        Collections.shuffle(values, new Random(parallelism));
        Configuration overrides = new Configuration();
        if (crash) {
            overrides.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
        } else {
            overrides.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        }
        StreamExecutionEnvironment env = StrictEnvironment.create(overrides);
        env.setParallelism(parallelism);
        List<byte[]> versions = scenario.versions;
        DataStream<byte[]> activity = source(env, of(values, Topic.ACTIVITY), Topic.ACTIVITY, crash);
        if (crash) {
            int half = of(values, Topic.ACTIVITY).size() / 2;
            activity = activity.map(new Crash(half), PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
                    .uid("crash");
        }
        CodeMetricsJob.Outputs out = CodeMetricsJob.define(
                new CodeMetricsJob.Inputs(
                        activity,
                        source(env, of(values, Topic.COUNTERS), Topic.COUNTERS, crash),
                        source(env, of(values, Topic.USAGE), Topic.USAGE, crash),
                        source(env, versions, Topic.DIRECTORY, false)),
                versions::forEach,
                new Configuration());
        var rows = out.codeMetrics().collectAsync();
        var people = out.activeUsers().collectAsync();
        env.executeAsync();
        var allRows = drain(rows);
        var allPeople = drain(people);
        HarnessedJob.Store store = new HarnessedJob.Store();
        for (KeyedValue value : allRows.get()) {
            store.row(value);
        }
        for (KeyedValue value : allPeople.get()) {
            store.people(value);
        }
        return documents(store);
    }

    private static Documents harnessed(Scenario scenario) throws Exception {
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job =
                new HarnessedJob(store, scenario.versions::forEach, Integer.MAX_VALUE, Integer.MAX_VALUE, null);
        for (Recorded.Value value : scenario.values) {
            job.process(value);
        }
        job.checkpoint(true);
        job.close();
        return documents(store);
    }

    private static Documents documents(HarnessedJob.Store store) {
        Documents documents = new Documents(new HashMap<>(), new HashMap<>());
        store.rows.forEach((id, row) -> {
            if (!row.getEmpty()) {
                documents.rows.put(
                        id, CodeMetricRow.newBuilder(row).setVersion(0).build());
            }
        });
        store.activeUsers.forEach((id, users) -> {
            if (users.getUsers() > 0) {
                documents.people.put(
                        id, ActiveUsers.newBuilder(users).setVersion(0).build());
            }
        });
        assertThat(documents.rows).isNotEmpty();
        assertThat(documents.people).isNotEmpty();
        return documents;
    }

    private static List<byte[]> of(List<Recorded.Value> values, Topic topic) {
        return values.stream()
                .filter(value -> value.topic() == topic)
                .map(Recorded.Value::bytes)
                .toList();
    }

    /** @param slowly a tenth between two checkpoints */
    private static DataStream<byte[]> source(
            StreamExecutionEnvironment env, List<byte[]> values, Topic topic, boolean slowly) {
        String uid = topic.topicName() + "-source";
        int perCheckpoint = Math.max(env.getParallelism(), values.size() / 10);
        DataGeneratorSource<byte[]> source = new DataGeneratorSource<>(
                new Values(values.toArray(byte[][]::new)),
                values.size(),
                slowly ? RateLimiterStrategy.perCheckpoint(perCheckpoint) : RateLimiterStrategy.noOp(),
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        return env.fromSource(source, WatermarkStrategy.noWatermarks(), uid).uid(uid);
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
}
