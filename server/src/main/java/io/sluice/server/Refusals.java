package io.sluice.server;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.stream.AbortedStreamException;
import com.linecorp.armeria.common.stream.CancelledSubscriptionException;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.server.RequestTimeoutException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns whatever went wrong into the one answer that the client gets. */
final class Refusals {
    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private static final Map<HttpStatus, Refusal.Kind> BY_STATUS = Map.of(
            HttpStatus.NOT_FOUND, Refusal.Kind.NOT_FOUND,
            HttpStatus.METHOD_NOT_ALLOWED, Refusal.Kind.METHOD_NOT_ALLOWED,
            HttpStatus.REQUEST_ENTITY_TOO_LARGE, Refusal.Kind.TOO_LARGE,
            HttpStatus.UNSUPPORTED_MEDIA_TYPE, Refusal.Kind.UNSUPPORTED_MEDIA_TYPE);

    private Refusals() {}

    /** Anything that is not a refusal is a fault of ours or of Kafka: worth another try, so never a 500. */
    static Refusal of(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof Refusal refusal) {
            return refusal;
        }
        if (cause instanceof ContentTooLargeException) {
            return new Refusal(Refusal.Kind.TOO_LARGE, "body: longer than allowed");
        }
        if (Exceptions.isExpected(cause)
                || cause instanceof AbortedStreamException
                || cause instanceof CancelledSubscriptionException
                || cause instanceof RequestTimeoutException) {
            // The client went away in the middle of its request; there is nobody left to read this.
            return new Refusal(Refusal.Kind.INVALID, "body: ended early");
        }
        if (cause instanceof KafkaException) {
            return new Refusal(Refusal.Kind.UNAVAILABLE, "not stored, try again");
        }
        if (cause instanceof TimeoutException) {
            LOG.warn("A request was not stored in time");
            return new Refusal(Refusal.Kind.UNAVAILABLE, "not stored in time, try again");
        }
        LOG.error("Unexpected failure", cause);
        return new Refusal(Refusal.Kind.UNAVAILABLE, "internal failure, try again");
    }

    /** What the HTTP server decided on its own. */
    static Refusal of(HttpStatus status, String tooLarge) {
        Refusal.Kind kind = BY_STATUS.getOrDefault(
                status, status.isClientError() ? Refusal.Kind.INVALID : Refusal.Kind.UNAVAILABLE);
        return new Refusal(kind, kind == Refusal.Kind.TOO_LARGE ? tooLarge : status.reasonPhrase());
    }
}
