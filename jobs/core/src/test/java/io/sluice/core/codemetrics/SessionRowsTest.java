package io.sluice.core.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.codemetrics.SessionFacts.Subject;
import io.sluice.core.spend.Segments;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Temporality;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SessionRowsTest {
    private static final Subject SESSION = new Subject("acme", "s1", false);
    private static final long SECOND = 1_000_000;
    private static final long MINUTE = 60 * SECOND;
    private static final long NOON = Instant.parse("2026-11-24T12:00:00Z").getEpochSecond() * SECOND; // a Tuesday

    private final List<Fact> facts = new ArrayList<>();
    private @Nullable String counted = "s1"; // session that points name
    private String installation = "i1";

    private Actor actor(@Nullable String email) {
        return Actor.newBuilder()
                .setEmail(email)
                .setInstallationId(installation)
                .build();
    }

    private void event(String name, long at, long sequence, String... attributes) {
        event("alice@example.com", name, at, sequence, attributes);
    }

    private void event(@Nullable String email, String name, long at, long sequence, String... attributes) {
        event("otlp-logs", email, name, at, sequence, attributes);
    }

    private void event(
            String source, @Nullable String email, String name, long at, long sequence, String... attributes) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < attributes.length; i += 2) {
            map.put(attributes[i], attributes[i + 1]);
        }
        ActivityEvent.Builder event = ActivityEvent.newBuilder()
                .setOrgId("acme")
                .setEventId(name + at + sequence)
                .setOccurredAt(at)
                .setReceivedAt(at + SECOND)
                .setSource(source)
                .setActor(actor(email))
                .setSessionId("s1")
                .setName(name)
                .setProduct("claude-code")
                .setAttributes(map);
        if (sequence >= 0) {
            event.setSequence(sequence);
        }
        FactReader.of(event.build(), facts::add);
    }

    private void point(String metric, @Nullable String type, long start, long at, double value, String... attributes) {
        point(Temporality.DELTA, metric, type, start, at, value, attributes);
    }

    private void cumulative(String metric, @Nullable String type, long start, long at, double value) {
        point(Temporality.CUMULATIVE, metric, type, start, at, value);
    }

    private void point(
            Temporality temporality,
            String metric,
            @Nullable String type,
            long start,
            long at,
            double value,
            String... attributes) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i < attributes.length; i += 2) {
            map.put(attributes[i], attributes[i + 1]);
        }
        Fact fact = FactReader.of(CounterPoint.newBuilder()
                .setOrgId("acme")
                .setEventId(metric + type + map + start + '>' + at)
                .setSeriesId(metric + type + map)
                .setOccurredAt(at)
                .setReceivedAt(at + SECOND)
                .setStartAt(start)
                .setSource("otlp-metrics")
                .setActor(actor("alice@example.com"))
                .setSessionId(counted)
                .setMetric("claude_code." + metric)
                .setType(type)
                .setTemporality(temporality)
                .setValue(value)
                .setProduct("claude-code")
                .setAttributes(map)
                .build());
        if (fact != null) {
            facts.add(fact);
        }
    }

    private Collection<CodeMetricRow> rows(Subject subject) {
        SessionFacts session = new SessionFacts();
        List<Fact> shuffled = new ArrayList<>(facts);
        Collections.shuffle(shuffled, new Random(facts.size()));
        shuffled.forEach(fact -> session.add(subject, fact));
        return SessionRows.of(session, account -> Segments.NONE).rows().values();
    }

    private long total(Measure measure) {
        return total(SESSION, measure);
    }

    private long total(Subject subject, Measure measure) {
        return rows(subject).stream()
                .mapToLong(row -> (Long) row.get(measure.field()))
                .sum();
    }

    private void decision(long at, long sequence, String tool, String decision, String source) {
        event(
                "tool_decision",
                at,
                sequence,
                "tool_name",
                tool,
                "tool_use_id",
                "toolu" + at,
                "decision",
                decision,
                "source",
                source);
    }

    @Test
    void ofEventsAndCountersTheOneCountsThatKnowsMore() {
        decision(NOON, 0, "Edit", "accept", "user_temporary");
        decision(NOON + 1, 1, "Edit", "reject", "user_reject");
        decision(NOON + 2, 2, "Bash", "accept", "config");
        point(
                "code_edit_tool.decision",
                null,
                NOON,
                NOON + MINUTE,
                1,
                "tool_name",
                "Edit",
                "decision",
                "accept",
                "source",
                "user_temporary",
                "language",
                "Java");
        assertThat(total(Measure.ACCEPTED_USER_TEMPORARY)).isEqualTo(1);
        assertThat(total(Measure.REJECTED_USER_REJECT))
                .as("lost by the counters")
                .isEqualTo(1);
        assertThat(total(Measure.ACCEPTED_CONFIG))
                .as("no counter is about Bash")
                .isEqualTo(1);
        assertThat(total(Measure.EVENTS_COUNTERS_DIFFERENCE)).isEqualTo(1);
        point(
                "code_edit_tool.decision",
                null,
                NOON,
                NOON + MINUTE,
                2,
                "tool_name",
                "Edit",
                "decision",
                "reject",
                "source",
                "user_reject",
                "language",
                "Java");
        assertThat(total(Measure.REJECTED_USER_REJECT)).as("lost by the events").isEqualTo(2);
        assertThat(rows(SESSION).stream()
                        .filter(row -> "Java".equals(row.getLanguage()))
                        .mapToLong(row -> row.getAcceptedUserTemporary() + row.getRejectedUserReject()))
                .as("counters tell the language")
                .containsExactly(3L);
    }

    @Test
    void aGapInTheSequenceIsWhatWasLost() {
        event("plugin_loaded", NOON, 0);
        event("plugin_loaded", NOON + 1, 1);
        event("user_prompt", NOON + 2, 4, "prompt.id", "p1");
        event("plugin_loaded", NOON + MINUTE, 0); // resumed
        event("plugin_loaded", NOON + MINUTE + 1, 2);
        assertThat(total(Measure.EVENTS_SEEN)).isEqualTo(5);
        assertThat(total(Measure.EVENTS_MISSING)).isEqualTo(3);
        assertThat(total(Measure.SESSIONS_STARTED)).isEqualTo(2);
    }

    @Test
    void startsAreCountedByProcess() {
        point("session.count", null, NOON, NOON + MINUTE, 1, "start_type", "fresh"); // of the first only counters came
        event("plugin_loaded", NOON + 60 * MINUTE, 0); // of the second only events
        event("user_prompt", NOON + 61 * MINUTE, 1);
        event("plugin_loaded", NOON + 120 * MINUTE, 0); // of the third both
        event("user_prompt", NOON + 121 * MINUTE, 1);
        point("session.count", null, NOON + 120 * MINUTE, NOON + 121 * MINUTE, 1, "start_type", "resume");
        assertThat(total(Measure.SESSIONS_STARTED)).isEqualTo(3);
    }

    @Test
    void aPointThatAddsNothingBeginsNoProcess() {
        decision(NOON, 0, "Edit", "accept", "hook");
        point("session.count", null, NOON - SECOND, NOON + MINUTE, 1, "start_type", "fresh");
        decision(NOON + 2 * MINUTE, 1, "Edit", "accept", "hook");
        edits(NOON + MINUTE, NOON + 3 * MINUTE, 2);
        assertThat(total(Measure.ACCEPTED_HOOK)).isEqualTo(2);
        point("session.count", null, NOON + MINUTE, NOON + 2 * MINUTE, 0, "start_type", "fresh");
        point("session.count", null, NOON + 2 * MINUTE, NOON + 3 * MINUTE, 0, "start_type", "fresh");
        assertThat(total(Measure.ACCEPTED_HOOK)).isEqualTo(2);
        assertThat(total(Measure.SESSIONS_STARTED)).isEqualTo(1);
    }

    private void edits(long start, long at, int accepted) {
        point(
                "code_edit_tool.decision",
                null,
                start,
                at,
                accepted,
                "tool_name",
                "Edit",
                "decision",
                "accept",
                "source",
                "hook");
    }

    @Test
    void twoTerminalsAtATimeAreToldTwiceAndCountedOnce() {
        for (int i = 0; i < 6; i++) {
            decision(NOON + i * MINUTE, i, "Edit", "accept", "hook");
            decision(NOON + i * MINUTE + 20 * SECOND, i, "Edit", "accept", "hook");
        }
        for (int i = 0; i < 6; i++) {
            // Both terminals' counters, each at its own time.
            edits(NOON + i * MINUTE - 30 * SECOND, NOON + i * MINUTE + 30 * SECOND, 1);
            edits(NOON + i * MINUTE - 10 * SECOND, NOON + i * MINUTE + 50 * SECOND, 1);
        }
        assertThat(total(Measure.ACCEPTED_HOOK)).isEqualTo(12);
        assertThat(total(Measure.EVENTS_MISSING)).isZero();
        assertThat(total(Measure.EVENTS_COUNTERS_DIFFERENCE)).isZero();
        assertThat(total(Measure.SESSIONS_STARTED)).isEqualTo(2);
    }

    @Test
    void aClockThatIsSetBackDoesNotCountTwice() {
        for (int i = 0; i < 10; i++) {
            decision(NOON + i * MINUTE - (i < 5 ? 0 : 8 * MINUTE - 30 * SECOND), i, "Edit", "accept", "hook");
        }
        edits(NOON - SECOND, NOON + 4 * MINUTE + SECOND, 5);
        edits(NOON - 3 * MINUTE, NOON + 2 * MINUTE, 5);
        assertThat(total(Measure.ACCEPTED_HOOK)).isEqualTo(10);
        assertThat(total(Measure.EVENTS_MISSING)).isZero();
        assertThat(total(Measure.SESSIONS_STARTED)).isEqualTo(1);
    }

    @Test
    void aSessionIsCountedOnceInEachPeriodInWhichItWorks() {
        event("user_prompt", NOON, 0);
        event("user_prompt", NOON + 5 * MINUTE, 1);
        event("user_prompt", NOON + 65 * MINUTE, 2);
        event("user_prompt", NOON + 24 * 60 * MINUTE, 3);
        event("user_prompt", NOON + 7 * 24 * 60 * MINUTE, 4); // Tuesday, December 1
        event("plugin_loaded", NOON + 60 * 24 * 60 * MINUTE, 5); // no work
        assertThat(total(Measure.PROMPTS)).isEqualTo(5);
        assertThat(total(Measure.SESSION_HOURS)).isEqualTo(4);
        assertThat(total(Measure.SESSION_DAYS)).isEqualTo(3);
        assertThat(total(Measure.SESSION_WEEKS)).isEqualTo(2);
        assertThat(total(Measure.SESSION_MONTHS)).isEqualTo(2);
    }

    @Test
    void aSessionIsAtWorkBetweenThingsThatAreNotFarApart() {
        event("user_prompt", NOON + 50 * MINUTE, 0);
        event("user_prompt", NOON + 65 * MINUTE, 1);
        event("user_prompt", NOON + 100 * MINUTE, 2);
        List<Integer> minutes = new ArrayList<>();
        rows(SESSION)
                .forEach(row -> row.getActiveMinutes()
                        .forEach(minute -> minutes.add((int) ((row.getStartingAt() - NOON) / MINUTE) + minute)));
        assertThat(minutes)
                .containsExactlyInAnyOrder(50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 100);
    }

    @Test
    void workIsSeenUnderItsLabels() {
        event("plugin_loaded", NOON, 0);
        event("mcp_server_connection", NOON + 1, 1, "status", "connected", "server_name", "ledger");
        event("skill_activated", NOON + 2, 2, "skill.name", "review");
        decision(NOON + 3, 3, "Bash", "accept", "config");
        decision(NOON + 4, 4, "Edit", "accept", "hook");
        point(
                "code_edit_tool.decision",
                null,
                NOON,
                NOON + MINUTE,
                1,
                "tool_name",
                "Edit",
                "decision",
                "accept",
                "source",
                "hook",
                "language",
                "Java");
        Map<String, Long> lastAt = new HashMap<>();
        for (CodeMetricRow row : rows(SESSION)) {
            String labels = row.getTool() + " " + row.getLanguage() + " " + row.getSkill() + " " + row.getMcpServer();
            lastAt.put(labels, row.getLastAt() == 0 ? 0 : row.getLastAt() - NOON);
        }
        assertThat(lastAt)
                .as("a connection is no work; without labels the point adds nothing to what events tell")
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "null null null null",
                        4L,
                        "null null null ledger",
                        0L,
                        "null null review null",
                        2L,
                        "Bash null null null",
                        3L,
                        "Edit Java null null",
                        MINUTE));
        assertThat(total(Measure.SESSION_DAYS)).isEqualTo(1);
    }

    @Test
    void recordsThatNameNobodyAreThePersonsOfTheSession() {
        event(null, "user_prompt", NOON, 0);
        event("bob@example.com", "user_prompt", NOON + 2, 1);
        event("alice@example.com", "user_prompt", NOON + 1, 2);
        Map<String, Long> prompts = new HashMap<>();
        rows(SESSION).forEach(row -> prompts.merge(row.getUser(), row.getPrompts(), Long::sum));
        prompts.values().removeIf(each -> each == 0);
        assertThat(prompts).containsExactlyInAnyOrderEntriesOf(Map.of("alice@example.com", 2L, "bob@example.com", 1L));
    }

    private static final Subject ALICE = Subject.withoutSession("acme", "alice@example.com", 202611);

    /** What came last was of a session; elsewhere only that something of the kind was told is known. */
    private void toldBySession() {
        Fact last = facts.remove(facts.size() - 1);
        facts.addAll(FactReader.saidWithSession(last, actor(last.user())));
    }

    @Test
    void countersThatNameNoSessionCountWhereNoEventDid() {
        counted = null;
        point("session.count", null, NOON, NOON + MINUTE, 1);
        point("active_time.total", "user", NOON, NOON + MINUTE, 12.5);
        point("commit.count", null, NOON, NOON + MINUTE, 1);
        assertThat(total(ALICE, Measure.SESSIONS_STARTED)).isEqualTo(1);
        event("plugin_loaded", NOON + 30 * SECOND, 0);
        toldBySession();
        assertThat(total(ALICE, Measure.SESSIONS_STARTED))
                .as("the session itself tells")
                .isZero();
        assertThat(total(ALICE, Measure.ACTIVE_USER_MICROS))
                .as("only counters tell")
                .isEqualTo(12_500_000);
        assertThat(total(ALICE, Measure.COMMITS)).as("no event told of one").isEqualTo(1);
        assertThat(total(ALICE, Measure.SESSION_DAYS)).isZero();
        event(
                "tool_result",
                NOON + 31 * SECOND,
                1,
                "tool_name",
                "Bash",
                "success",
                "true",
                "tool_parameters",
                "{\"git_commit_id\":\"abc\"}");
        toldBySession(); // that of the commit, which is told after the result
        assertThat(total(ALICE, Measure.COMMITS)).isZero();
    }

    @Test
    void anEventTakesPresenceBackOnlyWhereItTellsOfWorkItself() {
        counted = null;
        point("active_time.total", "user", NOON, NOON + MINUTE, 12.5);
        point("active_time.total", "user", NOON + 60 * MINUTE, NOON + 61 * MINUTE, 12.5);
        assertThat(workAt(ALICE)).containsExactlyInAnyOrder(NOON + MINUTE, NOON + 61 * MINUTE);
        event("plugin_loaded", NOON + 30 * SECOND, 0);
        toldBySession();
        assertThat(workAt(ALICE)).as("no work").hasSize(2);
        event("user_prompt", NOON + 61 * MINUTE, 1);
        toldBySession();
        assertThat(workAt(ALICE)).containsExactly(NOON + MINUTE);
    }

    /** What a session file says, of which elsewhere only that it was told is known. */
    private void toldByFile(@Nullable String email, String name, long at, String... attributes) {
        int known = facts.size();
        event("session-file", email, name, at, -1, attributes);
        List<Fact> told = new ArrayList<>(facts.subList(known, facts.size()));
        facts.subList(known, facts.size()).clear();
        Actor person = Actor.newBuilder().setEmail(email).build();
        told.forEach(fact -> facts.addAll(FactReader.saidWithSession(fact, person)));
    }

    private static final String[] EDIT = {"tool_name", "Edit", "success", "true", "lines_added", "3"};

    @Test
    void whatASessionFileTellsIsNotCountedAgain() {
        counted = null;
        point("lines_of_code.count", "added", NOON, NOON + MINUTE, 3);
        point("lines_of_code.count", "added", NOON + 60 * MINUTE, NOON + 61 * MINUTE, 5);
        point("session.count", null, NOON, NOON + MINUTE, 1);
        point("commit.count", null, NOON, NOON + MINUTE, 1);
        point("active_time.total", "user", NOON, NOON + MINUTE, 12.5);
        toldByFile(null, "tool_result", NOON + 30 * SECOND, EDIT);
        assertThat(total(ALICE, Measure.LINES_ADDED)).as("of nobody").isEqualTo(8);
        toldByFile("alice@example.com", "user_prompt", NOON + 29 * SECOND);
        assertThat(total(ALICE, Measure.LINES_ADDED)).as("no lines").isEqualTo(8);
        toldByFile("alice@example.com", "tool_result", NOON + 30 * SECOND, EDIT);
        assertThat(total(ALICE, Measure.LINES_ADDED)).as("later ones").isEqualTo(5);
        assertThat(total(ALICE, Measure.SESSIONS_STARTED)).isZero();
        assertThat(total(ALICE, Measure.COMMITS)).as("no file tells").isEqualTo(1);
        assertThat(total(ALICE, Measure.ACTIVE_USER_MICROS))
                .as("only counters tell")
                .isEqualTo(12_500_000);
    }

    @Test
    void eventsSpeakForTheirInstallationAndFilesForAllOfAPerson() {
        counted = null;
        point("commit.count", null, NOON, NOON + MINUTE, 1);
        installation = "i2";
        point("commit.count", null, NOON, NOON + MINUTE + 1, 2);
        event("tool_result", NOON, 1, "tool_parameters", "{\"git_commit_id\":\"abc\"}");
        toldBySession();
        facts.remove(2); // the result itself
        assertThat(total(ALICE, Measure.COMMITS)).as("of the first").isEqualTo(1);
        toldByFile("alice@example.com", "tool_result", NOON, "tool_parameters", "{\"git_commit_id\":\"abc\"}");
        assertThat(total(ALICE, Measure.COMMITS)).isZero();
        SessionFacts session = new SessionFacts();
        facts.forEach(fact -> session.add(ALICE, fact));
        assertThat(SessionFacts.restore(List.of(session.save())).facts())
                .containsExactlyInAnyOrderElementsOf(session.facts());
    }

    private List<Long> workAt(Subject subject) {
        return rows(subject).stream()
                .map(CodeMetricRow::getLastAt)
                .filter(at -> at > 0)
                .toList();
    }

    @Test
    void aSeriesGoesOnOverTheEndOfAMonth() {
        counted = null;
        long december = Instant.parse("2026-12-01T00:00:00Z").getEpochSecond() * SECOND;
        long start = december - 60 * MINUTE;
        cumulative("active_time.total", "user", start, december - MINUTE, 10);
        Fact last = facts.remove(0);
        Fact carried = FactReader.forNextMonth(last);
        facts.add(Objects.requireNonNull(carried));
        cumulative("active_time.total", "user", start, december + MINUTE, 25);
        Subject subject = Subject.withoutSession("acme", "alice@example.com", 202612);
        assertThat(total(subject, Measure.ACTIVE_USER_MICROS)).isEqualTo(15 * SECOND);
        assertThat(rows(subject))
                .as("November's point is November's")
                .allSatisfy(row -> assertThat(row.getStartingAt()).isEqualTo(december));
        SessionFacts session = new SessionFacts();
        facts.forEach(fact -> session.add(subject, fact));
        assertThat(SessionFacts.restore(List.of(session.save())).facts())
                .containsExactlyInAnyOrderElementsOf(session.facts());

        facts.remove(0);
        assertThat(total(subject, Measure.ACTIVE_USER_MICROS))
                .as("a series that began in the days before has all its points here")
                .isEqualTo(25 * SECOND);
        facts.clear();
        cumulative("active_time.total", "user", december - 8 * 24 * 60 * MINUTE, december + MINUTE, 25);
        cumulative("active_time.total", "user", december - 8 * 24 * 60 * MINUTE, december + 2 * MINUTE, 26);
        assertThat(total(subject, Measure.ACTIVE_USER_MICROS))
                .as("what an older one has at first was counted in November")
                .isEqualTo(SECOND);
        assertThat(FactReader.forNextMonth(facts.get(0))).isNull();
    }

    @Test
    void aDashboardIsNoSession() {
        point("session.count", null, NOON, NOON + MINUTE, 1, "start_type", "agents_view");
        point("session.count", null, NOON, NOON + MINUTE, 1, "start_type", "continue");
        assertThat(total(Measure.SESSIONS_STARTED)).isEqualTo(1);
        assertThat(total(Measure.SESSION_DAYS)).as("nothing was done").isZero();
    }

    @Test
    void everythingIsKeptOverSaveAndRestore() {
        decision(NOON, 0, "Edit", "accept", "hook");
        point("lines_of_code.count", "added", NOON, NOON + MINUTE, 3);
        SessionFacts session = new SessionFacts();
        List<byte[]> chunks = new ArrayList<>();
        for (Fact fact : facts) {
            session.add(SESSION, fact);
            session.heldUntilMillis = 7;
            chunks.add(session.save());
        }
        SessionFacts restored = SessionFacts.restore(chunks);
        assertThat(restored.subject()).isEqualTo(SESSION);
        assertThat(restored.heldUntilMillis).isEqualTo(7);
        assertThat(restored.facts()).containsExactlyInAnyOrderElementsOf(session.facts());
    }

    /** What came from a session file later says nothing of the client's clock. */
    @Test
    void theLeastTimeOnTheWayIsKept() {
        event("user_prompt", NOON, 0);
        event("user_prompt", NOON + MINUTE, 1);
        received("session-file", NOON + 2 * MINUTE, NOON + 9 * MINUTE);
        assertThat(rows(SESSION)).extracting(CodeMetricRow::getAheadMicros).containsExactly(-SECOND);
        received("otlp-logs", NOON + 3 * MINUTE, NOON + 3 * MINUTE - 4 * SECOND);
        assertThat(rows(SESSION)).extracting(CodeMetricRow::getAheadMicros).containsExactly(4 * SECOND);
    }

    private void received(String source, long at, long receivedAt) {
        FactReader.of(
                ActivityEvent.newBuilder()
                        .setOrgId("acme")
                        .setEventId(source + at)
                        .setOccurredAt(at)
                        .setReceivedAt(receivedAt)
                        .setSource(source)
                        .setActor(actor("alice@example.com"))
                        .setSessionId("s1")
                        .setName("user_prompt")
                        .setProduct("claude-code")
                        .setAttributes(Map.of())
                        .build(),
                facts::add);
    }
}
