package io.sluice.claudeapi.compliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.claudeapi.ApiKey;
import io.sluice.claudeapi.TestPace;
import io.sluice.testing.ComplianceServer;
import io.sluice.testing.ComplianceServer.Mischief;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** In a cluster: checkpoints, failures, restores. */
class ComplianceSourceITCase {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(1)
            .build());

    private static final int FAILURES = 3;
    private static final AtomicInteger PASSED = new AtomicInteger();
    private static final AtomicInteger FAILED = new AtomicInteger();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** Fails in the middle of what a page brings, some times. */
    private static final class Fragile implements MapFunction<Captured, Captured> {
        private static final long serialVersionUID = 1L;

        @Override
        public Captured map(Captured value) {
            if (PASSED.incrementAndGet() % 70 == 0 && FAILED.get() < FAILURES) {
                FAILED.incrementAndGet();
                throw new IllegalStateException("fails on purpose");
            }
            return value;
        }
    }

    @Test
    void endsWithTheExactSetOverFailures() throws Exception {
        Scenario scenario = new Scenario(7, 40);
        TestPace pace = new TestPace(Scenario.START);
        Path key = Files.writeString(folder.resolve("key"), Driver.KEY);
        Configuration options = new Configuration();
        options.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(20));
        options.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        options.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, FAILURES);
        options.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
        options.set(PipelineOptions.GENERIC_TYPES, false);
        try (ComplianceServer server = ComplianceServer.start(Driver.KEY, pace.clock(), scenario.facts)) {
            server.pagesOf(20);
            server.misbehave(7, 10, Mischief.RATE_LIMITED, Mischief.BAD_GATEWAY, Mischief.REPEATED_PAGE);
            ComplianceAccount account =
                    new ComplianceAccount("acme", server.url(), ApiKey.file(key), Duration.ofSeconds(30), 300, 60);
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(options);
            env.setParallelism(1);
            CloseableIterator<Captured> results = env.fromSource(
                            new ComplianceSource(account, Scenario.FIRST.minusSeconds(1), true, pace),
                            WatermarkStrategy.noWatermarks(),
                            "compliance")
                    .map(new Fragile())
                    .collectAsync();
            JobClient job = env.executeAsync("compliance");

            Recipient known = new Recipient();
            while (!isAll(known, scenario)) {
                known.collect(results.next());
            }
            job.cancel().get();
            results.close();

            assertThat(FAILED.get()).isEqualTo(FAILURES);
            assertThat(known.activities).isEqualTo(scenario.activities);
            assertThat(known.texts()).isEqualTo(scenario.texts);
            assertThat(known.deleted()).isEqualTo(scenario.deleted);
            assertThat(known.entries()).isEqualTo(scenario.directory);
            assertThat(server.mostWithinAMinute()).isLessThanOrEqualTo(300);
        }
    }

    private static boolean isAll(Recipient known, Scenario scenario) {
        return known.activities.size() >= scenario.activities.size()
                && known.texts().size() >= scenario.texts.size()
                && known.deleted().size() >= scenario.deleted.size()
                && known.entries().equals(scenario.directory);
    }
}
