package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.claudeapi.ApiAccount.Plan;
import io.sluice.schema.Codec;
import io.sluice.schema.ReportedDay;
import io.sluice.schema.ReportedRow;
import io.sluice.testing.AnalyticsServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
class ReportedSourceITCase {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(1)
            .build());

    private static final String KEY = "sk-ant-api01-test";
    private static final LocalDate FIRST = LocalDate.of(2026, 10, 1);
    private static final int DAYS = 3;
    private static final int FAILURES = 3;
    private static final AtomicInteger PASSED = new AtomicInteger();
    private static final AtomicInteger FAILED = new AtomicInteger();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** Fails in the middle of what a reading puts out, some times. */
    private static final class Fragile implements MapFunction<Reported, Reported> {
        private static final long serialVersionUID = 1L;

        @Override
        public Reported map(Reported value) {
            if (PASSED.incrementAndGet() % 40 == 0 && FAILED.get() < FAILURES) {
                FAILED.incrementAndGet();
                throw new IllegalStateException("fails on purpose");
            }
            return value;
        }
    }

    @Test
    void endsWithWhatUpstreamHasOverFailures() throws Exception {
        TestPace pace =
                new TestPace(FIRST.plusDays(2).atStartOfDay(ZoneOffset.UTC).toInstant());
        Files.writeString(folder.resolve("key"), KEY);
        Facts facts = new Facts(20, FIRST, DAYS);
        Configuration options = new Configuration();
        options.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(20));
        options.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        options.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, FAILURES);
        options.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
        options.set(PipelineOptions.GENERIC_TYPES, false);
        try (AnalyticsServer server = AnalyticsServer.start(KEY, pace.clock())) {
            server.addUsage(facts.usage);
            server.addCoding(facts.coding);
            server.pagesOf(20);
            ApiAccount account = new ApiAccount(
                    "acme", server.url(), Plan.ENTERPRISE, ApiKey.file(folder.resolve("key")), Duration.ofSeconds(30));
            StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(options);
            env.setParallelism(1);
            Set<Report> reports = Set.of(Report.COST, Report.USERS);
            CloseableIterator<Reported> results = env.fromSource(
                            new ReportedSource(account, reports, FIRST, pace),
                            WatermarkStrategy.noWatermarks(),
                            "reported")
                    .map(new Fragile())
                    .collectAsync();
            JobClient job = env.executeAsync("reported");

            Map<String, ReportedRow> last = new TreeMap<>();
            Set<String> awaited = new HashSet<>();
            // The last reading of every day with facts is the one 30 days after its end.
            reports.forEach(report -> {
                for (int day = 0; day < DAYS; day++) {
                    awaited.add("acme|" + report.text() + "|" + FIRST.plusDays(day));
                }
            });
            while (!awaited.isEmpty() && results.hasNext()) {
                Reported reported = results.next();
                if (reported.kind() == Reported.Kind.ROW) {
                    last.put(reported.key(), Codec.of(ReportedRow.class).decode(reported.value()));
                } else if (reported.kind() == Reported.Kind.DAY && isFinal(reported)) {
                    awaited.remove(reported.key());
                }
            }
            job.cancel().get();
            results.close();

            assertThat(FAILED.get()).isEqualTo(FAILURES);
            Map<String, ReportedRow> truth = new TreeMap<>();
            ReportFetcher fresh = new ReportFetcher(account, pace);
            for (Report report : reports) {
                for (int day = 0; day < DAYS; day++) {
                    fresh.fetch(report, FIRST.plusDays(day), 0)
                            .rows()
                            .values()
                            .forEach(row -> truth.put(row.getRowId(), row));
                }
            }
            last.values().removeIf(row -> row.getGone() || row.getStartingAt() >= DayRows.start(FIRST.plusDays(DAYS)));
            assertThat(last.keySet()).isEqualTo(truth.keySet());
            last.forEach((id, row) -> assertThat(ReportedRow.newBuilder(row)
                            .setFetchedAt(0)
                            .setRefreshedAt(null)
                            .build())
                    .isEqualTo(ReportedRow.newBuilder(truth.get(id))
                            .setFetchedAt(0)
                            .setRefreshedAt(null)
                            .build()));
        }
    }

    private static boolean isFinal(Reported day) throws IOException {
        ReportedDay read = Codec.of(ReportedDay.class).decode(day.value());
        return read.getFetchedAt() >= read.getEndingAt() + Duration.ofDays(30).toMillis() * 1000;
    }

    @Test
    void aReportThatThePlanDoesNotHaveIsRefused() {
        ApiAccount account = new ApiAccount(
                "acme",
                URI.create("http://127.0.0.1:1"),
                Plan.CONSOLE,
                ApiKey.environment("SLUICE_NO_SUCH_VARIABLE"),
                Duration.ofSeconds(1));
        assertThatThrownBy(() -> new ReportedSource(account, Set.of(Report.USERS), FIRST))
                .hasMessage("reports: users (expected: one that CONSOLE has)");
    }
}
