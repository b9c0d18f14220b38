package io.sluice.core.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An entry as a document: {@code entry} is its canonical JSON, and counts; the other fields say the same once more, to be
 * searched by.
 */
public final class AuditDocument {
    public static final String ENTRY = "entry";

    /** What Elasticsearch can hold as a time in nanoseconds. */
    private static final Instant EARLIEST = Instant.EPOCH;

    private static final Instant LATEST = Instant.parse("2262-01-01T00:00:00Z");

    private static final List<String> COPIED = List.of(
            AuditJson.ORG_ID,
            AuditJson.NUMBER,
            AuditJson.PREVIOUS_HASH,
            AuditJson.HASH,
            AuditJson.EVENT_ID,
            "actor",
            "action",
            "outcome",
            "remote");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ORGANIZATION_DIGITS = 32;

    private AuditDocument() {}

    /** The same for the same place in the same chain. */
    public static String id(String orgId, long number) {
        return AuditJson.sha256(orgId).substring(0, ORGANIZATION_DIGITS) + '-' + number;
    }

    /** @param entry see {@link AuditJson} */
    public static ObjectNode of(JsonNode entry) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        COPIED.forEach(name -> document.set(name, entry.path(name)));
        document.put("occurred_at", searchable(entry.path("occurred_at").asText()));
        if (entry.path("target").isTextual()) {
            document.set("target", entry.path("target"));
        }
        return document.put(ENTRY, CanonicalJson.of(entry));
    }

    /** A wrong time may be anything; it shall not keep the entry from being stored. */
    private static @Nullable String searchable(String time) {
        try {
            Instant instant = Instant.parse(time);
            if (instant.isBefore(EARLIEST)) {
                return EARLIEST.toString();
            }
            return (instant.isAfter(LATEST) ? LATEST : instant).toString();
        } catch (DateTimeException e) {
            return null;
        }
    }

    /**
     * A document as it was found.
     *
     * @param entry as it counts; text where it is no object any more
     * @param differing names of what does not fit to the entry: fields, {@code entry} for its spelling, {@code _id}
     */
    public record Found(JsonNode entry, List<String> differing) {}

    /** Reads a document, and compares what it says twice. */
    public static Found read(String id, JsonNode document) {
        String text = document.path(ENTRY).asText();
        JsonNode entry;
        try {
            entry = JSON.readTree(text);
        } catch (IOException e) {
            return new Found(JsonNodeFactory.instance.textNode(text), List.of(ENTRY));
        }
        if (!entry.isObject()) {
            return new Found(JsonNodeFactory.instance.textNode(text), List.of(ENTRY));
        }
        ObjectNode expected;
        try {
            expected = of(entry);
        } catch (IllegalArgumentException e) {
            return new Found(entry, List.of(ENTRY));
        }
        Set<String> names = new TreeSet<>();
        expected.fieldNames().forEachRemaining(names::add);
        document.fieldNames().forEachRemaining(names::add);
        List<String> differing = new ArrayList<>();
        names.forEach(name -> {
            if (!Objects.equals(
                    expected.path(name).asText(), document.path(name).asText())) {
                differing.add(name);
            }
        });
        long number = entry.path(AuditJson.NUMBER).asLong();
        if (!id.equals(id(entry.path(AuditJson.ORG_ID).asText(), number))) {
            differing.add("_id");
        }
        return new Found(entry, differing);
    }
}
