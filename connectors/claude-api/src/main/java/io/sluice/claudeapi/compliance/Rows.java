package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.RowId;
import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Micros;
import io.sluice.schema.Texts;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Members of upstream's rows, and what becomes of a row that cannot be used. */
final class Rows {
    static final String SOURCE = "compliance-api";

    /** Of a row in UTF-8: with its ids it is below a message of Kafka. */
    private static final int MOST_BYTES = 900_000;

    private static final int LONGEST_ID = 256;
    private static final int LONGEST_NAME = 4096;

    /** A row that cannot be used. The message has no value in it. */
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        private final String reason;
        private final String field;

        Unusable(String reason, String field, String shape, String expected) {
            super(field + ": " + shape + " (expected: " + expected + ")");
            this.reason = reason;
            this.field = field;
        }
    }

    private Rows() {}

    /** Opaque, but fit to be part of a key and of a path. */
    static String id(JsonNode row, String field) throws Unusable {
        JsonNode value = row.path(field);
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw new Unusable("missing-field", field, shape(value), "an id");
        }
        String id = value.textValue();
        if (id.length() > LONGEST_ID) {
            throw new Unusable(
                    "value-too-long", field, "text of " + id.length() + " characters", "at most " + LONGEST_ID);
        }
        if (!Texts.wellFormed(id).equals(id) || id.chars().anyMatch(Character::isISOControl) || id.matches("\\.\\.?")) {
            throw new Unusable("wrong-shape", field, shape(value), "an id");
        }
        return id;
    }

    /** Microseconds. */
    static long time(JsonNode row, String field) throws Unusable {
        JsonNode value = row.path(field);
        long time = value.isTextual() ? parse(value.textValue()) : Micros.NONE;
        if (time == Micros.NONE) {
            boolean absent = value.isMissingNode() || value.isNull();
            throw new Unusable(absent ? "missing-field" : "wrong-shape", field, shape(value), "a time, RFC 3339");
        }
        return time;
    }

    /** The same; null: there is none. */
    static @Nullable Long timeOrNull(JsonNode row, String field) {
        JsonNode value = row.path(field);
        long time = value.isTextual() ? parse(value.textValue()) : Micros.NONE;
        return time == Micros.NONE ? null : Long.valueOf(time);
    }

    /** Some of upstream's times have no offset: they are taken as UTC. */
    private static long parse(String text) {
        long time = Micros.parse(text);
        if (time == Micros.NONE && text.length() <= 64) {
            try {
                return Micros.of(LocalDateTime.parse(text).toInstant(ZoneOffset.UTC));
            } catch (DateTimeException | ArithmeticException e) {
                return Micros.NONE;
            }
        }
        return time;
    }

    /** Well-formed and of bounded length; null: absent, null, empty or no text. */
    static @Nullable String text(JsonNode row, String field) {
        JsonNode value = row.path(field);
        return value.isTextual() && !value.textValue().isEmpty() ? bounded(value.textValue()) : null;
    }

    /**
     * The row as it is.
     *
     * @param what it is, for what is told of it
     */
    static String raw(JsonNode row, String what) throws Unusable {
        String raw = Texts.wellFormed(row.toString());
        if (Texts.utf8Length(raw) > MOST_BYTES) {
            throw new Unusable("value-too-long", what, Texts.utf8Length(raw) + " bytes", "at most " + MOST_BYTES);
        }
        return raw;
    }

    /** As it is; null: there is none. */
    static @Nullable String cursor(JsonNode answer, String field) {
        JsonNode value = answer.path(field);
        return value.isTextual() && !value.textValue().isEmpty() ? value.textValue() : null;
    }

    static String bounded(String text) {
        return Texts.cut(Texts.wellFormed(text), LONGEST_NAME);
    }

    static String shape(JsonNode value) {
        if (value.isMissingNode()) {
            return "absent";
        }
        return value.isTextual()
                ? "text of " + value.textValue().length() + " characters"
                : value.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    static Captured letter(String orgId, String feed, JsonNode row, Unusable why, long now) {
        RowId id = RowId.of(List.of(orgId, feed, row.toString()));
        return letter(orgId, id, feed, why.reason, why.field, feed + "." + why.getMessage(), now);
    }

    /** Of a whole feed, or of one thing of it. */
    static Captured letter(String orgId, String feed, String about, String reason, String message, long now) {
        return letter(orgId, RowId.of(List.of(orgId, feed, about, reason)), feed, reason, null, message, now);
    }

    private static Captured letter(
            String orgId, RowId id, String feed, String reason, @Nullable String field, String message, long now) {
        DeadLetter letter = DeadLetter.newBuilder()
                .setOrgId(orgId)
                .setEventId(id.text())
                .setReceivedAt(now)
                .setSource(SOURCE)
                .setReason(reason)
                .setField(field)
                .setMessage(message)
                .setName(feed)
                .build();
        return new Captured(Captured.Kind.DEAD_LETTER, letter.getEventId(), Codec.encode(letter));
    }
}
