package io.sluice.claudeapi.compliance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sluice.claudeapi.TestPace;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.DeadLetter;
import io.sluice.testing.ComplianceFacts;
import io.sluice.testing.ComplianceFacts.Activity;
import io.sluice.testing.ComplianceFacts.Chat;
import io.sluice.testing.ComplianceFacts.Document;
import io.sluice.testing.ComplianceFacts.Message;
import io.sluice.testing.ComplianceFacts.Person;
import io.sluice.testing.ComplianceFacts.Project;
import io.sluice.testing.ComplianceServer;
import io.sluice.testing.ComplianceServer.Mischief;
import io.sluice.testing.ComplianceServer.Request;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ComplianceReaderTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Instant FROM = NOW.minus(Duration.ofDays(3));
    private static final Instant HOUR_AGO = NOW.minus(Duration.ofHours(1));
    private static final Person ANA = new Person("user_01", "Ana@Example.com", "Ana");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private TestPace pace;

    @SuppressWarnings("NullAway.Init")
    private Path key;

    private final ComplianceFacts facts = new ComplianceFacts();

    @SuppressWarnings("NullAway.Init")
    private ComplianceServer server;

    @BeforeEach
    void start() throws IOException {
        pace = new TestPace(NOW);
        key = Files.writeString(folder.resolve("key"), Driver.KEY);
        server = ComplianceServer.start(Driver.KEY, pace.clock(), facts);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Driver driver() throws IOException {
        return new Driver(server.url(), key, pace, FROM);
    }

    private static ObjectNode json(String text) throws IOException {
        return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    }

    private static ContentEvent event(Driver driver, String key) {
        return Objects.requireNonNull(driver.recipient.content.get(key), key);
    }

    private void chats(int count) {
        for (int i = 0; i < count; i++) {
            facts.add(new Chat("claude_chat_" + i, ANA, "Chat " + i, HOUR_AGO)
                    .add(Message.text("claude_chat_msg_" + i, "user", HOUR_AGO, "Hello")));
        }
    }

    @Test
    void aMessageHasAllThatUpstreamSaysOfIt() throws Exception {
        facts.add(ANA);
        ObjectNode body = json("{'content': [{'type': 'text', 'text': 'one \\ud800'},"
                + "{'type': 'tool_use', 'name': 'search_docs', 'input': '{}', 'truncated': true},"
                + "{'type': 'tool_result', 'name': 'search_docs', 'content': [{'type': 'text', 'text': '2 found'}]},"
                + "{'type': 'of_tomorrow', 'text': 'two'}, {'type': 'text'}],"
                + "'artifacts': [{'id': 'a', 'version_id': 'v', 'title': 'Comparison', 'artifact_type': null}]}");
        body.set("files", ComplianceFacts.files("msa.pdf"));
        body.set("generated_files", ComplianceFacts.files("diff.csv"));
        facts.add(new Chat("claude_chat_1", ANA, "Clauses", HOUR_AGO)
                .inProject("claude_proj_1")
                .with("user", JsonNodeFactory.instance.objectNode().put("id", "user_01"))
                .with("a_new_member", TextNode.valueOf("x"))
                .add(new Message("claude_chat_msg_1", "assistant", HOUR_AGO, HOUR_AGO, body)));
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));

        ContentEvent event = event(driver, "claude_chat_1|claude_chat_msg_1");
        assertThat(event.getOrgId()).isEqualTo("acme");
        assertThat(event.getEventId()).isEqualTo("claude_chat_msg_1");
        assertThat(event.getSource()).isEqualTo("compliance-api");
        assertThat(event.getProduct()).isEqualTo("chat");
        assertThat(event.getRole()).isEqualTo("assistant");
        assertThat(event.getText()).isEqualTo("one \ufffd\ntwo");
        assertThat(event.getToolNames()).containsExactly("search_docs");
        assertThat(event.getToolText()).isEqualTo("{}\n2 found");
        assertThat(event.getFiles()).containsExactly("msa.pdf", "diff.csv", "Comparison");
        assertThat(event.getTitle()).isEqualTo("Clauses");
        assertThat(event.getProjectId()).isEqualTo("claude_proj_1");
        assertThat(event.getModel()).isEqualTo("claude-opus-5");
        assertThat(event.getActor().getAccountId()).isEqualTo("user_01");
        assertThat(event.getActor().getEmail()).as("by the directory").isEqualTo("ana@example.com");
        assertThat(event.getAttributes()).containsEntry("truncated", "true").containsKey("organization_uuid");
        assertThat(event.getDeletedUpstreamAt()).isNull();
    }

    @Test
    void aTextThatIsTooLongIsCutAndSaysSo() throws Exception {
        facts.add(new Chat("claude_chat_1", ANA, "Long", HOUR_AGO)
                .add(Message.text("claude_chat_msg_1", "user", HOUR_AGO, "é".repeat(1_000_000))));
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        ContentEvent event = event(driver, "claude_chat_1|claude_chat_msg_1");
        assertThat(event.getText()).endsWith("…[cut, 2000000 bytes]");
        assertThat(event.getAttributes()).containsEntry("cut", "true");
    }

    @Test
    void aChatThatGrowsIsReadAgain() throws Exception {
        Instant later = NOW.plus(Duration.ofMinutes(3));
        facts.add(new Chat("claude_chat_1", ANA, "Growing", HOUR_AGO)
                .add(Message.text("claude_chat_msg_1", "user", HOUR_AGO, "one"))
                .add(Message.text("claude_chat_msg_2", "assistant", later, "two")));
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        assertThat(driver.recipient.texts()).hasSize(1);
        driver.runUntil(NOW.plusSeconds(240));
        assertThat(driver.recipient.texts())
                .containsEntry("claude_chat_1|claude_chat_msg_1", "one")
                .containsEntry("claude_chat_1|claude_chat_msg_2", "two");
    }

    /** Capture first: its user's deletion is told, and takes nothing from what was captured. */
    @Test
    void aDeletionByItsUserEmptiesNothing() throws Exception {
        Instant deletedAt = NOW.plusSeconds(90);
        facts.add(new Chat("claude_chat_1", ANA, "Secret", HOUR_AGO)
                .add(Message.text("claude_chat_msg_1", "user", HOUR_AGO, "one"))
                .deletedAt(deletedAt));
        facts.add(new Chat("claude_chat_2", ANA, "Before us", HOUR_AGO)
                .add(Message.text("claude_chat_msg_2", "user", HOUR_AGO, "lost"))
                .deletedAt(HOUR_AGO.plusSeconds(60)));
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(30)));

        assertThat(driver.recipient.content)
                .containsOnlyKeys("claude_chat_1|claude_chat_msg_1", "claude_chat_1|", "claude_chat_2|");
        assertThat(event(driver, "claude_chat_1|claude_chat_msg_1").getText()).isEqualTo("one");
        ContentEvent told = event(driver, "claude_chat_1|");
        assertThat(told.getDeletedUpstreamAt()).isEqualTo(deletedAt.toEpochMilli() * 1000);
        assertThat(told.getTitle()).isNull();
        assertThat(told.getActor().getEmail()).isEqualTo("ana@example.com");
    }

    /** Of which the list says nothing. */
    @Test
    void aNameThatChangesIsSeenByItsActivity() throws Exception {
        Instant at = NOW.plusSeconds(100);
        facts.add(new Chat("claude_chat_1", ANA, "Old", HOUR_AGO)
                .add(Message.text("claude_chat_msg_1", "user", HOUR_AGO, "one"))
                .renamedAt(at, "New"));
        facts.add(new Activity(
                "activity_1", "claude_chat_updated", at, at, ANA, json("{'claude_chat_id': 'claude_chat_1'}")));
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        assertThat(event(driver, "claude_chat_1|claude_chat_msg_1").getTitle()).isEqualTo("Old");
        driver.runUntil(NOW.plusSeconds(240));
        assertThat(event(driver, "claude_chat_1|claude_chat_msg_1").getTitle()).isEqualTo("New");
    }

    @Test
    void aProjectHasTextsOfEachVersionDocumentsAndNamesOfFiles() throws Exception {
        facts.add(new Project("claude_proj_1", "Merger", ANA, HOUR_AGO)
                .instructionsAt(HOUR_AGO, "Be careful.")
                .instructionsAt(NOW.plusSeconds(600), "Be bold.")
                .add(new Document("claude_proj_doc_1", "a.txt", HOUR_AGO, "text"))
                .add(new Document("claude_file_1", "plan.pdf", HOUR_AGO, null)));
        facts.add(new Project("claude_proj_2", "Gone", ANA, HOUR_AGO)
                .instructionsAt(HOUR_AGO, "Whatever")
                .deletedAt(NOW.plusSeconds(600)));
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(70)));

        assertThat(driver.recipient.texts().values())
                .containsExactlyInAnyOrder("Be careful.", "Be bold.", "text", "", "Whatever");
        assertThat(driver.recipient.deleted()).containsExactly("claude_proj_2");
        ContentEvent document = event(driver, "claude_proj_1|claude_proj_doc_1");
        assertThat(document.getProjectId()).isEqualTo("claude_proj_1");
        assertThat(document.getTitle()).isEqualTo("Merger");
        assertThat(document.getFiles()).containsExactly("a.txt");
        assertThat(event(driver, "claude_proj_1|claude_file_1").getFiles()).containsExactly("plan.pdf");
    }

    @Test
    void aRowWithoutItsIdIsToldOfOnce() throws Exception {
        facts.add(new Chat("claude_chat_1", ANA, "Odd", HOUR_AGO).with("id", NullNode.instance));
        facts.add(new Activity("a", "x", HOUR_AGO, HOUR_AGO, ANA, json("{'id': null}")));
        facts.add(new Activity("b", "x", HOUR_AGO, HOUR_AGO, ANA, json("{'created_at': 'soon'}")));
        facts.add(new Activity("c", "x", HOUR_AGO, HOUR_AGO, ANA, json("{}")));
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(90)));
        assertThat(driver.recipient.activities).containsExactly("c");
        assertThat(driver.recipient.letters)
                .extracting(DeadLetter::getReason, DeadLetter::getMessage)
                .containsExactlyInAnyOrder(
                        tuple("missing-field", "chats.id: null (expected: an id)"),
                        tuple("missing-field", "activities.id: null (expected: an id)"),
                        tuple(
                                "wrong-shape",
                                "activities.created_at: text of 4 characters (expected: a time, RFC 3339)"));
    }

    /** It is of none of the overlaps but the largest. */
    @Test
    void whatComesVeryLateIsFoundByReconciliation() throws Exception {
        facts.add(new Chat("claude_chat_1", ANA, "Late", HOUR_AGO)
                .listedAfter(Duration.ofHours(5))
                .add(Message.text("claude_chat_msg_1", "user", HOUR_AGO, "one")));
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofHours(5)));
        assertThat(driver.recipient.texts()).isEmpty();
        driver.checkpoint(true);
        driver.split().chats[3].nextAt = 0; // a day later
        driver.runUntil(NOW.plus(Duration.ofMinutes(5 * 60 + 2)));
        assertThat(driver.recipient.texts()).hasSize(1);
    }

    /** In any minute, whatever was forgotten in between; and a deletion need not wait. */
    @Test
    void requestsKeepWithinTheRateOverRestarts() throws Exception {
        chats(150);
        ComplianceSplit split = ComplianceSplit.first("acme", FROM.toEpochMilli() * 1000, NOW.toEpochMilli() * 1000);
        Driver driver = new Driver(server.url(), key, pace, split, 40, 10);
        for (int minute = 1; minute <= 8; minute++) {
            driver.runUntil(NOW.plusSeconds(60L * minute));
            driver.checkpoint(true);
            driver.restart();
        }
        assertThat(driver.recipient.texts()).hasSize(150);
        assertThat(server.requests().size()).isGreaterThan(200);
        assertThat(server.mostWithinAMinute()).isBetween(28, 32);

        ComplianceClient client = new ComplianceClient(driver.account, pace);
        Instant before = pace.clock().instant();
        for (int i = 0; i < 10; i++) {
            assertThat(client.deleteChat("claude_chat_" + i)).isTrue();
        }
        assertThat(Duration.between(before, pace.clock().instant())).isLessThan(Duration.ofSeconds(5));
        assertThat(server.mostWithinAMinute()).isLessThanOrEqualTo(40);
    }

    @Test
    void whatOthersLeaveOfTheBudgetIsForDeletions() throws Exception {
        chats(3);
        Driver driver = driver();
        server.spend(560);
        driver.runUntil(NOW.plusSeconds(120));
        assertThat(driver.recipient.texts()).hasSize(3);
        List<Request> requests = server.requests();
        assertThat(requests).allSatisfy(request -> assertThat(request.status()).isEqualTo(200));
        assertThat(Duration.between(requests.get(0).at(), requests.get(1).at()))
                .as("the first is told of it")
                .isGreaterThan(Duration.ofSeconds(59));
    }

    @Test
    void theReserveIsForDeletions() {
        Budget budget = new Budget(600, 60);
        budget.told(
                HttpHeaders.of(
                        Map.of(
                                "anthropic-ratelimit-requests-remaining", List.of("60"),
                                "anthropic-ratelimit-requests-reset", List.of("2026-11-22T12:00:30Z")),
                        (name, value) -> true),
                NOW);
        assertThat(budget.take(Budget.Use.READING, NOW)).isEqualTo(Duration.ofSeconds(30));
        assertThat(budget.take(Budget.Use.DELETION, NOW)).isZero();
        budget.limited(Duration.ofSeconds(5), NOW);
        assertThat(budget.take(Budget.Use.DELETION, NOW)).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void allWaitAsLongAsALimitSays() throws Exception {
        chats(1);
        server.misbehave(Mischief.RATE_LIMITED, Mischief.RATE_LIMITED_IN_SILENCE, Mischief.RATE_LIMITED_IN_SILENCE);
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        List<Request> requests = server.requests();
        assertThat(Duration.between(requests.get(0).at(), requests.get(1).at()))
                .isBetween(ComplianceServer.RETRY_AFTER, Duration.ofSeconds(8));
        assertThat(Duration.between(requests.get(1).at(), requests.get(2).at()))
                .isBetween(Duration.ofSeconds(1), Duration.ofMillis(1900));
        assertThat(Duration.between(requests.get(2).at(), requests.get(3).at()))
                .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(3));
        assertThat(driver.recipient.texts()).hasSize(1);
    }

    @Test
    void noAnswerInTimeIsAskedForAgain() throws Exception {
        chats(1);
        ComplianceAccount patient = driver().account;
        ComplianceAccount account = new ComplianceAccount(
                "acme", patient.base(), patient.key(), Duration.ofMillis(300), patient.perMinute(), patient.reserve());
        ComplianceApi api = new ComplianceApi(account, new Budget(600, 60), pace);
        server.misbehave(Mischief.SLOW);
        ComplianceException failed =
                catchThrowableOfType(ComplianceException.class, () -> api.get(Target.of("apps", "chats")));
        assertThat(failed.kind()).isEqualTo(Kind.UNANSWERED);
        assertThat(failed.passes()).isTrue();
        assertThat(api.get(Target.of("apps", "chats")).path("data")).hasSize(1);
    }

    /** An answer of a chat that is longer than what may be read is asked for in smaller pages. */
    @Test
    void aPageThatIsTooLongIsAskedForInParts() throws Exception {
        Chat chat = new Chat("claude_chat_1", ANA, "Long", HOUR_AGO);
        for (int i = 0; i < 40; i++) {
            chat.add(Message.text("claude_chat_msg_" + i, "user", HOUR_AGO.plusSeconds(i), "x".repeat(1_000_000)));
        }
        facts.add(chat);
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        assertThat(driver.recipient.texts()).hasSize(40);
        assertThat(server.requests()).anyMatch(request -> request.target().contains("limit=5&"));
    }

    @Test
    void aCursorSurvivesARestart() throws Exception {
        for (int i = 0; i < 30; i++) {
            facts.add(new Chat("claude_chat_" + i, ANA, "Chat", NOW.minusSeconds(100 + i)));
        }
        server.pagesOf(10);
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(120));
        driver.checkpoint(true);
        int before = server.requests().size();
        driver.restart();
        driver.runUntil(NOW.plusSeconds(180));
        List<Request> after =
                server.requests().subList(before, server.requests().size());
        assertThat(after)
                .filteredOn(request -> request.target().contains("/chats?"))
                .isNotEmpty()
                .allSatisfy(request -> assertThat(request.target()).contains("after_id="));
        assertThat(after).noneMatch(request -> request.target().contains("/messages"));
    }

    @Test
    void aScopeThatTheKeyHasNotStopsNothingElse() throws Exception {
        chats(2);
        facts.add(new Activity("activity_1", "x", HOUR_AGO, HOUR_AGO, ANA, json("{}")));
        server.key(Driver.KEY, Set.of("read:compliance_activities"));
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(120));
        assertThat(driver.recipient.activities).containsExactly("activity_1");
        assertThat(driver.recipient.texts()).isEmpty();
        assertThat(driver.failing()).isEqualTo(3);
        assertThat(driver.recipient.letters).hasSize(3).allSatisfy(letter -> {
            assertThat(letter.getReason()).isEqualTo("upstream-refused");
            assertThat(letter.getMessage()).contains("Missing required scopes").doesNotContain(Driver.KEY);
        });
        server.key(Driver.KEY, ComplianceServer.ALL_SCOPES);
        driver.runUntil(NOW.plus(Duration.ofMinutes(15)));
        assertThat(driver.recipient.texts()).hasSize(2);
        assertThat(driver.failing()).isZero();
        assertThat(driver.recipient.letters).hasSize(3);
    }

    @Test
    void aKeyThatIsNotThereYetIsLookedFor() throws Exception {
        chats(1);
        Files.delete(key);
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        assertThat(server.requests()).isEmpty();
        assertThat(driver.failing()).isEqualTo(4);
        Files.writeString(key, Driver.KEY);
        driver.runUntil(NOW.plusSeconds(120));
        assertThat(driver.recipient.texts()).hasSize(1);
        assertThat(driver.failing()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"ERROR_FOR_GOOD", "UNAVAILABLE"})
    void oneChatThatCannotBeReadHoldsUpNoOther(Mischief how) throws Exception {
        chats(5);
        Driver driver = driver();
        driver.runUntil(
                () -> server.requests().stream()
                        .anyMatch(request -> request.target().contains("order_by")),
                null);
        while (driver.recipient.texts().isEmpty()) {
            driver.runUntil(pace.clock().instant().plusMillis(1));
        }
        server.misbehave(how);
        driver.runUntil(NOW.plus(Duration.ofMinutes(2)));
        assertThat(driver.recipient.texts().size()).isGreaterThanOrEqualTo(4);
        driver.runUntil(NOW.plus(Duration.ofMinutes(65)));
        assertThat(driver.recipient.texts()).hasSize(5);
    }

    @Test
    void deletionsAreTriedAgainAndSaidTwiceAreHarmless() throws Exception {
        chats(1);
        ComplianceClient client = new ComplianceClient(driver().account, pace);
        server.misbehave(Mischief.UNAVAILABLE, Mischief.RATE_LIMITED, Mischief.BAD_GATEWAY);
        assertThat(client.deleteChat("claude_chat_0")).isTrue();
        assertThat(client.deleteChat("claude_chat_0")).isFalse();
        assertThat(facts.hasChat("claude_chat_0")).isFalse();
        server.misbehave(Mischief.ERROR_FOR_GOOD);
        assertThat(catchThrowableOfType(ComplianceException.class, () -> client.deleteChat("claude_chat_0"))
                        .kind())
                .isEqualTo(Kind.FAILED);
        server.key(Driver.KEY, Set.of("read:compliance_user_data"));
        assertThat(catchThrowableOfType(ComplianceException.class, () -> client.deleteChat("claude_chat_0"))
                        .kind())
                .isEqualTo(Kind.REFUSED);
        int before = server.requests().size();
        assertThatThrownBy(() -> client.deleteChat("..")).hasMessage("id: '..' (expected: an id)");
        assertThat(server.requests()).hasSize(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/../../x", "a?b=c", "ä ö", "a%2fb"})
    void anIdIsOnePartOfThePath(String id) throws Exception {
        facts.add(new Chat(id, ANA, "Odd", HOUR_AGO));
        assertThat(new ComplianceClient(driver().account, pace).deleteChat(id))
                .as("the server reads a slash in an id as one of the path")
                .isEqualTo(!id.contains("/"));
        assertThat(server.requests().get(0).target()).startsWith("/v1/compliance/apps/chats/");
        assertThat(server.requests().get(0).target()).doesNotContain("x/..").doesNotContain("?");
    }
}
