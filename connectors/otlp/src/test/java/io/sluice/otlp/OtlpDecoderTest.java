package io.sluice.otlp;

import static io.sluice.otlp.Otlp.TIME;
import static io.sluice.otlp.Otlp.apiRequest;
import static io.sluice.otlp.Otlp.attribute;
import static io.sluice.otlp.Otlp.event;
import static io.sluice.otlp.Otlp.logs;
import static io.sluice.otlp.Otlp.nanos;
import static io.sluice.otlp.Otlp.point;
import static io.sluice.otlp.Otlp.sum;
import static io.sluice.otlp.Otlp.value;
import static io.sluice.otlp.Otlp.with;
import static io.sluice.otlp.Otlp.without;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.metrics.v1.Summary;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Micros;
import io.sluice.schema.Temporality;
import io.sluice.schema.Texts;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OtlpDecoderTest {
    private static UsageEvent usage(LogRecord.Builder record) throws IOException {
        Decoded decoded = Checks.decode(logs(Map.of(), record));
        assertThat(decoded.deadLetters()).isEmpty();
        assertThat(decoded.usage()).hasSize(1);
        return decoded.usage().get(0);
    }

    private static ActivityEvent activity(LogRecord.Builder record) throws IOException {
        Decoded decoded = Checks.decode(logs(Map.of(), record));
        assertThat(decoded.deadLetters()).isEmpty();
        assertThat(decoded.activity()).hasSize(1);
        return decoded.activity().get(0);
    }

    // ---- names

    @ParameterizedTest
    @CsvSource({
        "claude_code.tool_result, , , tool_result",
        "tool_result, other, body, tool_result",
        ", claude_code.tool_result, body, tool_result",
        ", , claude_code.tool_result, tool_result",
        ", , some.new-event, some.new-event",
    })
    void eventNameComesFromAttributeThenFieldThenBody(
            @Nullable String attribute, @Nullable String eventName, @Nullable String body, String expected)
            throws IOException {
        LogRecord.Builder record = without(event("x"), "event.name");
        if (attribute != null) {
            record.addAttributes(attribute("event.name", attribute));
        }
        if (eventName != null) {
            record.setEventName(eventName);
        }
        if (body != null) {
            record.setBody(value(body));
        }
        assertThat(activity(record).getName()).isEqualTo(expected);
    }

    @Test
    void unknownEventsAreKeptWithEverythingTheySay() throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("a", 1);
        map.put("b", List.of("x", true, 0.5, Double.NaN));
        LogRecord.Builder record = event("never_heard_of")
                .setBody(value("a line of text"))
                .setSeverityText("WARN")
                .setTraceId(ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}))
                .setSpanId(ByteString.copyFrom(new byte[8]))
                .addAttributes(attribute("list", List.of(1, "two")))
                .addAttributes(attribute("map", map))
                .addAttributes(attribute("double", 1.5))
                .addAttributes(attribute("bool", false))
                .addAttributes(KeyValue.newBuilder()
                        .setKey("bytes")
                        .setValue(AnyValue.newBuilder().setBytesValue(ByteString.copyFromUtf8("hi"))))
                .addAttributes(KeyValue.newBuilder().setKey("nothing"));
        assertThat(activity(record).getAttributes())
                .isEqualTo(Map.of(
                        "body", "a line of text",
                        "severity_text", "WARN",
                        "trace_id", "0102030405060708090a0b0c0d0e0f10",
                        "list", "[1,\"two\"]",
                        "map", "{\"a\":1,\"b\":[\"x\",true,0.5,\"NaN\"]}",
                        "double", "1.5",
                        "bool", "false",
                        "bytes", "aGk=",
                        "nothing", ""));
    }

    /** The cloud's session stays an attribute. An empty text is absent. */
    @Test
    void terminalAndCloudAreFieldsOfEveryRecord() throws IOException {
        LogRecord.Builder request = with(apiRequest(), "terminal.type", "vscode");
        UsageEvent usage = usage(with(request, "ccr.session.id", "cse_1"));
        assertThat(usage.getTerminal()).isEqualTo("vscode");
        assertThat(usage.getRemote()).isTrue();
        assertThat(usage.getAttributes()).isEqualTo(Map.of("ccr.session.id", "cse_1"));

        Decoded decoded = Checks.decode(
                logs(Map.of("terminal.type", "non-interactive", "ccr.session.id", ""), event("tool_result")));
        ActivityEvent activity = decoded.activity().get(0);
        assertThat(activity.getTerminal()).isEqualTo("non-interactive");
        assertThat(activity.getRemote()).isFalse();
        assertThat(activity.getAttributes()).isEqualTo(Map.of("ccr.session.id", ""));

        assertThat(usage(apiRequest()).getTerminal()).isNull();
        assertThat(usage(apiRequest()).getRemote()).isFalse();
    }

    // ---- attributes

    @Test
    void recordWinsOverResourceAndLastOverFirst() throws IOException {
        LogRecord.Builder record = event("tool_result")
                .addAttributes(attribute("team.id", "first"))
                .addAttributes(attribute("team.id", "of-record"))
                .addAttributes(attribute("department", "of-record"));
        Decoded decoded = Checks.decode(logs(
                Map.of(
                        "team.id", "of-resource",
                        "department", "of-resource",
                        "service.name", "cowork",
                        "cost_center", "eng"),
                record));
        ActivityEvent event = decoded.activity().get(0);
        assertThat(event.getTeam()).isEqualTo("of-record");
        assertThat(event.getProduct()).isEqualTo("cowork");
        assertThat(event.getAttributes()).isEqualTo(Map.of("department", "of-record", "cost_center", "eng"));
    }

    @Test
    void oneRecordsAttributesDoNotReachTheNext() throws IOException {
        LogRecord.Builder first = event("tool_result")
                .addAttributes(attribute("user.email", "a@example.com"))
                .addAttributes(attribute("x", "1"));
        LogRecord.Builder second = with(event("tool_result"), "event.sequence", 8);
        List<ActivityEvent> events =
                Checks.decode(logs(Map.of("os.type", "linux"), first, second)).activity();
        assertThat(events.get(1).getActor().getEmail()).isNull();
        assertThat(events.get(1).getAttributes()).isEqualTo(Map.of("os.type", "linux"));
        assertThat(events.get(0).getAttributes()).isEqualTo(Map.of("os.type", "linux", "x", "1"));
    }

    @Test
    void oneResourcesAttributesDoNotReachTheNext() throws IOException {
        ExportLogsServiceRequest request = logs(Map.of("team", "a", "x", "1"), event("tool_result")).toBuilder()
                .mergeFrom(logs(Map.of(), with(event("tool_result"), "event.sequence", 8)))
                .build();
        ActivityEvent second = Checks.decode(request).activity().get(1);
        assertThat(second.getTeam()).isNull();
        assertThat(second.getAttributes()).isEmpty();
    }

    @Test
    void numbersAreTakenFromEveryType() throws IOException {
        LogRecord.Builder record = apiRequest();
        with(record, "input_tokens", "1201");
        with(record, "output_tokens", 322.0);
        with(record, "cache_read_tokens", true);
        with(record, "cache_creation_tokens", "3e3");
        with(record, "cost_usd", "0.040304999999999994");
        with(record, "cost_usd_micros", "40305");
        with(record, "event.sequence", "12");
        with(record, "session.id", 42);
        UsageEvent event = usage(record);
        assertThat(event.getInputTokens()).isEqualTo(1_201);
        assertThat(event.getOutputTokens()).isEqualTo(322);
        assertThat(event.getCacheReadTokens()).isEqualTo(1);
        assertThat(event.getCacheCreationTokens()).isEqualTo(3_000);
        assertThat(event.getReportedCostUsd()).isEqualTo(0.040304999999999994);
        assertThat(event.getReportedCostMicros()).isEqualTo(40_305);
        assertThat(event.getSequence()).isEqualTo(12);
        assertThat(event.getSessionId()).isEqualTo("42");
    }

    @Test
    void whatIsAbsentIsNullOrZero() throws IOException {
        LogRecord.Builder record = LogRecord.newBuilder()
                .setTimeUnixNano(nanos(TIME))
                .addAttributes(attribute("event.name", "api_request"))
                .addAttributes(attribute("model", "m"))
                .addAttributes(attribute("user.email", ""))
                .addAttributes(KeyValue.newBuilder().setKey("cost_usd"));
        UsageEvent event = usage(record);
        assertThat(event.getSessionId()).isNull();
        assertThat(event.getSequence()).isNull();
        assertThat(event.getReportedCostUsd()).isNull();
        assertThat(event.getReportedCostMicros()).isNull();
        assertThat(event.getInputTokens()).isZero();
        assertThat(event.getActor().getEmail()).isNull();
        assertThat(event.getTeam()).isNull();
        assertThat(event.getRepository()).isNull();
        assertThat(event.getProduct()).isEqualTo("claude-code");
    }

    @Test
    void cacheClassesAreKeptAndNeverMoreThanAll() throws IOException {
        LogRecord.Builder both = apiRequest();
        with(both, "cache_creation_tokens", 100);
        with(both, "cache_creation_5m_tokens", 60);
        with(both, "cache_creation_1h_tokens", 40);
        UsageEvent event = usage(both);
        assertThat(event.getCacheCreationTokens()).isEqualTo(100);
        assertThat(event.getCacheCreation5mTokens()).isEqualTo(60);
        assertThat(event.getCacheCreation1hTokens()).isEqualTo(40);
        assertThat(usage(without(both, "cache_creation_tokens")).getCacheCreationTokens())
                .isEqualTo(100);
    }

    @Test
    void attributionAndSpeed() throws IOException {
        LogRecord.Builder record = apiRequest()
                .addAttributes(attribute("speed", "fast"))
                .addAttributes(attribute("mcp_server.name", "ledger"))
                .addAttributes(attribute("skill.name", "review"))
                .addAttributes(attribute("agent.name", "custom"))
                .addAttributes(attribute("query_source", "agent:custom"))
                .addAttributes(attribute("prompt.id", "p-1"))
                .addAttributes(attribute("message.id", "msg_1"))
                .addAttributes(attribute("client_request_id", "c-1"));
        UsageEvent event = usage(with(record, "model", "claude-sonnet-4-5[1m]"));
        assertThat(event.getFast()).isTrue();
        assertThat(event.getModel()).isEqualTo("claude-sonnet-4-5[1m]");
        assertThat(event.getMcpServer()).isEqualTo("ledger");
        assertThat(event.getSkill()).isEqualTo("review");
        assertThat(event.getAgent()).isEqualTo("custom");
        assertThat(event.getQuerySource()).isEqualTo("agent:custom");
        assertThat(event.getPromptId()).isEqualTo("p-1");
        assertThat(event.getRequestId()).isEqualTo("req_1");
        assertThat(event.getMessageId()).isEqualTo("msg_1");
        assertThat(event.getClientRequestId()).isEqualTo("c-1");
        assertThat(event.getAttributes()).isEmpty();
        assertThat(usage(with(record, "speed", "ludicrous")).getAttributes()).containsEntry("speed", "ludicrous");
    }

    @ParameterizedTest
    @CsvSource({
        "https://git.example.com/a/b, o, n, https://git.example.com/a/b",
        "https://user:secret@git.example.com/a/b, , , https://git.example.com/a/b",
        "https://token@git.example.com, , , https://git.example.com",
        "https://git.example.com/a/b@c, , , https://git.example.com/a/b@c",
        "ssh://git@git.example.com/a/b, , , ssh://git@git.example.com/a/b",
        ", acme, billing, acme/billing",
        ", , billing, billing",
        ", acme, , ",
    })
    void repositoryIsUrlElseOwnerAndName(
            @Nullable String url, @Nullable String owner, @Nullable String name, @Nullable String expected)
            throws IOException {
        LogRecord.Builder record = apiRequest();
        if (url != null) {
            with(record, "vcs.repository.url.full", url);
        }
        if (owner != null) {
            with(record, "vcs.owner.name", owner);
        }
        if (name != null) {
            with(record, "vcs.repository.name", name);
        }
        UsageEvent event = usage(record);
        assertThat(event.getRepository()).isEqualTo(expected);
        assertThat(event.toString()).doesNotContain("secret", "token@");
    }

    @Test
    void actorIsWhoeverIsNamed() throws IOException {
        LogRecord.Builder record = apiRequest()
                .addAttributes(attribute("user.email", "Alice@Example.COM"))
                .addAttributes(attribute("user.id", "installation"))
                .addAttributes(attribute("enduser.sub", "sub"));
        UsageEvent event = usage(record);
        assertThat(event.getActor().getEmail()).isEqualTo("alice@example.com");
        assertThat(event.getActor().getInstallationId()).isEqualTo("installation");
        assertThat(event.getActor().getEndUserId()).isEqualTo("sub");
        UsageEvent named = usage(record.addAttributes(attribute("enduser.id", "id")));
        assertThat(named.getActor().getEndUserId()).isEqualTo("id");
        assertThat(named.getAttributes()).containsEntry("enduser.sub", "sub");
    }

    @Test
    void behindAGatewayUserIdIsAPerson() throws IOException {
        UsageEvent event = usage(apiRequest()
                .addAttributes(attribute("identity.source", "gateway-oidc"))
                .addAttributes(attribute("user.id", "subject")));
        assertThat(event.getActor().getInstallationId()).isNull();
        assertThat(event.getActor().getEndUserId()).isEqualTo("subject");
    }

    @Test
    void teamIsTeamIdElseTeam() throws IOException {
        LogRecord.Builder record = apiRequest().addAttributes(attribute("team", "b"));
        assertThat(usage(record).getTeam()).isEqualTo("b");
        UsageEvent both = usage(record.addAttributes(attribute("team.id", "a")));
        assertThat(both.getTeam()).isEqualTo("a");
        assertThat(both.getAttributes()).isEqualTo(Map.of("team", "b"));
    }

    @Test
    void aSequenceThatIsNoNumberStaysAnAttribute() throws IOException {
        UsageEvent event = usage(with(apiRequest(), "event.sequence", "many"));
        assertThat(event.getSequence()).isNull();
        assertThat(event.getAttributes()).isEqualTo(Map.of("event.sequence", "many"));
    }

    // ---- cost

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, -1, Double.POSITIVE_INFINITY, 2e6})
    void anUnusableCostBesideMicrosIsOnlyAnAttribute(double cost) throws IOException {
        UsageEvent event = usage(with(apiRequest(), "cost_usd", cost));
        assertThat(event.getReportedCostMicros()).isEqualTo(500_000);
        assertThat(event.getReportedCostUsd()).isNull();
        assertThat(event.getAttributes()).containsEntry("cost_usd", Double.toString(cost));
    }

    // ---- time

    @Test
    void timeIsTheRecordsElseTheAttributesElseObservedElseReceived() throws IOException {
        Instant stamp = Instant.parse("2026-11-23T18:00:00.500Z");
        Instant observed = Instant.parse("2026-11-23T17:00:00Z");
        LogRecord.Builder record =
                with(event("x").setObservedTimeUnixNano(nanos(observed)), "event.timestamp", stamp.toString());
        assertThat(activity(record).getOccurredAt()).isEqualTo(Micros.of(TIME));
        assertThat(activity(record).getAttributes()).isEqualTo(Map.of("event.timestamp", stamp.toString()));
        record.setTimeUnixNano(0);
        assertThat(activity(record).getOccurredAt()).isEqualTo(Micros.of(stamp));
        assertThat(activity(record).getAttributes()).isEmpty();
        with(record, "event.timestamp", "yesterday");
        assertThat(activity(record).getOccurredAt()).isEqualTo(Micros.of(observed));
        assertThat(activity(record).getAttributes()).isEqualTo(Map.of("event.timestamp", "yesterday"));
        record.setObservedTimeUnixNano(0);
        assertThat(activity(record).getOccurredAt()).isEqualTo(Micros.of(Checks.RECEIVED));
    }

    @Test
    void microsecondsAreKept() throws IOException {
        LogRecord.Builder record = event("x").setTimeUnixNano(1_795_459_944_353_123_999L);
        assertThat(activity(record).getOccurredAt()).isEqualTo(Micros.of(Instant.parse("2026-11-23T18:52:24.353123Z")));
    }

    @Test
    void aClockTenMinutesAheadIsStillRight() throws IOException {
        Instant ahead = Checks.RECEIVED.plusSeconds(600);
        assertThat(activity(event("x").setTimeUnixNano(nanos(ahead))).getOccurredAt())
                .isEqualTo(Micros.of(ahead));
    }

    // ---- messages

    @Test
    void redactedAndAbsentTextsAreNoContent() throws IOException {
        Decoded decoded = Checks.decode(logs(
                Map.of(),
                event("user_prompt").addAttributes(attribute("prompt", "<REDACTED>")),
                with(event("assistant_response"), "event.sequence", 8),
                with(event("user_prompt").addAttributes(attribute("prompt", "")), "event.sequence", 9)));
        assertThat(decoded.content()).isEmpty();
        assertThat(decoded.activity()).hasSize(3);
        assertThat(decoded.activity().get(0).getAttributes()).isEqualTo(Map.of("prompt", "<REDACTED>"));
    }

    @Test
    void aRedactedNewTextDoesNotHideTheOldOne() throws IOException {
        Decoded decoded = Checks.decode(logs(
                Map.of(),
                event("user_prompt")
                        .addAttributes(attribute("prompt_text", "<REDACTED>"))
                        .addAttributes(attribute("prompt", "hello"))));
        assertThat(decoded.content()).extracting(ContentEvent::getText).containsExactly("hello");
    }

    @Test
    void messageIdIsUuidElseRequestElseEvent() throws IOException {
        LogRecord.Builder record = event("assistant_response")
                .addAttributes(attribute("response", "hi"))
                .addAttributes(attribute("message.uuid", "uuid-1"))
                .addAttributes(attribute("request_id", "req_1"))
                .addAttributes(attribute("model", "m"))
                .addAttributes(attribute("prompt.id", "p-1"));
        Decoded decoded = Checks.decode(logs(Map.of(), record));
        ContentEvent content = decoded.content().get(0);
        assertThat(content.getMessageId()).isEqualTo("uuid-1");
        assertThat(content.getConversationId()).isEqualTo("session-1");
        assertThat(content.getAttributes()).isEqualTo(Map.of("prompt.id", "p-1", "request_id", "req_1"));
        assertThat(decoded.activity().get(0).getAttributes())
                .isEqualTo(Map.of("message.uuid", "uuid-1", "request_id", "req_1", "model", "m"));
        assertThat(messageId(without(record, "message.uuid"))).isEqualTo("req_1");
        Decoded last = Checks.decode(logs(Map.of(), without(record, "request_id")));
        assertThat(last.content().get(0).getMessageId())
                .isEqualTo(last.activity().get(0).getEventId());
    }

    private static String messageId(LogRecord.Builder record) throws IOException {
        return Checks.decode(logs(Map.of(), record)).content().get(0).getMessageId();
    }

    @Test
    void whatToolsAreGivenAndComplainOfIsContent() throws IOException {
        Decoded decoded = Checks.decode(logs(
                Map.of(),
                event("tool_result")
                        .addAttributes(attribute("tool_name", "Bash"))
                        .addAttributes(attribute("tool_use_id", "toolu_1"))
                        .addAttributes(attribute("tool_parameters", "{\"full_command\":\"ls\"}"))
                        .addAttributes(attribute("tool_input", "{\"command\":\"ls\"}"))
                        .addAttributes(attribute("error", "no such file: secret.txt")),
                with(
                        event("tool_decision")
                                .addAttributes(attribute("decision", "accept"))
                                .addAttributes(attribute("tool_parameters", "{}")),
                        "event.sequence",
                        8),
                with(
                        event("tool_decision")
                                .addAttributes(attribute("decision", "reject"))
                                .addAttributes(attribute("tool_use_id", "toolu_2"))
                                .addAttributes(attribute("tool_parameters", "{\"full_command\":\"rm\"}")),
                        "event.sequence",
                        9),
                with(event("tool_result").addAttributes(attribute("tool_name", "Read")), "event.sequence", 10)));
        assertThat(decoded.content())
                .extracting(ContentEvent::getMessageId, ContentEvent::getText, ContentEvent::getToolText)
                .containsExactly(
                        tuple(
                                "toolu_1",
                                "",
                                "{\"full_command\":\"ls\"}\n{\"command\":\"ls\"}\nno such file: secret.txt"),
                        tuple("toolu_2", "", "{\"full_command\":\"rm\"}"));
        assertThat(decoded.content().get(0).getToolNames()).containsExactly("Bash");
        assertThat(decoded.activity()).hasSize(4);
        assertThat(decoded.activity().get(0).getAttributes())
                .doesNotContainKeys("tool_input", "error")
                .containsKey("tool_parameters");
    }

    @Test
    void rawBodiesAreNotKept() throws IOException {
        Decoded decoded = Checks.decode(logs(
                Map.of(),
                event("api_request_body")
                        .addAttributes(attribute("body", "{\"messages\":[]}"))
                        .addAttributes(attribute("body_length", 15))));
        assertThat(decoded.content()).isEmpty();
        assertThat(decoded.activity().get(0).getAttributes())
                .doesNotContainKey("body")
                .containsEntry("body_length", "15");
    }

    @Test
    void aMessageWithoutSessionIsAConversationOfItsOwn() throws IOException {
        Decoded decoded = Checks.decode(logs(
                Map.of(), without(event("user_prompt").addAttributes(attribute("prompt", "hi")), "session.id")));
        ContentEvent content = decoded.content().get(0);
        assertThat(content.getConversationId()).isEqualTo(content.getMessageId());
    }

    // ---- size

    @Test
    void longTextsAreCutWithAMark() throws IOException {
        LogRecord.Builder record = event("tool_result")
                .addAttributes(attribute("ascii", "x".repeat(300_000)))
                .addAttributes(attribute("emoji", "😀".repeat(100_000)))
                .addAttributes(attribute("fits", "é".repeat(131_072)));
        Map<String, String> attributes = activity(record).getAttributes();
        assertThat(Texts.utf8Length(attributes.getOrDefault("ascii", ""))).isEqualTo(262_144);
        assertThat(attributes.get("ascii")).startsWith("xxx").endsWith("x…[cut, 300000 bytes]");
        assertThat(attributes.get("emoji")).endsWith("😀…[cut, 400000 bytes]");
        assertThat(Texts.utf8Length(attributes.getOrDefault("emoji", ""))).isBetween(262_140L, 262_144L);
        assertThat(attributes.get("fits")).hasSize(131_072);
    }

    @Test
    void longMessagesAreCutWithAMark() throws IOException {
        Decoded decoded = Checks.decode(logs(
                Map.of(), event("user_prompt").addAttributes(attribute("prompt", "x".repeat(300_000)))));
        assertThat(decoded.content().get(0).getText()).endsWith("x…[cut, 300000 bytes]");
    }

    // ---- identity

    @ParameterizedTest
    @CsvSource({
        "session.id, session-2",
        "event.timestamp, 2026-11-23T19:00:00.124Z",
        "event.sequence, 8",
        "event.name, tool_decision",
        "request_id, req_2",
        "client_request_id, c-2",
        "tool_use_id, toolu_2",
    })
    void eventIdDependsOn(String key, String value) throws IOException {
        String id = activity(event("tool_result")).getEventId();
        assertThat(activity(with(event("tool_result"), key, value)).getEventId())
                .isNotEqualTo(id);
    }

    @Test
    void eventIdDependsOnTheOrganization() {
        ExportLogsServiceRequest request = logs(Map.of(), event("tool_result"));
        assertThat(OtlpDecoder.decode(request, new OtlpContext("org-2", Set.of(), Checks.RECEIVED, false))
                        .activity()
                        .get(0)
                        .getEventId())
                .isNotEqualTo(OtlpDecoder.decode(request, Checks.CONTEXT)
                        .activity()
                        .get(0)
                        .getEventId());
    }

    @Test
    void eventIdDoesNotDependOnReceiptOrOtherAttributes() throws IOException {
        ExportLogsServiceRequest request = logs(Map.of(), event("tool_result"));
        String id = activity(event("tool_result")).getEventId();
        Decoded later = OtlpDecoder.decode(
                request, new OtlpContext("org-1", Set.of("x"), Checks.RECEIVED.plusSeconds(5), true));
        assertThat(later.activity().get(0).getEventId()).isEqualTo(id);
        assertThat(later.activity().get(0).getHistorical()).isTrue();
        assertThat(activity(event("tool_result").addAttributes(attribute("x", "y")))
                        .getEventId())
                .isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"session.id", "event.sequence"})
    void recordsWithoutAWholeIdentityDifferByAllTheySay(String missing) throws IOException {
        LogRecord.Builder one = without(event("foreign"), missing).addAttributes(attribute("line", "1"));
        LogRecord.Builder two = without(event("foreign"), missing).addAttributes(attribute("line", "2"));
        assertThat(activity(one).getEventId())
                .isNotEqualTo(activity(two).getEventId())
                .isEqualTo(activity(one.clone()).getEventId());
    }

    @Test
    void seriesIsNameAndAttributesInAnyOrder() throws IOException {
        NumberDataPoint.Builder point = point(1).addAttributes(attribute("type", "user"));
        NumberDataPoint.Builder reversed = point.clone().clearAttributes();
        for (int i = point.getAttributesCount() - 1; i >= 0; i--) {
            reversed.addAttributes(point.getAttributes(i));
        }
        NumberDataPoint.Builder later = point.clone().setTimeUnixNano(nanos(TIME.plusSeconds(60)));
        NumberDataPoint.Builder restarted = point.clone().setStartTimeUnixNano(nanos(TIME.minusSeconds(1)));
        NumberDataPoint.Builder other = point(1).addAttributes(attribute("type", "cli"));
        List<CounterPoint> points =
                Checks.decode(sum(point, reversed, later, restarted, other)).counters();
        assertThat(points)
                .extracting(CounterPoint::getSeriesId)
                .startsWith(
                        points.get(0).getSeriesId(),
                        points.get(0).getSeriesId(),
                        points.get(0).getSeriesId(),
                        points.get(0).getSeriesId());
        assertThat(points.get(4).getSeriesId()).isNotEqualTo(points.get(0).getSeriesId());
        assertThat(points.get(1).getEventId()).isEqualTo(points.get(0).getEventId());
        assertThat(List.of(points.get(0), points.get(2), points.get(3), points.get(4)))
                .extracting(CounterPoint::getEventId)
                .doesNotHaveDuplicates();
    }

    // ---- metrics

    @Test
    void pointsOfSumsAreCounters() throws IOException {
        Metric.Builder metric = Metric.newBuilder()
                .setName("something.else")
                .setUnit("By")
                .setSum(Sum.newBuilder()
                        .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
                        .addDataPoints(point(0).setAsInt(-3)
                                .addAttributes(attribute("type", "user"))
                                .addAttributes(attribute("query_source", "main"))
                                .addAttributes(attribute("skill.name", "s"))
                                .addAttributes(attribute("mcp_server.name", "m"))));
        CounterPoint point = Checks.decode(Otlp.metrics(metric)).counters().get(0);
        assertThat(point.getMetric()).isEqualTo("something.else");
        assertThat(point.getUnit()).isEqualTo("By");
        assertThat(point.getMonotonic()).isFalse();
        assertThat(point.getTemporality()).isEqualTo(Temporality.CUMULATIVE);
        assertThat(point.getValue()).isEqualTo(-3);
        assertThat(point.getStartAt()).isEqualTo(Micros.of(TIME.minusSeconds(60)));
        assertThat(point.getOccurredAt()).isEqualTo(Micros.of(TIME));
        assertThat(point.getType()).isEqualTo("user");
        assertThat(point.getSkill()).isEqualTo("s");
        assertThat(point.getMcpServer()).isEqualTo("m");
        assertThat(point.getAttributes()).isEqualTo(Map.of("query_source", "main"));
    }

    @Test
    void otherKindsAndPointsWithoutRecordedValueAreIgnored() throws IOException {
        assertThat(List.of(
                        Metric.newBuilder()
                                .setGauge(Gauge.newBuilder()
                                        .addDataPoints(point(1))
                                        .addDataPoints(point(2))),
                        Metric.newBuilder()
                                .setHistogram(Histogram.newBuilder()
                                        .addDataPoints(HistogramDataPoint.getDefaultInstance())
                                        .addDataPoints(HistogramDataPoint.getDefaultInstance())),
                        Metric.newBuilder()
                                .setExponentialHistogram(ExponentialHistogram.newBuilder()
                                        .addDataPoints(ExponentialHistogramDataPoint.getDefaultInstance())
                                        .addDataPoints(ExponentialHistogramDataPoint.getDefaultInstance())),
                        Metric.newBuilder()
                                .setSummary(Summary.newBuilder()
                                        .addDataPoints(SummaryDataPoint.getDefaultInstance())
                                        .addDataPoints(SummaryDataPoint.getDefaultInstance())),
                        Metric.newBuilder()
                                .setSum(Sum.newBuilder()
                                        .addDataPoints(
                                                NumberDataPoint.newBuilder().setFlags(1))
                                        .addDataPoints(point(1).setFlags(3)))))
                .allSatisfy(metric -> {
                    Decoded decoded = Checks.decode(Otlp.metrics(metric));
                    assertThat(decoded.received()).isEqualTo(2);
                    assertThat(decoded.ignored()).isEqualTo(2);
                });
        assertThat(Checks.decode(Otlp.metrics(Metric.newBuilder().setName("empty")))
                        .received())
                .isZero();
    }

    @Test
    void spansAreCountedAndIgnored() throws IOException {
        ExportTraceServiceRequest request = ExportTraceServiceRequest.newBuilder()
                .addResourceSpans(ResourceSpans.newBuilder()
                        .addScopeSpans(ScopeSpans.newBuilder()
                                .addSpans(Span.getDefaultInstance())
                                .addSpans(Span.getDefaultInstance()))
                        .addScopeSpans(ScopeSpans.newBuilder().addSpans(Span.getDefaultInstance())))
                .build();
        Decoded decoded = Checks.decode(request);
        assertThat(decoded.received()).isEqualTo(3);
        assertThat(decoded.ignored()).isEqualTo(3);
    }

    @Test
    void emptyRequestsAreNothing() throws IOException {
        assertThat(Checks.decode(ExportLogsServiceRequest.getDefaultInstance()).received())
                .isZero();
    }
}
