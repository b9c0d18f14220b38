package io.sluice.otlp;

/** Bounds of what one record may hold. */
final class Limits {
    /** Attributes of a record and of its resource together. Claude Code sends about 35. */
    static final int ATTRIBUTES = 1_000;
    /** UTF-16 units of a text that has a field of its own: ids, names, e-mail address, model, repository. */
    static final int FIELD_CHARS = 512;
    /** UTF-8 bytes of any other text; the client's own limit is 60 KiB. Longer ones are cut. */
    static final int TEXT_BYTES = 256 * 1024;
    /** UTF-8 bytes of all other texts of a record: what fits a Kafka message of 1 MiB (its default) with room for fields. */
    static final int RECORD_BYTES = 900_000;
    /**
     * UTF-16 units of a resource's texts, times its records: each record repeats them, so that a small request could
     * become any amount of memory. Claude Code's resource has about 300.
     */
    static final long REPEATED_CHARS = 64L * 1024 * 1024;
    /** Tokens of one class in one request. */
    static final long TOKENS = 1_000_000_000L;
    /** USD per request. */
    static final long COST_USD = 1_000_000L;
    /** Micro-USD per request. */
    static final long COST_MICROS = COST_USD * 1_000_000L;
    /** Of a counter point, in the metric's unit: tokens, seconds, lines. */
    static final double COUNTER = 1e12;
    /** Of a counter point in USD. */
    static final double COUNTER_USD = 1e5;
    /** 2023-01-01T00:00:00Z, before any client existed. */
    static final long OLDEST_MICROS = 1_672_531_200_000_000L;
    /** How far the clock of a sender may be ahead: ten minutes. */
    static final long AHEAD_MICROS = 600_000_000L;

    private Limits() {}
}
