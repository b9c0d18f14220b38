package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.claudeapi.ApiAccount.Plan;
import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.testing.AnalyticsServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.io.InputStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportReaderTest {
    private static final String KEY = "sk-ant-api01-test";
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final List<Reported> out = new ArrayList<>();

    private ReportReader reader(AnalyticsServer server, TestPace pace) throws Exception {
        Files.writeString(folder.resolve("key"), KEY);
        return new ReportReader(
                new ApiAccount(
                        "acme",
                        server.url(),
                        Plan.ENTERPRISE,
                        ApiKey.file(folder.resolve("key")),
                        Duration.ofSeconds(30)),
                pace,
                Executors.newSingleThreadExecutor());
    }

    /** As a task does, which asks several times for what it then waits for. */
    private void poll(ReportReader reader) throws Exception {
        if (reader.pollNext(new Collected(out)) == InputStatus.NOTHING_AVAILABLE) {
            CompletableFuture<Void> first = reader.isAvailable();
            assertThat(reader.isAvailable()).isNotNull();
            first.get(1, TimeUnit.MINUTES);
        }
    }

    @Test
    void whoWaitsIsWoken() throws Exception {
        TestPace pace = new TestPace(Instant.parse("2026-11-21T12:00:01Z"));
        try (AnalyticsServer server = AnalyticsServer.start(KEY, pace.clock());
                ReportReader reader = reader(server, pace)) {
            server.addUsage(new Facts(1, DAY, 1).usage);
            assertThat(reader.pollNext(new Collected(out))).isEqualTo(InputStatus.NOTHING_AVAILABLE);
            CompletableFuture<Void> first = reader.isAvailable();
            CompletableFuture<Void> second = reader.isAvailable();
            assertThat(first).isNotDone();
            reader.addSplits(List.of(new ReportSplit("acme", Report.COST, DAY)));
            assertThat(first).isDone();
            assertThat(second).isDone();
            while (reader.snapshotState(1).get(0).days.isEmpty()) {
                poll(reader);
            }
            reader.snapshotState(2);
            assertThat(out).as("nothing before a checkpoint is complete").isEmpty();
            reader.notifyCheckpointComplete(2);
            while (out.size() < 2) {
                poll(reader);
            }
            assertThat(out).extracting(Reported::kind).contains(Reported.Kind.ROW);
        }
    }

    /** What cannot be read at all is told once, and does not keep other reports from being read. */
    @Test
    void aReportThatIsRefusedIsADeadLetter() throws Exception {
        TestPace pace = new TestPace(Instant.parse("2026-11-21T12:00:01Z"));
        try (AnalyticsServer server = AnalyticsServer.start(KEY, pace.clock());
                ReportReader reader = reader(server, pace)) {
            server.without("analytics/users");
            reader.addSplits(List.of(
                    new ReportSplit("acme", Report.USERS, DAY), new ReportSplit("acme", Report.USER_COST, DAY)));
            long checkpoint = 0;
            // A day later it was refused many times.
            while (pace.clock().instant().isBefore(Instant.parse("2026-11-22T12:00:00Z"))) {
                poll(reader);
                checkpoint++;
                reader.snapshotState(checkpoint);
                reader.notifyCheckpointComplete(checkpoint);
            }
            List<Reported> letters = out.stream()
                    .filter(reported -> reported.kind() == Reported.Kind.DEAD_LETTER)
                    .toList();
            assertThat(letters).hasSize(1);
            assertThat(out.stream().filter(reported -> reported.kind() == Reported.Kind.DAY))
                    .hasSizeGreaterThan(3);
            DeadLetter letter = Codec.of(DeadLetter.class).decode(letters.get(0).value());
            assertThat(letter.getReason()).isEqualTo("report-refused");
            assertThat(letter.getMessage())
                    .isEqualTo("users of 2026-11-20: answered 404, not_found_error: no such thing"
                            + " (expected: the report; it is asked for again)");
        }
    }
}
