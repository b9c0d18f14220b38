package io.sluice.core.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.codemetrics.SessionFacts.Subject;
import io.sluice.core.spend.Segments;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.CodeMetricRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClosedMonthsTest {
    private static final Subject SESSION = new Subject("acme", "s1", false);
    private static final Duration OPEN = Duration.ofDays(35);
    private static final Duration KEPT = Duration.ofDays(400);

    private static Fact prompt(String at, String receivedAt) {
        ActivityEvent event = ActivityEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("prompt" + at)
                .setOccurredAt(Instant.parse(at).toEpochMilli() * 1000)
                .setReceivedAt(Instant.parse(receivedAt).toEpochMilli() * 1000)
                .setSource("session-file")
                .setActor(Actor.newBuilder().setEmail("alice@example.com").build())
                .setSessionId("s1")
                .setName("user_prompt")
                .setProduct("claude-code")
                .setHistorical(true)
                .build();
        List<Fact> facts = new ArrayList<>();
        FactReader.of(event, facts::add);
        assertThat(facts).hasSize(1);
        return facts.get(0);
    }

    private static SessionFacts session(Fact... facts) {
        SessionFacts session = new SessionFacts();
        for (Fact fact : facts) {
            session.add(SESSION, fact);
        }
        return session;
    }

    @ParameterizedTest
    @CsvSource({
        "2026-06-01T00:00:00Z, 2026-11-24T12:00:00Z, true",
        "2026-06-30T23:59:59Z, 2026-11-24T12:00:00Z, true",
        "2026-05-31T23:59:59Z, 2026-11-24T12:00:00Z, false",
        "2026-07-01T00:00:00Z, 2026-11-24T12:00:00Z, false",
        // June 2025 closes on 4 August 2025 (35 days), and nothing of it is kept after 8 September 2026 (400 more).
        "2025-06-30T23:59:59Z, 2026-09-08T23:59:59Z, false",
        "2025-06-30T23:59:59Z, 2026-09-09T00:00:00Z, true",
        "2025-07-01T00:00:00Z, 2026-09-09T00:00:00Z, false",
    })
    void lateIsWhatComesForAMonthThatWasForgottenOrOfWhichNothingIsKept(String at, String receivedAt, boolean late) {
        Told told = new Told();
        told.forget(session(prompt("2026-06-10T12:00:00Z", "2026-06-10T12:00:01Z")));
        assertThat(told.closed().isLate(prompt(at, receivedAt), OPEN, KEPT)).isEqualTo(late);
        assertThat(Told.restore(told.save()).closed().isLate(prompt(at, receivedAt), OPEN, KEPT))
                .as("saved and restored")
                .isEqualTo(late);
    }

    @Test
    void whatIsLateIsToldInRowsOfItsOwn() {
        Fact first = prompt("2026-06-10T12:00:00Z", "2026-06-10T12:00:01Z");
        SessionFacts session = session(first);
        Told told = new Told();
        Collection<CodeMetricRow> rows = told.tell(SESSION, SessionRows.of(session, account -> Segments.NONE))
                .rows();
        told.forget(session);
        told.closed().count(SESSION, prompt("2026-06-10T12:10:00Z", "2026-11-24T12:00:00Z"));
        told.closed().count(SESSION, prompt("2026-06-10T12:20:00Z", "2026-11-24T12:00:00Z"));
        told.closed().count(SESSION, prompt("2026-06-10T13:00:00Z", "2026-11-24T12:00:00Z"));

        List<CodeMetricRow> late = told.closed().tell();
        assertThat(late).extracting(CodeMetricRow::getFactsLate).containsExactlyInAnyOrder(2L, 1L);
        assertThat(late)
                .extracting(CodeMetricRow::getRowId)
                .doesNotContainAnyElementsOf(
                        rows.stream().map(CodeMetricRow::getRowId).toList());
        assertThat(late).allSatisfy(row -> {
            assertThat(row.getUser()).isEqualTo("alice@example.com");
            assertThat(row.getSessionId()).isEqualTo("s1");
            assertThat(row.getChannels()).containsExactly("session-file");
            assertThat(row.getPrompts() + row.getSessionDays() + row.getLastAt())
                    .isZero();
        });
        assertThat(told.closed().tell()).as("nothing new").isEmpty();

        Told restored = Told.restore(told.save());
        restored.closed().count(SESSION, prompt("2026-06-10T12:10:00Z", "2026-11-25T12:00:00Z"));
        assertThat(restored.closed().tell())
                .extracting(CodeMetricRow::getFactsLate)
                .as("goes on counting")
                .containsExactly(3L);
    }
}
