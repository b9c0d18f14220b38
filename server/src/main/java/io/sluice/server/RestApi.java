package io.sluice.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.AggregatedHttpRequest;
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
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The routes of the REST port. Each is in {@code openapi.json}, and nothing else is. */
final class RestApi {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final MediaType HTML = MediaType.HTML_UTF_8;

    /**
     * One route.
     *
     * @param scope null: open to anyone
     * @param parameters names of the query parameters
     */
    record Route(
            HttpMethod method,
            String path,
            @Nullable Scope scope,
            Access.Anonymous anonymous,
            Set<String> parameters,
            Handler handler) {}

    /** Called off the event loop; a {@link Refusal}, thrown or in the future, becomes the error body. */
    @FunctionalInterface
    interface Handler {
        CompletableFuture<HttpResponse> handle(Call call);
    }

    /**
     * One request.
     *
     * @param callerOrNull null only on routes without a scope
     */
    record Call(
            ServiceRequestContext ctx,
            AggregatedHttpRequest request,
            @Nullable Caller callerOrNull,
            Parameters parameters) {
        Caller caller() {
            if (callerOrNull == null) {
                throw new IllegalStateException("a route without a scope has no caller");
            }
            return callerOrNull;
        }
    }

    private final Access access;
    private final TokenService tokens;
    private final SpendReport spend;
    private final Listing listing;
    private final Health health;
    private final Supplier<String> otlpEndpoint;
    private final String openApi = resource("openapi.json");

    RestApi(
            Access access,
            TokenService tokens,
            SpendReport spend,
            Listing listing,
            Health health,
            Supplier<String> otlpEndpoint) {
        this.access = access;
        this.tokens = tokens;
        this.spend = spend;
        this.listing = listing;
        this.health = health;
        this.otlpEndpoint = otlpEndpoint;
    }

    List<Route> routes() {
        return List.of(
                get(
                        "/v1/spend",
                        SpendReport.PARAMETERS,
                        call -> spend.answer(call.caller().orgId(), SpendReport.Query.of(call.parameters()))
                                .thenApply(RestApi::ok)),
                get(
                        "/v1/spend/events",
                        Listing.EVENT_PARAMETERS,
                        call -> listing.events(call.caller().orgId(), call.parameters())
                                .thenApply(RestApi::ok)),
                get(
                        "/v1/ledger",
                        Listing.LEDGER_PARAMETERS,
                        call -> listing.ledger(call.caller().orgId(), call.parameters())
                                .thenApply(RestApi::ok)),
                get(
                        "/v1/dead-letters",
                        Listing.DEAD_LETTER_PARAMETERS,
                        call -> listing.deadLetters(call.caller().orgId(), call.parameters())
                                .thenApply(RestApi::ok)),
                admin(
                        HttpMethod.GET,
                        "/v1/tokens",
                        call -> CompletableFuture.completedFuture(ok(tokens.list(call.caller())))),
                admin(
                        HttpMethod.POST,
                        "/v1/tokens",
                        call -> tokens.create(call.caller(), body(call.request()))
                                .thenApply(created -> json(HttpStatus.CREATED, created))),
                admin(
                        HttpMethod.DELETE,
                        "/v1/tokens/{id}",
                        call -> tokens.revoke(
                                        call.caller(), String.valueOf(call.ctx().pathParam("id")))
                                .thenApply(RestApi::ok)),
                open(
                        "/health",
                        call -> health.report()
                                .thenApply(report -> json(
                                        report.fine() ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE,
                                        report.json()))),
                open(
                        "/openapi.json",
                        call -> CompletableFuture.completedFuture(
                                HttpResponse.of(HttpStatus.OK, MediaType.JSON, openApi))),
                new Route(HttpMethod.GET, "/", Scope.READ_ANALYTICS, Access.Anonymous.LOOPBACK, Set.of(), this::home));
    }

    private static Route get(String path, Set<String> parameters, Handler handler) {
        return new Route(HttpMethod.GET, path, Scope.READ_ANALYTICS, Access.Anonymous.REFUSED, parameters, handler);
    }

    private static Route admin(HttpMethod method, String path, Handler handler) {
        return new Route(method, path, Scope.ADMIN, Access.Anonymous.REFUSED, Set.of(), handler);
    }

    private static Route open(String path, Handler handler) {
        return new Route(HttpMethod.GET, path, null, Access.Anonymous.LOOPBACK, Set.of(), handler);
    }

    void register(ServerBuilder server) {
        for (Route route : routes()) {
            server.route()
                    .methods(route.method())
                    .path(route.path())
                    .build((ctx, request) -> serve(route, ctx, request));
        }
        server.errorHandler(new Errors());
    }

    private HttpResponse serve(Route route, ServiceRequestContext ctx, HttpRequest request) {
        return HttpResponse.of(request.aggregate()
                .thenComposeAsync(
                        whole -> {
                            Caller caller = route.scope() == null
                                    ? null
                                    : access.caller(ctx, whole.headers(), route.scope(), route.anonymous());
                            Parameters parameters = new Parameters(ctx.queryParams(), route.parameters());
                            return route.handler().handle(new Call(ctx, whole, caller, parameters));
                        },
                        // Not the workers: health has to answer while those wait for Kafka.
                        ctx.blockingTaskExecutor())
                .exceptionally(failure ->
                        error(request.headers(), Refusals.of(failure)).toHttpResponse()));
    }

    private CompletableFuture<HttpResponse> home(Call call) {
        String orgId = call.caller().orgId();
        CompletableFuture<@Nullable JsonNode> report = spend.answer(orgId, SpendReport.Query.byUser(50))
                .<@Nullable JsonNode>thenApply(answer -> answer)
                .exceptionally(failure -> null);
        return health.report().thenCombine(report, (state, answer) -> {
            ResponseHeaders headers = ResponseHeaders.builder(HttpStatus.OK)
                    .contentType(HTML)
                    .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, HomePage.CONTENT_SECURITY_POLICY)
                    .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
                    .set(HttpHeaderNames.REFERRER_POLICY, "no-referrer")
                    .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                    .build();
            return HttpResponse.of(headers, HttpData.ofUtf8(HomePage.render(orgId, state, answer, otlpEndpoint.get())));
        });
    }

    /** The type must be stated: it is what keeps a foreign web page from sending a form here. */
    private static JsonNode body(AggregatedHttpRequest request) {
        MediaType type = request.contentType();
        if (type == null || !type.is(MediaType.JSON)) {
            throw new Refusal(
                    Refusal.Kind.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Type: " + (type == null ? "missing" : type) + " (expected: application/json)");
        }
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

    private static HttpResponse ok(ObjectNode answer) {
        return json(HttpStatus.OK, answer);
    }

    private static HttpResponse json(HttpStatus status, ObjectNode answer) {
        ResponseHeaders headers = ResponseHeaders.builder(status)
                .contentType(MediaType.JSON)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .build();
        return HttpResponse.of(headers, HttpData.ofUtf8(answer.toString()));
    }

    private static AggregatedHttpResponse error(@Nullable RequestHeaders request, Refusal refusal) {
        ResponseHeadersBuilder headers =
                ResponseHeaders.builder(refusal.kind().http()).contentType(MediaType.JSON);
        if (refusal.kind() == Refusal.Kind.UNAUTHENTICATED) {
            // Only the start page is for browsers, which can ask for a token in this way: it is the password.
            boolean home = request != null && request.path().equals("/");
            headers.set(
                    HttpHeaderNames.WWW_AUTHENTICATE, home ? "Basic realm=\"Sluice: token as password\"" : "Bearer");
        } else if (refusal.kind() == Refusal.Kind.UNAVAILABLE) {
            headers.set(HttpHeaderNames.RETRY_AFTER, "1");
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("error")
                .put("type", refusal.kind().rest())
                .put("message", refusal.getMessage())
                .put("field", refusal.field());
        return AggregatedHttpResponse.of(headers.build(), HttpData.ofUtf8(body.toString()));
    }

    private static String resource(String name) {
        try (InputStream in = RestApi.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + ": missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Errors outside of the routes: unknown paths, other methods, bodies too long. */
    private static final class Errors implements ServerErrorHandler {
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
            return status.isContentAlwaysEmpty() ? null : error(headers, Refusals.of(status, "body: too long"));
        }
    }
}
