package io.sluice.otlp;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.Micros;
import io.sluice.schema.Texts;
import io.sluice.schema.UsageEvent;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Log records to usage, activity and content. */
final class LogDecoder {
    private static final String PREFIX = "claude_code.";
    /** What the client sends in place of a text that it was not asked to log. */
    private static final String REDACTED = "<REDACTED>";

    private static final int BODY_NAME_CHARS = 128;

    private final Batch batch;
    private final Attributes attributes;

    private LogDecoder(Batch batch) {
        this.batch = batch;
        attributes = batch.attributes;
    }

    static Counts decode(ExportLogsServiceRequest request, OtlpContext context, Records records) {
        Batch batch = new Batch(context, records, "otlp-logs");
        LogDecoder decoder = new LogDecoder(batch);
        for (ResourceLogs resource : request.getResourceLogsList()) {
            long sentOfResource = 0;
            for (ScopeLogs scope : resource.getScopeLogsList()) {
                sentOfResource += scope.getLogRecordsCount();
            }
            batch.startResource(resource.getResource(), sentOfResource);
            for (ScopeLogs scope : resource.getScopeLogsList()) {
                List<LogRecord> sent = scope.getLogRecordsList();
                for (int i = 0; i < sent.size(); i++) {
                    decoder.decode(sent.get(i));
                }
            }
        }
        return batch.end();
    }

    private void decode(LogRecord sent) {
        Rejection refused = batch.startRecord(sent.getAttributesList());
        String name = name(sent);
        String eventId = eventId(sent, name);
        String sessionId = attributes.peek(Key.SESSION_ID);
        try {
            if (refused != null) {
                throw refused;
            }
            if (name == null) {
                throw new Rejection(
                        RejectReason.EVENT_NAME_MISSING,
                        Key.EVENT_NAME.attribute,
                        "nothing",
                        "event.name, eventName, or a body that is an event's name");
            }
            accept(sent, name, eventId);
        } catch (Rejection rejection) {
            batch.reject(rejection, eventId, sessionId, name);
        }
    }

    /** Either the whole record is accepted or nothing of it: the results are added last. */
    private void accept(LogRecord sent, String name, String eventId) throws Rejection {
        if (name.length() > Limits.FIELD_CHARS) {
            throw new Rejection(
                    RejectReason.VALUE_TOO_LONG,
                    Key.EVENT_NAME.attribute,
                    "text of " + name.length() + " characters",
                    "at most " + Limits.FIELD_CHARS);
        }
        batch.checkOrganization();
        long occurredAt = occurredAt(sent);
        attributes.drop(Key.EVENT_NAME);
        keepOtherFields(sent, name);
        switch (name) {
            case "api_request" -> batch.records.usage(usage(eventId, occurredAt));
            case "user_prompt" -> {
                String text = text(Key.PROMPT_TEXT);
                String older = text(Key.PROMPT);
                message(name, eventId, occurredAt, "user", text != null ? text : older);
            }
            case "assistant_response" -> message(name, eventId, occurredAt, "assistant", text(Key.RESPONSE));
            case "tool_result" -> {
                String input = text(Key.TOOL_INPUT);
                tool(name, eventId, occurredAt, input, text(Key.ERROR));
            }
            case "tool_decision" -> tool(name, eventId, occurredAt, text(Key.TOOL_INPUT), null);
            case "api_request_body", "api_response_body" -> {
                // The whole conversation so far, whose messages come one by one as well.
                attributes.drop(Key.BODY);
                batch.records.activity(activity(name, eventId, occurredAt));
            }
            default -> batch.records.activity(activity(name, eventId, occurredAt));
        }
    }

    /** {@code event.name}, else the event name, else the body if it looks like a name; null: none. */
    private @Nullable String name(LogRecord sent) {
        String name = attributes.peek(Key.EVENT_NAME);
        if (name == null) {
            name = sent.getEventName();
        }
        if (name.isEmpty()) {
            name = sent.getBody().getStringValue();
            if (!looksLikeName(name)) {
                return null;
            }
        }
        if (name.startsWith(PREFIX)) {
            name = name.substring(PREFIX.length());
        }
        return name.isBlank() ? null : name;
    }

    /** A log line of another program must not become an event's name, nor reach a dead letter. */
    private static boolean looksLikeName(String text) {
        if (text.length() > BODY_NAME_CHARS) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letterOrDigit && "._-:/".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Claude Code's events are told apart by session, time, sequence and name; request and tool ids are a second guard.
     * A record that lacks one of the first three is told apart by everything in it.
     */
    private String eventId(LogRecord sent, @Nullable String name) {
        String session = attributes.peek(Key.SESSION_ID);
        String stamp = attributes.peek(Key.EVENT_TIMESTAMP);
        String sequence = attributes.peek(Key.EVENT_SEQUENCE);
        boolean whole =
                name != null && session != null && sequence != null && (stamp != null || sent.getTimeUnixNano() != 0);
        Fingerprint.Sum everything = batch.attributesSum;
        everything.clear();
        if (!whole) {
            everything.set(batch.resourceSum);
            batch.adder.add(sent.getAttributesList(), everything);
        }
        Fingerprint id = batch.fingerprint
                .start()
                .add(batch.context.orgId())
                .add(session)
                .add(stamp)
                .add(stamp == null ? sent.getTimeUnixNano() : 0)
                .add(sequence)
                .add(name)
                .add(attributes.peek(Key.REQUEST_ID))
                .add(attributes.peek(Key.CLIENT_REQUEST_ID))
                .add(attributes.peek(Key.TOOL_USE_ID));
        if (!whole) {
            id.add(everything)
                    .add(sent.getTimeUnixNano())
                    .add(sent.getObservedTimeUnixNano())
                    .add(Values.text(sent.getBody()));
        }
        return id.hex();
    }

    /** The record's time, else {@code event.timestamp}, else the time of observation, else the time of receipt. */
    private long occurredAt(LogRecord sent) throws Rejection {
        String stamp = attributes.peek(Key.EVENT_TIMESTAMP);
        long stamped = stamp == null ? Micros.NONE : Micros.parse(stamp);
        String field;
        long micros;
        if (sent.getTimeUnixNano() != 0) {
            field = "timeUnixNano";
            micros = Times.ofNanos(sent.getTimeUnixNano());
        } else if (stamped != Micros.NONE) {
            field = Key.EVENT_TIMESTAMP.attribute;
            micros = stamped;
        } else if (sent.getObservedTimeUnixNano() != 0) {
            field = "observedTimeUnixNano";
            micros = Times.ofNanos(sent.getObservedTimeUnixNano());
        } else {
            return batch.receivedAt;
        }
        Times.check(field, micros, batch.receivedAt);
        if (stamped / 1_000 == micros / 1_000) {
            attributes.drop(Key.EVENT_TIMESTAMP);
        }
        return micros;
    }

    /** What a record says outside its attributes and Claude Code leaves unset, or sets to the event's name. */
    private void keepOtherFields(LogRecord sent, String name) {
        if (sent.hasBody()) {
            AnyValue body = sent.getBody();
            String text = body.getStringValue();
            boolean prefixed = text.length() == PREFIX.length() + name.length() && text.startsWith(PREFIX);
            boolean saysName = text.endsWith(name) && (prefixed || text.length() == name.length());
            if (!saysName && !Values.isAbsent(body)) {
                attributes.addUnlessPresent("body", Values.text(body));
            }
        }
        if (!sent.getSeverityText().isEmpty()) {
            attributes.addUnlessPresent("severity_text", sent.getSeverityText());
        }
        keepId("trace_id", sent.getTraceId(), 16);
        keepId("span_id", sent.getSpanId(), 8);
    }

    /** An id of another length, or all zero, means none (OTLP). */
    private void keepId(String name, ByteString id, int size) {
        if (id.size() != size) {
            return;
        }
        for (int i = 0; i < size; i++) {
            if (id.byteAt(i) != 0) {
                attributes.addUnlessPresent(name, HexFormat.of().formatHex(id.toByteArray()));
                return;
            }
        }
    }

    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    private UsageEvent usage(String eventId, long occurredAt) throws Rejection {
        String model = attributes.take(Key.MODEL);
        if (model == null) {
            throw new Rejection(RejectReason.MODEL_MISSING, Key.MODEL.attribute, "nothing", "the model's id");
        }
        UsageEvent event = new UsageEvent();
        event.setOrgId(batch.context.orgId());
        event.setEventId(eventId);
        event.setOccurredAt(occurredAt);
        event.setReceivedAt(batch.receivedAt);
        event.setSource(batch.source);
        event.setHistorical(batch.context.historical());
        event.setActor(attributes.takeActor());
        event.setSessionId(attributes.take(Key.SESSION_ID));
        event.setSequence(attributes.takeSequence());
        event.setRequestId(attributes.take(Key.REQUEST_ID));
        event.setClientRequestId(attributes.take(Key.CLIENT_REQUEST_ID));
        event.setMessageId(attributes.take(Key.MESSAGE_ID));
        event.setModel(model);
        event.setProduct(attributes.takeProduct());
        event.setInputTokens(attributes.takeCount(Key.INPUT_TOKENS, Limits.TOKENS, 0));
        event.setOutputTokens(attributes.takeCount(Key.OUTPUT_TOKENS, Limits.TOKENS, 0));
        event.setCacheReadTokens(attributes.takeCount(Key.CACHE_READ_TOKENS, Limits.TOKENS, 0));
        long fiveMinutes = attributes.takeCount(Key.CACHE_CREATION_5M_TOKENS, Limits.TOKENS, 0);
        long oneHour = attributes.takeCount(Key.CACHE_CREATION_1H_TOKENS, Limits.TOKENS, 0);
        long all = attributes.takeCount(Key.CACHE_CREATION_TOKENS, Limits.TOKENS, 0);
        event.setCacheCreation5mTokens(fiveMinutes);
        event.setCacheCreation1hTokens(oneHour);
        event.setCacheCreationTokens(Math.max(all, fiveMinutes + oneHour));
        long micros = attributes.takeCount(Key.COST_USD_MICROS, Limits.COST_MICROS, -1);
        if (micros >= 0) {
            event.setReportedCostMicros(micros);
        }
        event.setReportedCostUsd(costUsd(micros >= 0));
        event.setFast(takeFast());
        event.setTeam(attributes.takeTeam());
        event.setRepository(attributes.takeRepository());
        event.setMcpServer(attributes.take(Key.MCP_SERVER_NAME));
        event.setSkill(attributes.take(Key.SKILL_NAME));
        event.setAgent(attributes.take(Key.AGENT_NAME));
        event.setQuerySource(attributes.take(Key.QUERY_SOURCE));
        event.setPromptId(attributes.take(Key.PROMPT_ID));
        event.setTerminal(attributes.take(Key.TERMINAL_TYPE));
        event.setRemote(attributes.has(Key.CLOUD_SESSION_ID));
        event.setAttributes(attributes.rest());
        return event;
    }

    /** The exact micros go before the fraction: beside them an unusable fraction is only an attribute. */
    private @Nullable Double costUsd(boolean microsKnown) throws Rejection {
        try {
            return attributes.takeAmount(Key.COST_USD, Limits.COST_USD);
        } catch (Rejection rejection) {
            if (microsKnown) {
                return null;
            }
            throw rejection;
        }
    }

    /** A speed that is not known stays an attribute. */
    private boolean takeFast() {
        String speed = attributes.peek(Key.SPEED);
        boolean fast = "fast".equals(speed);
        if (fast || "normal".equals(speed) || "standard".equals(speed)) {
            attributes.drop(Key.SPEED);
        }
        return fast;
    }

    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    private ActivityEvent activity(String name, String eventId, long occurredAt) throws Rejection {
        ActivityEvent event = new ActivityEvent();
        event.setOrgId(batch.context.orgId());
        event.setEventId(eventId);
        event.setOccurredAt(occurredAt);
        event.setReceivedAt(batch.receivedAt);
        event.setSource(batch.source);
        event.setHistorical(batch.context.historical());
        event.setActor(attributes.takeActor());
        event.setSessionId(attributes.take(Key.SESSION_ID));
        event.setSequence(attributes.takeSequence());
        event.setName(name);
        event.setPromptId(attributes.take(Key.PROMPT_ID));
        event.setProduct(attributes.takeProduct());
        event.setTeam(attributes.takeTeam());
        event.setRepository(attributes.takeRepository());
        event.setTerminal(attributes.take(Key.TERMINAL_TYPE));
        event.setRemote(attributes.has(Key.CLOUD_SESSION_ID));
        event.setAttributes(attributes.rest());
        return event;
    }

    /** Takes the text of a message; null: absent or redacted. The mark of redaction stays an attribute. */
    private @Nullable String text(Key key) {
        return REDACTED.equals(attributes.peek(key)) ? null : attributes.takeContent(key);
    }

    /** An activity record, and besides it the message itself if its text was sent. */
    private void message(String name, String eventId, long occurredAt, String role, @Nullable String text)
            throws Rejection {
        ActivityEvent activity = activity(name, eventId, occurredAt);
        if (text != null) {
            batch.records.content(content(activity, role, text));
        }
        batch.records.activity(activity);
    }

    /**
     * An activity record, and besides it what the tool was given and what it complained of, if that was sent. Of a decision
     * only a rejection: what was accepted comes with its result.
     */
    private void tool(String name, String eventId, long occurredAt, @Nullable String input, @Nullable String error)
            throws Rejection {
        ActivityEvent activity = activity(name, eventId, occurredAt);
        Map<String, String> sent = activity.getAttributes();
        boolean told = name.equals("tool_result") || "reject".equals(sent.get("decision"));
        String toolText = Stream.of(sent.get("tool_parameters"), input, error)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("\n"));
        if (told && !toolText.isEmpty()) {
            ContentEvent event = content(activity, "assistant", "", toolUseId(sent, eventId));
            event.setToolText(Texts.cut(toolText, Limits.TEXT_BYTES));
            String tool = sent.get("tool_name");
            event.setToolNames(tool == null ? List.of() : List.of(tool));
            batch.records.content(event);
        }
        batch.records.activity(activity);
    }

    private static String toolUseId(Map<String, String> sent, String eventId) {
        String id = sent.get(Key.TOOL_USE_ID.attribute);
        return id == null || id.isEmpty() || id.length() > Limits.FIELD_CHARS ? eventId : id;
    }

    private static ContentEvent content(ActivityEvent activity, String role, String text) throws Rejection {
        return content(activity, role, text, idOf(activity.getAttributes(), activity.getEventId()));
    }

    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    private static ContentEvent content(ActivityEvent activity, String role, String text, String messageId) {
        Map<String, String> sent = activity.getAttributes();
        ContentEvent event = new ContentEvent();
        event.setOrgId(activity.getOrgId());
        event.setEventId(messageId);
        event.setOccurredAt(activity.getOccurredAt());
        event.setReceivedAt(activity.getReceivedAt());
        event.setSource(activity.getSource());
        event.setHistorical(activity.getHistorical());
        event.setActor(activity.getActor());
        event.setConversationId(activity.getSessionId() == null ? messageId : activity.getSessionId());
        event.setMessageId(messageId);
        event.setRole(role);
        event.setModel(sent.get(Key.MODEL.attribute));
        event.setProduct(activity.getProduct());
        event.setText(text);
        Map<String, String> attributes = new LinkedHashMap<>();
        put(attributes, Key.PROMPT_ID.attribute, activity.getPromptId());
        put(attributes, Key.REQUEST_ID.attribute, sent.get(Key.REQUEST_ID.attribute));
        put(attributes, "team", activity.getTeam());
        put(attributes, "repository", activity.getRepository());
        event.setAttributes(attributes);
        event.setToolNames(List.of());
        event.setFiles(List.of());
        return event;
    }

    /** The uuid is the same in a session file; older clients send only the request's id, or neither. */
    private static String idOf(Map<String, String> sent, String eventId) throws Rejection {
        for (Key key : List.of(Key.MESSAGE_UUID, Key.REQUEST_ID)) {
            String id = sent.get(key.attribute);
            if (id != null && id.length() > Limits.FIELD_CHARS) {
                throw new Rejection(
                        RejectReason.VALUE_TOO_LONG,
                        key.attribute,
                        "text of " + id.length() + " characters",
                        "at most " + Limits.FIELD_CHARS);
            }
            if (id != null && !id.isEmpty()) {
                return id;
            }
        }
        return eventId;
    }

    private static void put(Map<String, String> attributes, String name, @Nullable String value) {
        if (value != null) {
            attributes.put(name, value);
        }
    }
}
