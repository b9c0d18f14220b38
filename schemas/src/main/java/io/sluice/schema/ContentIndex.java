package io.sluice.schema;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The indices of conversations: of each organization its own, made by the first document. Names are functions of what never
 * changes, so that an id is never in two of them. Mappings are strict.
 */
public enum ContentIndex {
    /** One document per message, or per part of a long one; one index for each month (UTC) in which messages occurred. */
    MESSAGES("messages"),
    /** One document per conversation. */
    CONVERSATIONS("conversations");

    private static final String FOLDED = "\"folded\": {\"type\": \"text\", \"analyzer\": \"standard\"";
    private static final String STEMMED =
            ", \"fields\": {\"stemmed\": {\"type\": \"text\", \"analyzer\": \"english\"}}";
    private static final int ORGANIZATION_BYTES = 8;
    private static final int DOCUMENT_BYTES = 16;
    /** By organization: each document asks for it. */
    private static final Map<String, String> ORGANIZATIONS = new ConcurrentHashMap<>();

    private static final int MOST_ORGANIZATIONS = 10_000;

    private final String resource;

    ContentIndex(String resource) {
        this.resource = resource;
    }

    /** Name of the template, {@code PUT _index_template/<name>}. */
    public String templateName() {
        return "sluice-" + resource;
    }

    /**
     * Body of the template.
     *
     * @param english whether the cluster has that analyzer; then {@code folded} texts have a sub-field {@code stemmed}
     */
    public String template(boolean english) {
        String template = template();
        return english && this == MESSAGES ? template.replace(FOLDED, FOLDED + STEMMED) : template;
    }

    /** Body of the template, of what every cluster has. */
    public String template() {
        try (InputStream in = ContentIndex.class.getResourceAsStream("elasticsearch/" + resource + ".json")) {
            if (in == null) {
                throw new IllegalStateException("elasticsearch/" + resource + ".json: missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param occurredAt of the message, microseconds UTC */
    public static String messages(String orgId, long occurredAt) {
        LocalDate day = LocalDate.ofEpochDay(
                Math.floorDiv(occurredAt, Duration.ofDays(1).toNanos() / 1_000));
        int month = day.getMonthValue();
        return MESSAGES.templateName()
                + '-'
                + organization(orgId)
                + '-'
                + day.getYear()
                + (month < 10 ? "-0" : "-")
                + month;
    }

    /** Those of all months, as a pattern. */
    public static String allMessages(String orgId) {
        return MESSAGES.templateName() + '-' + organization(orgId) + "-*";
    }

    public static String conversations(String orgId) {
        return CONVERSATIONS.templateName() + '-' + organization(orgId);
    }

    /**
     * Id of the document of a message, 32 hex digits; that of its part {@code n > 0} has {@code -n} behind it. That of a
     * conversation has an empty message.
     */
    public static String documentId(String conversationId, String messageId) {
        return hash(conversationId.length() + ":" + conversationId + messageId, DOCUMENT_BYTES);
    }

    /** What identifies a conversation among those of all organizations, 32 hex digits. */
    public static String conversationKey(String orgId, String conversationId) {
        return hash(orgId.length() + ":" + orgId + conversationId, DOCUMENT_BYTES);
    }

    private static String organization(String orgId) {
        String known = ORGANIZATIONS.get(orgId);
        if (known != null) {
            return known;
        }
        if (ORGANIZATIONS.size() >= MOST_ORGANIZATIONS) {
            ORGANIZATIONS.clear();
        }
        String hash = hash(orgId, ORGANIZATION_BYTES);
        ORGANIZATIONS.put(orgId, hash);
        return hash;
    }

    private static String hash(String text, int bytes) {
        byte[] digest = Sha256.begin().digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest, 0, bytes);
    }
}
