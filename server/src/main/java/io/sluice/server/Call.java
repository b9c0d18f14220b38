package io.sluice.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One request to a route, and what there is to say about it in the audit. */
final class Call {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ServiceRequestContext ctx;
    private final RouteGroup group;
    private final AggregatedHttpRequest request;
    private final @Nullable Caller caller;
    private final Parameters parameters;
    private final Supplier<Privacy> privacy;

    private final Map<String, String> details = new TreeMap<>();
    private @Nullable String targetOrganization;
    private @Nullable String target;

    /** @param caller null only on routes without a scope */
    Call(
            ServiceRequestContext ctx,
            RouteGroup group,
            AggregatedHttpRequest request,
            @Nullable Caller caller,
            Parameters parameters,
            Supplier<Privacy> privacy) {
        this.ctx = ctx;
        this.group = group;
        this.request = request;
        this.caller = caller;
        this.parameters = parameters;
        this.privacy = privacy;
    }

    ServiceRequestContext ctx() {
        return ctx;
    }

    AggregatedHttpRequest request() {
        return request;
    }

    Parameters parameters() {
        return parameters;
    }

    /**
     * What may be told about persons.
     *
     * @throws Refusal UNAVAILABLE while the organization is not known
     */
    Privacy privacy() {
        return privacy.get();
    }

    Caller caller() {
        if (caller == null) {
            throw new IllegalStateException("a route without a scope has no caller");
        }
        return caller;
    }

    /** The organization to read or write. */
    String orgId() {
        return caller().orgId();
    }

    /** A part of the path, decoded. */
    String path(String name) {
        return String.valueOf(ctx.pathParam(name));
    }

    /** The type must be stated: it is what keeps a foreign web page from sending a form here. */
    void requireBodyType() {
        MediaType type = request.contentType();
        if (type == null || group.bodyTypes().stream().noneMatch(known -> type.is(known))) {
            throw new Refusal(
                    Refusal.Kind.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Type: " + (type == null ? "missing" : type) + " (expected: "
                            + group.bodyTypes().get(0) + ")");
        }
    }

    /**
     * The body as JSON.
     *
     * @throws Refusal when it is none
     */
    JsonNode body() {
        requireBodyType();
        try {
            return JSON.readTree(request.content().array());
        } catch (JsonProcessingException e) {
            throw new Refusal(
                    Refusal.Kind.INVALID,
                    "body: not JSON at line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + " (expected: an object)");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Says what the call is done to; without it, it is the part {@code id} of the path.
     *
     * @param orgId in whose audit it stands; without it, in the caller's
     */
    synchronized void target(String orgId, String id) {
        targetOrganization = orgId;
        target = id;
    }

    /** Adds to the audit record: neither secrets nor message text. */
    synchronized void detail(String name, String value) {
        details.put(name, value);
    }

    synchronized @Nullable String targetOrganization() {
        return targetOrganization;
    }

    synchronized @Nullable String target() {
        return target == null ? ctx.pathParam("id") : target;
    }

    synchronized Map<String, String> details() {
        return Map.copyOf(details);
    }
}
