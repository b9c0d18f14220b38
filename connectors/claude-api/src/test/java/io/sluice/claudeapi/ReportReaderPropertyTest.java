package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.ApiAccount.Plan;
import io.sluice.schema.Codec;
import io.sluice.schema.ReportedDay;
import io.sluice.schema.ReportedRow;
import io.sluice.testing.AnalyticsServer;
import io.sluice.testing.UsageFact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever upstream does and wherever the process dies, between two pages too: what was put out last of each row is exactly
 * what upstream has in the end.
 */
class ReportReaderPropertyTest {
    private static final String KEY = "sk-ant-api01-test";
    private static final LocalDate FIRST = LocalDate.of(2026, 10, 1);
    private static final int DAYS = 4;
    /** The last reading of the last day is over. */
    private static final Instant END =
            FIRST.plusDays(DAYS + 33).atStartOfDay(ZoneOffset.UTC).toInstant();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** What Kafka has after compaction: by key, the last. */
    private static final class Topic implements ReaderOutput<Reported> {
        final Map<String, ReportedRow> rows = new TreeMap<>();
        final Map<String, ReportedDay> days = new TreeMap<>();
        final List<Reported> letters = new ArrayList<>();

        @Override
        public void collect(Reported reported) {
            try {
                switch (reported.kind()) {
                    case ROW -> {
                        ReportedRow row = Codec.of(ReportedRow.class).decode(reported.value());
                        assertThat(reported.key()).isEqualTo(row.getRowId());
                        ReportedRow before = rows.put(reported.key(), row);
                        assertThat(before == null || before.getFetchedAt() <= row.getFetchedAt())
                                .as("versions only grow")
                                .isTrue();
                    }
                    case DAY ->
                        days.put(reported.key(), Codec.of(ReportedDay.class).decode(reported.value()));
                    case DEAD_LETTER -> letters.add(reported);
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void collect(Reported reported, long timestamp) {
            collect(reported);
        }

        @Override
        public void emitWatermark(Watermark watermark) {}

        @Override
        public void markIdle() {}

        @Override
        public void markActive() {}

        @Override
        public SourceOutput<Reported> createOutputForSplit(String splitId) {
            return this;
        }

        @Override
        public void releaseOutputForSplit(String splitId) {}
    }

    /** Runs what it is given at once. */
    private static final class Direct extends AbstractExecutorService {
        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }

    /** A task that takes checkpoints, of which some fail, and dies, and goes on from the newest that is complete. */
    private static final class Task {
        private final ApiAccount account;
        private final Report report;
        private final TestPace pace;
        private final Random random;
        private final Topic topic = new Topic();
        private final ReportSplitSerializer serializer = new ReportSplitSerializer();
        private final ExecutorService worker = new Direct();
        private byte[] saved;
        private ReportReader reader;
        private long checkpoint;
        int deaths;

        Task(ApiAccount account, TestPace pace, Random random, Report report) throws IOException {
            this.account = account;
            this.report = report;
            this.pace = pace;
            this.random = random;
            saved = serializer.serialize(new ReportSplit("acme", report, FIRST));
            reader = restored();
        }

        private ReportReader restored() throws IOException {
            ReportReader begun = new ReportReader(account, Set.of(report), pace, worker);
            begun.addSplits(List.of(serializer.deserialize(serializer.getVersion(), saved)));
            return begun;
        }

        void runUntil(Instant end, boolean mortal) throws IOException {
            while (pace.clock().instant().isBefore(end)) {
                if (mortal && random.nextInt(40) == 0) {
                    pace.crashAfter(1 + random.nextInt(6));
                }
                try {
                    reader.pollNext(topic);
                } catch (TestPace.Crash e) {
                    deaths++;
                    pace.sleep(Duration.ofHours(random.nextInt(48))); // until somebody starts it again
                    reader = restored();
                }
                if (random.nextInt(12) == 0) {
                    checkpoint();
                }
            }
        }

        private void checkpoint() throws IOException {
            checkpoint++;
            byte[] state = serializer.serialize(reader.snapshotState(checkpoint).get(0));
            if (random.nextInt(4) != 0) {
                saved = state;
                reader.notifyCheckpointComplete(checkpoint);
            }
        }
    }

    @ParameterizedTest(name = "{0} of {1}, by person: {2}, seed {3}")
    @CsvSource({
        "COST, ENTERPRISE, true, 1",
        "COST, CONSOLE, false, 2",
        "USAGE, ENTERPRISE, true, 3",
        "USER_COST, ENTERPRISE, true, 4",
        "USER_USAGE, ENTERPRISE, true, 5",
        "CLAUDE_CODE, CONSOLE, true, 6",
        "USERS, ENTERPRISE, true, 7",
        "COST, ENTERPRISE, false, 8"
    })
    void theLastOfEachRowIsWhatUpstreamHasInTheEnd(Report report, Plan plan, boolean byPerson, long seed)
            throws Exception {
        TestPace pace =
                new TestPace(FIRST.plusDays(2).atStartOfDay(ZoneOffset.UTC).toInstant());
        Files.writeString(folder.resolve("key"), KEY);
        Facts facts = new Facts(seed, FIRST, DAYS);
        try (AnalyticsServer server = AnalyticsServer.start(KEY, pace.clock())) {
            server.addUsage(facts.usage);
            server.addCoding(facts.coding);
            server.pagesOf(6);
            server.refreshEvery(Duration.ofHours(1));
            if (!byPerson) {
                server.without("analytics/cost");
            }
            server.misbehave(seed, 6);
            ApiAccount account = new ApiAccount(
                    "acme", server.url(), plan, ApiKey.file(folder.resolve("key")), Duration.ofMillis(200));
            Task task = new Task(account, pace, new Random(seed), report);
            Naive naive = new Naive(account, pace, report);
            task.runUntil(
                    FIRST.plusDays(DAYS)
                            .atStartOfDay(ZoneOffset.UTC)
                            .toInstant()
                            .plus(report.freshness()),
                    true);
            naive.readEachDayOnce();
            task.runUntil(END, true);
            server.misbehave(0, 0);
            task.runUntil(END.plus(Duration.ofDays(1)), false);

            Map<String, ReportedRow> truth = new TreeMap<>();
            ReportFetcher fresh = new ReportFetcher(account, pace);
            for (int day = 0; day < DAYS; day++) {
                DayRows rows = fresh.fetch(report, FIRST.plusDays(day), 0);
                rows.rows().values().forEach(row -> truth.put(row.getRowId(), timeless(row)));
                ReportedDay read = Objects.requireNonNull(
                        task.topic.days.get("acme|" + report.text() + "|" + FIRST.plusDays(day)));
                assertThat(read.getRows()).isEqualTo(rows.rows().size());
                assertThat(read.getFirstFetchedAt()).isLessThan(read.getFetchedAt());
            }
            Map<String, ReportedRow> last = new TreeMap<>();
            task.topic.rows.forEach((id, row) -> {
                if (!row.getGone()) {
                    last.put(id, timeless(row));
                }
            });
            assertThat(last).as("seed %d, %d deaths", seed, task.deaths).isEqualTo(truth);
            assertThat(truth).hasSizeGreaterThan(DAYS);
            assertThat(task.deaths).isPositive();
            assertThat(server.overLimit()).isZero();
            assertSums(report, facts, last);
            if (byPerson) {
                assertThat(task.topic.rows.values().stream().filter(ReportedRow::getGone))
                        .as("rows that were taken back")
                        .isNotEmpty();
            }
            assertThat(naive.sum)
                    .as("a poller that reads each day once and adds up what comes")
                    .isNotEqualTo(last.values().stream()
                            .mapToLong(ReportReaderPropertyTest::figure)
                            .sum());
        }
    }

    private static ReportedRow timeless(ReportedRow row) {
        return ReportedRow.newBuilder(row).setFetchedAt(0).setRefreshedAt(null).build();
    }

    private static long figure(ReportedRow row) {
        Long cost = row.getCostMicros();
        return (cost == null ? 0 : cost) + row.getOutputTokens() + (row.getSessions() == null ? 0 : row.getSessions());
    }

    /** By another way than through the adapters. */
    private static void assertSums(Report report, Facts facts, Map<String, ReportedRow> rows) {
        List<UsageFact> stay = facts.usage.stream()
                .filter(fact -> fact.until() == null)
                .filter(fact -> fact.who().userId() != null
                        || !Set.of(Report.USER_COST, Report.USER_USAGE).contains(report))
                .toList();
        if (report == Report.COST || report == Report.USER_COST) {
            double cents = stay.stream()
                    .mapToDouble(fact -> fact.cents().doubleValue())
                    .sum();
            assertThat((double) rows.values().stream()
                            .mapToLong(ReportedRow::getCostMicros)
                            .sum())
                    .isCloseTo(cents * 10_000, org.assertj.core.data.Offset.offset(0.5 * rows.size() + 0.1));
        } else if (report == Report.USAGE || report == Report.USER_USAGE) {
            assertThat(rows.values().stream()
                            .mapToLong(ReportedRow::getOutputTokens)
                            .sum())
                    .isEqualTo(stay.stream()
                            .mapToLong(fact -> fact.tokens().output())
                            .sum());
        } else {
            assertThat(rows.values().stream()
                            .mapToLong(row -> row.getSessions() == null ? 0 : row.getSessions())
                            .sum())
                    .isEqualTo(facts.coding.stream()
                            .filter(fact -> fact.until() == null)
                            .filter(fact -> report != Report.USERS || fact.who().userId() != null)
                            .mapToLong(fact -> fact.sessions())
                            .sum());
        }
    }

    /** As one writes it first: follows the cursors, adds up. */
    private static final class Naive {
        private final Upstream upstream;
        private final Report report;
        private final Plan plan;
        private final Map<LocalDate, Long> sums = new HashMap<>();
        long sum;

        Naive(ApiAccount account, TestPace pace, Report report) {
            this.upstream = new Upstream(account, pace);
            this.report = report;
            this.plan = account.plan();
        }

        void readEachDayOnce() throws InterruptedException {
            List<ReportAdapter> adapters = report.adapters(plan);
            ReportAdapter adapter = adapters.get(adapters.size() - 1);
            for (int i = 0; i < DAYS; i++) {
                LocalDate day = FIRST.plusDays(i);
                try {
                    String page = null;
                    do {
                        JsonNode answer = upstream.get(adapter.request(day, page));
                        DayRows rows = new DayRows("acme", report.text(), adapter.adapterName(), day, 1);
                        adapter.read(answer, rows);
                        long ofPage = rows.rows().values().stream()
                                .mapToLong(ReportReaderPropertyTest::figure)
                                .sum();
                        sums.merge(day, ofPage, Long::sum);
                        page = answer.path("next_page").asText(null);
                    } while (page != null);
                } catch (ApiException e) {
                    // what it has, it has
                }
            }
            sum = sums.values().stream().mapToLong(Long::longValue).sum();
        }
    }
}
