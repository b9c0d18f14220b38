package io.sluice.transcripts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.sluice.schema.Texts;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads one line as a stream of tokens: one pass, nothing kept of what is not asked for. Names of fields as observed in
 * files of versions 1.0 to 2.1.328; the format is Claude Code's own and may change.
 */
final class LineReader {
    private final JsonFactory json = JsonFactory.builder()
            // Snapshots have paths as field names: too many to intern.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(SessionFileDecoder.MAX_LINE_BYTES)
                    .build())
            .build();

    Line read(byte[] bytes, int start, int length) throws Rejection {
        Line line = new Line();
        try (JsonParser parser = json.createParser(bytes, start, length)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new JsonParseException(parser, "not an object");
            }
            fields(parser, line);
            if (parser.nextToken() != null) {
                throw new JsonParseException(parser, "more than one object");
            }
        } catch (IOException e) {
            // The parser's own message would quote the line.
            throw new Rejection(RejectReason.NOT_JSON, null, length + " bytes", "one JSON object in UTF-8");
        }
        return line;
    }

    private void fields(JsonParser in, Line line) throws IOException {
        for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
            in.nextToken();
            if (line.isOfNoUse()) {
                in.skipChildren();
                continue;
            }
            switch (field) {
                case "type" -> line.type = text(in, line, field);
                case "subtype" -> line.subtype = text(in, line, field);
                case "uuid" -> line.uuid = text(in, line, field);
                case "sessionId" -> line.sessionId = text(in, line, field);
                case "timestamp" -> line.timestamp = text(in, line, field);
                case "requestId" -> line.requestId = text(in, line, field);
                case "promptId" -> line.promptId = text(in, line, field);
                case "promptSource" -> line.promptSource = text(in, line, field);
                case "agentId" -> line.agentId = text(in, line, field);
                case "version" -> line.version = text(in, line, field);
                case "summary", "aiTitle", "customTitle" -> {
                    if (line.isTitle()) {
                        line.title = attribute(in, line, field);
                    } else {
                        other(in, line, field);
                    }
                }
                case "cwd" -> line.cwd = attribute(in, line, field);
                case "gitBranch" -> line.gitBranch = attribute(in, line, field);
                case "entrypoint" -> line.entrypoint = text(in, line, field);
                case "effort" -> line.effort = scalar(in);
                case "attributionAgent" -> line.attributionAgent = text(in, line, field);
                case "attributionSkill" -> line.attributionSkill = text(in, line, field);
                case "attributionMcpServer" -> line.attributionMcpServer = text(in, line, field);
                case "attributionMcpTool" -> line.attributionMcpTool = text(in, line, field);
                case "toolDenialKind" -> line.denialKind = text(in, line, field);
                case "costUSD" -> line.costUsd = cost(in, line, field);
                case "isSidechain" -> line.sidechain = flag(in, line, field);
                case "isMeta" -> line.meta = flag(in, line, field);
                case "isCompactSummary" -> line.compactSummary = flag(in, line, field);
                case "isVisibleInTranscriptOnly" -> line.transcriptOnly = flag(in, line, field);
                case "isApiErrorMessage" -> line.apiError = flag(in, line, field);
                case "permissionDecision" -> decision(in, line);
                case "toolUseResult" -> line.written = WrittenLines.read(in);
                case "message" -> {
                    if (line.type == null || line.type.equals("assistant") || line.type.equals("user")) {
                        message(in, line);
                    } else {
                        in.skipChildren();
                    }
                }
                case "data" -> {
                    if ((line.type == null || line.type.equals("progress"))
                            && in.currentToken() == JsonToken.START_OBJECT) {
                        progress(in, line);
                    } else {
                        in.skipChildren();
                    }
                }
                case "parentUuid", "logicalParentUuid", "userType", "slug" -> in.skipChildren();
                default -> other(in, line, field);
            }
        }
    }

    private void other(JsonParser in, Line line, String field) throws IOException {
        if (!"system".equals(line.type) || field.equals("content")) {
            in.skipChildren();
        } else if (in.currentToken() == JsonToken.START_OBJECT) {
            for (String inner = in.nextFieldName(); inner != null; inner = in.nextFieldName()) {
                in.nextToken();
                putOther(in, line, field + '.' + inner);
            }
        } else {
            putOther(in, line, field);
        }
    }

    private static void putOther(JsonParser in, Line line, String name) throws IOException {
        String value = scalar(in);
        if (value != null && name.length() <= Limits.FIELD_CHARS) {
            line.putOther(Texts.wellFormed(name), value);
        }
    }

    private void progress(JsonParser in, Line line) throws IOException {
        for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
            JsonToken token = in.nextToken();
            if (field.equals("message") && token == JsonToken.START_OBJECT) {
                Line repeated = new Line();
                fields(in, repeated);
                line.repeated = repeated;
            } else {
                in.skipChildren();
            }
        }
    }

    private static void decision(JsonParser in, Line line) throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            in.skipChildren();
            return;
        }
        for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
            in.nextToken();
            switch (field) {
                case "decision" -> line.decision = text(in, line, "permissionDecision.decision");
                case "source" -> line.decisionSource = text(in, line, "permissionDecision.source");
                default -> in.skipChildren();
            }
        }
    }

    private static void message(JsonParser in, Line line) throws IOException {
        if (!isObject(in, line, "message")) {
            return;
        }
        for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
            in.nextToken();
            switch (field) {
                case "id" -> line.messageId = text(in, line, "message.id");
                case "model" -> line.model = text(in, line, "message.model");
                case "stop_reason" -> line.stopReason = text(in, line, "message.stop_reason");
                case "content" -> content(in, line);
                case "usage" -> {
                    if (isObject(in, line, "message.usage")) {
                        line.usage = usage(in, line, "message.usage.");
                    }
                }
                default -> in.skipChildren();
            }
        }
    }

    private static void content(JsonParser in, Line line) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_STRING) {
            line.text = Texts.wellFormed(in.getText());
        } else if (in.currentToken() == JsonToken.START_ARRAY) {
            while (in.nextToken() != JsonToken.END_ARRAY) {
                if (in.currentToken() == JsonToken.START_OBJECT) {
                    line.add(block(in, line));
                } else {
                    in.skipChildren();
                }
            }
        } else if (in.currentToken() != JsonToken.VALUE_NULL) {
            wrongType(in, line, "message.content", "text or a list of blocks");
            in.skipChildren();
        }
    }

    private static Block block(JsonParser in, Line line) throws IOException {
        String type = null;
        String id = null;
        String name = null;
        String text = null;
        boolean failed = false;
        Map<String, String> parameters = Map.of();
        StringBuilder toolText = new StringBuilder();
        for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
            JsonToken token = in.nextToken();
            switch (field) {
                case "type" -> type = text(in, line, "message.content.type");
                case "id" -> id = text(in, line, "message.content.id");
                case "tool_use_id" -> id = text(in, line, "message.content.tool_use_id");
                case "name" -> name = text(in, line, "message.content.name");
                case "is_error" -> failed = token == JsonToken.VALUE_TRUE;
                case "input" -> parameters = ToolInput.read(in, toolText);
                case "content" -> ToolInput.texts(in, toolText);
                case "text" -> {
                    if (token == JsonToken.VALUE_STRING) {
                        text = Texts.wellFormed(in.getText());
                    } else {
                        in.skipChildren();
                    }
                }
                default -> in.skipChildren();
            }
        }
        boolean use = "tool_use".equals(type);
        boolean tool = use || "tool_result".equals(type);
        return new Block(
                type,
                id,
                name,
                text,
                failed,
                use ? ToolInput.json(name, parameters) : null,
                tool && !toolText.isEmpty() ? toolText.toString() : null,
                use ? ToolInput.written(name, parameters) : null);
    }

    private static TokenUsage usage(JsonParser in, Line line, String path) throws IOException {
        TokenUsage usage = new TokenUsage();
        for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
            JsonToken token = in.nextToken();
            switch (field) {
                case "input_tokens" -> usage.inputTokens = tokens(in, line, path, field, TokenUsage.ABSENT);
                case "output_tokens" -> usage.outputTokens = tokens(in, line, path, field, TokenUsage.ABSENT);
                case "cache_read_input_tokens" -> usage.cacheReadTokens = tokens(in, line, path, field, 0);
                case "cache_creation_input_tokens" -> usage.cacheCreationFlat = tokens(in, line, path, field, 0);
                case "cache_creation" -> {
                    if (isObject(in, line, path + field)) {
                        cacheCreation(in, line, path + "cache_creation.", usage);
                    }
                }
                case "server_tool_use" -> {
                    if (isObject(in, line, path + field)) {
                        serverTools(in, line, path + "server_tool_use.", usage);
                    }
                }
                case "service_tier" -> usage.serviceTier = text(in, line, path + field);
                case "speed" -> usage.speed = text(in, line, path + field);
                case "inference_geo" -> usage.inferenceGeo = text(in, line, path + field);
                case "type" -> usage.type = text(in, line, path + field);
                case "model" -> usage.model = text(in, line, path + field);
                case "iterations" -> {
                    if (token == JsonToken.START_ARRAY) {
                        iterations(in, line, usage);
                    } else {
                        in.skipChildren();
                    }
                }
                default -> in.skipChildren();
            }
        }
        return usage;
    }

    /** The response's own iterations are in its totals already; an advisor's are not. */
    private static void iterations(JsonParser in, Line line, TokenUsage usage) throws IOException {
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (in.currentToken() == JsonToken.START_OBJECT) {
                TokenUsage iteration = usage(in, line, "message.usage.iterations.");
                if ("advisor_message".equals(iteration.type) && iteration.model != null) {
                    usage.addAdvisor(iteration);
                }
            } else {
                in.skipChildren();
            }
        }
    }

    private static void cacheCreation(JsonParser in, Line line, String path, TokenUsage usage) throws IOException {
        for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
            in.nextToken();
            switch (field) {
                case "ephemeral_5m_input_tokens" -> usage.cacheCreation5m = tokens(in, line, path, field, 0);
                case "ephemeral_1h_input_tokens" -> usage.cacheCreation1h = tokens(in, line, path, field, 0);
                default -> in.skipChildren();
            }
        }
    }

    private static void serverTools(JsonParser in, Line line, String path, TokenUsage usage) throws IOException {
        for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
            in.nextToken();
            switch (field) {
                case "web_search_requests" -> usage.webSearchRequests = tokens(in, line, path, field, 0);
                case "web_fetch_requests" -> usage.webFetchRequests = tokens(in, line, path, field, 0);
                default -> in.skipChildren();
            }
        }
    }

    private static long tokens(JsonParser in, Line line, String path, String field, long absent) throws IOException {
        JsonToken token = in.currentToken();
        if (token == JsonToken.VALUE_NUMBER_INT) {
            if (in.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
                long count = in.getLongValue();
                if (count >= 0 && count <= Limits.TOKENS) {
                    return count;
                }
            }
            String found = in.getTextLength() <= 32 ? in.getText() : "a number of " + in.getTextLength() + " digits";
            line.problem(new Rejection(RejectReason.NUMBER_OUT_OF_RANGE, path + field, found, "0 to " + Limits.TOKENS));
        } else if (token != JsonToken.VALUE_NULL) {
            line.problem(new Rejection(RejectReason.NUMBER_EXPECTED, path + field, shape(in), "a whole number"));
            in.skipChildren();
        }
        return absent;
    }

    private static @Nullable Double cost(JsonParser in, Line line, String field) throws IOException {
        JsonToken token = in.currentToken();
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
            double cost = in.getDoubleValue();
            if (cost >= 0 && cost <= Limits.COST_USD) {
                return cost;
            }
            line.problem(new Rejection(
                    RejectReason.NUMBER_OUT_OF_RANGE, field, Double.toString(cost), "0 to " + Limits.COST_USD));
        } else if (token != JsonToken.VALUE_NULL) {
            line.problem(new Rejection(RejectReason.NUMBER_EXPECTED, field, shape(in), "a number of USD"));
            in.skipChildren();
        }
        return null;
    }

    private static boolean flag(JsonParser in, Line line, String field) throws IOException {
        JsonToken token = in.currentToken();
        if (!token.isBoolean() && token != JsonToken.VALUE_NULL) {
            wrongType(in, line, field, "true or false");
            in.skipChildren();
        }
        return token == JsonToken.VALUE_TRUE;
    }

    private static boolean isObject(JsonParser in, Line line, String field) throws IOException {
        if (in.currentToken() == JsonToken.START_OBJECT) {
            return true;
        }
        if (in.currentToken() != JsonToken.VALUE_NULL) {
            wrongType(in, line, field, "a map");
            in.skipChildren();
        }
        return false;
    }

    /** A text with a field of its own. */
    private static @Nullable String text(JsonParser in, Line line, String field) throws IOException {
        String text = string(in, line, field);
        if (text == null || text.length() <= Limits.FIELD_CHARS) {
            return text;
        }
        line.problem(new Rejection(
                RejectReason.VALUE_TOO_LONG,
                field,
                "text of " + text.length() + " characters",
                "at most " + Limits.FIELD_CHARS));
        return null;
    }

    private static @Nullable String attribute(JsonParser in, Line line, String field) throws IOException {
        String text = string(in, line, field);
        return text == null ? null : AttributeText.of(text);
    }

    private static @Nullable String string(JsonParser in, Line line, String field) throws IOException {
        JsonToken token = in.currentToken();
        if (token == JsonToken.VALUE_STRING) {
            String text = in.getText();
            return text.isEmpty() ? null : Texts.wellFormed(text);
        }
        if (token != JsonToken.VALUE_NULL) {
            wrongType(in, line, field, "text");
            in.skipChildren();
        }
        return null;
    }

    /** Any scalar as text; null: something else, or nothing. */
    private static @Nullable String scalar(JsonParser in) throws IOException {
        JsonToken token = in.currentToken();
        if (token.isScalarValue() && token != JsonToken.VALUE_NULL) {
            return AttributeText.of(in.getText());
        }
        in.skipChildren();
        return null;
    }

    private static void wrongType(JsonParser in, Line line, String field, String expected) throws IOException {
        line.problem(new Rejection(RejectReason.WRONG_TYPE, field, shape(in), expected));
    }

    /** The kind and size of a value, never the value. */
    private static String shape(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case VALUE_STRING -> "text of " + in.getTextLength() + " characters";
            case VALUE_NUMBER_INT -> "a whole number";
            case VALUE_NUMBER_FLOAT -> "a fraction";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case START_ARRAY -> "a list";
            case START_OBJECT -> "a map";
            default -> "nothing";
        };
    }
}
