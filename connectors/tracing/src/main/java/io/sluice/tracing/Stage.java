package io.sluice.tracing;

import org.jspecify.annotations.Nullable;

/** A part of a record's way. Each is a span, whose parent is the part before. */
public enum Stage {
    /** The server decodes the request that the record is in. The root. */
    RECEIVED("sluice.receive", null),
    /** The server sends it to Kafka, until Kafka has acknowledged it. */
    PUBLISHED("sluice.publish", RECEIVED),
    /** From there until the job of code metrics has made facts of it. */
    FACTS("sluice.code_metrics.facts", PUBLISHED),
    /** From there until the rows of its session are computed anew. */
    ROWS("sluice.code_metrics.rows", FACTS),
    /** From there until a checkpoint has the rows, and they leave the job. */
    TOLD("sluice.code_metrics.told", ROWS);

    private final String span;
    private final @Nullable Stage parent;

    Stage(String span, @Nullable Stage parent) {
        this.span = span;
        this.parent = parent;
    }

    /** Name of the span. */
    public String span() {
        return span;
    }

    /** Null: it is the root. */
    public @Nullable Stage parent() {
        return parent;
    }
}
