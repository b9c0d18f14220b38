package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.RowId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file whose text is read.
 *
 * @param id of an artifact that of its version
 * @param row what upstream says of it
 * @param nameField of the row
 * @param messageId that names it; null: a project has it
 * @param at when it was made, else the message; microseconds
 * @param content where its bytes are
 */
record TextFile(
        String id, JsonNode row, String nameField, @Nullable String messageId, long at, Target content) {
    private static final String CHATS = "chats";

    /** Those of a message. A row that cannot be used is left out: the message has its name. */
    static List<TextFile> ofMessage(JsonNode message) {
        List<TextFile> files = new ArrayList<>();
        Long saidAt = Rows.timeOrNull(message, "created_at");
        String messageId = Rows.text(message, "id");
        if (saidAt == null || messageId == null) {
            return files;
        }
        for (String list : List.of("files", "generated_files")) {
            for (JsonNode row : message.path(list)) {
                if (TextFiles.isText(row)) {
                    add(files, row, "id", "filename", messageId, saidAt);
                }
            }
        }
        for (JsonNode row : message.path("artifacts")) {
            add(files, row, "version_id", "title", messageId, saidAt);
        }
        return files;
    }

    /** Those of a page of a project's attachments. */
    static List<TextFile> ofProject(JsonNode attachments) {
        List<TextFile> files = new ArrayList<>();
        for (JsonNode row : attachments) {
            if (isOfProject(row)) {
                add(files, row, "id", "filename", null, 0);
            }
        }
        return files;
    }

    static boolean isOfProject(JsonNode attachment) {
        return attachment.path("type").asText().equals("project_file") && TextFiles.isText(attachment);
    }

    private static void add(
            List<TextFile> files, JsonNode row, String idField, String nameField, @Nullable String message, long at) {
        try {
            String id = Rows.id(row, idField);
            Long madeAt = Rows.timeOrNull(row, "created_at");
            Target content = idField.equals("version_id")
                    ? Target.of("apps", "artifacts", id, "content")
                    : Target.of(
                            "apps",
                            CHATS,
                            id.startsWith("claude_gen_file_") ? "generated-files" : "files",
                            id,
                            "content");
            files.add(new TextFile(id, row, nameField, message, madeAt == null ? at : madeAt, content));
        } catch (Rows.Unusable e) {
            // its name is told of all the same
        }
    }

    /** What it is remembered by. A file may be named in several conversations, and is in each of them. */
    RowId mark(String conversationId) {
        return RowId.of(List.of("file", conversationId, id));
    }
}
