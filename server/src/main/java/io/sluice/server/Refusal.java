package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
        /** Somebody else was first, or the thing is not in the state that it takes. */
        CONFLICT(409, Status.Code.ABORTED, "conflict_error"),
        PRECONDITION_FAILED(412, Status.Code.FAILED_PRECONDITION, "invalid_request_error"),
        NOT_IMPLEMENTED(501, Status.Code.UNIMPLEMENTED, "not_supported_error"),
        PLAN_REQUIRED(403, Status.Code.PERMISSION_DENIED, "plan_required"),
        TOO_LARGE(413, Status.Code.RESOURCE_EXHAUSTED, "request_too_large"),
        /** This and the next are those that a client is asked to try again. */
        RATE_LIMITED(429, Status.Code.RESOURCE_EXHAUSTED, "rate_limit_error"),
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
    private final ObjectNode details = JsonNodeFactory.instance.objectNode();
    private long retryAfterSeconds;

    Refusal(Kind kind, @Nullable String field, String message) {
        // Refusals are answers, not faults: a stack trace would only cost time under load.
        super(message, null, false, false);
        this.kind = kind;
        this.field = field;
        this.retryAfterSeconds = kind == Kind.UNAVAILABLE || kind == Kind.RATE_LIMITED ? 1 : 0;
    }

    Refusal(Kind kind, String message) {
        this(kind, null, message);
    }

    /** {@code field: value (expected: …)}. */
    static Refusal invalid(String field, String value, String expected) {
        return new Refusal(Kind.INVALID, field, field + ": " + shorten(value) + " (expected: " + expected + ")");
    }

    /** The same of a field within another one. */
    Refusal within(String name) {
        return field == null
                ? new Refusal(kind, name, name + ": " + getMessage())
                : new Refusal(kind, name + '.' + field, name + '.' + getMessage());
    }

    /** Adds a member to the error's body. */
    Refusal with(String name, JsonNode value) {
        details.set(name, value);
        return this;
    }

    Refusal retryAfter(long seconds) {
        retryAfterSeconds = seconds;
        return this;
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

    /** Members of the error's body besides type, message and field. */
    ObjectNode details() {
        return details;
    }

    /** When to come again; 0: it would not help. */
    long retryAfterSeconds() {
        return retryAfterSeconds;
    }

    @Override
    public String getMessage() {
        String message = super.getMessage();
        return message == null ? kind.name() : message;
    }
}
