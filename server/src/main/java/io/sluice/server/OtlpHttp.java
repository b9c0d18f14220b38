package io.sluice.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.rpc.Status;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * OTLP over HTTP, one signal. Statuses as in the OTLP specification: 200 (also for partial success), 400, 401, 403, 413,
 * 415, and 429 and 503 with {@code Retry-After} for everything that may go well later. The client obeys that exactly and
 * gives up after ten seconds in all.
 */
final class OtlpHttp implements HttpService {
    private static final MediaType PROTOBUF = MediaType.parse("application/x-protobuf");
    private static final String HISTORICAL = "x-sluice-historical";

    private final Signal signal;
    private final Access access;
    private final ByteBudget budget;
    private final Ingest ingest;

    OtlpHttp(Signal signal, Access access, ByteBudget budget, Ingest ingest) {
        this.signal = signal;
        this.access = access;
        this.budget = budget;
        this.ingest = ingest;
    }

    @Override
    public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
        RequestHeaders headers = request.headers();
        try {
            if (headers.method() != HttpMethod.POST) {
                throw new Refusal(Refusal.Kind.METHOD_NOT_ALLOWED, headers.method() + " (expected: POST)");
            }
            Ingest.Encoding encoding = encoding(headers);
            boolean gzip = isGzip(headers);
            Caller caller = access.caller(ctx, headers, Scope.INGEST, Access.Anonymous.LOOPBACK);
            boolean historical = historical(headers, caller);
            ByteBudget.Lease lease = budget.open();
            CompletableFuture<?> unused = ctx.log().whenComplete().thenRun(lease::close);
            return HttpResponse.of(ReceivedBody.of(request, ctx.alloc(), lease)
                    .thenCompose(content ->
                            ingest.ingest(signal, new Ingest.Body(content, encoding, gzip), caller, historical, lease))
                    .handle((outcome, failure) -> failure == null
                            ? success(encoding, outcome)
                            : error(headers, Refusals.of(failure)).toHttpResponse()));
        } catch (Refusal refusal) {
            return error(headers, refusal).toHttpResponse();
        }
    }

    private static Ingest.Encoding encoding(RequestHeaders headers) {
        MediaType type = headers.contentType();
        if (type != null && type.is(MediaType.JSON)) {
            return Ingest.Encoding.JSON;
        }
        if (type != null && type.withoutParameters().equals(PROTOBUF)) {
            return Ingest.Encoding.PROTOBUF;
        }
        throw new Refusal(
                Refusal.Kind.UNSUPPORTED_MEDIA_TYPE,
                "Content-Type: " + headers.get(HttpHeaderNames.CONTENT_TYPE, "missing") + " (expected: " + PROTOBUF
                        + " or " + MediaType.JSON + ")");
    }

    private static boolean isGzip(RequestHeaders headers) {
        String coding =
                headers.get(HttpHeaderNames.CONTENT_ENCODING, "identity").strip();
        return switch (coding.toLowerCase(Locale.ROOT)) {
            case "gzip" -> true;
            case "identity", "" -> false;
            default ->
                throw new Refusal(
                        Refusal.Kind.UNSUPPORTED_MEDIA_TYPE,
                        "Content-Encoding: " + coding + " (expected: gzip or none)");
        };
    }

    /** {@code X-Sluice-Historical: true}: imports and captures, exempt from being late however old. */
    static boolean historical(RequestHeaders headers, Caller caller) {
        boolean historical = "true".equalsIgnoreCase(headers.get(HISTORICAL));
        if (historical && !caller.mayImportHistory()) {
            throw new Refusal(
                    Refusal.Kind.FORBIDDEN,
                    "X-Sluice-Historical: true (expected: a token of scope " + Scope.ADMIN.scopeName() + ")");
        }
        return historical;
    }

    private HttpResponse success(Ingest.Encoding encoding, Signal.Outcome outcome) {
        return HttpResponse.of(
                HttpStatus.OK,
                encoding == Ingest.Encoding.JSON ? MediaType.JSON : PROTOBUF,
                HttpData.wrap(signal.response(outcome, encoding)));
    }

    /** A {@code google.rpc.Status} in the request's own encoding; JSON when that is not known. */
    private static AggregatedHttpResponse error(@Nullable RequestHeaders request, Refusal refusal) {
        ResponseHeadersBuilder headers = ResponseHeaders.builder(refusal.kind().http());
        switch (refusal.kind()) {
            case UNAVAILABLE, RATE_LIMITED ->
                headers.set(HttpHeaderNames.RETRY_AFTER, Long.toString(refusal.retryAfterSeconds()));
            case UNAUTHENTICATED -> headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
            case METHOD_NOT_ALLOWED -> headers.set(HttpHeaderNames.ALLOW, HttpMethod.POST.name());
            case INVALID,
                    FORBIDDEN,
                    PLAN_REQUIRED,
                    NOT_FOUND,
                    CONFLICT,
                    PRECONDITION_FAILED,
                    UNSUPPORTED_MEDIA_TYPE,
                    TOO_LARGE -> {}
        }
        int code = refusal.kind().grpc().value();
        MediaType type = request == null ? null : request.contentType();
        if (type != null && type.withoutParameters().equals(PROTOBUF)) {
            Status status = Status.newBuilder()
                    .setCode(code)
                    .setMessage(refusal.getMessage())
                    .build();
            return AggregatedHttpResponse.of(
                    headers.contentType(PROTOBUF).build(), HttpData.wrap(status.toByteArray()));
        }
        ObjectNode status = JsonNodeFactory.instance.objectNode();
        status.put("code", code).put("message", refusal.getMessage()).putArray("details");
        return AggregatedHttpResponse.of(
                headers.contentType(MediaType.JSON).build(), HttpData.ofUtf8(status.toString()));
    }

    /** Errors that never reach {@link #serve}: unknown paths, bodies that are announced too long, timeouts. */
    static final class Errors implements ServerErrorHandler {
        private final int maxRequestBytes;

        Errors(int maxRequestBytes) {
            this.maxRequestBytes = maxRequestBytes;
        }

        @Override
        public @Nullable HttpResponse onServiceException(ServiceRequestContext ctx, Throwable cause) {
            return null;
        }

        @Override
        public @Nullable AggregatedHttpResponse renderStatus(
                @Nullable ServiceRequestContext ctx,
                ServiceConfig config,
                @Nullable RequestHeaders headers,
                HttpStatus status,
                @Nullable String description,
                @Nullable Throwable cause) {
            if (status.isContentAlwaysEmpty()) {
                return null;
            }
            return error(headers, Refusals.of(status, BoundedBody.tooLarge(maxRequestBytes)));
        }
    }
}
