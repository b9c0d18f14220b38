package io.sluice.claudeapi;

/** A row that cannot be used. */
final class UnreadableRow extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private final String field;

    /**
     * A problem with one field.
     *
     * @param reason kebab-case code
     * @param shape of the value, never the value itself
     */
    UnreadableRow(String reason, String field, String shape, String expected) {
        super(field + ": " + shape + " (expected: " + expected + ")");
        this.reason = reason;
        this.field = field;
    }

    String reason() {
        return reason;
    }

    String field() {
        return field;
    }
}
