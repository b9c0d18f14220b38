package io.sluice.elasticsearch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A document that Elasticsearch will never accept. Holds no content: Elasticsearch's own explanation quotes values, so
 * only the names in it are kept.
 *
 * @param status HTTP status of the item; 413 also for a document above the sink's own limit
 * @param errorType Elasticsearch's {@code error.type}, for example {@code document_parsing_exception}
 * @param field the field that was refused; null if Elasticsearch named none
 * @param orgId the document's {@code org_id}; null if it has none
 */
public record RejectedDocument(
        String index,
        String id,
        long version,
        int status,
        String errorType,
        @Nullable String field,
        @Nullable String orgId) {

    private static final JsonFactory JSON = new JsonFactory();

    private static final Pattern FIELD =
            Pattern.compile("(?:failed to parse field|dynamic introduction of) \\[([\\w.@-]{1,200})]"
                    + "|in field=\"([\\w.@-]{1,200})\"");

    static RejectedDocument of(BulkItem item, int status, @Nullable String errorType, @Nullable String reason) {
        String type = errorType == null ? "unknown" : errorType;
        return new RejectedDocument(
                item.index(), item.id(), item.version(), status, type, fieldIn(reason), orgId(item.source()));
    }

    private static @Nullable String orgId(byte[] source) {
        try (JsonParser json = JSON.createParser(source)) {
            json.nextToken();
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                JsonToken value = json.nextToken();
                if (name.equals("org_id")) {
                    return value == JsonToken.VALUE_STRING ? json.getText() : null;
                }
                json.skipChildren();
            }
            return null;
        } catch (IOException e) {
            return null; // It may be what it was refused for.
        }
    }

    private static @Nullable String fieldIn(@Nullable String reason) {
        if (reason == null) {
            return null;
        }
        Matcher matcher = FIELD.matcher(reason);
        if (!matcher.find()) {
            return null;
        }
        return matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
    }
}
