package io.sluice.claudeapi;

import java.time.Duration;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/** A report was not answered. The message has neither the key nor the address. */
final class ApiException extends Exception {
    private static final long serialVersionUID = 1L;

    enum Kind {
        /** Too many requests within a minute. */
        RATE_LIMITED,
        /** The API cannot do it now, or its answer cannot be read. */
        UNAVAILABLE,
        /** No answer. */
        UNANSWERED,
        /** The cursor is of data that has been refreshed since: the reading begins anew. */
        EXPIRED,
        /** The day is not there yet. */
        TOO_EARLY,
        /** The day is not there any more. */
        TOO_OLD,
        /** There is no key to ask with; nothing was sent. */
        NO_KEY,
        /** The same again would be refused again. */
        REFUSED
    }

    private final Kind kind;
    private final int status;
    private final @Nullable Duration retryAfter;
    private final @Nullable LocalDate newest;

    private ApiException(
            Kind kind, int status, String message, @Nullable Duration retryAfter, @Nullable LocalDate newest) {
        super(message);
        this.kind = kind;
        this.status = status;
        this.retryAfter = retryAfter;
        this.newest = newest;
    }

    ApiException(Kind kind, String message) {
        this(kind, 0, message, null, null);
    }

    ApiException(Kind kind, ApiConnection.Answer answer) {
        this(kind, answer.status(), answer.said(), answer.retryAfter(), null);
    }

    static ApiException tooEarly(ApiConnection.Answer answer, LocalDate newest) {
        return new ApiException(Kind.TOO_EARLY, answer.status(), answer.said(), null, newest);
    }

    Kind kind() {
        return kind;
    }

    /** Of HTTP; 0: there is none. */
    int status() {
        return status;
    }

    /** When the API wants to be asked again; null: it does not say. */
    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }

    /** Of {@link Kind#TOO_EARLY}: the newest day that there is; else null. */
    @Nullable
    LocalDate newest() {
        return newest;
    }
}
