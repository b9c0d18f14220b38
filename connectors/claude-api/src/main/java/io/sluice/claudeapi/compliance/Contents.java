package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.ApiConnection;
import io.sluice.claudeapi.RowId;
import io.sluice.schema.Codec;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.Texts;
import io.sluice.schema.Topic;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Messages of chats, and texts and files of projects, as records of content. */
final class Contents {
    private static final String PRODUCT = "chat";
    private static final String ROLE_OF_CONVERSATION = "conversation";
    private static final String ROLE_OF_FILE = "file";
    /** Of all texts of a message, in UTF-8: with names and ids it is below a message of Kafka. */
    private static final int MOST_BYTES = 900_000;

    /** Of a file: whatever its charset is, as text it is longer than what is kept. */
    static final int MOST_READ = 4 * 1024 * 1024;

    private static final int LEAST_CUT = 64;
    private static final int LONGEST_FILE = 256;
    private static final int MOST_FILES = 200;
    private static final int MOST_TOOLS = 100;
    private static final String CUT = "cut";

    private final String orgId;
    private final Labels labels;

    Contents(String orgId, Labels labels) {
        this.orgId = orgId;
        this.labels = labels;
    }

    /** What a message consists of. */
    private static final class Parts {
        final List<String> texts = new ArrayList<>();
        final List<String> toolTexts = new ArrayList<>();
        final Set<String> tools = new LinkedHashSet<>();
        final List<String> files = new ArrayList<>();
        final Map<String, String> attributes = new TreeMap<>();

        void add(JsonNode block) {
            String type = block.path("type").asText();
            if (block.path("truncated").asBoolean()) {
                attributes.put("truncated", "true");
            }
            switch (type) {
                case "tool_use" -> {
                    tool(block);
                    JsonNode input = block.path("input");
                    add(
                            toolTexts,
                            input.isTextual() ? input.textValue() : input.isMissingNode() ? "" : input.toString());
                }
                case "tool_result" -> {
                    tool(block);
                    for (JsonNode part : block.path("content")) {
                        add(toolTexts, part.path("text").asText());
                    }
                }
                default -> add(texts, block.path("text").asText()); // also of a type that there is not yet
            }
        }

        private void tool(JsonNode block) {
            String name = block.path("name").asText();
            if (!name.isEmpty() && tools.size() < MOST_TOOLS) {
                tools.add(Texts.cut(Texts.wellFormed(name), LONGEST_FILE));
            }
        }

        private static void add(List<String> to, String text) {
            if (!text.isEmpty()) {
                to.add(Texts.wellFormed(text));
            }
        }

        void files(Iterable<JsonNode> rows, String field) {
            for (JsonNode row : rows) {
                String name = row.path(field).asText();
                if (!name.isEmpty() && files.size() < MOST_FILES) {
                    files.add(Texts.cut(Texts.wellFormed(name), LONGEST_FILE));
                }
            }
        }
    }

    /**
     * A message; null: it has no content at all, as those of a chat that its user has deleted, and says nothing.
     *
     * @param chat what the answer says of the chat
     */
    @Nullable
    Captured message(JsonNode chat, String chatId, JsonNode row, long now) throws Rows.Unusable {
        String id = Rows.id(row, "id");
        Parts parts = new Parts();
        row.path("content").forEach(parts::add);
        parts.files(row.path("files"), "filename");
        parts.files(row.path("generated_files"), "filename");
        parts.files(row.path("artifacts"), "title");
        if (row.path("content").isEmpty() && parts.files.isEmpty()) {
            return null;
        }
        String role = Rows.text(row, "role");
        return captured(
                event(chatId, id, role == null ? "" : role, Rows.time(row, "created_at"), now)
                        .setActor(labels.actor(chat.path("user")))
                        .setModel(Rows.text(chat, "model"))
                        .setTitle(Rows.text(chat, "name"))
                        .setProjectId(Rows.text(chat, "project_id")),
                chat,
                parts);
    }

    /** That a chat or project was deleted by its user. Never without {@code deleted_at}, and never with any text. */
    Captured deleted(JsonNode of, String id, long deletedAt, @Nullable String projectId, long now)
            throws Rows.Unusable {
        ContentEvent.Builder event = event(id, "", ROLE_OF_CONVERSATION, Rows.time(of, "created_at"), now)
                .setEventId(RowId.of(List.of(orgId, id, "deleted")).text())
                .setActor(labels.actor(of.path("user")))
                .setModel(Rows.text(of, "model"))
                .setTitle(Rows.text(of, "name"))
                .setProjectId(projectId)
                .setDeletedUpstreamAt(deletedAt);
        return captured(event, of, new Parts());
    }

    /** A text of a project: its conversation is the project. */
    Captured text(JsonNode project, String projectId, String id, long createdAt, String text, long now) {
        Parts parts = new Parts();
        Parts.add(parts.texts, text);
        return ofProject(project, project.path("user"), projectId, id, createdAt, parts, now);
    }

    /**
     * A document of a project, or the name of a file of it.
     *
     * @param document its text, and whose it is; missing: a file, of which nobody says whose it is
     */
    Captured file(
            JsonNode project, String projectId, String id, long createdAt, JsonNode file, JsonNode document, long now) {
        Parts parts = new Parts();
        Parts.add(parts.texts, document.path("content").asText());
        parts.files(List.of(file), "filename");
        JsonNode user = document.path("user").isObject() ? document.path("user") : project.path("user");
        return ofProject(project, user, projectId, id, createdAt, parts, now);
    }

    /**
     * The text of a file of a chat or project.
     *
     * @param of what upstream says of that
     */
    Captured text(JsonNode of, String conversationId, TextFile file, ApiConnection.Download content, long now) {
        JsonNode row = file.row();
        Parts parts = new Parts();
        String type = content.answer().headers().firstValue("content-type").orElse(null);
        String whole = Texts.wellFormed(TextFiles.decoded(content.bytes(), type));
        String text = Texts.cut(whole, MOST_BYTES);
        if (content.cut() || !text.equals(whole)) {
            parts.attributes.put(CUT, "true");
        }
        if (content.cut()) {
            text = Texts.start(whole, MOST_BYTES, row.path("size_bytes").asLong(content.bytes().length));
        }
        Parts.add(parts.texts, text);
        parts.files(List.of(row), file.nameField());
        String mime = Rows.text(row, "mime_type");
        put(parts, "mime_type", mime == null ? Rows.text(row, "artifact_type") : mime);
        put(parts, "md5", Rows.text(row, "md5"));
        put(parts, "message_id", file.messageId());
        if (row.path("size_bytes").canConvertToLong()) {
            put(parts, "size_bytes", row.path("size_bytes").asText());
        }
        return captured(
                event(conversationId, file.id(), ROLE_OF_FILE, file.at(), now)
                        .setActor(labels.actor(of.path("user")))
                        .setModel(Rows.text(of, "model"))
                        .setTitle(Rows.text(of, "name"))
                        .setProjectId(file.messageId() == null ? conversationId : Rows.text(of, "project_id")),
                of,
                parts);
    }

    private static void put(Parts parts, String name, @Nullable String value) {
        if (value != null) {
            parts.attributes.put(name, value);
        }
    }

    /** Whether the bytes are those that were sent; true: nobody says. */
    static boolean isWhole(ApiConnection.Download content) {
        return content.answer()
                .headers()
                .firstValue("content-md5")
                .map(sum -> sum.equals(Base64.getEncoder().encodeToString(md5(content.bytes()))))
                .orElse(true);
    }

    private static byte[] md5(byte[] bytes) {
        try {
            return MessageDigest.getInstance("MD5").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private Captured ofProject(
            JsonNode project, JsonNode user, String projectId, String id, long createdAt, Parts parts, long now) {
        return captured(
                event(projectId, id, "user", createdAt, now)
                        .setActor(labels.actor(user))
                        .setTitle(Rows.text(project, "name"))
                        .setProjectId(projectId),
                project,
                parts);
    }

    private ContentEvent.Builder event(String conversation, String message, String role, long at, long now) {
        return ContentEvent.newBuilder()
                .setOrgId(orgId)
                .setEventId(message)
                .setOccurredAt(at)
                .setReceivedAt(now)
                .setSource(Rows.SOURCE)
                .setConversationId(conversation)
                .setMessageId(message)
                .setRole(role)
                .setProduct(PRODUCT);
    }

    private Captured captured(ContentEvent.Builder event, JsonNode of, Parts parts) {
        String whole = String.join("\n", parts.texts);
        String text = Texts.cut(whole, MOST_BYTES);
        String toolWhole = String.join("\n", parts.toolTexts);
        String toolText = Texts.cut(toolWhole, (int) Math.max(LEAST_CUT, MOST_BYTES - Texts.utf8Length(text)));
        if (!text.equals(whole) || !toolText.equals(toolWhole)) {
            parts.attributes.put(CUT, "true");
        }
        String organization = Rows.text(of, "organization_uuid");
        if (organization != null) {
            parts.attributes.put("organization_uuid", organization);
        }
        ContentEvent built = event.setText(text)
                .setToolText(toolText.isEmpty() ? null : toolText)
                .setToolNames(List.copyOf(parts.tools))
                .setFiles(List.copyOf(parts.files))
                .setAttributes(parts.attributes)
                .build();
        return new Captured(
                Captured.Kind.CONTENT,
                Topic.contentKey(orgId, built.getConversationId(), built.getMessageId()),
                Codec.encode(built));
    }
}
