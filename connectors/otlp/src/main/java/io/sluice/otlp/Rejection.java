package io.sluice.otlp;

import org.jspecify.annotations.Nullable;

/** One record cannot be used. The message names the field, what was found and what was expected; never content. */
final class Rejection extends Exception {
    private static final long serialVersionUID = 1L;

    final RejectReason reason;
    /** Null: the record as a whole. */
    final @Nullable String field;

    Rejection(RejectReason reason, @Nullable String field, String found, String expected) {
        // No stack trace: a batch may hold many bad records, and where they were found is in the message.
        super((field == null ? "record" : field) + ": " + found + " (expected: " + expected + ")", null, false, false);
        this.reason = reason;
        this.field = field;
    }
}
