package io.sluice.transcripts;

/** Bounds of what one record may hold; the same as for telemetry where telemetry has the field. */
final class Limits {
    /** UTF-16 units of a text that has a field of its own: ids, names, model. */
    static final int FIELD_CHARS = 512;
    /** UTF-16 units of an attribute: paths, commands. Longer ones are cut. */
    static final int ATTRIBUTE_CHARS = 4_096;
    /** UTF-8 bytes of a message: what fits a Kafka message of 1 MiB (its default) with room for fields. Longer ones are cut. */
    static final int TEXT_BYTES = 900_000;
    /** UTF-8 bytes of a message and of its tools' text, each, where it has both. */
    static final int TOOL_TEXT_BYTES = 440_000;
    /** UTF-16 units of assistant messages that wait for the rest of their response, all together. */
    static final int WAITING_CHARS = 16 << 20;
    /** Tokens of one class in one request. */
    static final long TOKENS = 1_000_000_000L;
    /** USD per request. */
    static final double COST_USD = 1e6;
    /** 2023-01-01T00:00:00Z, before any client existed. */
    static final long OLDEST_MICROS = 1_672_531_200_000_000L;
    /** How far the clock of a client may be ahead: ten minutes. */
    static final long AHEAD_MICROS = 600_000_000L;

    private Limits() {}
}
