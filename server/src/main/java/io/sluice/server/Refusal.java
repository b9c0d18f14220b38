package io.sluice.server;

import com.linecorp.armeria.common.HttpStatus;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** A request that is answered with an error. The message goes to the client: never a secret, never message text. */
final class Refusal extends RuntimeException {
    /** The error in the terms of each protocol; the REST names are those of the Claude API. */
    enum Kind {
        INVALID(400, Status.Code.INVALID_ARGUMENT, "invalid_request_error"),
        UNAUTHENTICATED(401, Status.Code.UNAUTHENTICATED, "authentication_error"),
        FORBIDDEN(403, Status.Code.PERMISSION_DENIED, "permission_error"),
        NOT_FOUND(404, Status.Code.UNIMPLEMENTED, "not_found_error"),
        METHOD_NOT_ALLOWED(405, Status.Code.UNIMPLEMENTED, "invalid_request_error"),
        UNSUPPORTED_MEDIA_TYPE(415, Status.Code.INVALID_ARGUMENT, "invalid_request_error"),
        TOO_LARGE(413, Status.Code.RESOURCE_EXHAUSTED, "request_too_large"),
        /** The one kind that a client is asked to try again. */
        UNAVAILABLE(503, Status.Code.UNAVAILABLE, "overloaded_error");

        private final int http;
        private final Status.Code grpc;
        private final String rest;

        Kind(int http, Status.Code grpc, String rest) {
            this.http = http;
            this.grpc = grpc;
            this.rest = rest;
        }

        HttpStatus http() {
            return HttpStatus.valueOf(http);
        }

        Status.Code grpc() {
            return grpc;
        }

        String rest() {
            return rest;
        }
    }

    private final Kind kind;
    private final @Nullable String field;

    Refusal(Kind kind, @Nullable String field, String message) {
        // Refusals are answers, not faults: a stack trace would only cost time under load.
        super(message, null, false, false);
        this.kind = kind;
        this.field = field;
    }

    Refusal(Kind kind, String message) {
        this(kind, null, message);
    }

    /** {@code field: value (expected: …)}. */
    static Refusal invalid(String field, String value, String expected) {
        return new Refusal(Kind.INVALID, field, field + ": " + shorten(value) + " (expected: " + expected + ")");
    }

    private static String shorten(String value) {
        return value.length() <= 100 ? value : value.substring(0, 100) + "… (" + value.length() + " characters)";
    }

    Kind kind() {
        return kind;
    }

    /** Null: the request as a whole. */
    @Nullable
    String field() {
        return field;
    }

    @Override
    public String getMessage() {
        String message = super.getMessage();
        return message == null ? kind.name() : message;
    }
}
