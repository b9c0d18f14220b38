package io.sluice.claudeapi.compliance;

import io.sluice.claudeapi.ApiConnection;

/** A request was not done. The message has neither the key nor the address. */
public final class ComplianceException extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int UNAUTHORIZED = 401;

    /** What to do about it. */
    public enum Kind {
        /** Too many requests within a minute. */
        RATE_LIMITED,
        /** The API cannot do it now, or its answer cannot be read. */
        UNAVAILABLE,
        /** No answer: it may have been done all the same. */
        UNANSWERED,
        /** What was sent is not what was said to be sent. */
        DAMAGED,
        /** The answer is longer than what may be read. */
        TOO_LONG,
        /** It fails, and says that it is of no use to try again. */
        FAILED,
        /** It is not there, or not for this key. */
        ABSENT,
        /** The cursor is not accepted any more. */
        EXPIRED,
        /** The request is wrong. */
        INVALID,
        /** The key is not accepted, or has not the scope. */
        REFUSED,
        /** There is no key to ask with; nothing was sent. */
        NO_KEY
    }

    private final Kind kind;

    private final int status;

    ComplianceException(Kind kind, String message) {
        this(kind, message, 0);
    }

    private ComplianceException(Kind kind, String message, int status) {
        super(message);
        this.kind = kind;
        this.status = status;
    }

    ComplianceException(Kind kind, ApiConnection.Answer answer) {
        this(kind, answer.said(), answer.status());
    }

    /** Whether no other request of its kind will do better: the key is not accepted, or has not the scope. */
    boolean isOfTheKey() {
        return kind == Kind.REFUSED
                && (status == UNAUTHORIZED || String.valueOf(getMessage()).contains("Missing required scopes"));
    }

    public Kind kind() {
        return kind;
    }

    /** Whether the same, without a cursor, may go well a little later. */
    boolean passes() {
        return switch (kind) {
            case RATE_LIMITED, UNAVAILABLE, UNANSWERED, DAMAGED, EXPIRED -> true;
            case TOO_LONG, FAILED, ABSENT, INVALID, REFUSED, NO_KEY -> false;
        };
    }
}
