package io.sluice.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.codemetrics.Measure;
import io.sluice.schema.ActiveUsers;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Codec;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.DirectoryTeam;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Temporality;
import io.sluice.schema.Topic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was told stays as it was told, whatever comes when it is closed; and what came too late is told to have. */
class ClosedMonthsJobTest {
    private static final String JUNE_CLOSED = "2026-08-05T00:00:01Z";

    private final HarnessedJob.Store store = new HarnessedJob.Store();
    private final List<byte[]> directory = new ArrayList<>();
    private HarnessedJob job;

    @BeforeEach
    void start() throws Exception {
        job = new HarnessedJob(store, values -> directory.forEach(values), 100, 1_000, null);
    }

    @AfterEach
    void stop() throws Exception {
        job.close();
    }

    private static long micros(String time) {
        return Instant.parse(time).toEpochMilli() * 1000;
    }

    private static Recorded.Value prompt(String user, String session, String at) {
        return prompt(user, session, at, at, "otlp-logs", false);
    }

    private static Recorded.Value imported(String user, String session, String at, String receivedAt) {
        return prompt(user, session, at, receivedAt, "session-file", true);
    }

    private static Recorded.Value prompt(
            String user, String session, String at, String receivedAt, String source, boolean historical) {
        return new Recorded.Value(
                Topic.ACTIVITY,
                Codec.encode(ActivityEvent.newBuilder()
                        .setOrgId("acme")
                        .setEventId(user + session + at)
                        .setOccurredAt(micros(at))
                        .setReceivedAt(micros(receivedAt))
                        .setSource(source)
                        .setActor(Actor.newBuilder().setEmail(user).build())
                        .setSessionId(session)
                        .setName("user_prompt")
                        .setProduct("claude-code")
                        .setAttributes(Map.of("prompt.id", user + session + at))
                        .setHistorical(historical)
                        .build()));
    }

    private static Recorded.Value lines(String installation, String at, String receivedAt, double added) {
        return new Recorded.Value(
                Topic.COUNTERS,
                Codec.encode(CounterPoint.newBuilder()
                        .setOrgId("acme")
                        .setEventId(installation + at + added)
                        .setOccurredAt(micros(at))
                        .setReceivedAt(micros(receivedAt))
                        .setSource("otlp-metrics")
                        .setActor(Actor.newBuilder()
                                .setEmail(installation + "@example.com")
                                .setInstallationId(installation)
                                .build())
                        .setSessionId(null)
                        .setMetric("claude_code.lines_of_code.count")
                        .setSeriesId("lines" + installation)
                        .setTemporality(Temporality.DELTA)
                        .setStartAt(micros(at) - 60_000_000)
                        .setType("added")
                        .setValue(added)
                        .setProduct("claude-code")
                        .setAttributes(Map.of())
                        .build()));
    }

    private void process(Recorded.Value... values) throws Exception {
        for (Recorded.Value value : values) {
            job.process(value);
        }
    }

    /** All that was received so far is told, and time has come to {@code time}. */
    private void advance(String time) throws Exception {
        job.checkpoint(true);
        job.watermark(micros(time) / 1000);
        job.checkpoint(true);
    }

    private long total(Measure measure) {
        return store.rows.values().stream()
                .filter(row -> !row.getEmpty())
                .mapToLong(row -> (Long) row.get(measure.field()))
                .sum();
    }

    private ActiveUsers people(String period, String day, String dimension, String value) {
        return store.activeUsers.values().stream()
                .filter(users -> users.getPeriod().equals(period)
                        && users.getStartingAt() == micros(day + "T00:00:00Z")
                        && users.getDimension().equals(dimension)
                        && users.getValue().equals(value))
                .findFirst()
                .orElseThrow();
    }

    private ActiveUsers june() {
        return people("month", "2026-06-01", "organization", "acme");
    }

    private Map<String, CodeMetricRow> figures() {
        Map<String, CodeMetricRow> figures = new HashMap<>();
        store.rows.forEach((id, row) -> {
            if (row.getFactsLate() == 0) {
                figures.put(id, row);
            }
        });
        return figures;
    }

    private void juneOfTwenty() throws Exception {
        for (int i = 0; i < 20; i++) {
            String at = "2026-06-%02dT10:00:00Z".formatted(1 + i);
            process(prompt("p" + i + "@example.com", "s" + i, at));
            process(prompt("p" + i + "@example.com", "s" + i, at.replace("T10", "T11")));
        }
        advance(JUNE_CLOSED);
        assertThat(june().getUsers()).isEqualTo(20);
        assertThat(total(Measure.PROMPTS)).isEqualTo(40);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPartOfAForgottenSessionDoesNotTakeThePlaceOfItsRows(boolean restart) throws Exception {
        juneOfTwenty();
        Map<String, CodeMetricRow> told = figures();
        if (restart) {
            job = job.restarted(job.checkpoint(true));
        }
        process(imported("p3@example.com", "s3", "2026-06-04T11:00:00Z", "2026-11-24T12:00:00Z"));
        process(imported("p3@example.com", "s3", "2026-06-04T11:30:00Z", "2026-11-24T12:00:00Z"));
        advance("2026-11-24T12:00:00Z");
        assertThat(figures()).as("to the last field").isEqualTo(told);
        assertThat(june().getUsers()).isEqualTo(20);
        assertThat(june().getApproximate()).isFalse();
        assertThat(total(Measure.FACTS_LATE)).as("and is told").isEqualTo(2);
    }

    /** The session goes on in months of which it told nothing: those count. */
    @Test
    void otherMonthsOfAForgottenSessionCount() throws Exception {
        juneOfTwenty();
        process(imported("p3@example.com", "s3", "2026-05-31T23:00:00Z", "2026-11-24T12:00:00Z"));
        process(prompt("p3@example.com", "s3", "2026-11-24T12:00:00Z"));
        process(imported("p3@example.com", "s3", "2026-06-04T10:30:00Z", "2026-11-24T12:00:00Z"));
        advance("2026-11-24T12:00:01Z");
        assertThat(total(Measure.PROMPTS)).isEqualTo(42);
        assertThat(total(Measure.FACTS_LATE)).isEqualTo(1);

        advance("2027-02-05T00:00:00Z"); // May and November are closed as well
        process(imported("p3@example.com", "s3", "2026-05-31T23:10:00Z", "2027-02-06T12:00:00Z"));
        process(imported("p3@example.com", "s3", "2026-06-04T10:40:00Z", "2027-02-06T12:00:00Z"));
        process(imported("p3@example.com", "s3", "2026-11-24T12:10:00Z", "2027-02-06T12:00:00Z"));
        advance("2027-02-06T12:00:00Z");
        assertThat(total(Measure.PROMPTS)).isEqualTo(42);
        assertThat(total(Measure.FACTS_LATE)).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSessionThatIsNewInAClosedMonthCountsAndItsPersonIsAdded(boolean restart) throws Exception {
        juneOfTwenty();
        if (restart) {
            job = job.restarted(job.checkpoint(true));
        }
        process(imported("p7@example.com", "new-1", "2026-06-20T09:00:00Z", "2026-11-24T12:00:00Z"));
        advance("2026-11-24T12:00:01Z");
        assertThat(total(Measure.PROMPTS)).isEqualTo(41);
        assertThat(june().getUsers()).as("was there in another session").isEqualTo(20);
        process(imported("new@example.com", "new-2", "2026-06-20T09:00:00Z", "2026-11-24T12:00:00Z"));
        advance("2026-11-24T12:00:02Z");
        assertThat(total(Measure.PROMPTS)).isEqualTo(42);
        assertThat(june().getUsers()).isEqualTo(21);
        assertThat(june().getApproximate()).isTrue();
        assertThat(people("day", "2026-06-20", "organization", "acme").getUsers())
                .as("p19, p7, new")
                .isEqualTo(3);
    }

    /** Six months of old files on the first day, in parts, in any order. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anImportIntoAnEmptyStackCountsRight(long seed) throws Exception {
        List<Recorded.Value> files = new ArrayList<>();
        for (int month = 5; month <= 10; month++) {
            for (int person = 0; person < 12; person++) {
                for (int hour = 10; hour < 13; hour++) {
                    files.add(imported(
                            "p" + person + "@example.com",
                            "s" + month + '-' + person,
                            "2026-%02d-%02dT%d:00:00Z".formatted(month, 1 + person, hour),
                            "2026-11-24T12:00:00Z"));
                }
            }
        }
        Collections.shuffle(files, new Random(seed));
        process(files.subList(0, 100).toArray(Recorded.Value[]::new));
        advance("2026-11-24T12:00:00Z");
        job = job.restarted(job.checkpoint(true));
        process(files.subList(100, files.size()).toArray(Recorded.Value[]::new));
        process(files.subList(0, 50).toArray(Recorded.Value[]::new)); // once more
        advance("2026-12-20T00:00:00Z");
        assertThat(total(Measure.PROMPTS)).isEqualTo(6 * 12 * 3);
        assertThat(total(Measure.SESSION_MONTHS)).isEqualTo(6 * 12);
        assertThat(total(Measure.FACTS_LATE)).isZero();
        assertThat(june().getUsers()).isEqualTo(12);
        assertThat(store.activeUsers.values()).noneMatch(ActiveUsers::getApproximate);

        advance("2027-01-05T00:00:00Z"); // a month after the import's own, nothing of it is open
        process(files.subList(0, 50).toArray(Recorded.Value[]::new));
        advance("2027-01-06T00:00:00Z");
        assertThat(total(Measure.PROMPTS)).isEqualTo(6 * 12 * 3);
        assertThat(total(Measure.FACTS_LATE)).as("imported again").isEqualTo(50);
        assertThat(june().getUsers()).isEqualTo(12);
    }

    @Test
    void whatIsImportedWhenNothingIsKnownOfItsMonthIsLate() throws Exception {
        process(imported("a@example.com", "s1", "2025-06-10T10:00:00Z", "2026-09-08T23:00:00Z"));
        process(imported("b@example.com", "s2", "2025-06-10T10:00:00Z", "2026-09-09T00:00:00Z"));
        advance("2026-09-09T00:00:00Z");
        assertThat(total(Measure.PROMPTS)).isEqualTo(1);
        assertThat(total(Measure.FACTS_LATE)).isEqualTo(1);
        advance("2030-01-01T00:00:00Z");
        assertThat(job.stateEntries()).as("all state ends").isZero();
    }

    /** Records of years, read again within one interval of checkpoints. */
    @Test
    void whoeverCatchesUpClosesNoPeriodBeforeItsPeopleAreCounted() throws Exception {
        process(prompt("a@example.com", "s1", "2026-06-10T10:00:00Z"));
        job.checkpoint(true);
        process(prompt("b@example.com", "s2", "2026-06-10T10:00:00Z"));
        process(prompt("c@example.com", "s3", "2026-06-10T10:00:00Z"));
        process(prompt("c@example.com", "s3", "2026-07-10T10:00:00Z"));
        job.watermark(micros("2028-06-10T00:00:00Z") / 1000);
        job.checkpoint(true);
        assertThat(june().getUsers()).isEqualTo(3);
        assertThat(june().getApproximate()).isFalse();
        advance("2028-06-10T00:00:01Z");
        assertThat(job.stateEntries()).isZero();
    }

    @Test
    void theDirectoryMovesNobodyOutOfAClosedPeriod() throws Exception {
        process(prompt("a@example.com", "s1", "2026-06-10T10:00:00Z"));
        process(prompt("b@example.com", "s2", "2026-06-10T10:00:00Z"));
        job.checkpoint(true);
        process(prompt("a@example.com", "s1", "2026-07-30T10:00:00Z")); // the session is known longer than June
        advance(JUNE_CLOSED);
        assertThat(people("month", "2026-06-01", "team", "unassigned").getUsers())
                .isEqualTo(2);
        for (byte[] version : team("a@example.com", "platform", "2026-06-01T00:00:00Z")) {
            directory.add(version);
            job.directory(version);
        }
        advance("2026-08-06T00:00:00Z");
        assertThat(people("month", "2026-06-01", "team", "unassigned"))
                .satisfies(
                        users -> assertThat(users.getUsers()).as("not 1, not 0").isEqualTo(2))
                .satisfies(users -> assertThat(users.getApproximate()).isTrue());
        assertThat(june().getUsers()).isEqualTo(2);
        assertThat(people("month", "2026-06-01", "team", "platform").getUsers()).isEqualTo(1);
        assertThat(people("month", "2026-07-01", "team", "platform"))
                .as("July is open")
                .satisfies(users -> assertThat(users.getUsers()).isEqualTo(1))
                .satisfies(users -> assertThat(users.getApproximate()).isFalse());
        assertThat(people("month", "2026-07-01", "team", "unassigned").getUsers())
                .isZero();
    }

    private static List<byte[]> team(String user, String team, String from) {
        DirectoryVersion.Builder version = DirectoryVersion.newBuilder()
                .setOrgId("acme")
                .setId("usr_" + user)
                .setVersion(1)
                .setEffectiveAt(micros(from))
                .setRecordedAt(micros(from))
                .setCreatedAt(micros(from))
                .setSource("hand");
        return List.of(
                Codec.encode(version.setKind("user")
                        .setUser(DirectoryUser.newBuilder()
                                .setUserName(user)
                                .setEmails(List.of(user))
                                .build())
                        .build()),
                Codec.encode(version.setKind("team")
                        .setUser(null)
                        .setTeam(DirectoryTeam.newBuilder().setTeam(team).build())
                        .build()));
    }

    /** Telemetry that is received when its month is closed is late in the ledger, and not told here. */
    @Test
    void countersWithoutSessionsCountUntilTheirMonthIsClosed() throws Exception {
        process(lines("i1", "2026-06-10T10:00:00Z", "2026-06-10T10:00:01Z", 5));
        process(lines("i1", "2026-06-30T23:59:59Z", "2026-08-04T23:59:59Z", 7));
        process(lines("i1", "2026-06-30T23:59:58Z", "2026-08-05T00:00:00Z", 11));
        process(lines("i2", "2026-06-10T10:00:00Z", "2026-06-10T10:00:01Z", 13));
        process(lines("i2", "2026-06-10T10:00:00Z", "2026-06-10T10:00:01Z", 13)); // sent again
        advance(JUNE_CLOSED);
        assertThat(total(Measure.LINES_ADDED)).isEqualTo(25);
        assertThat(june().getUsers()).isEqualTo(2);
        assertThat(total(Measure.SESSION_MONTHS)).isZero();

        // Received in time, and delivered when the installation was forgotten.
        process(lines("i2", "2026-06-11T10:00:00Z", "2026-06-11T10:00:01Z", 17));
        process(lines("i2", "2026-08-05T10:00:00Z", "2026-08-05T10:00:01Z", 19));
        advance("2026-08-05T10:00:02Z");
        assertThat(total(Measure.LINES_ADDED)).isEqualTo(44);
        assertThat(total(Measure.FACTS_LATE)).isEqualTo(1);
        assertThat(june().getUsers()).isEqualTo(2);
    }

    @Test
    void allThatIsKnownOfClosedMonthsEnds() throws Exception {
        juneOfTwenty();
        assertThat(job.stateEntries()).isPositive();
        advance("2027-09-09T00:00:00Z"); // 400 days after 5 August
        assertThat(job.stateEntries()).isZero();
    }
}
