package io.sluice.transcripts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.sluice.schema.Texts;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a tool was asked to do, reduced to what policies and metrics look at: which file, command, address, skill,
 * agent or MCP tool. File contents and other long arguments are left out. The names are those of telemetry's
 * {@code tool_parameters} where it has one.
 */
final class ToolInput {
    private static final String MCP_PREFIX = "mcp__";
    private static final JsonFactory JSON = new JsonFactory();

    /** Fields within a result that say what it is; and bytes of images. */
    private static final Set<String> NOT_TEXT = Set.of("type", "media_type", "data");

    private ToolInput() {}

    /**
     * Reads {@code input}; the parser stands at its start and is left at its end.
     *
     * @param text gets every argument, whole
     */
    static Map<String, String> read(JsonParser parser, StringBuilder text) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return Map.of();
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String argument = parser.currentName();
            String name = parameter(argument);
            JsonToken token = parser.nextToken();
            if (token.isScalarValue() && token != JsonToken.VALUE_NULL) {
                String value = parser.getText();
                append(text, argument + ": " + value);
                if (name != null) {
                    parameters.put(name, AttributeText.of(value));
                }
            } else {
                texts(parser, text);
            }
        }
        return parameters;
    }

    /** Appends every text within the value that the parser stands at. */
    static void texts(JsonParser parser, StringBuilder text) throws IOException {
        int depth = 0;
        JsonToken token = parser.currentToken();
        while (true) {
            if (token.isStructStart()) {
                depth++;
            } else if (token.isStructEnd()) {
                depth--;
            } else if (token == JsonToken.VALUE_STRING && !NOT_TEXT.contains(String.valueOf(parser.currentName()))) {
                append(text, parser.getText());
            }
            if (depth == 0) {
                return;
            }
            token = parser.nextToken();
        }
    }

    /** Not more than a record can hold. */
    private static void append(StringBuilder text, String more) {
        if (text.length() < Limits.TEXT_BYTES) {
            text.append(text.isEmpty() ? "" : "\n").append(Texts.wellFormed(more));
        }
    }

    /** The file that a tool makes or changes; null: none. */
    static @Nullable String written(@Nullable String tool, Map<String, String> parameters) {
        return switch (String.valueOf(tool)) {
            case "Write", "Edit", "MultiEdit" -> parameters.get("file_path");
            case "NotebookEdit" -> parameters.get("notebook_path");
            default -> null;
        };
    }

    private static @Nullable String parameter(String argument) {
        return switch (argument) {
            case "command" -> "full_command";
            case "skill" -> "skill_name";
            case "description", "dangerouslyDisableSandbox", "timeout", "subagent_type" -> argument;
            case "file_path", "notebook_path", "path", "pattern", "url", "query" -> argument;
            default -> null;
        };
    }

    /** As JSON; null: there are none. */
    static @Nullable String json(@Nullable String tool, Map<String, String> parameters) {
        Map<String, String> all = parameters;
        int separator = tool != null && tool.startsWith(MCP_PREFIX) ? tool.indexOf("__", MCP_PREFIX.length()) : -1;
        if (tool != null && separator > 0) {
            all = new LinkedHashMap<>();
            all.put("mcp_server_name", tool.substring(MCP_PREFIX.length(), separator));
            all.put("mcp_tool_name", tool.substring(separator + 2));
            all.putAll(parameters);
        }
        if (all.isEmpty()) {
            return null;
        }
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(out)) {
            generator.writeStartObject();
            for (Map.Entry<String, String> parameter : all.entrySet()) {
                generator.writeStringField(parameter.getKey(), parameter.getValue());
            }
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }
}
