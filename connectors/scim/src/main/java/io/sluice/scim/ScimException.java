package io.sluice.scim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * A request that is refused. The message is the {@code detail} for the client: it names the field, the shape of the
 * value and what was expected, and never has a value in it.
 */
public final class ScimException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final @Nullable ScimErrorType type;

    /**
     * @param status HTTP status, 400 and above
     * @param type null where RFC 7644 has no word for it (401, 404, 412, 413, ...)
     */
    public ScimException(int status, @Nullable ScimErrorType type, String detail) {
        super(detail);
        this.status = status;
        this.type = type;
    }

    /** 400 with a word. */
    public static ScimException badRequest(ScimErrorType type, String detail) {
        return new ScimException(400, type, detail);
    }

    /** 404. */
    public static ScimException notFound(String what) {
        return new ScimException(404, null, what + ": not found");
    }

    /** 409 {@code uniqueness}. */
    public static ScimException taken(String field) {
        return new ScimException(409, ScimErrorType.UNIQUENESS, field + ": already in use (expected: a unique value)");
    }

    /** 412: the resource has another version than the client believes. */
    public static ScimException versionMismatch() {
        return new ScimException(
                412, null, "version: not the present one (expected: the present ETag of the resource)");
    }

    static ScimException invalid(ScimErrorType type, String field, JsonNode value, String expected) {
        return badRequest(type, field + ": " + Shape.of(value) + " (expected: " + expected + ")");
    }

    public int status() {
        return status;
    }

    public @Nullable ScimErrorType type() {
        return type;
    }

    /** What was refused and why, for the client. */
    public String detail() {
        String message = getMessage();
        return message == null ? "" : message;
    }

    /** The answer's body (RFC 7644, 3.12). {@code status} is text. */
    public ObjectNode body() {
        ObjectNode body = ScimJson.object();
        body.putArray("schemas").add(ScimSchemas.ERROR);
        body.put("status", Integer.toString(status));
        if (type != null) {
            body.put("scimType", type.word());
        }
        return body.put("detail", detail());
    }
}
