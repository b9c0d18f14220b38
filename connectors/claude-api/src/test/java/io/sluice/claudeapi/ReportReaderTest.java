package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.claudeapi.ApiAccount.Plan;
import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.testing.AnalyticsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.io.InputStatus;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportReaderTest {
    private static final String KEY = "sk-ant-api01-test";
    private static final LocalDate DAY = LocalDate.of(2026, 11, 20);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final List<Reported> out = new ArrayList<>();
    private long checkpoint;

    private ReportReader reader(AnalyticsServer server, TestPace pace) throws Exception {
        Files.writeString(folder.resolve("key"), KEY);
        return reader(server, pace, Set.of(Report.COST, Report.USERS, Report.USER_COST));
    }

    private ReportReader reader(AnalyticsServer server, TestPace pace, Set<Report> asked) {
        return new ReportReader(
                new ApiAccount(
                        "acme",
                        server.url(),
                        Plan.ENTERPRISE,
                        ApiKey.file(folder.resolve("key")),
                        Duration.ofSeconds(30)),
                asked,
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

    private void runUntil(Instant end, ReportReader reader, TestPace pace) throws Exception {
        while (pace.clock().instant().isBefore(end)) {
            poll(reader);
            checkpoint++;
            reader.snapshotState(checkpoint);
            reader.notifyCheckpointComplete(checkpoint);
        }
    }

    private List<DeadLetter> letters() throws IOException {
        List<DeadLetter> letters = new ArrayList<>();
        for (Reported reported : out) {
            if (reported.kind() == Reported.Kind.DEAD_LETTER) {
                letters.add(Codec.of(DeadLetter.class).decode(reported.value()));
            }
        }
        return letters;
    }

    /** The days of a report that were put out, in order. */
    private List<LocalDate> days(Report report) {
        String key = "acme|" + report.text() + "|";
        return out.stream()
                .filter(reported -> reported.kind() == Reported.Kind.DAY)
                .filter(reported -> reported.key().startsWith(key))
                .map(reported -> LocalDate.parse(reported.key().substring(key.length())))
                .toList();
    }

    /** What a job restores of a reader. */
    private static List<ReportSplit> restored(ReportReader reader) throws IOException {
        ReportSplitSerializer serializer = new ReportSplitSerializer();
        List<ReportSplit> splits = new ArrayList<>();
        for (ReportSplit split : reader.snapshotState(Long.MAX_VALUE)) {
            splits.add(serializer.deserialize(serializer.getVersion(), serializer.serialize(split)));
        }
        return splits;
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
            // A day later it was refused many times.
            runUntil(Instant.parse("2026-11-22T12:00:00Z"), reader, pace);
            assertThat(letters()).hasSize(1);
            assertThat(days(Report.USER_COST)).hasSizeGreaterThan(3);
            DeadLetter letter = letters().get(0);
            assertThat(letter.getReason()).isEqualTo("report-refused");
            assertThat(letter.getMessage())
                    .isEqualTo("users of 2026-11-20: answered 404, not_found_error: no such thing"
                            + " (expected: the report; it is asked for again)");
            assertThat(reader.failing()).isEqualTo(1);
        }
    }

    /** A report that is not asked for any more is neither read nor forgotten. */
    @Test
    void aReportThatIsNotAskedForRestsAndGoesOn() throws Exception {
        TestPace pace = new TestPace(Instant.parse("2026-11-21T12:00:01Z"));
        try (AnalyticsServer server = AnalyticsServer.start(KEY, pace.clock())) {
            Facts facts = new Facts(1, DAY, 4);
            server.addUsage(facts.usage);
            server.addCoding(facts.coding);
            List<ReportSplit> saved;
            try (ReportReader both = reader(server, pace)) {
                both.addSplits(
                        List.of(new ReportSplit("acme", Report.COST, DAY), new ReportSplit("acme", Report.USERS, DAY)));
                runUntil(Instant.parse("2026-11-21T18:00:00Z"), both, pace);
                saved = restored(both);
            }
            assertThat(days(Report.USERS)).isNotEmpty().containsOnly(DAY);
            ReportSplit users = saved.stream()
                    .filter(split -> split.report() == Report.USERS)
                    .findFirst()
                    .orElseThrow();

            out.clear();
            int before = server.requests().size();
            try (ReportReader one = reader(server, pace, Set.of(Report.COST))) {
                one.addSplits(saved);
                runUntil(Instant.parse("2026-11-24T06:00:00Z"), one, pace);
                saved = restored(one);
            }
            assertThat(server.requests().subList(before, server.requests().size()))
                    .isNotEmpty()
                    .noneMatch(request -> request.contains("analytics/users"));
            assertThat(days(Report.COST)).contains(DAY.plusDays(2));
            assertThat(days(Report.USERS)).isEmpty();
            assertThat(saved)
                    .hasSize(2)
                    .anySatisfy(split ->
                            assertThat(split).usingRecursiveComparison().isEqualTo(users));

            out.clear();
            try (ReportReader both = reader(server, pace)) {
                both.addSplits(saved);
                runUntil(Instant.parse("2026-11-24T12:00:00Z"), both, pace);
            }
            assertThat(days(Report.USERS))
                    .as("the day that is read again, and those that came meanwhile")
                    .contains(DAY, DAY.plusDays(1), DAY.plusDays(2), DAY.plusDays(3))
                    .doesNotContain(DAY.minusDays(1));
        }
    }

    /** Days that are no longer there are told and left out, and the others are read. */
    @Test
    void aDayThatIsTooOldIsLeftOut() throws Exception {
        Instant start = Instant.parse("2027-06-01T12:00:01Z");
        LocalDate oldest = LocalDate.of(2026, 6, 2);
        TestPace pace = new TestPace(start);
        try (AnalyticsServer server = AnalyticsServer.start(KEY, pace.clock());
                ReportReader reader = reader(server, pace)) {
            server.addUsage(new Facts(1, oldest, 1).usage);
            reader.addSplits(List.of(new ReportSplit("acme", Report.COST, oldest.minusDays(3))));
            while (!days(Report.COST).contains(oldest.plusDays(1))) {
                runUntil(pace.clock().instant().plusMillis(1), reader, pace);
            }
            assertThat(letters())
                    .extracting(DeadLetter::getReason, DeadLetter::getMessage)
                    .containsExactly(
                            tooOld(oldest.minusDays(3)), tooOld(oldest.minusDays(2)), tooOld(oldest.minusDays(1)));
            assertThat(days(Report.COST)).startsWith(oldest, oldest.plusDays(1));
            assertThat(pace.clock().instant())
                    .as("nothing was waited for but the pace of requests")
                    .isBefore(start.plus(Duration.ofMinutes(10)));
            assertThat(server.requests().get(server.requests().size() - 1))
                    .as("one API that lacks a day is still the one that is asked first")
                    .contains("/analytics/cost?");
            assertThat(reader.failing()).isZero();
        }
    }

    private static Tuple tooOld(LocalDate day) {
        return Tuple.tuple(
                "report-too-old",
                "cost of " + day + ": answered 400, invalid_request_error: starting_at: older than 365 days"
                        + " (expected: a day that upstream still has; it is left out)");
    }

    /** Without a key nothing is sent; it is looked for until it is there. */
    @Test
    void aKeyThatIsGoneIsWaitedFor() throws Exception {
        Instant start = Instant.parse("2026-11-21T12:00:01Z");
        TestPace pace = new TestPace(start);
        try (AnalyticsServer server = AnalyticsServer.start(KEY, pace.clock());
                ReportReader reader = reader(server, pace)) {
            server.addUsage(new Facts(1, DAY, 1).usage);
            Files.delete(folder.resolve("key"));
            reader.addSplits(
                    List.of(new ReportSplit("acme", Report.COST, DAY), new ReportSplit("acme", Report.USER_COST, DAY)));
            runUntil(start.plus(Duration.ofMinutes(3)), reader, pace);
            assertThat(server.requests()).isEmpty();
            assertThat(reader.failing()).isEqualTo(2);
            assertThat(letters())
                    .extracting(DeadLetter::getMessage)
                    .containsExactlyInAnyOrder(
                            "cost of " + DAY + ": the key cannot be read (expected: the report; it is asked for again)",
                            "user_cost of " + DAY
                                    + ": the key cannot be read (expected: the report; it is asked for again)");
            Files.writeString(folder.resolve("key"), KEY);
            runUntil(start.plus(Duration.ofMinutes(5)), reader, pace);
            assertThat(days(Report.COST)).containsExactly(DAY);
            assertThat(days(Report.USER_COST)).containsExactly(DAY);
            assertThat(reader.failing()).isZero();
            assertThat(letters()).hasSize(2);
        }
    }
}
