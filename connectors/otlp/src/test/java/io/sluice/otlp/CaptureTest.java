package io.sluice.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Temporality;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What the real client sent, against what the real client printed. */
class CaptureTest {
    static final List<String> CAPTURES = Capture.ALL;

    private static List<Decoded> decode(String capture) throws IOException {
        List<Decoded> decoded = new ArrayList<>();
        for (Capture.Body body : Capture.of(capture).bodies()) {
            if (body.isLogs()) {
                decoded.add(Checks.decode(
                        body.isJson()
                                ? OtlpJson.logs(body.bytes())
                                : ExportLogsServiceRequest.parseFrom(body.bytes())));
            } else {
                decoded.add(Checks.decode(
                        body.isJson()
                                ? OtlpJson.metrics(body.bytes())
                                : ExportMetricsServiceRequest.parseFrom(body.bytes())));
            }
        }
        return decoded;
    }

    @ParameterizedTest
    @FieldSource("CAPTURES")
    void eventsAddUpToTheClientsTotal(String capture) throws IOException {
        Map<String, Long> micros = new TreeMap<>();
        for (Decoded decoded : decode(capture)) {
            for (UsageEvent event : decoded.usage()) {
                micros.merge(event.getSessionId(), event.getReportedCostMicros(), Long::sum);
                assertThat(Math.round(event.getReportedCostUsd() * 1e6)).isEqualTo(event.getReportedCostMicros());
            }
        }
        assertThat(micros).isEqualTo(Capture.of(capture).expectedMicros());
    }

    /** Delta points are added; of cumulative ones the last of a series and start counts. */
    @ParameterizedTest
    @FieldSource("CAPTURES")
    void costCountersAddUpToTheClientsTotal(String capture) throws IOException {
        Map<String, Double> delta = new TreeMap<>();
        Map<String, CounterPoint> last = new HashMap<>();
        for (Decoded decoded : decode(capture)) {
            for (CounterPoint point : decoded.counters()) {
                if (!point.getMetric().equals("claude_code.cost.usage")) {
                    continue;
                }
                assertThat(point.getUnit()).isEqualTo("USD");
                if (point.getTemporality() == Temporality.DELTA) {
                    delta.merge(point.getSessionId(), point.getValue(), Double::sum);
                } else {
                    last.merge(
                            point.getSeriesId() + point.getStartAt(),
                            point,
                            (a, b) -> a.getOccurredAt() > b.getOccurredAt() ? a : b);
                }
            }
        }
        last.values().forEach(point -> delta.merge(point.getSessionId(), point.getValue(), Double::sum));
        Map<String, Long> micros = new TreeMap<>();
        delta.forEach((session, usd) -> micros.put(session, Math.round(usd * 1e6)));
        assertThat(micros).isEqualTo(Capture.of(capture).expectedMicros());
    }

    @ParameterizedTest
    @FieldSource("CAPTURES")
    void nothingIsRejectedOrIgnored(String capture) throws IOException {
        for (Decoded decoded : decode(capture)) {
            assertThat(decoded.deadLetters()).isEmpty();
            assertThat(decoded.ignored()).isZero();
            assertThat(decoded.received()).isPositive();
        }
    }

    @ParameterizedTest
    @FieldSource("CAPTURES")
    void idsAreUniqueAndStayTheSame(String capture) throws IOException {
        List<String> ids = ids(decode(capture));
        assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[0-9a-f]{32}"));
        assertThat(ids(decode(capture))).isEqualTo(ids);
    }

    private static List<String> ids(List<Decoded> decoded) {
        List<String> ids = new ArrayList<>();
        for (Decoded one : decoded) {
            one.usage().forEach(event -> ids.add(event.getEventId()));
            one.activity().forEach(event -> ids.add(event.getEventId()));
            one.counters().forEach(point -> ids.add(point.getEventId()));
        }
        return ids;
    }

    @Test
    void idsAreUniqueOverAllCaptures() throws IOException {
        List<String> ids = new ArrayList<>();
        for (String capture : Capture.ALL) {
            ids.addAll(ids(decode(capture)));
        }
        assertThat(ids).doesNotHaveDuplicates().hasSizeGreaterThan(200);
    }

    /** Ids are stored: they must be the same in every release. */
    @Test
    void idsDoNotChangeBetweenReleases() throws IOException {
        List<Decoded> decoded = decode("accept");
        assertThat(List.of(
                        decoded.get(0).usage().get(0).getEventId(),
                        decoded.get(1).counters().get(0).getEventId(),
                        decoded.get(1).counters().get(0).getSeriesId()))
                .containsExactly(
                        "9635109d329a8ea6d45db9a1b6be9a6f",
                        "bc3b333cb830140f3c3bb4de25ba8e2a",
                        "0a86c102e1c55c39a39798d32ec380d9");
    }

    @Test
    void usageHasItsFields() throws IOException {
        UsageEvent event = decode("mcp").stream()
                .flatMap(decoded -> decoded.usage().stream())
                .filter(usage -> usage.getMcpServer() != null)
                .findFirst()
                .orElseThrow();
        assertThat(event.getOrgId()).isEqualTo("org-1");
        assertThat(event.getSource()).isEqualTo("otlp-logs");
        assertThat(event.getActor().getEmail()).isEqualTo("carol@example.com");
        assertThat(event.getActor().getAccountId()).isEqualTo("user_01LxcqwFaNHZrE4gjDbgMWU2");
        assertThat(event.getActor().getAccountUuid()).isEqualTo("a1a1a1a1-0000-4000-8000-000000000003");
        assertThat(event.getActor().getInstallationId()).hasSize(64);
        assertThat(event.getSessionId()).isEqualTo("e8808d06-ad66-4464-9d4c-a703e4d20bc6");
        assertThat(event.getSequence()).isPositive();
        assertThat(event.getRequestId()).startsWith("req_");
        assertThat(event.getModel()).isEqualTo("claude-haiku-4-5");
        assertThat(event.getProduct()).isEqualTo("claude-code");
        assertThat(event.getTeam()).isEqualTo("platform");
        assertThat(event.getRepository()).isEqualTo("https://git.example.com/acme/billing");
        assertThat(event.getMcpServer()).isEqualTo("ledger");
        assertThat(event.getQuerySource()).isEqualTo("sdk");
        assertThat(event.getPromptId()).hasSize(36);
        assertThat(event.getInputTokens()).isPositive();
        assertThat(event.getCacheReadTokens()).isPositive();
        assertThat(event.getFast()).isFalse();
        assertThat(event.getTerminal()).isEqualTo("xterm");
        assertThat(event.getRemote()).isFalse();
        assertThat(event.getAttributes())
                .containsEntry("department", "engineering")
                .containsEntry("mcp_tool.name", "lookup_invoice")
                .containsEntry("service.version", "2.1.328")
                .containsEntry("anthropic.custom_base_url", "true")
                .containsKeys("organization.id", "duration_ms", "vcs.owner.name", "os.type")
                .doesNotContainKeys(
                        "model", "event.name", "event.timestamp", "session.id", "team.id", "body", "terminal.type");
    }

    @Test
    void tokensAddUpToTheClientsTotal() throws IOException {
        long input = 0;
        long output = 0;
        long read = 0;
        long written = 0;
        for (Decoded decoded : decode("accept")) {
            for (UsageEvent event : decoded.usage()) {
                input += event.getInputTokens();
                output += event.getOutputTokens();
                read += event.getCacheReadTokens();
                written += event.getCacheCreationTokens();
            }
        }
        assertThat(List.of(input, output, read, written)).containsExactly(4_810L, 1_294L, 60_000L, 12_000L);
    }

    @Test
    void pointsHaveTheirFields() throws IOException {
        List<CounterPoint> tokens = decode("accept").stream()
                .flatMap(decoded -> decoded.counters().stream())
                .filter(point -> point.getMetric().equals("claude_code.token.usage"))
                .toList();
        assertThat(tokens)
                .extracting(CounterPoint::getType)
                .containsExactlyInAnyOrder("input", "output", "cacheRead", "cacheCreation");
        CounterPoint point = tokens.get(0);
        assertThat(point.getSource()).isEqualTo("otlp-metrics");
        assertThat(point.getUnit()).isEqualTo("tokens");
        assertThat(point.getMonotonic()).isTrue();
        assertThat(point.getModel()).isEqualTo("claude-opus-4-5");
        assertThat(point.getActor().getEmail()).isEqualTo("alice@example.com");
        assertThat(point.getStartAt()).isLessThan(point.getOccurredAt());
        assertThat(point.getTerminal()).isEqualTo("xterm");
        assertThat(point.getAttributes()).doesNotContainKey("terminal.type");
        assertThat(tokens).extracting(CounterPoint::getSeriesId).doesNotHaveDuplicates();
    }

    /** Of every prompt and answer whose text was sent there is one message, and no other record holds the text. */
    @ParameterizedTest
    @FieldSource("CAPTURES")
    void messagesAreContentAndNotActivity(String capture) throws IOException {
        Set<String> messages = new HashSet<>();
        int spoken = 0;
        int tools = 0;
        for (Decoded decoded : decode(capture)) {
            for (ActivityEvent event : decoded.activity()) {
                boolean message =
                        event.getName().equals("user_prompt") || event.getName().equals("assistant_response");
                spoken += message ? 1 : 0;
                assertThat(event.getAttributes())
                        .doesNotContainKeys("prompt", "prompt_text", "response", "tool_input", "body");
            }
            for (ContentEvent event : decoded.content()) {
                assertThat(event.getText().isEmpty()).isEqualTo(event.getToolText() != null);
                tools += event.getToolText() == null ? 0 : 1;
                assertThat(event.getRole()).isIn("user", "assistant");
                assertThat(event.getEventId()).isEqualTo(event.getMessageId());
                assertThat(messages.add(event.getMessageId())).isTrue();
            }
        }
        assertThat(messages).hasSize(spoken + tools);
    }

    @Test
    void allPromptsOfACaptureAreThere() throws IOException {
        List<ContentEvent> content = decode("accept").stream()
                .flatMap(decoded -> decoded.content().stream())
                .filter(event -> !event.getText().isEmpty())
                .toList();
        ContentEvent prompt = content.get(0);
        assertThat(prompt.getRole()).isEqualTo("user");
        assertThat(prompt.getText()).isEqualTo("Create hello.py, tidy it up and commit it");
        assertThat(prompt.getMessageId()).isEqualTo("a5fad404-482c-44fb-b395-478f60f33c68");
        assertThat(prompt.getConversationId()).isEqualTo("5ce97f93-768a-48fb-a236-9b8fea877312");
        ContentEvent answer = content.get(1);
        assertThat(answer.getRole()).isEqualTo("assistant");
        assertThat(answer.getText()).isEqualTo("I will create the file.");
        assertThat(answer.getModel()).isEqualTo("claude-opus-4-5");
    }
}
