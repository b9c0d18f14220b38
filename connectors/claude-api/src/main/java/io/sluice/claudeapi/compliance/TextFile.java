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
 * @param saidAt when the message was said, by which it is found; of a project's 0
 * @param about hash of what is said of the chat, as its record has it; 0: a project has it
 * @param at when it was made, or the message, if that is later; microseconds
 * @param content where its bytes are
 */
record TextFile(
        String id,
        JsonNode row,
        String nameField,
        @Nullable String messageId,
        long saidAt,
        long about,
        long at,
        Target content) {
    private static final String CHATS = "chats";
    private static final String CREATED_AT = "created_at";

    /**
     * Those of messages. A row that cannot be used is left out: the message has its name.
     *
     * @param chat what the answer says of the chat
     */
    static List<TextFile> ofMessages(JsonNode chat, JsonNode messages) {
        List<TextFile> files = new ArrayList<>();
        long about = ChatLane.about(chat);
        for (JsonNode message : messages) {
            Long saidAt = Rows.timeOrNull(message, CREATED_AT);
            String messageId = Rows.text(message, "id");
            if (saidAt != null && messageId != null) {
                add(files, message, messageId, saidAt, about);
            }
        }
        return files;
    }

    private static void add(List<TextFile> files, JsonNode message, String messageId, long saidAt, long about) {
        for (String list : List.of("files", "generated_files")) {
            for (JsonNode row : message.path(list)) {
                if (TextFiles.isText(row)) {
                    add(files, row, "id", "filename", messageId, saidAt, about);
                }
            }
        }
        for (JsonNode row : message.path("artifacts")) {
            add(files, row, "version_id", "title", messageId, saidAt, about);
        }
    }

    /** Those of a page of a project's attachments. One without a time is left out: that is told of the attachment. */
    static List<TextFile> ofProject(JsonNode attachments) {
        List<TextFile> files = new ArrayList<>();
        for (JsonNode row : attachments) {
            if (Rows.timeOrNull(row, CREATED_AT) != null
                    && row.path("type").asText().equals("project_file")
                    && TextFiles.isText(row)) {
                add(files, row, "id", "filename", null, 0, 0);
            }
        }
        return files;
    }

    private static void add(
            List<TextFile> files,
            JsonNode row,
            String idField,
            String nameField,
            @Nullable String message,
            long saidAt,
            long about) {
        try {
            String id = Rows.id(row, idField);
            Long madeAt = Rows.timeOrNull(row, CREATED_AT);
            Target content = idField.equals("version_id")
                    ? Target.of("apps", "artifacts", id, "content")
                    : Target.of(
                            "apps",
                            CHATS,
                            id.startsWith("claude_gen_file_") ? "generated-files" : "files",
                            id,
                            "content");
            files.add(new TextFile(
                    id,
                    row,
                    nameField,
                    message,
                    saidAt,
                    about,
                    Math.max(saidAt, madeAt == null ? 0 : madeAt),
                    content));
        } catch (Rows.Unusable e) {
            // its name is told of all the same
        }
    }

    /**
     * What it is remembered by. A file may be named in several conversations, and is in each of them; and it goes with its
     * chat from one project into another.
     */
    RowId mark(String conversationId) {
        return RowId.of(List.of("file", conversationId, id, Long.toString(about)));
    }
}
