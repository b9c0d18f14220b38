package io.sluice.transcripts;

import org.jspecify.annotations.Nullable;

/** One line cannot be used. The message names the field, what was found and what was expected; never content. */
final class Rejection extends Exception {
    private static final long serialVersionUID = 1L;

    final RejectReason reason;
    /** Path with dots; null: the line as a whole. */
    final @Nullable String field;

    Rejection(RejectReason reason, @Nullable String field, String found, String expected) {
        // No stack trace: a file may hold many bad lines, and where they are is in the dead letter.
        super((field == null ? "line" : field) + ": " + found + " (expected: " + expected + ")", null, false, false);
        this.reason = reason;
        this.field = field;
    }
}
