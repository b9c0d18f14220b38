package io.sluice.core.spend;

import io.sluice.schema.Codec;
import io.sluice.schema.UsageEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.SchemaNormalization;
import org.jspecify.annotations.Nullable;

/**
 * An encoded {@link UsageEvent}, read in place: text stays in the bytes until somebody asks for it. One instance reads
 * one event after the other.
 */
public final class UsageView {
    /** The text fields, in the order of the schema. */
    public enum Text {
        ORG_ID,
        EVENT_ID,
        SOURCE,
        ACCOUNT_ID,
        ACCOUNT_UUID,
        EMAIL,
        END_USER_ID,
        INSTALLATION_ID,
        API_KEY_NAME,
        SESSION_ID,
        REQUEST_ID,
        CLIENT_REQUEST_ID,
        MESSAGE_ID,
        MODEL,
        PRODUCT,
        INFERENCE_GEO,
        TEAM,
        REPOSITORY,
        MCP_SERVER,
        SKILL,
        AGENT,
        QUERY_SOURCE,
        PROMPT_ID,
        TERMINAL
    }

    /** Of Avro's single-object encoding: two bytes of marker, then the fingerprint of the writer's schema. */
    private static final int HEADER = 10;

    /** As many as {@link Codec} takes. */
    private static final int MOST_ATTRIBUTES = 100_000;

    private static final int MARKER = 0x01C3;
    private static final long FINGERPRINT = SchemaNormalization.parsingFingerprint64(UsageEvent.SCHEMA$);

    private final RowReader in = new RowReader();
    private final int[] offsets = new int[Text.values().length];
    private final int[] lengths = new int[Text.values().length];
    private byte[] bytes = new byte[0];

    long occurredAt;
    long receivedAt;
    boolean historical;
    long sequence; // -1: none
    boolean sidechain;
    long inputTokens;
    long outputTokens;
    long cacheReadTokens;
    long cacheCreationTokens;
    long cacheCreation5mTokens;
    long cacheCreation1hTokens;
    long webSearchRequests;
    boolean fast;
    boolean batch;
    boolean hasReportedMicros;
    long reportedMicros;
    boolean hasReportedUsd;
    double reportedUsd;
    boolean remote;

    /**
     * Reads an event.
     *
     * @param value Avro single-object encoding, by this or an older schema of UsageEvent
     * @throws IOException or a RuntimeException: it is none
     */
    public void read(byte[] value) throws IOException {
        if (value.length < HEADER || (RowWriter.intAt(value, 0) & 0xFFFF) != MARKER) {
            throw new IOException("no Avro single-object encoding");
        }
        if (RowWriter.longAt(value, 2) != FINGERPRINT) {
            read(Codec.encode(Codec.of(UsageEvent.class).decode(value)));
            return;
        }
        bytes = value;
        in.open(value, HEADER, value.length - HEADER);
        value(Text.ORG_ID);
        value(Text.EVENT_ID);
        occurredAt = in.readVarlong();
        receivedAt = in.readVarlong();
        value(Text.SOURCE);
        historical = in.readByte() != 0;
        optional(Text.ACCOUNT_ID);
        optional(Text.ACCOUNT_UUID);
        optional(Text.EMAIL);
        optional(Text.END_USER_ID);
        optional(Text.INSTALLATION_ID);
        optional(Text.API_KEY_NAME);
        optional(Text.SESSION_ID);
        sequence = isPresent() ? in.readVarlong() : -1;
        optional(Text.REQUEST_ID);
        optional(Text.CLIENT_REQUEST_ID);
        optional(Text.MESSAGE_ID);
        sidechain = in.readByte() != 0;
        value(Text.MODEL);
        value(Text.PRODUCT);
        inputTokens = in.readVarlong();
        outputTokens = in.readVarlong();
        cacheReadTokens = in.readVarlong();
        cacheCreationTokens = in.readVarlong();
        cacheCreation5mTokens = in.readVarlong();
        cacheCreation1hTokens = in.readVarlong();
        webSearchRequests = in.readVarlong();
        fast = in.readByte() != 0;
        batch = in.readByte() != 0;
        optional(Text.INFERENCE_GEO);
        hasReportedMicros = isPresent();
        reportedMicros = hasReportedMicros ? in.readVarlong() : 0;
        hasReportedUsd = isPresent();
        reportedUsd = hasReportedUsd ? Double.longBitsToDouble(in.readLong()) : 0;
        optional(Text.TEAM);
        optional(Text.REPOSITORY);
        optional(Text.MCP_SERVER);
        optional(Text.SKILL);
        optional(Text.AGENT);
        optional(Text.QUERY_SOURCE);
        optional(Text.PROMPT_ID);
        optional(Text.TERMINAL);
        remote = in.readByte() != 0;
        skipMap();
        if (in.position() != value.length) {
            throw new IOException("the value is longer than its event");
        }
    }

    private void value(Text field) {
        int length = in.readLength();
        offsets[field.ordinal()] = in.position();
        lengths[field.ordinal()] = length;
        in.skip(length);
    }

    private void optional(Text field) {
        if (isPresent()) {
            value(field);
        } else {
            lengths[field.ordinal()] = -1;
        }
    }

    /** Of a union with null. */
    private boolean isPresent() {
        long branch = in.readVarlong();
        if ((branch & ~1L) != 0) {
            throw new IllegalArgumentException("union branch " + branch + " (expected: 0 or 1)");
        }
        return branch == 1;
    }

    private void skipMap() {
        long all = 0;
        for (long entries = in.readVarlong(); entries != 0; entries = in.readVarlong()) {
            if (entries < 0) {
                in.readVarlong(); // the block's size in bytes
                entries = -entries;
            }
            all += entries;
            if (entries < 0 || all > MOST_ATTRIBUTES) {
                throw new IllegalArgumentException("more than " + MOST_ATTRIBUTES + " attributes");
            }
            for (long i = 0; i < entries; i++) {
                in.skip(in.readLength());
                in.skip(in.readLength());
            }
        }
    }

    /** The value as read last; encoded anew if its schema was an older one. */
    public byte[] bytes() {
        return bytes;
    }

    public boolean has(Text field) {
        return lengths[field.ordinal()] >= 0;
    }

    int offset(Text field) {
        return offsets[field.ordinal()];
    }

    int length(Text field) {
        return lengths[field.ordinal()];
    }

    /** Null: the event has none. */
    public @Nullable String text(Text field) {
        return has(field) ? new String(bytes, offset(field), length(field), StandardCharsets.UTF_8) : null;
    }

    String required(Text field) {
        return new String(bytes, offset(field), length(field), StandardCharsets.UTF_8);
    }

    public long occurredAtMicros() {
        return occurredAt;
    }

    public long receivedAtMicros() {
        return receivedAt;
    }

    public boolean historical() {
        return historical;
    }

    /** -1: none. */
    public long sequence() {
        return sequence;
    }

    /** Field of the person's name, by {@link Users}; null: the event names nobody. */
    @Nullable
    Text user() {
        if (has(Text.EMAIL)) {
            return Text.EMAIL;
        }
        if (has(Text.ACCOUNT_ID)) {
            return Text.ACCOUNT_ID;
        }
        if (has(Text.ACCOUNT_UUID)) {
            return Text.ACCOUNT_UUID;
        }
        return has(Text.END_USER_ID) ? Text.END_USER_ID : null;
    }
}
