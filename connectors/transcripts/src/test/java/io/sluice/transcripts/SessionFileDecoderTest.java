package io.sluice.transcripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Micros;
import io.sluice.schema.UsageEvent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionFileDecoderTest {
    private static final String ACCEPT = "5ce97f93-768a-48fb-a236-9b8fea877312";
    private static final String DENIED = "2ded9c1b-0aa7-4d2f-b9ae-e18bf1d0c514";
    private static final String MCP = "e8808d06-ad66-4464-9d4c-a703e4d20bc6";
    private static final String ERRORS = "4df1ceca-f5aa-4157-80ed-276750f3d82c";

    // Captures of the real client: what it printed at its end is the truth.

    static Stream<String> captures() {
        return Stream.of("accept " + ACCEPT, "denied " + DENIED, "mcp " + MCP, "errors " + ERRORS);
    }

    @ParameterizedTest
    @MethodSource("captures")
    void tokensOfARealSessionAreThoseThatTheClientPrinted(String capture) throws IOException {
        String[] nameAndSession = capture.split(" ", 2);
        JsonNode truth = new ObjectMapper()
                .readTree(new String(resource("expected.json"), StandardCharsets.UTF_8))
                .path(nameAndSession[0]);
        Map<String, Tokens> expected = truth.path("model_usage").properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        model -> new Tokens(
                                model.getValue().path("inputTokens").asLong(),
                                model.getValue().path("outputTokens").asLong(),
                                model.getValue().path("cacheReadInputTokens").asLong(),
                                model.getValue()
                                        .path("cacheCreationInputTokens")
                                        .asLong())));
        Collected collected = captured(nameAndSession[1]);
        Map<String, Tokens> decoded = collected.usage.stream()
                .collect(Collectors.toMap(
                        UsageEvent::getModel,
                        event -> new Tokens(
                                event.getInputTokens(),
                                event.getOutputTokens(),
                                event.getCacheReadTokens(),
                                event.getCacheCreationTokens()),
                        Tokens::plus));
        assertThat(decoded).isEqualTo(expected);
        assertThat(collected.usage).hasSize(truth.path("num_turns").asInt());
        assertThat(collected.deadLetters).isEmpty();
    }

    @Test
    void usageOfARealResponse() throws IOException {
        UsageEvent event = captured(MCP).usage.get(1);
        assertThat(event.getOrgId()).isEqualTo("acme");
        assertThat(event.getSource()).isEqualTo("session-file");
        assertThat(event.getHistorical()).isTrue();
        assertThat(event.getActor().getEmail()).isEqualTo("alice@example.com");
        assertThat(event.getOccurredAt()).isEqualTo(Micros.parse("2026-11-23T18:52:26.920Z"));
        assertThat(event.getReceivedAt()).isEqualTo(Micros.of(Collected.RECEIVED_AT));
        assertThat(event.getSessionId()).isEqualTo(MCP);
        assertThat(event.getRequestId()).isEqualTo("req_m-992238_2");
        assertThat(event.getMessageId()).isEqualTo("msg_m-992238_2");
        assertThat(event.getSidechain()).isFalse();
        assertThat(event.getModel()).isEqualTo("claude-haiku-4-5");
        assertThat(event.getProduct()).isEqualTo("claude-code");
        assertThat(event.getCacheCreationTokens()).isEqualTo(3_000);
        assertThat(event.getCacheCreation5mTokens()).isZero();
        assertThat(event.getCacheCreation1hTokens()).isZero();
        assertThat(event.getMcpServer()).isEqualTo("ledger");
        assertThat(event.getReportedCostMicros()).isNull();
        assertThat(event.getReportedCostUsd()).isNull();
        assertThat(event.getAttributes())
                .containsEntry("app.version", "2.1.328")
                .containsEntry("app.entrypoint", "sdk-cli")
                .containsEntry("cwd", "/home/carol/billing")
                .containsEntry("git_branch", "master")
                .containsEntry("mcp_tool.name", "lookup_invoice")
                .containsEntry("message.uuid", "6ddb9044-835d-4773-a265-a025bcaab42e");
    }

    @Test
    void countsOfARealSession() throws IOException {
        Collected collected = captured(ACCEPT);
        FileCounts count = collected.count();
        assertThat(count.lines()).isEqualTo(36);
        // One prompt; three tool uses, decisions and results each. Said are a prompt, two answers, and what tools got
        // and gave.
        assertThat(count).isEqualTo(new FileCounts(36, 4, 10, 9, 1, 27, 0, false));
        assertThat(count.received()).isEqualTo(42);
        assertThat(collected.activity).hasSize(10);
        assertThat(collected.content).hasSize(9);
    }

    /** The uuids are those of {@code message.uuid} in the telemetry of the same session. */
    @Test
    void messagesHaveTheIdsThatTelemetryGivesThem() throws IOException {
        assertThat(captured(ACCEPT).content)
                .filteredOn(event -> !event.getText().isEmpty())
                .extracting(ContentEvent::getMessageId, ContentEvent::getRole, ContentEvent::getText)
                .containsExactly(
                        tuple(
                                "a5fad404-482c-44fb-b395-478f60f33c68",
                                "user",
                                "Create hello.py, tidy it up and commit it"),
                        // The text stands in the line before: telemetry names the last line of the response.
                        tuple("23f88e78-935d-4e51-b680-2225211e8720", "assistant", "I will create the file."),
                        tuple("17ade13b-cc8c-4e9e-8d55-b0e05f90380b", "assistant", "Created and committed hello.py."));
        assertThat(captured(ACCEPT).content).allSatisfy(event -> {
            assertThat(event.getConversationId()).isEqualTo(ACCEPT);
            assertThat(event.getEventId()).isEqualTo(event.getMessageId());
        });
    }

    @Test
    void toolsOfARealSession() throws IOException {
        assertThat(captured(MCP).activity)
                .extracting(
                        ActivityEvent::getName,
                        event -> event.getAttributes().get("tool_name"),
                        event -> event.getAttributes().get("decision"),
                        event -> event.getAttributes().get("success"))
                .containsExactly(
                        tuple("user_prompt", null, null, null),
                        tuple("tool_use", "mcp__ledger__lookup_invoice", null, null),
                        tuple("tool_decision", "mcp__ledger__lookup_invoice", "accept", null),
                        tuple("tool_result", "mcp__ledger__lookup_invoice", null, "true"),
                        tuple("tool_use", "mcp__ledger__export_all", null, null),
                        tuple("tool_decision", "mcp__ledger__export_all", "reject", null));
        assertThat(captured(MCP).activity.get(1).getAttributes())
                .containsEntry(
                        "tool_parameters", "{\"mcp_server_name\":\"ledger\",\"mcp_tool_name\":\"lookup_invoice\"}");
        assertThat(captured(ACCEPT).activity)
                .extracting(event -> event.getAttributes().get("tool_parameters"))
                .contains("{\"file_path\":\"/home/alice/billing/hello.py\"}")
                .contains(
                        "{\"full_command\":\"git add -A && git commit -q -m 'add hello'\",\"description\":\"Commit\"}");
    }

    @Test
    void retriesOfARealSession() throws IOException {
        assertThat(captured(ERRORS).activity)
                .filteredOn(event -> event.getName().equals("system_api_error"))
                .extracting(event -> event.getAttributes().get("error.status"))
                .containsExactly("529", "500");
    }

    // Folding.

    @Test
    void linesOfAResponseAreOneRequestWithTheTokensOfTheBestLine() {
        Collected collected = file(
                answer("a1", "10:00:00.000", 1, "\"type\":\"text\",\"text\":\"One.\""),
                answer("a2", "10:00:01.000", 50, "\"type\":\"text\",\"text\":\"Two.\""),
                answer("a3", "10:00:02.000", 50, "\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"Bash\",\"input\":{}"),
                answer("a4", "10:00:03.000", 7, "\"type\":\"thinking\",\"thinking\":\"…\""));
        assertThat(collected.usage)
                .extracting(UsageEvent::getOutputTokens, UsageEvent::getOccurredAt)
                .containsExactly(tuple(50L, Micros.parse("2026-11-01T10:00:01Z")));
        assertThat(collected.content)
                .extracting(ContentEvent::getMessageId, ContentEvent::getText)
                .containsExactly(tuple("a4", "One.\nTwo."));
        assertThat(collected.count()).isEqualTo(new FileCounts(4, 1, 1, 1, 3, 0, 0, false));
    }

    @Test
    void aMainLineGoesBeforeASidechainsCopy() {
        String main = answer("a1", "10:00:00.000", 5, TEXT);
        String side = main.replace("\"isSidechain\":false", "\"isSidechain\":true")
                .replace("\"uuid\":\"a1\"", "\"uuid\":\"b1\"")
                .replace("\"output_tokens\":5", "\"output_tokens\":900");
        for (List<String> order : List.of(List.of(main, side), List.of(side, main))) {
            assertThat(file(order.toArray(String[]::new)).usage)
                    .extracting(UsageEvent::getOutputTokens, UsageEvent::getSidechain)
                    .containsExactly(tuple(5L, false));
        }
    }

    @Test
    void otherRequestIdsAreOtherRequests() {
        String first = answer("a1", "10:00:00.000", 5, TEXT);
        assertThat(file(
                                first,
                                first.replace("req_1", "req_2").replace("a1", "a2"),
                                first.replace("msg_1", "msg_2").replace("a1", "a3"))
                        .usage)
                .hasSize(3);
    }

    @Test
    void withoutRequestIdTheMessageIdIsTheRequest() {
        String first = without(answer("a1", "10:00:00.000", 1, TEXT), "requestId");
        String last = without(answer("a2", "10:00:09.000", 40, TEXT), "requestId");
        assertThat(file(first, last).usage)
                .extracting(UsageEvent::getMessageId, UsageEvent::getOutputTokens)
                .containsExactly(tuple("msg_1", 40L));
    }

    /** Some gateways send one id with every response. */
    @Test
    void aForeignMessageIdAloneIsNoIdentity() {
        Function<String, String> gateway = line -> without(line, "requestId").replace("msg_1", "gateway");
        String first = gateway.apply(answer("a1", "10:00:00.000", 1, TEXT));
        String firstToo = gateway.apply(answer("a2", "10:00:01.000", 40, TEXT));
        String second = gateway.apply(answer("a3", "10:00:02.000", 40, TEXT).replace(":100,", ":207,"));
        Collected collected = file(first, firstToo, second);
        assertThat(collected.usage)
                .extracting(UsageEvent::getMessageId, UsageEvent::getInputTokens, UsageEvent::getOutputTokens)
                .containsExactly(
                        tuple("gateway@session-1:100-0-0", 100L, 40L), tuple("gateway@session-1:207-0-0", 207L, 40L));
        assertThat(collected.usage.get(0).getAttributes()).containsEntry("message.id", "gateway");
    }

    @Test
    void withoutAnyIdALineStandsForItselfAndItsCopyIsTheSame() {
        String line = without(without(answer("a1", "10:00:00.000", 5, TEXT), "requestId"), "id");
        Collected collected = file(line, line, line.replace("a1", "a2"));
        assertThat(collected.usage).hasSize(2);
        Collected fork = new Collected().file("fork.jsonl", line.replace("session-1", "session-2") + "\n");
        assertThat(fork.usage.get(0).getEventId())
                .isEqualTo(collected.usage.get(0).getEventId());
        assertThat(collected.usage.get(1).getEventId())
                .isNotEqualTo(collected.usage.get(0).getEventId());
    }

    @Test
    void aCopyInAnotherFolderHasTheSameIds() throws IOException {
        byte[] session = resource(ACCEPT + ".jsonl");
        Collected first = new Collected().file("p/" + ACCEPT + ".jsonl", session);
        Collected copy = new Collected().file("backup/old/renamed.jsonl", session);
        assertThat(ids(copy)).hasSize(4 + 10 + 9).doesNotHaveDuplicates().isEqualTo(ids(first));
    }

    /** A changed id would make every file that is imported again count twice. */
    @Test
    void idsAreTheSameInEveryRelease() throws IOException {
        Collected collected = captured(ACCEPT);
        assertThat(collected.usage.get(0).getEventId()).isEqualTo("bbae04e51b64ac63100fdb08acf42bf2");
        assertThat(collected.activity.get(0).getEventId()).isEqualTo("3b2257e2f3fe3ca605fd1ea8c2a451af");
    }

    @Test
    void longAnswersDoNotWaitForTheEndOfTheFile() {
        String block = "\"type\":\"text\",\"text\":\"" + "x".repeat(9 << 20) + "\"";
        Collected collected = file(
                answer("a1", "10:00:00.000", 5, block),
                answer("b1", "10:00:01.000", 5, block).replace("_1", "_2"),
                answer("a2", "10:00:02.000", 5, TEXT));
        assertThat(collected.content).extracting(ContentEvent::getMessageId).containsExactly("a1", "b1", "a2");
        assertThat(collected.usage).hasSize(2);
    }

    @Test
    void aForkReportsTheSameRequests() throws IOException {
        String session = new String(resource(ACCEPT + ".jsonl"), StandardCharsets.UTF_8);
        Collected collected = new Collected()
                .file("a.jsonl", session)
                .file("b.jsonl", session.replace(ACCEPT, "f0000000-0000-4000-8000-000000000000"));
        assertThat(collected.usage).hasSize(8);
        assertThat(collected.usage).extracting(UsageEvent::getEventId).doesNotHaveDuplicates();
        assertThat(collected.usage.stream().map(UsageEvent::getRequestId).distinct())
                .hasSize(4);
        assertThat(Requests.totals(collected.usage)).isEqualTo(Requests.totals(captured(ACCEPT).usage));
        // What people and tools did is the same event in both.
        assertThat(collected.activity).hasSize(20);
        assertThat(collected.activity.stream().map(ActivityEvent::getEventId).distinct())
                .hasSize(10);
    }

    @Test
    void aLineTwiceInAFileIsADuplicate() {
        String prompt = prompt("u1", "Hello");
        String answer = answer("a1", "10:00:00.000", 5, TEXT);
        Collected collected = file(prompt, answer, prompt, answer);
        assertThat(collected.count()).isEqualTo(new FileCounts(4, 1, 1, 2, 2, 0, 0, false));
        assertThat(collected.content).extracting(ContentEvent::getText).containsExactly("Hello", "Hi.");
    }

    @Test
    void anAdvisorsAnswerIsARequestOfItsOwn() {
        String line = answer("a1", "10:00:00.000", 5, TEXT)
                .replace(
                        "\"output_tokens\":5",
                        "\"output_tokens\":5,\"iterations\":[{\"type\":\"message\",\"model\":null,\"input_tokens\":1,\"output_tokens\":5},"
                                + "{\"type\":\"advisor_message\",\"model\":\"claude-opus-5\",\"input_tokens\":1000,\"output_tokens\":20}]");
        Collected collected = file(line, line.replace("a1", "a2"));
        assertThat(collected.usage)
                .extracting(
                        UsageEvent::getModel,
                        UsageEvent::getInputTokens,
                        UsageEvent::getOutputTokens,
                        UsageEvent::getMessageId,
                        UsageEvent::getRequestId)
                .containsExactly(
                        tuple("claude-sonnet-5-5", 100L, 5L, "msg_1", "req_1"),
                        tuple("claude-opus-5", 1_000L, 20L, "msg_1:advisor:0", "req_1:advisor:0"));
        assertThat(collected.usage.get(1).getAttributes()).containsEntry("advised_request_id", "req_1");
        assertThat(collected.count().duplicate()).isEqualTo(2);
    }

    @Test
    void aProgressLineReportsItsSubagentsRequest() {
        String repeated = without(answer("a1", "10:00:00.000", 5, TEXT), "sessionId")
                .replace("\"isSidechain\":false", "\"isSidechain\":true");
        Collected collected =
                file("{\"type\":\"progress\",\"sessionId\":\"session-1\",\"timestamp\":\"2026-11-02T00:00:00.000Z\","
                        + "\"data\":{\"type\":\"agent_progress\",\"message\":" + repeated + "}}");
        assertThat(collected.usage)
                .extracting(
                        UsageEvent::getRequestId,
                        UsageEvent::getSidechain,
                        UsageEvent::getSessionId,
                        UsageEvent::getOccurredAt)
                .containsExactly(tuple("req_1", true, "session-1", Micros.parse("2026-11-01T10:00:00Z")));
        assertThat(collected.content).isEmpty();
        assertThat(collected.count()).isEqualTo(new FileCounts(1, 1, 0, 0, 0, 0, 0, false));
    }

    // Fields.

    @Test
    void everyFieldOfARequest() {
        String line = answer("a1", "10:00:00.000", 5, TEXT)
                .replace(
                        "\"output_tokens\":5",
                        "\"output_tokens\":5,\"cache_read_input_tokens\":7,\"cache_creation_input_tokens\":999,"
                                + "\"cache_creation\":{\"ephemeral_5m_input_tokens\":10,\"ephemeral_1h_input_tokens\":20},"
                                + "\"server_tool_use\":{\"web_search_requests\":3,\"web_fetch_requests\":2},"
                                + "\"service_tier\":\"priority\",\"speed\":\"fast\",\"inference_geo\":\"us\"")
                .replace(
                        "\"isSidechain\":false",
                        "\"isSidechain\":true,\"agentId\":\"agent-7\",\"costUSD\":0.25,"
                                + "\"attributionAgent\":\"reviewer\",\"attributionSkill\":\"pdf\",\"promptId\":\"p1\"");
        UsageEvent event = file(line).usage.get(0);
        assertThat(event.getCacheReadTokens()).isEqualTo(7);
        assertThat(event.getCacheCreationTokens()).isEqualTo(30);
        assertThat(event.getCacheCreation5mTokens()).isEqualTo(10);
        assertThat(event.getCacheCreation1hTokens()).isEqualTo(20);
        assertThat(event.getWebSearchRequests()).isEqualTo(3);
        assertThat(event.getFast()).isTrue();
        assertThat(event.getInferenceGeo()).isEqualTo("us");
        assertThat(event.getReportedCostUsd()).isEqualTo(0.25);
        assertThat(event.getSidechain()).isTrue();
        assertThat(event.getAgent()).isEqualTo("reviewer");
        assertThat(event.getSkill()).isEqualTo("pdf");
        assertThat(event.getPromptId()).isEqualTo("p1");
        assertThat(event.getAttributes())
                .containsEntry("agent_id", "agent-7")
                .containsEntry("sidechain", "true")
                .containsEntry("speed", "fast")
                .containsEntry("service_tier", "priority")
                .containsEntry("web_fetch_requests", "2");
    }

    @ParameterizedTest
    @CsvSource({"projects/p/s-7.jsonl, s-7", "projects/p/s-7/subagents/agent-1.jsonl, s-7", "renamed.txt, renamed.txt"})
    void theFileStandsInForAMissingSessionId(String file, String session) {
        String line = without(answer("a1", "10:00:00.000", 5, TEXT), "sessionId");
        Collected collected = new Collected().file(file, line);
        assertThat(collected.usage).extracting(UsageEvent::getSessionId).containsExactly(session);
        assertThat(collected.content)
                .extracting(ContentEvent::getConversationId)
                .containsExactly(session);
    }

    @Test
    void nullsAndEmptyTextsAreAbsent() {
        String line = answer("a1", "10:00:00.000", 5, TEXT)
                .replace("\"requestId\":\"req_1\"", "\"requestId\":\"\",\"costUSD\":null,\"cwd\":null")
                .replace(
                        "\"output_tokens\":5",
                        "\"output_tokens\":5,\"speed\":null,\"cache_read_input_tokens\":null,"
                                + "\"cache_creation\":null,\"server_tool_use\":null,\"inference_geo\":\"\"");
        UsageEvent event = file(line).usage.get(0);
        assertThat(event.getRequestId()).isNull();
        assertThat(event.getReportedCostUsd()).isNull();
        assertThat(event.getInferenceGeo()).isNull();
        assertThat(event.getCacheReadTokens()).isZero();
        assertThat(event.getAttributes()).doesNotContainKeys("cwd", "speed");
    }

    // What is not billed, and what is not said.

    @Test
    void syntheticMessagesAreNotBilled() {
        String line = answer("a1", "10:00:00.000", 5, "\"type\":\"text\",\"text\":\"API Error: 529\"")
                .replace("claude-sonnet-5-5", "<synthetic>");
        assertThat(file(line).count()).isEqualTo(new FileCounts(1, 0, 0, 0, 0, 1, 0, false));
        Collected failure =
                file(line.replace("\"type\":\"assistant\"", "\"type\":\"assistant\",\"isApiErrorMessage\":true"));
        assertThat(failure.activity)
                .extracting(
                        ActivityEvent::getName, event -> event.getAttributes().get("error"))
                .containsExactly(tuple("api_error", "API Error: 529"));
        assertThat(failure.usage).isEmpty();
        assertThat(failure.content).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"isMeta", "isCompactSummary", "isVisibleInTranscriptOnly"})
    void whatTheClientSaysInTheUsersNameIsIgnored(String flag) {
        String line = prompt("u1", "Caveat: …").replace("\"isSidechain\"", "\"" + flag + "\":true,\"isSidechain\"");
        assertThat(file(line).count()).isEqualTo(new FileCounts(1, 0, 0, 0, 0, 1, 0, false));
    }

    @Test
    void anInterruptIsNoPrompt() {
        Collected collected = file(prompt("u1", "[Request interrupted by user for tool use]"));
        assertThat(collected.activity).extracting(ActivityEvent::getName).containsExactly("user_interrupt");
        assertThat(collected.content).isEmpty();
    }

    @Test
    void aSubagentsPromptIsNotTheUsers() {
        Collected collected =
                file(prompt("u1", "Look around").replace("\"isSidechain\":false", "\"isSidechain\":true"));
        assertThat(collected.activity).extracting(ActivityEvent::getName).containsExactly("subagent_prompt");
        assertThat(collected.content).extracting(ContentEvent::getText).containsExactly("Look around");
    }

    @Test
    void ofAToolResultOnlyTheUsersTextIsContent() {
        Collected collected = file(
                "{\"type\":\"user\",\"uuid\":\"u1\",\"sessionId\":\"s\",\"timestamp\":\"2026-11-01T10:00:00.000Z\","
                        + "\"message\":{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"is_error\":true,"
                        + "\"content\":[{\"type\":\"text\",\"text\":\"secret output\"}]},{\"type\":\"text\",\"text\":\"Try again\"}]},"
                        + "\"toolUseResult\":{\"stdout\":\"secret output\",\"usage\":{\"output_tokens\":-1}}}");
        assertThat(collected.content).extracting(ContentEvent::getText).containsExactly("Try again");
        assertThat(collected.activity)
                .extracting(
                        ActivityEvent::getName, event -> event.getAttributes().get("success"))
                .containsExactly(tuple("tool_result", "false"), tuple("user_prompt", null));
        assertThat(collected.activity.toString()).doesNotContain("secret output");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"summary\",\"summary\":\"x\",\"leafUuid\":\"y\"}",
                "{\"type\":\"attachment\",\"attachment\":{\"type\":\"file\",\"usage\":{\"output_tokens\":\"x\"}},\"uuid\":5}",
                "{\"type\":\"api-request-blob\",\"message\":{\"role\":\"user\",\"content\":\"x\",\"usage\":{}}}",
                "{\"type\":\"cost-state\",\"totalCostUSD\":0.5}",
                "{\"type\":\"of-tomorrow\",\"timestamp\":1}",
                "{\"type\":\"system\",\"content\":\"no subtype\"}",
                "{\"type\":\"progress\",\"data\":{\"type\":\"hook_progress\"}}",
                "{\"type\":\"progress\",\"data\":\"text\"}",
                "{\"type\":\"user\",\"message\":{\"content\":\"  \"}}",
                "{\"type\":\"user\",\"message\":null}",
                "{\"type\":\"assistant\",\"message\":{\"model\":\"m\",\"content\":[]}}",
                "{\"display\":\"/clear\",\"timestamp\":1793527200000,\"project\":\"/home/alice\"}",
                "{}"
            })
    void linesWithoutUseAreIgnored(String line) {
        assertThat(file(line).count()).isEqualTo(new FileCounts(1, 0, 0, 0, 0, 1, 0, false));
    }

    // Bad input.

    @Test
    void aBrokenLineIsADeadLetterWithItsNumberAndTheRestGoesOn() {
        Collected collected = file(
                answer("a1", "10:00:00.000", 5, TEXT),
                "",
                "{\"type\":\"user\",\"message\":{\"content\":\"a secr",
                answer("a2", "10:00:01.000", 9, TEXT).replace("_1", "_2"));
        assertThat(collected.usage).hasSize(2);
        DeadLetter letter = collected.deadLetters.get(0);
        assertThat(letter.getReason()).isEqualTo("not-json");
        assertThat(letter.getField()).isNull();
        assertThat(letter.getMessage())
                .isEqualTo("session-1.jsonl, line 3: line: 43 bytes (expected: one JSON object in UTF-8)");
        assertThat(letter.getSessionId()).isEqualTo("session-1");
        assertThat(letter.getSource()).isEqualTo("session-file");
        assertThat(collected.count()).isEqualTo(new FileCounts(3, 2, 0, 2, 0, 0, 1, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[1]",
                "\"text\"",
                "{\"a\":1}{\"b\":2}",
                "{\"a\":1},",
                "nonsense",
                "{\"costUSD\":NaN}",
                "\u0001{}"
            })
    void whatIsNotOneObjectIsADeadLetter(String line) {
        assertThat(file(line, "{}").deadLetters)
                .extracting(DeadLetter::getReason)
                .containsExactly("not-json");
    }

    @Test
    void invalidUtf8IsADeadLetter() {
        byte[] line = "{\"type\":\"user\",\"message\":{\"content\":\"xx\"}}\n".getBytes(StandardCharsets.UTF_8);
        line[line.length - 6] = (byte) 0xff;
        assertThat(new Collected().file("s.jsonl", line).deadLetters)
                .extracting(DeadLetter::getReason)
                .containsExactly("not-json");
    }

    @Test
    void nestingWithoutEndIsADeadLetter() {
        assertThat(file("{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}", "{}").deadLetters)
                .extracting(DeadLetter::getReason)
                .containsExactly("not-json");
    }

    @Test
    void anIncompleteLastLineIsNoError() {
        String whole = answer("a1", "10:00:00.000", 5, TEXT);
        Collected collected = new Collected().file("s.jsonl", whole + "\n" + whole.substring(0, 200));
        assertThat(collected.count()).isEqualTo(new FileCounts(1, 1, 0, 1, 0, 0, 0, true));
        assertThat(collected.deadLetters).isEmpty();
        Collected later = new Collected().file("s.jsonl", whole);
        assertThat(later.count().incompleteLastLine()).isFalse();
        assertThat(ids(later)).isEqualTo(ids(collected));
    }

    @Test
    void aHugeLineIsADeadLetterAndTheRestGoesOn() throws IOException {
        byte[] chunk = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
        InputStream huge = new SequenceInputStream(Collections.enumeration(Collections.nCopies(65, chunk).stream()
                .map(ByteArrayInputStream::new)
                .toList()));
        InputStream after = stream("\"}\n" + answer("a1", "10:00:00.000", 5, TEXT) + "\n");
        Collected collected = new Collected();
        FileCounts count = new SessionFileDecoder(
                        new SessionFileContext("acme", new io.sluice.schema.Actor(), Collected.RECEIVED_AT), collected)
                .decode(
                        Path.of("s.jsonl"),
                        new SequenceInputStream(new SequenceInputStream(stream("{\"a\":\""), huge), after));
        assertThat(collected.deadLetters).extracting(DeadLetter::getReason).containsExactly("line-too-long");
        assertThat(count).isEqualTo(new FileCounts(2, 1, 0, 1, 0, 0, 1, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"output_tokens\":5 | \"output_tokens\":-5 | number-out-of-range | message.usage.output_tokens",
                "\"output_tokens\":5 | \"output_tokens\":1000000001 | number-out-of-range | message.usage.output_tokens",
                "\"output_tokens\":5 | \"output_tokens\":99999999999999999999999 | number-out-of-range | message.usage.output_tokens",
                "\"output_tokens\":5 | \"output_tokens\":\"5\" | number-expected | message.usage.output_tokens",
                "\"output_tokens\":5 | \"output_tokens\":5.5 | number-expected | message.usage.output_tokens",
                "\"output_tokens\":5 | \"output_tokens\":{\"a\":[1]} | number-expected | message.usage.output_tokens",
                "\"output_tokens\":5 | \"cache_read_input_tokens\":1 | value-missing | message.usage.output_tokens",
                "\"input_tokens\":100, | '' | value-missing | message.usage.input_tokens",
                "\"input_tokens\":100, | \"input_tokens\":null, | value-missing | message.usage.input_tokens",
                "\"output_tokens\":5 | \"output_tokens\":5,\"cache_creation\":{\"ephemeral_1h_input_tokens\":-1} | number-out-of-range | message.usage.cache_creation.ephemeral_1h_input_tokens",
                "\"output_tokens\":5 | \"output_tokens\":5,\"cache_creation\":7 | wrong-type | message.usage.cache_creation",
                "\"output_tokens\":5 | \"output_tokens\":5,\"iterations\":[{\"type\":\"advisor_message\",\"model\":\"m\"}] | value-missing | message.usage.iterations.input_tokens",
                "\"model\":\"claude-sonnet-5-5\" | \"model\":\"\" | model-missing | message.model",
                "\"model\":\"claude-sonnet-5-5\" | \"model\":[1] | wrong-type | message.model",
                "\"isSidechain\":false | \"isSidechain\":\"false\" | wrong-type | isSidechain",
                "\"isSidechain\":false | \"costUSD\":-0.5 | number-out-of-range | costUSD",
                "\"isSidechain\":false | \"costUSD\":1e300 | number-out-of-range | costUSD",
                "\"isSidechain\":false | \"costUSD\":\"NaN\" | number-expected | costUSD",
                "\"2026-11-01T10:00:00.000Z\" | null | timestamp-missing | timestamp",
                "\"2026-11-01T10:00:00.000Z\" | 1793527200000 | wrong-type | timestamp",
                "\"2026-11-01T10:00:00.000Z\" | \"2026-11-01T10:00:00.000\" | timestamp-expected | timestamp",
                "\"2026-11-01T10:00:00.000Z\" | \"2022-12-31T23:59:59.999Z\" | timestamp-too-old | timestamp",
                "\"2026-11-01T10:00:00.000Z\" | \"2026-11-24T00:10:00.001Z\" | timestamp-in-future | timestamp",
                "\"2026-11-01T10:00:00.000Z\" | \"+99999-12-31T23:59:59Z\" | timestamp-in-future | timestamp",
                "\"2026-11-01T10:00:00.000Z\" | \"+999999999-12-31T23:59:59Z\" | timestamp-expected | timestamp",
            })
    void aBadFieldIsADeadLetterThatNamesIt(String from, String to, String reason, String field) {
        String good = answer("a1", "10:00:00.000", 5, TEXT);
        assertThat(good).contains(from);
        Collected collected =
                file(good.replace(from, to), good.replace("_1", "_2").replace("a1", "a2"));
        assertThat(collected.deadLetters)
                .extracting(DeadLetter::getReason, DeadLetter::getField, DeadLetter::getName)
                .containsExactly(tuple(reason, field, "assistant"));
        assertThat(collected.deadLetters.get(0).getMessage())
                .startsWith("session-1.jsonl, line 1: " + field + ": ")
                .contains("(expected: ")
                .doesNotContain("Hi.");
        assertThat(collected.usage).extracting(UsageEvent::getRequestId).containsExactly("req_2");
        assertThat(collected.content).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"type\":\"assistant\",\"message\":{\"model\":\"m\",\"usage\":7}} | message.usage",
                "{\"type\":\"assistant\",\"message\":\"text\"} | message",
                "{\"type\":\"user\",\"message\":{\"content\":7}} | message.content",
                "{\"type\":\"user\",\"message\":[]} | message",
            })
    void aMessageOfAnotherTypeIsADeadLetter(String line, String field) {
        assertThat(file(line).deadLetters)
                .extracting(DeadLetter::getReason, DeadLetter::getField)
                .containsExactly(tuple("wrong-type", field));
    }

    @Test
    void anOverlongIdIsADeadLetterWithoutIt() {
        String id = "r".repeat(513);
        Collected collected = file(answer("a1", "10:00:00.000", 5, TEXT).replace("req_1", id));
        assertThat(collected.deadLetters)
                .extracting(DeadLetter::getReason, DeadLetter::getMessage)
                .containsExactly(tuple(
                        "value-too-long",
                        "session-1.jsonl, line 1: requestId: text of 513 characters (expected: at most 512)"));
    }

    @Test
    void loneSurrogatesBecomeReplacementCharacters() {
        Collected collected = file(answer("a1", "10:00:00.000", 5, "\"type\":\"text\",\"text\":\"cut \\ud83d\"")
                .replace("req_1", "req_\\udc00"));
        assertThat(collected.content).extracting(ContentEvent::getText).containsExactly("cut \ufffd");
        assertThat(collected.usage).extracting(UsageEvent::getRequestId).containsExactly("req_\ufffd");
        assertThat(collected.deadLetters).isEmpty();
    }

    @Test
    void whatToolsAreGivenAndAnswerIsContent() {
        String result = prompt("u2", "x")
                .replace(
                        "\"content\":\"x\"",
                        "\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"content\":["
                                + "{\"type\":\"text\",\"text\":\"written\"},{\"type\":\"image\",\"source\":"
                                + "{\"type\":\"base64\",\"media_type\":\"image/png\",\"data\":\"QUJD\"}}]}]");
        Collected collected = file(
                answer(
                        "a1",
                        "10:00:00.000",
                        5,
                        "\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"Write\",\"input\":{\"file_path\":\"/a.txt\","
                                + "\"content\":\"the file\",\"edits\":[{\"new_string\":\"more\"}]}"),
                result);
        assertThat(collected.content)
                .extracting(
                        ContentEvent::getMessageId,
                        ContentEvent::getRole,
                        ContentEvent::getToolNames,
                        ContentEvent::getToolText,
                        ContentEvent::getFiles)
                .containsExactly(
                        tuple(
                                "t1",
                                "assistant",
                                List.of("Write"),
                                "file_path: /a.txt\ncontent: the file\nmore",
                                List.of("/a.txt")),
                        tuple("u2", "user", List.of("Write"), "written", List.of()));
        assertThat(collected.activity)
                .as("arguments that may be text")
                .noneMatch(event -> event.getAttributes().toString().contains("the file"));
    }

    @Test
    void aSessionIsCalledWhatItsUserCallsIt() {
        Collected collected = file(
                prompt("u1", "Hello"),
                "{\"type\":\"custom-title\",\"customTitle\":\"By me\",\"sessionId\":\"session-1\"}",
                "{\"type\":\"ai-title\",\"aiTitle\":\"For me\",\"sessionId\":\"session-1\"}");
        assertThat(collected.content)
                .extracting(ContentEvent::getMessageId, ContentEvent::getRole, ContentEvent::getTitle)
                .containsExactly(tuple("u1", "user", null), tuple("session-1", "conversation", "By me"));
        assertThat(collected.content.get(1).getOccurredAt()).isEqualTo(Micros.parse("2026-11-01T10:00:00Z"));
        assertThat(collected.count()).isEqualTo(new FileCounts(3, 0, 1, 2, 0, 2, 0, false));
        assertThat(file("{\"type\":\"summary\",\"summary\":\"Of nothing\",\"leafUuid\":\"u9\"}").content)
                .as("at no time")
                .isEmpty();
    }

    @Test
    void aMessageThatDoesNotFitKafkaIsCut() {
        Collected collected = file(prompt("u1", "世".repeat(400_000)));
        String text = collected.content.get(0).getText();
        assertThat(text).endsWith("…[cut, 1200000 bytes]");
        assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(899_000, 900_000);
    }

    private static final String TEXT = "\"type\":\"text\",\"text\":\"Hi.\"";

    private static String answer(String uuid, String time, long outputTokens, String block) {
        return "{\"uuid\":\"" + uuid + "\",\"isSidechain\":false,\"message\":{\"id\":\"msg_1\",\"role\":\"assistant\","
                + "\"model\":\"claude-sonnet-5-5\",\"content\":[{" + block + "}],\"usage\":{\"input_tokens\":100,"
                + "\"output_tokens\":" + outputTokens + "}},\"requestId\":\"req_1\",\"type\":\"assistant\","
                + "\"timestamp\":\"2026-11-01T" + time + "Z\",\"sessionId\":\"session-1\"}";
    }

    private static String prompt(String uuid, String text) {
        return "{\"uuid\":\"" + uuid + "\",\"isSidechain\":false,\"type\":\"user\",\"message\":{\"role\":\"user\","
                + "\"content\":\"" + text
                + "\"},\"timestamp\":\"2026-11-01T10:00:00.000Z\",\"sessionId\":\"session-1\"}";
    }

    private static String without(String line, String textField) {
        String removed =
                line.replaceFirst(",?\"" + textField + "\":\"[^\"]*\"", "").replace("{,", "{");
        assertThat(removed).isNotEqualTo(line);
        return removed;
    }

    private static Collected file(String... lines) {
        return new Collected().file("projects/p/session-1.jsonl", String.join("\n", lines) + "\n");
    }

    private static Collected captured(String session) throws IOException {
        return new Collected().file(session + ".jsonl", resource(session + ".jsonl"));
    }

    private static List<String> ids(Collected collected) {
        return Stream.of(
                        collected.usage.stream().map(UsageEvent::getEventId),
                        collected.activity.stream().map(ActivityEvent::getEventId),
                        collected.content.stream().map(ContentEvent::getEventId))
                .flatMap(Function.identity())
                .toList();
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = SessionFileDecoderTest.class.getResourceAsStream("/claude-code/" + name)) {
            if (in == null) {
                throw new AssertionError(name + ": missing");
            }
            return in.readAllBytes();
        }
    }
}
