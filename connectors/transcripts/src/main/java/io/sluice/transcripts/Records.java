package io.sluice.transcripts;

import io.sluice.schema.ActivityEvent;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Micros;
import io.sluice.schema.Texts;
import io.sluice.schema.UsageEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes the records of the contract. Ids come from what a line says, never from where it was found: the same line in
 * another file has the same id.
 */
final class Records {
    private static final String SOURCE = "session-file";
    private static final String PRODUCT = "claude-code";

    private final SessionFileContext context;
    /** Microseconds since the epoch. */
    private final long receivedAt;

    private final Fingerprint fingerprint = new Fingerprint();

    Records(SessionFileContext context) {
        this.context = context;
        receivedAt = Micros.of(context.receivedAt());
    }

    long receivedAt() {
        return receivedAt;
    }

    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    UsageEvent usage(Responses.Report report) {
        Line line = report.line();
        TokenUsage tokens = report.usage();
        boolean advisor = report.advisor() >= 0;
        UsageEvent event = new UsageEvent();
        event.setOrgId(context.orgId());
        event.setEventId(usageId(report));
        event.setOccurredAt(report.occurredAt());
        event.setReceivedAt(receivedAt);
        event.setSource(SOURCE);
        event.setHistorical(true);
        event.setActor(context.actor());
        event.setSessionId(report.sessionId());
        event.setRequestId(report.requestId());
        event.setMessageId(report.messageId());
        event.setSidechain(line.sidechain);
        event.setModel(report.model());
        event.setProduct(PRODUCT);
        event.setInputTokens(tokens.inputTokens);
        event.setOutputTokens(tokens.outputTokens);
        event.setCacheReadTokens(tokens.cacheReadTokens);
        event.setCacheCreationTokens(tokens.cacheCreationTokens());
        event.setCacheCreation5mTokens(tokens.cacheCreation5m);
        event.setCacheCreation1hTokens(tokens.cacheCreation1h);
        event.setWebSearchRequests(tokens.webSearchRequests);
        event.setFast("fast".equals(tokens.speed));
        event.setInferenceGeo(tokens.inferenceGeo != null || !advisor ? tokens.inferenceGeo : ofResponse(line));
        event.setReportedCostUsd(advisor ? null : line.costUsd);
        event.setMcpServer(line.attributionMcpServer);
        event.setSkill(line.attributionSkill);
        event.setAgent(line.attributionAgent);
        event.setPromptId(line.promptId);
        Map<String, String> attributes = attributes(line);
        put(attributes, "message.uuid", line.uuid);
        put(attributes, "message.id", line.messageId);
        put(attributes, "speed", tokens.speed);
        put(attributes, "service_tier", tokens.serviceTier);
        put(attributes, "effort", line.effort);
        put(attributes, "stop_reason", line.stopReason);
        put(attributes, "mcp_tool.name", line.attributionMcpTool);
        if (tokens.webFetchRequests > 0) {
            attributes.put("web_fetch_requests", Long.toString(tokens.webFetchRequests));
        }
        if (advisor) {
            put(attributes, "advised_request_id", line.requestId);
        }
        event.setAttributes(attributes);
        return event;
    }

    private static @Nullable String ofResponse(Line line) {
        return line.usage == null ? null : line.usage.inferenceGeo;
    }

    private String usageId(Responses.Report report) {
        Line line = report.line();
        TokenUsage tokens = report.usage();
        boolean identified = line.messageId != null || line.requestId != null;
        return start("usage")
                .add(report.messageId())
                .add(report.requestId())
                .add(line.uuid)
                // Forks copy lines under a new session id. With an id of the request they are two reports of it.
                .add(identified ? report.sessionId() : null)
                .add(line.timestamp)
                .add(report.model())
                .add(report.advisor())
                .add(tokens.inputTokens)
                .add(tokens.outputTokens)
                .add(tokens.cacheReadTokens)
                .add(tokens.cacheCreationTokens())
                .hex();
    }

    /**
     * @param subject what the event is about; null: the line
     */
    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    ActivityEvent activity(
            Line line, String session, String name, @Nullable String subject, long at, Map<String, String> attributes) {
        ActivityEvent event = new ActivityEvent();
        event.setOrgId(context.orgId());
        event.setEventId(start("activity")
                .add(name)
                .add(subject)
                .add(line.uuid)
                .add(line.uuid == null ? line.timestamp : null)
                .hex());
        event.setOccurredAt(at);
        event.setReceivedAt(receivedAt);
        event.setSource(SOURCE);
        event.setHistorical(true);
        event.setActor(context.actor());
        event.setSessionId(session);
        event.setName(name);
        event.setPromptId(line.promptId);
        event.setProduct(PRODUCT);
        event.setAttributes(attributes);
        return event;
    }

    /**
     * @param line the message's; of a response the last one
     */
    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    ContentEvent content(Line line, String session, String role, String text, long at) {
        String id = line.uuid != null ? line.uuid : line.messageId != null ? line.messageId : line.requestId;
        if (id == null) {
            id = start("content").add(role).add(line.timestamp).add(text).hex();
        }
        ContentEvent event = new ContentEvent();
        event.setOrgId(context.orgId());
        event.setEventId(id);
        event.setOccurredAt(at);
        event.setReceivedAt(receivedAt);
        event.setSource(SOURCE);
        event.setHistorical(true);
        event.setActor(context.actor());
        event.setConversationId(session);
        event.setMessageId(id);
        event.setRole(role);
        event.setModel(line.model);
        event.setProduct(PRODUCT);
        event.setText(Texts.cut(text, Limits.TEXT_BYTES));
        Map<String, String> attributes = attributes(line);
        put(attributes, "prompt.id", line.promptId);
        put(attributes, "request_id", line.requestId);
        event.setAttributes(attributes);
        event.setToolNames(List.of());
        event.setFiles(List.of());
        return event;
    }

    /**
     * What a tool was given, or what tools answered.
     *
     * @param id of the use; null: the line's
     */
    ContentEvent tools(
            Line line, String session, String role, @Nullable String id, String text, ToolTexts tools, long at) {
        ContentEvent event = content(line, session, role, text, at);
        if (id != null) {
            event.setEventId(id);
            event.setMessageId(id);
        }
        event.setToolNames(tools.names());
        if (!tools.text().isEmpty()) {
            event.setToolText(Texts.cut(tools.text(), Limits.TOOL_TEXT_BYTES));
            event.setText(Texts.cut(text, Limits.TOOL_TEXT_BYTES));
        }
        event.setFiles(tools.files());
        return event;
    }

    /** @param names of the tools */
    record ToolTexts(List<String> names, String text, List<String> files) {}

    /** What a session is called. */
    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    ContentEvent name(String session, String title, long at) {
        ContentEvent event = new ContentEvent();
        event.setOrgId(context.orgId());
        event.setEventId(session);
        event.setOccurredAt(at);
        event.setReceivedAt(receivedAt);
        event.setSource(SOURCE);
        event.setHistorical(true);
        event.setActor(context.actor());
        event.setConversationId(session);
        event.setMessageId(session);
        event.setRole("conversation");
        event.setProduct(PRODUCT);
        event.setText("");
        event.setTitle(title);
        event.setAttributes(Map.of());
        event.setToolNames(List.of());
        event.setFiles(List.of());
        return event;
    }

    /**
     * @param line null: it could not be read
     */
    @SuppressWarnings("NullAway") // Avro's nullable fields have setters without annotations.
    DeadLetter deadLetter(Rejection rejection, String fileName, String fileSession, Lines input, @Nullable Line line) {
        start("dead-letter");
        if (input.tooLong()) {
            fingerprint.add(fileSession).add(input.number());
        } else {
            fingerprint.add(input.buffer(), input.start(), input.length());
        }
        DeadLetter letter = new DeadLetter();
        letter.setOrgId(context.orgId());
        letter.setEventId(fingerprint.hex());
        letter.setReceivedAt(receivedAt);
        letter.setSource(SOURCE);
        letter.setReason(rejection.reason.code());
        letter.setField(rejection.field);
        letter.setMessage(fileName + ", line " + input.number() + ": " + rejection.getMessage());
        letter.setSessionId(line == null || line.sessionId == null ? fileSession : line.sessionId);
        letter.setName(line == null ? null : line.type);
        return letter;
    }

    private Fingerprint start(String kind) {
        return fingerprint.start().add(context.orgId()).add(kind);
    }

    /** What every line tells about where it was written. The caller may add to the map. */
    static Map<String, String> attributes(Line line) {
        Map<String, String> attributes = new HashMap<>();
        put(attributes, "app.version", line.version);
        put(attributes, "app.entrypoint", line.entrypoint);
        put(attributes, "cwd", line.cwd);
        put(attributes, "git_branch", line.gitBranch);
        put(attributes, "agent_id", line.agentId);
        if (line.sidechain) {
            attributes.put("sidechain", "true");
        }
        return attributes;
    }

    static void put(Map<String, String> attributes, String name, @Nullable String value) {
        if (value != null) {
            attributes.put(name, value);
        }
    }
}
