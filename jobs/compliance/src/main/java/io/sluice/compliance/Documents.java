package io.sluice.compliance;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sluice.core.content.Conversation;
import io.sluice.core.content.Folding;
import io.sluice.core.content.Kept;
import io.sluice.core.content.Labels;
import io.sluice.core.content.MessageCopy;
import io.sluice.core.spend.Periods;
import io.sluice.elasticsearch.ContentStore;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.Micros;
import io.sluice.schema.Texts;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The documents that the job writes, by the mappings of {@link ContentIndex}. Ids are computed, so a replay overwrites. */
final class Documents {
    /** Longer values of these fields would be refused, and the message with them. */
    private static final int MOST_KEYWORD_BYTES = 1_024;

    /** Folding makes some letters eighteen. The whole has to fit into one request: three bytes each at most. */
    private static final int MOST_FOLDED_CHARS = 350_000;

    private Documents() {}

    static String id(ContentEvent event) {
        return ContentIndex.documentId(event.getConversationId(), event.getMessageId());
    }

    /**
     * @param id as {@link #id} gives it
     * @param number of the part
     */
    static DocumentWrite part(ContentEvent event, String id, MessageCopy copy, Kept kept, int number) {
        return DocumentWrite.of(index(event, kept.month()), partId(id, number), kept.rank(), json -> {
            json.writeStringField("org_id", event.getOrgId());
            json.writeStringField("doc_id", id);
            json.writeStringField("conversation_id", event.getConversationId());
            json.writeStringField("message_id", event.getMessageId());
            json.writeNumberField("part", number);
            json.writeNumberField("parts", kept.parts());
            json.writeStringField("occurred_at", time(event.getOccurredAt()));
            json.writeStringField("received_at", time(event.getReceivedAt()));
            keyword(json, "source", event.getSource());
            keyword(json, "role", event.getRole());
            keyword(json, "user", Labels.user(event.getActor()));
            keywords(json, "labels", Labels.of(event.getActor()));
            keyword(json, "team", MessageCopy.team(event));
            keyword(json, "product", event.getProduct());
            keyword(json, "model", event.getModel());
            keyword(json, "repository", MessageCopy.repository(event));
            keyword(json, "project_id", event.getProjectId());
            keywords(json, "tools", event.getToolNames());
            keywords(json, "files", event.getFiles());
            json.writeBooleanField("has_files", !event.getFiles().isEmpty());
            json.writeBooleanField("flagged", false);
            time(json, "deleted_upstream_at", event.getDeletedUpstreamAt());
            if (number < copy.texts().size()) {
                String text = copy.texts().get(number);
                json.writeStringField("text", text);
                json.writeStringField("folded", folded(text));
            }
            if (number < copy.toolTexts().size()) {
                json.writeStringField("tool_text", copy.toolTexts().get(number));
            }
            json.writeStringField("content_sha256", copy.contentSha256());
        });
    }

    /** Of what grows too large the letters are compared as they are: nothing may be hidden behind them. */
    static String folded(String text) {
        String folded = Folding.fold(text);
        return folded.length() > MOST_FOLDED_CHARS ? text : folded;
    }

    /** In the place of a document that is none of the message's any more. */
    static DocumentWrite stub(ContentEvent event, String id, Kept.Place place, long version) {
        return DocumentWrite.of(index(event, place.month()), partId(id, place.part()), version, json -> {
            json.writeStringField("org_id", event.getOrgId());
            json.writeBooleanField("empty", true);
        });
    }

    static DocumentWrite conversation(String orgId, String conversationId, Conversation told, long version) {
        String id = ContentIndex.documentId(conversationId, "");
        return DocumentWrite.of(ContentIndex.conversations(orgId), id, version, json -> {
            json.writeStringField("org_id", orgId);
            json.writeStringField("conversation_id", conversationId);
            if (told.firstAt() <= told.lastAt()) {
                json.writeStringField("first_at", time(told.firstAt()));
                json.writeStringField("last_at", time(told.lastAt()));
            }
            json.writeNumberField("messages", told.messages());
            keywords(json, "user", told.users());
            keywords(json, "labels", told.labels());
            keywords(json, "product", told.products());
            keywords(json, "models", told.models());
            keywords(json, "repositories", told.repositories());
            keywords(json, "project_id", told.projects());
            json.writeBooleanField("has_files", told.hasFiles());
            json.writeBooleanField("flagged", false);
            time(json, "deleted_upstream_at", told.deletedUpstreamAt());
        });
    }

    /** In the place of a part of a message that is erased. */
    static DocumentWrite erased(
            String orgId, String conversationId, String messageId, @Nullable String by, Kept kept, int number) {
        String id = ContentIndex.documentId(conversationId, messageId);
        String index = ContentIndex.messages(orgId, Periods.monthStartMicros(kept.month()));
        return DocumentWrite.of(index, partId(id, number), ContentStore.STUB_VERSION, json -> {
            json.writeStringField("org_id", orgId);
            json.writeBooleanField("empty", true);
            if (by != null) {
                json.writeStringField("erased_by", by);
            }
            json.writeStringField("doc_id", id);
            json.writeStringField("conversation_id", conversationId);
            json.writeStringField("message_id", messageId);
        });
    }

    /** Of a conversation whose messages are all erased. It may go on. */
    static DocumentWrite emptied(String orgId, String conversationId, long version) {
        String id = ContentIndex.documentId(conversationId, "");
        return DocumentWrite.of(ContentIndex.conversations(orgId), id, version, json -> {
            json.writeStringField("org_id", orgId);
            json.writeBooleanField("empty", true);
        });
    }

    private static String index(ContentEvent event, int month) {
        return ContentIndex.messages(event.getOrgId(), Periods.monthStartMicros(month));
    }

    private static String partId(String id, int number) {
        return number == 0 ? id : id + '-' + number;
    }

    private static void keyword(JsonGenerator json, String field, @Nullable String value) throws IOException {
        if (value != null && !value.isEmpty()) {
            json.writeStringField(field, Texts.cut(Texts.wellFormed(value), MOST_KEYWORD_BYTES));
        }
    }

    private static void keywords(JsonGenerator json, String field, List<String> values) throws IOException {
        if (!values.isEmpty()) {
            json.writeArrayFieldStart(field);
            for (String value : values) {
                json.writeString(Texts.cut(Texts.wellFormed(value), MOST_KEYWORD_BYTES));
            }
            json.writeEndArray();
        }
    }

    private static void time(JsonGenerator json, String field, @Nullable Long micros) throws IOException {
        if (micros != null && Periods.isTime(micros)) {
            json.writeStringField(field, time(micros));
        }
    }

    private static String time(long micros) {
        return Micros.toInstant(micros).toString();
    }
}
