package io.sluice.claudeapi.compliance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sluice.claudeapi.TestPace;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import io.sluice.schema.ComplianceDirectoryEntry;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.DeadLetter;
import io.sluice.testing.ComplianceFacts;
import io.sluice.testing.ComplianceFacts.Activity;
import io.sluice.testing.ComplianceFacts.Chat;
import io.sluice.testing.ComplianceFacts.Document;
import io.sluice.testing.ComplianceFacts.Group;
import io.sluice.testing.ComplianceFacts.Message;
import io.sluice.testing.ComplianceFacts.Person;
import io.sluice.testing.ComplianceFacts.Project;
import io.sluice.testing.ComplianceServer;
import io.sluice.testing.ComplianceServer.Mischief;
import io.sluice.testing.ComplianceServer.Request;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ComplianceReaderTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Instant FROM = NOW.minus(Duration.ofDays(3));
    private static final Instant HOUR_AGO = NOW.minus(Duration.ofHours(1));
    private static final Person ANA = new Person("user_01", "Ana@Example.com", "Ana");
    private static final Person BEN = new Person("user_02", "Ben@Example.com", "Ben");
    private static final String ORGANIZATION = "11111111-2222-4333-8444-555555555555";
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

    private void directory() {
        facts.add(ANA).add(BEN);
        facts.role("rbac_role_1", "Auditors").permission("rbac_role_1", "audit", "workspace", "a/b");
        facts.add(new Group("rbac_group_1", "Legal", List.of("rbac_role_1"), List.of(ANA, BEN)));
    }

    @Test
    void theDirectoryIsWhatUpstreamLists() throws Exception {
        directory();
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        String users = "user|" + ORGANIZATION + "|";
        assertThat(driver.recipient.entries())
                .containsOnly(
                        entry("organization||" + ORGANIZATION, "Example"),
                        entry(users + "user_01", "Ana"),
                        entry(users + "user_02", "Ben"),
                        entry("role|" + ORGANIZATION + "|rbac_role_1", "Auditors"),
                        entry("permission|rbac_role_1|audit/workspace/a%2Fb", "audit/workspace/a%2Fb"),
                        entry("group||rbac_group_1", "Legal"),
                        entry("member|rbac_group_1|user_01", "ana@example.com"),
                        entry("member|rbac_group_1|user_02", "ben@example.com"));
        ComplianceDirectoryEntry user = Objects.requireNonNull(driver.recipient.directory.get(users + "user_01"));
        assertThat(user.getEmail()).isEqualTo("ana@example.com");
        assertThat(JSON.readTree(user.getRaw()).path("organization_role").asText())
                .isEqualTo("user");
        int records = driver.recipient.records;
        driver.runUntil(NOW.plus(Duration.ofMinutes(150)));
        assertThat(driver.recipient.records).as("nothing has changed").isEqualTo(records);
        assertThat(server.requests())
                .filteredOn(request -> request.target().contains("/members"))
                .as("every hour")
                .hasSize(3);
    }

    @Test
    void whatIsNotListedAnyMoreIsGoneWithAllThatIsOfIt() throws Exception {
        directory();
        facts.add(new Group("rbac_group_2", "Sales", List.of(), List.of(ANA, BEN)));
        Instant at = NOW.plus(Duration.ofMinutes(10));
        facts.goes(at, "user_02").goes(at, "rbac_group_2", "user_02").goes(at, "rbac_group_1");
        facts.goes(at, "rbac_role_1").role("rbac_role_2", "Readers").comes(at, "rbac_role_2");
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        long begun = Objects.requireNonNull(driver.recipient.directory.get("group||rbac_group_1"))
                .getFetchedAt();
        driver.runUntil(NOW.plus(Duration.ofMinutes(70)));
        assertThat(driver.recipient.entries())
                .containsEntry("user|" + ORGANIZATION + "|user_01", "Ana")
                .containsEntry("user|" + ORGANIZATION + "|user_02", "gone")
                .containsEntry("group||rbac_group_1", "gone")
                .containsEntry("member|rbac_group_1|user_01", "gone")
                .containsEntry("member|rbac_group_1|user_02", "gone")
                .containsEntry("member|rbac_group_2|user_01", "ana@example.com")
                .containsEntry("member|rbac_group_2|user_02", "gone")
                .containsEntry("role|" + ORGANIZATION + "|rbac_role_1", "gone")
                .containsEntry("permission|rbac_role_1|audit/workspace/a%2Fb", "gone")
                .containsEntry("role|" + ORGANIZATION + "|rbac_role_2", "Readers");
        assertThat(Objects.requireNonNull(driver.recipient.directory.get("group||rbac_group_1")))
                .satisfies(group -> {
                    assertThat(group.getRaw()).isEmpty();
                    assertThat(group.getFetchedAt()).isGreaterThan(begun);
                });
    }

    /** A list that cannot be read takes nothing away, and does not stop the others. */
    @Test
    void whatTheKeyMayNotReadAnyMoreIsNotGone() throws Exception {
        directory();
        facts.goes(NOW.plus(Duration.ofMinutes(10)), "user_02");
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        server.key(Driver.KEY, Set.of("read:compliance_user_data", "read:compliance_activities"));
        driver.runUntil(NOW.plus(Duration.ofMinutes(190)));
        assertThat(driver.recipient.entries())
                .containsEntry("group||rbac_group_1", "Legal")
                .containsEntry("role|" + ORGANIZATION + "|rbac_role_1", "Auditors")
                .containsEntry("user|" + ORGANIZATION + "|user_02", "gone")
                .containsEntry("member|rbac_group_1|user_02", "ben@example.com");
        assertThat(driver.recipient.letters)
                .extracting(DeadLetter::getName)
                .as("each once in three rounds")
                .containsExactlyInAnyOrder(
                        "directory.organization", "directory.role", "directory.permission", "directory.group");
        server.key(Driver.KEY, ComplianceServer.ALL_SCOPES);
        facts.goes(NOW, "rbac_group_1");
        driver.runUntil(NOW.plus(Duration.ofMinutes(260)));
        assertThat(driver.recipient.entries()).containsEntry("group||rbac_group_1", "gone");
        assertThat(driver.recipient.letters).hasSize(4);
    }

    @Test
    void aReadingThatFailsInTheMiddleTakesNothingAway() throws Exception {
        directory();
        facts.add(new Group("rbac_group_2", "Sales", List.of(), List.of(ANA, BEN)));
        server.pagesOf(1);
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        driver.checkpoint(true);
        driver.restart();
        // Of the users the first page, and then nothing for long.
        driver.runUntil(
                () -> server.requests().stream()
                                .filter(request -> request.target().contains("/users")
                                        && request.at().isAfter(NOW.plusSeconds(60)))
                                .count()
                        == 1,
                null);
        server.misbehave(0, 100, Mischief.UNAVAILABLE);
        driver.runUntil(NOW.plus(Duration.ofMinutes(200)));
        assertThat(driver.recipient.entries()).doesNotContainValue("gone");
        server.misbehave(0, 0);
        driver.runUntil(NOW.plus(Duration.ofMinutes(300)));
        assertThat(driver.recipient.entries()).hasSize(11).doesNotContainValue("gone");
    }

    /** The checkpoint is older than what was put out. */
    @Test
    void whatWentAndChangedSinceTheCheckpointComesBack() throws Exception {
        directory();
        Instant away = NOW.plus(Duration.ofMinutes(10));
        Instant back = NOW.plus(Duration.ofMinutes(80));
        facts.goes(away, "user_02")
                .comes(back, "user_02")
                .goes(away, "rbac_group_1")
                .comes(back, "rbac_group_1");
        facts.role("rbac_role_1", "Readers", away).role("rbac_role_1", "Auditors", back);
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        driver.checkpoint(true);
        Map<String, String> atFirst = driver.recipient.entries();
        driver.runUntil(NOW.plus(Duration.ofMinutes(81)));
        assertThat(driver.recipient.entries())
                .containsEntry("user|" + ORGANIZATION + "|user_02", "gone")
                .containsEntry("member|rbac_group_1|user_02", "gone")
                .containsEntry("role|" + ORGANIZATION + "|rbac_role_1", "Readers");
        driver.restart();
        driver.runUntil(NOW.plus(Duration.ofMinutes(85)));
        assertThat(driver.recipient.entries()).isEqualTo(atFirst);
    }

    @Test
    void versionsGrowThoughTheClockDoesNot() throws Exception {
        directory();
        Driver driver = driver();
        long newest = NOW.plus(Duration.ofDays(1)).toEpochMilli() * 1000;
        driver.split().directory.newest = newest;
        driver.checkpoint(true);
        driver.restart();
        driver.runUntil(NOW.plusSeconds(60));
        driver.checkpoint(true);
        driver.restart();
        driver.runUntil(NOW.plusSeconds(120));
        assertThat(driver.recipient.directory.values())
                .hasSize(8)
                .allSatisfy(entry -> assertThat(entry.getFetchedAt()).isGreaterThan(newest));
    }

    @Test
    void oneListThatIsRefusedStopsNoOtherOfItsKind() throws Exception {
        directory();
        facts.add(new Group("rbac_group_2", "Sales", List.of(), List.of(ANA)));
        facts.add(new Group("rbac_group_3", "Support", List.of(), List.of(ANA)));
        server.misbehaveAt("/rbac_group_2/members", Mischief.REFUSED);
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(190)));
        assertThat(asked("/rbac_group_2/members")).as("once a round").isEqualTo(4);
        assertThat(asked("/rbac_group_3/members")).isEqualTo(4);
        assertThat(driver.recipient.entries())
                .containsKeys("member|rbac_group_1|user_01", "member|rbac_group_3|user_01")
                .doesNotContainKey("member|rbac_group_2|user_01");
        assertThat(driver.recipient.letters).extracting(DeadLetter::getName).containsExactly("directory.member");
        assertThat(driver.failing()).isEqualTo(1);
        server.misbehaveAt("/rbac_group_2/members", null);
        driver.runUntil(NOW.plus(Duration.ofMinutes(260)));
        assertThat(driver.recipient.entries()).containsKey("member|rbac_group_2|user_01");
        assertThat(driver.failing()).isZero();
    }

    /** Its group is there: once may be by chance. */
    @Test
    void aListThatIsNotThereIsToldOfOnce() throws Exception {
        directory();
        server.misbehaveAt("/rbac_group_1/members", Mischief.ABSENT);
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(130)));
        assertThat(asked("/members")).isEqualTo(3);
        assertThat(driver.recipient.letters)
                .singleElement()
                .satisfies(letter -> assertThat(letter.getMessage()).contains("answered 404"));
    }

    @Test
    void aCursorThatIsNeverAcceptedIsGivenUp() throws Exception {
        directory();
        facts.add(new Chat("claude_chat_1", ANA, "Odd", HOUR_AGO)
                .add(Message.text("claude_chat_msg_1", "user", HOUR_AGO, "one"))
                .add(Message.text("claude_chat_msg_2", "user", HOUR_AGO, "two")));
        server.pagesOf(1);
        server.misbehaveAt("/rbac_group_1/members", Mischief.EXPIRED_CURSOR);
        server.misbehaveAt("/claude_chat_1/messages", Mischief.EXPIRED_CURSOR);
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(50)));
        assertThat(asked("/members")).isEqualTo(10);
        assertThat(asked("/messages")).isEqualTo(10);
        assertThat(driver.recipient.letters)
                .extracting(DeadLetter::getName)
                .containsExactlyInAnyOrder("directory.member", "messages");
    }

    private Chat withoutEmail(String id, Instant at) {
        return new Chat(id, ANA, "Chat", at)
                .with("user", JsonNodeFactory.instance.objectNode().put("id", "user_01"))
                .add(Message.text(id + "_msg", "user", at, "one"));
    }

    @Test
    void aHiccupAtTheStartCostsNoEmails() throws Exception {
        facts.add(ANA).add(withoutEmail("claude_chat_1", HOUR_AGO));
        server.misbehaveAt("/organizations", Mischief.UNAVAILABLE);
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(4));
        server.misbehaveAt("/organizations", null);
        driver.runUntil(NOW.plusSeconds(60));
        assertThat(event(driver, "claude_chat_1|claude_chat_1_msg").getActor().getEmail())
                .isEqualTo("ana@example.com");
    }

    @Test
    void emailsThatCannotBeHadHoldUpNothingAndAreAskedForSoon() throws Exception {
        facts.add(ANA).add(withoutEmail("claude_chat_1", HOUR_AGO));
        facts.add(withoutEmail("claude_chat_2", NOW.plus(Duration.ofMinutes(8))));
        server.misbehaveAt("/users", Mischief.UNAVAILABLE);
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(5)));
        assertThat(event(driver, "claude_chat_1|claude_chat_1_msg").getActor().getEmail())
                .isNull();
        server.misbehaveAt("/users", null);
        driver.runUntil(NOW.plus(Duration.ofMinutes(10)));
        assertThat(event(driver, "claude_chat_2|claude_chat_2_msg").getActor().getEmail())
                .isEqualTo("ana@example.com");
    }

    /** Nobody knows what was put out since the checkpoint. */
    @Test
    void afterARestartAllListsAreReadAgain() throws Exception {
        directory();
        for (int i = 2; i < 30; i++) {
            facts.add(new Group("rbac_group_" + i, "Group " + i, List.of(), List.of(ANA)));
        }
        Driver driver = driver();
        driver.runUntil(() -> asked("/members") == 10, null);
        driver.checkpoint(true);
        driver.restart();
        driver.runUntil(NOW.plus(Duration.ofMinutes(10)));
        assertThat(asked("/members")).isBetween(39L, 41L);
        assertThat(asked("/users")).isEqualTo(2);
        assertThat(driver.recipient.entries()).hasSize(8 + 2 * 28);
    }

    private long asked(String path) {
        return server.requests().stream()
                .filter(request -> request.target().contains(path))
                .count();
    }

    private Chat chatWithFiles(ObjectNode body) {
        Chat chat = new Chat("claude_chat_1", ANA, "Clauses", HOUR_AGO)
                .inProject("claude_proj_1")
                .add(new Message("claude_chat_msg_1", "user", HOUR_AGO, HOUR_AGO, body));
        facts.add(ANA).add(chat);
        return chat;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void textsOfFilesAreRecordsOfTheirOwn() throws Exception {
        chatWithFiles(json("{'files': [{'id': 'claude_file_1', 'filename': 'a.csv', 'mime_type': 'text/csv',"
                + "'md5': 'abc', 'size_bytes': 3, 'created_at': '2026-11-22T10:00:00Z'},"
                + "{'id': 'claude_file_2', 'filename': 'b.png', 'mime_type': 'image/png'},"
                + "{'id': 'claude_file_3', 'filename': 'notes.MD', 'mime_type': null}],"
                + "'generated_files': [{'id': 'claude_gen_file_1', 'filename': 'c', 'mime_type': 'application/json'}],"
                + "'artifacts': [{'id': 'a', 'version_id': 'claude_artifact_version_1', 'title': 'Comparison',"
                + "'artifact_type': 'text/markdown'}]}"));
        facts.content("claude_file_1", "text/csv; charset=\"ISO-8859-1\"", new byte[] {(byte) 0xe9, ';', 'x'});
        facts.content("claude_file_2", "image/png", new byte[] {1});
        facts.content("claude_file_3", "text/markdown", new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf, 'a', -1});
        facts.content("claude_gen_file_1", "application/json", utf8("{}"));
        facts.content("claude_artifact_version_1", "text/plain", utf8("better"));
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));

        ContentEvent file = event(driver, "claude_chat_1|claude_file_1");
        assertThat(file.getRole()).isEqualTo("file");
        assertThat(file.getEventId()).isEqualTo("claude_file_1");
        assertThat(file.getText()).isEqualTo("é;x");
        assertThat(file.getFiles()).containsExactly("a.csv");
        assertThat(file.getOccurredAt())
                .as("when it was said, which is later")
                .isEqualTo(HOUR_AGO.toEpochMilli() * 1000);
        assertThat(file.getActor().getEmail()).isEqualTo("ana@example.com");
        assertThat(file.getTitle()).isEqualTo("Clauses");
        assertThat(file.getProjectId()).isEqualTo("claude_proj_1");
        assertThat(file.getAttributes())
                .containsEntry("mime_type", "text/csv")
                .containsEntry("md5", "abc")
                .containsEntry("size_bytes", "3")
                .containsEntry("message_id", "claude_chat_msg_1")
                .doesNotContainKey("cut");
        assertThat(driver.recipient.texts())
                .containsEntry("claude_chat_1|claude_file_3", "a\ufffd")
                .containsEntry("claude_chat_1|claude_gen_file_1", "{}")
                .containsEntry("claude_chat_1|claude_artifact_version_1", "better")
                .doesNotContainKey("claude_chat_1|claude_file_2");
        assertThat(event(driver, "claude_chat_1|claude_artifact_version_1").getOccurredAt())
                .isEqualTo(HOUR_AGO.toEpochMilli() * 1000);
        assertThat(server.requests())
                .extracting(Request::target)
                .contains("/v1/compliance/apps/chats/generated-files/claude_gen_file_1/content");
        driver.checkpoint(true);
        driver.restart();
        driver.runUntil(NOW.plus(Duration.ofMinutes(30)));
        assertThat(asked("/content")).as("each once").isEqualTo(4);
        assertThat(driver.recipient.letters).isEmpty();
    }

    @Test
    void aFileThatIsTooLongIsReadInPartAndCut() throws Exception {
        chatWithFiles(json("{'files': [{'id': 'claude_file_1', 'filename': 'a.log', 'size_bytes': 12000000}]}"));
        facts.content("claude_file_1", "text/plain", utf8("é".repeat(6_000_000)));
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        ContentEvent file = event(driver, "claude_chat_1|claude_file_1");
        assertThat(file.getText()).startsWith("éé").endsWith("é…[cut, 12000000 bytes]");
        assertThat(file.getText().getBytes(StandardCharsets.UTF_8).length).isBetween(899_900, 900_000);
        assertThat(file.getAttributes()).containsEntry("cut", "true");
    }

    @Test
    void filesOfProjectsAreRecordsInThem() throws Exception {
        facts.add(new Project("claude_proj_1", "Merger", ANA, HOUR_AGO)
                .add(new Document("claude_file_1", "plan.txt", HOUR_AGO, null))
                .add(new Document("claude_file_2", "plan.pdf", HOUR_AGO, null)));
        facts.content("claude_file_1", "text/plain", utf8("step one"));
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(70)));
        assertThat(driver.recipient.texts())
                .containsOnly(
                        entry("claude_proj_1|claude_file_1", "step one"), entry("claude_proj_1|claude_file_2", ""));
        ContentEvent file = event(driver, "claude_proj_1|claude_file_1");
        assertThat(file.getRole()).isEqualTo("file");
        assertThat(file.getTitle()).isEqualTo("Merger");
        assertThat(asked("/content")).isEqualTo(1);

        driver.checkpoint(true);
        driver.files = false;
        driver.restart();
        driver.runUntil(NOW.plus(Duration.ofHours(26)));
        assertThat(driver.recipient.texts())
                .as("not emptied by its name alone")
                .containsEntry("claude_proj_1|claude_file_1", "step one");
    }

    @Test
    void aFileThatCannotBeReadIsToldOfOnceAndStopsNoOther() throws Exception {
        chatWithFiles(json("{'files': [{'id': 'claude_file_0', 'filename': 'lost.txt'},"
                + "{'id': 'claude_file_1', 'filename': 'a.txt'}, {'id': 'claude_file_2', 'filename': 'b.txt'}]}"));
        facts.content("claude_file_1", "text/plain", utf8("one")).content("claude_file_2", "text/plain", utf8("two"));
        Driver driver = driver();
        driver.runUntil(() -> driver.split().filesOfChats.containsKey("claude_chat_1"), null);
        driver.runUntil(NOW.plusSeconds(60));
        assertThat(asked("/content")).as("all of a step").isEqualTo(3);
        assertThat(driver.recipient.letters).as("one is not there").isEmpty();
        assertThat(driver.recipient.texts()).hasSize(3);
    }

    @Test
    void aFileThatIsRefusedIsToldOfOnce() throws Exception {
        chatWithFiles(json("{'files': [{'id': 'claude_file_1', 'filename': 'a.txt'}]}"));
        facts.content("claude_file_1", "text/plain", utf8("one"));
        server.misbehaveAt("/content", Mischief.REFUSED);
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(30)));
        assertThat(asked("/content")).isEqualTo(1);
        assertThat(driver.split().filesOfChats).isEmpty();
        assertThat(driver.recipient.letters)
                .singleElement()
                .satisfies(letter -> assertThat(letter.getMessage())
                        .isEqualTo("files: answered 403, permission_error: Not this one."
                                + " (expected: the bytes of a file; it is not asked for again)"));
    }

    /** And holds up no other. */
    @Test
    void aFileThatAlwaysFailsIsGivenUp() throws Exception {
        chatWithFiles(json("{'files': [{'id': 'claude_file_1', 'filename': 'a.txt', 'size_bytes': 3},"
                + "{'id': 'claude_file_2', 'filename': 'b.txt', 'size_bytes': 0},"
                + "{'id': 'claude_file_3', 'filename': 'c.txt', 'size_bytes': null}]}"));
        for (int i = 1; i <= 3; i++) {
            facts.content("claude_file_" + i, "text/plain", new byte[0]);
        }
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(1)));
        assertThat(driver.recipient.texts()).containsEntry("claude_chat_1|claude_file_2", "");
        driver.runUntil(NOW.plus(Duration.ofHours(5)));
        assertThat(asked("claude_file_1/content")).isEqualTo(5);
        assertThat(asked("claude_file_3/content"))
                .as("nobody said that it is empty")
                .isEqualTo(5);
        assertThat(driver.split().filesOfChats).isEmpty();
        assertThat(driver.recipient.texts())
                .doesNotContainKeys("claude_chat_1|claude_file_1", "claude_chat_1|claude_file_3");
        assertThat(driver.recipient.letters).hasSize(2).allSatisfy(letter -> {
            assertThat(letter.getReason()).isEqualTo("upstream-failed");
            assertThat(letter.getMessage()).contains("content: empty");
        });
    }

    private String files(int count) {
        StringBuilder files = new StringBuilder("{'files': [");
        for (int i = 0; i < count; i++) {
            files.append(i == 0 ? "" : ",").append("{'id': 'claude_file_" + i + "', 'filename': 'a.txt'}");
            facts.content("claude_file_" + i, "text/plain", utf8("text"));
        }
        return files.append("]}").toString();
    }

    @Test
    void filesThatFailHideNoneBehindThem() throws Exception {
        chatWithFiles(json(files(15)));
        server.misbehaveAt("/claude_file_0/content", Mischief.UNAVAILABLE);
        server.misbehaveAt("/claude_file_1/content", Mischief.UNAVAILABLE);
        server.misbehaveAt("/claude_file_2/content", Mischief.DAMAGED_BYTES);
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        assertThat(driver.recipient.texts()).as("and the message").hasSize(13);
        server.misbehaveAt("/claude_file_0/content", null);
        server.misbehaveAt("/claude_file_1/content", null);
        server.misbehaveAt("/claude_file_2/content", null);
        driver.runUntil(NOW.plusSeconds(600));
        assertThat(driver.recipient.texts()).hasSize(16);
        assertThat(driver.split().filesOfChats).isEmpty();
    }

    @Test
    void anOutageLosesNoFile() throws Exception {
        chatWithFiles(json(files(3)));
        server.misbehaveAt("/content", Mischief.UNAVAILABLE);
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofHours(6)));
        assertThat(driver.recipient.letters)
                .as("of files, and of those of this chat")
                .hasSize(2)
                .allSatisfy(letter -> assertThat(letter.getReason()).isEqualTo("upstream-unavailable"));
        assertThat(driver.failing()).isEqualTo(1);
        driver.checkpoint(true);
        driver.restart();
        server.misbehaveAt("/content", null);
        driver.runUntil(NOW.plus(Duration.ofMinutes(7 * 60 + 5)));
        assertThat(driver.recipient.texts()).hasSize(4);
        assertThat(driver.split().filesOfChats).isEmpty();
    }

    @Test
    void filesGoWithTheirChatIntoAnotherProject() throws Exception {
        Chat chat = chatWithFiles(json(files(2)));
        Instant at = NOW.plusSeconds(100);
        facts.add(new Activity(
                "activity_1",
                "claude_chat_settings_updated",
                at,
                at,
                ANA,
                json("{'claude_chat_id': 'claude_chat_1'}")));
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        assertThat(event(driver, "claude_chat_1|claude_file_0").getProjectId()).isEqualTo("claude_proj_1");
        chat.inProject("claude_proj_2");
        driver.runUntil(NOW.plusSeconds(300));
        assertThat(driver.recipient.content)
                .hasSize(3)
                .allSatisfy(
                        (key, event) -> assertThat(event.getProjectId()).as(key).isEqualTo("claude_proj_2"));
    }

    /** Its list has told of a new message only. */
    @Test
    void aChatThatIsMovedWhileItWaitsIsReadAsAWhole() throws Exception {
        Instant later = NOW.plus(Duration.ofMinutes(3));
        Chat chat = chatWithFiles(json(files(1)))
                .add(Message.text("claude_chat_msg_2", "user", later.minusSeconds(1), "two"))
                .add(Message.text("claude_chat_msg_0", "user", HOUR_AGO.minus(Duration.ofHours(2)), "zero"));
        Driver driver = driver();
        driver.runUntil(NOW.plusSeconds(60));
        driver.runUntil(() -> !driver.split().urgentChats.isEmpty(), null);
        chat.inProject("claude_proj_2");
        driver.runUntil(NOW.plus(Duration.ofMinutes(6)));
        assertThat(driver.recipient.content)
                .hasSize(4)
                .allSatisfy(
                        (key, event) -> assertThat(event.getProjectId()).as(key).isEqualTo("claude_proj_2"));
    }

    @Test
    void aFileThatIsNotThereYetIsAskedForOnceMore() throws Exception {
        Instant at = NOW.minusSeconds(60);
        facts.add(new Chat("claude_chat_1", ANA, "Fresh", at)
                .add(new Message(
                        "claude_chat_msg_1",
                        "user",
                        at,
                        at,
                        json("{'files': [{'id': 'claude_file_1', 'filename': 'a.txt'},"
                                + "{'id': 'claude_file_2', 'filename': 'b.txt'}]}"))));
        Driver driver = driver();
        driver.runUntil(() -> asked("/claude_file_2/content") == 1, null);
        facts.content("claude_file_1", "text/plain", utf8("one"));
        driver.runUntil(NOW.plus(Duration.ofMinutes(30)));
        assertThat(driver.recipient.texts()).containsEntry("claude_chat_1|claude_file_1", "one");
        assertThat(asked("/claude_file_2/content")).isEqualTo(2);
        assertThat(driver.recipient.letters).isEmpty();
    }

    /** Nothing else tells of it. */
    @Test
    void aFileOfAProjectThatCannotBeReadIsThereByName() throws Exception {
        facts.add(new Project("claude_proj_1", "Merger", ANA, HOUR_AGO)
                .add(new Document("claude_file_1", "plan.txt", HOUR_AGO, null)));
        facts.content("claude_file_1", "text/plain", utf8("step one"));
        server.misbehaveAt("/content", Mischief.REFUSED);
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(5)));
        assertThat(event(driver, "claude_proj_1|claude_file_1").getFiles()).containsExactly("plan.txt");
        assertThat(event(driver, "claude_proj_1|claude_file_1").getText()).isEmpty();
        assertThat(driver.recipient.letters).hasSize(1);
    }

    @Test
    void aDocumentIsOfWhoHasUploadedIt() throws Exception {
        facts.add(new Project("claude_proj_1", "Merger", ANA, HOUR_AGO)
                .add(new Document("claude_proj_doc_1", "a.txt", HOUR_AGO, "text", BEN))
                .add(new Document("claude_file_1", "plan.pdf", HOUR_AGO, null)));
        Driver driver = driver();
        driver.runUntil(NOW.plus(Duration.ofMinutes(5)));
        assertThat(event(driver, "claude_proj_1|claude_proj_doc_1").getActor().getEmail())
                .isEqualTo("ben@example.com");
        assertThat(event(driver, "claude_proj_1|claude_file_1").getActor().getEmail())
                .as("of a file nobody says")
                .isEqualTo("ana@example.com");
    }

    /** Others wait for it; but it comes on, however long its first request has waited. */
    @ParameterizedTest
    @CsvSource({"40, 4", "12, 10"})
    void aStepOfFilesEndsAfterSomeSeconds(int perMinute, long steps) throws Exception {
        chatWithFiles(json(files(9)));
        ComplianceSplit split = ComplianceSplit.first("acme", FROM.toEpochMilli() * 1000, NOW.toEpochMilli() * 1000);
        Driver driver = new Driver(server.url(), key, pace, split, perMinute, perMinute / 6);
        driver.runUntil(NOW.plus(Duration.ofMinutes(20)));
        assertThat(driver.recipient.texts()).hasSize(10);
        assertThat(asked("/messages")).as("once itself").isGreaterThanOrEqualTo(steps);
    }

    @Test
    void damagedBytesAreAskedForAgain() throws Exception {
        chatWithFiles(json("{'files': [{'id': 'claude_file_1', 'filename': 'a.txt'}]}"));
        facts.content("claude_file_1", "text/plain", utf8("one"));
        Driver driver = driver();
        driver.runUntil(() -> !driver.split().filesOfChats.isEmpty(), null);
        server.misbehave(0, 100, Mischief.DAMAGED_BYTES);
        driver.runUntil(() -> asked("/content") == 3, null);
        assertThat(driver.recipient.texts()).doesNotContainKey("claude_chat_1|claude_file_1");
        server.misbehave(0, 0);
        driver.runUntil(NOW.plus(Duration.ofMinutes(10)));
        assertThat(driver.recipient.texts()).containsEntry("claude_chat_1|claude_file_1", "one");
    }

    @Test
    void messagesGoBeforeFilesAndFilesCanBeLeftOut() throws Exception {
        chats(40); // of which that with files is one
        chatWithFiles(json("{'files': [{'id': 'claude_file_1', 'filename': 'a.txt'}]}"));
        facts.content("claude_file_1", "text/plain", utf8("one"));
        ComplianceSplit split = ComplianceSplit.first("acme", FROM.toEpochMilli() * 1000, NOW.toEpochMilli() * 1000);
        Driver driver = new Driver(server.url(), key, pace, split, 40, 10);
        driver.runUntil(() -> asked("/content") == 1, null);
        assertThat(driver.recipient.texts()).as("of all chats").hasSize(40);

        Driver without = new Driver(server.url(), key, pace, FROM);
        without.files = false;
        without.restart();
        without.runUntil(pace.clock().instant().plus(Duration.ofMinutes(5)));
        assertThat(asked("/content")).isEqualTo(1);
        assertThat(without.recipient.texts()).hasSize(40);
    }

    /** Its files go with it, and what was captured stays. */
    @Test
    void aChatThatIsDeletedBeforeItsFilesAreReadIsNoFailure() throws Exception {
        Chat chat = chatWithFiles(json("{'files': [{'id': 'claude_file_1', 'filename': 'a.txt'}]}"));
        facts.content("claude_file_1", "text/plain", utf8("one"));
        Driver driver = driver();
        driver.runUntil(() -> !driver.split().filesOfChats.isEmpty(), null);
        chat.deletedAt(pace.clock().instant());
        driver.runUntil(NOW.plus(Duration.ofMinutes(30)));
        assertThat(driver.split().filesOfChats).isEmpty();
        assertThat(driver.recipient.letters).isEmpty();
        assertThat(driver.recipient.content).containsOnlyKeys("claude_chat_1|claude_chat_msg_1", "claude_chat_1|");
    }
}
