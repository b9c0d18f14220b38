package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** How an exported message is written: one line of JSON, or one record of CSV (RFC 4180). Pure. */
enum ExportFormat {
    JSONL("messages.jsonl", "\n") {
        @Override
        String header() {
            return "";
        }

        @Override
        String item(ObjectNode message) {
            return message.toString();
        }
    },
    CSV("messages.csv", "\r\n") {
        @Override
        String header() {
            return String.join(",", COLUMNS) + end();
        }

        @Override
        String item(ObjectNode message) {
            return COLUMNS.stream()
                    .map(column -> cell(text(message.path(column))))
                    .collect(Collectors.joining(","));
        }
    };

    static final List<String> COLUMNS = List.of(
            "id",
            "conversation_id",
            "message_id",
            "part",
            "parts",
            "created_at",
            "received_at",
            "source",
            "role",
            "user",
            "team",
            "product",
            "model",
            "repository",
            "project_id",
            "tools",
            "files",
            "has_files",
            "flagged",
            "rules",
            "deleted_upstream_at",
            "text",
            "tool_text");

    /**
     * What a spreadsheet may take for a formula, be it behind blanks or signs that do not show, or in full width. Such a cell gets an
     * apostrophe before it.
     */
    private static final Pattern FORMULA = Pattern.compile(
            "[\\s\\p{Z}\\p{Cc}\\p{Cf}]*[=+@\\-\uff1d\uff0b\uff0d\uff20\u2212].*|[\\t\\r\\n].*", Pattern.DOTALL);

    private final String file;
    private final String end;

    ExportFormat(String file, String end) {
        this.file = file;
        this.end = end;
    }

    /** Name of the file within the export. */
    String file() {
        return file;
    }

    /** Of an item. */
    String end() {
        return end;
    }

    /** What stands before the first item, with its end. */
    abstract String header();

    /** Without its end. */
    abstract String item(ObjectNode message);

    static String cell(String text) {
        String guarded = FORMULA.matcher(text).matches() ? "'" + text : text;
        return guarded.chars().anyMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n')
                ? '"' + guarded.replace("\"", "\"\"") + '"'
                : guarded;
    }

    private static String text(JsonNode value) {
        if (value.isArray()) {
            return StreamSupport.stream(value.spliterator(), false)
                    .map(JsonNode::asText)
                    .collect(Collectors.joining("; "));
        }
        return value.isNull() ? "" : value.asText();
    }
}
