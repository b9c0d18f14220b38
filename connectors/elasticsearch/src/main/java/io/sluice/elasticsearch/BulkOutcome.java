package io.sluice.elasticsearch;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * How one document of a bulk request ends. Every one ends in exactly one of these.
 *
 * <p>Statuses and types as a server 8.19 answers them.
 */
public enum BulkOutcome {
    /** Stored, or the index holds a version that is as new or newer. */
    DONE,
    /** Not now: the same request may succeed later. */
    RETRY,
    /** Never, because of this document: it is reported and left out. */
    DEAD_LETTER,
    /** Never, because of the index, the configuration or this program: the job must fail, nothing may be left out. */
    FATAL;

    /** Refusals with status 400 that are not about the document: every other document would be refused alike. */
    private static final Set<String> ABOUT_THE_INDEX =
            Set.of("invalid_index_name_exception", "index_closed_exception", "media_type_header_exception");

    /**
     * Of an item within an answered request.
     *
     * @param errorType {@code error.type} of the item; null if it has none
     */
    public static BulkOutcome ofItem(int status, @Nullable String errorType) {
        if (status == 400 || status == 413) {
            return errorType != null && ABOUT_THE_INDEX.contains(errorType) ? FATAL : DEAD_LETTER;
        }
        if (status == 409) {
            return DONE;
        }
        return ofAny(status);
    }

    /**
     * Of a request as a whole. {@link #DONE} means that its items have outcomes of their own; {@link #DEAD_LETTER}
     * that this request can never be accepted, but a smaller one may.
     */
    public static BulkOutcome ofRequest(int status) {
        return status == 413 ? DEAD_LETTER : ofAny(status);
    }

    /** Of a request that got no answer: refused, broken off, timed out. */
    public static BulkOutcome ofFailure(Throwable failure) {
        boolean transportFailed = false;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof GeneralSecurityException) {
                return FATAL; // A certificate that is not trusted will not be trusted later.
            }
            transportFailed |= cause instanceof IOException
                    || cause instanceof TimeoutException
                    || cause instanceof CancellationException;
        }
        return transportFailed ? RETRY : FATAL;
    }

    private static BulkOutcome ofAny(int status) {
        if (status >= 200 && status < 300) {
            return DONE;
        }
        return status == 408 || status == 429 || status >= 500 ? RETRY : FATAL;
    }
}
