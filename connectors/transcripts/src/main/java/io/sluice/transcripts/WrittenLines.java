package io.sluice.transcripts;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * How many lines an edit added and removed, counted as the client's counter {@code claude_code.lines_of_code.count} does
 * (seen in version 2.1.328): by the patch; of a new file, which has none, all lines, also an empty one after the last line
 * feed.
 */
record WrittenLines(int added, int removed) {
    /** Reads {@code toolUseResult}; the parser stands at its start and is left at its end. Null: it is no edit. */
    static @Nullable WrittenLines read(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            in.skipChildren();
            return null;
        }
        boolean created = false;
        int content = 0;
        WrittenLines patch = null;
        for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
            JsonToken token = in.nextToken();
            switch (field) {
                case "type" -> created = token == JsonToken.VALUE_STRING && "create".equals(in.getText());
                case "content" -> {
                    if (token == JsonToken.VALUE_STRING) {
                        content = lines(in.getText());
                    } else {
                        in.skipChildren();
                    }
                }
                case "structuredPatch" -> patch = patch(in);
                default -> in.skipChildren();
            }
        }
        return created && patch != null ? new WrittenLines(patch.added + content, patch.removed) : patch;
    }

    private static int lines(String text) {
        int lines = 1;
        for (int at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
            lines++;
        }
        return lines;
    }

    private static @Nullable WrittenLines patch(JsonParser in) throws IOException {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            in.skipChildren();
            return null;
        }
        int added = 0;
        int removed = 0;
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (in.currentToken() != JsonToken.START_OBJECT) {
                in.skipChildren();
                continue;
            }
            for (String field = in.nextFieldName(); field != null; field = in.nextFieldName()) {
                JsonToken token = in.nextToken();
                if (!field.equals("lines") || token != JsonToken.START_ARRAY) {
                    in.skipChildren();
                    continue;
                }
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    boolean text = in.currentToken() == JsonToken.VALUE_STRING && in.getTextLength() > 0;
                    char first = text ? in.getTextCharacters()[in.getTextOffset()] : ' ';
                    added += first == '+' ? 1 : 0;
                    removed += first == '-' ? 1 : 0;
                    in.skipChildren();
                }
            }
        }
        return new WrittenLines(added, removed);
    }
}
