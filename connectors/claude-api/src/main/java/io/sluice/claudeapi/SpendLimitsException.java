package io.sluice.claudeapi;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A call was not done, or it is not known whether it was. The message has neither the key nor the address. */
public final class SpendLimitsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What to do about it. */
    public enum Kind {
        /** Too many requests within a minute. */
        RATE_LIMITED,
        /** The API cannot do it now. */
        UNAVAILABLE,
        /** No answer: it may have been done all the same. */
        UNANSWERED,
        /** The same again would be refused again. */
        REFUSED
    }

    private final Kind kind;
    private final @Nullable Duration retryAfter;

    SpendLimitsException(Kind kind, String message, @Nullable Duration retryAfter) {
        super(message);
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    public Kind kind() {
        return kind;
    }

    /** When the API wants to be asked again; empty: it does not say. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
