package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The REST port: what its routes have in common. Each of them is in {@code openapi.json} and in {@code docs/access.md},
 * and nothing else is.
 *
 * <p>In this order: who is asking, how often, with which scope, of which organization, in which plan, how much of persons;
 * then the handler; then the audit, and only after that the answer.
 */
final class RestApi {
    private static final Pattern ID = Pattern.compile("[\\p{L}\\p{N}_.:|@+~-]{1,200}");
    private static final String NO_ID = "not-an-id";
    private static final String USER = "user";
    private static final String SESSION = "session";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Access access;
    private final PlanGate plans;
    private final PrivacyGate privacy;
    private final PageCipher pages;
    private final AuditLog audit;
    private final List<RouteGroup> groups;

    /** @throws IllegalArgumentException when a route needs a feature that does not exist */
    RestApi(
            Access access,
            PlanGate plans,
            PrivacyGate privacy,
            PageCipher pages,
            AuditLog audit,
            List<RouteGroup> groups) {
        this.access = access;
        this.plans = plans;
        this.privacy = privacy;
        this.pages = pages;
        this.audit = audit;
        this.groups = List.copyOf(groups);
        for (Route route : routes()) {
            if (route.feature() != null) {
                plans.requireKnown(route.feature());
            }
        }
    }

    List<Route> routes() {
        return groups.stream().flatMap(group -> group.routes().stream()).toList();
    }

    void register(ServerBuilder server) {
        for (RouteGroup group : groups) {
            for (Route route : group.routes()) {
                server.route()
                        .methods(route.method())
                        .path(route.path())
                        .maxRequestLength(group.maxBodyBytes())
                        .build((ctx, request) -> serve(group, route, ctx, request));
            }
        }
        server.errorHandler(new Errors());
    }

    private HttpResponse serve(RouteGroup group, Route route, ServiceRequestContext ctx, HttpRequest request) {
        Exchange exchange = new Exchange(group, route, ctx, request.headers());
        CompletableFuture<HttpResponse> answer;
        try {
            exchange.admit();
            // Not on the workers: health has to answer while those wait for Kafka.
            answer = request.aggregate().thenComposeAsync(exchange::handle, ctx.blockingTaskExecutor());
        } catch (Refusal refusal) {
            answer = CompletableFuture.failedFuture(refusal);
        }
        if (route.audit() == Route.Audit.NONE) {
            return HttpResponse.of(answer.exceptionally(exchange::error));
        }
        return HttpResponse.of(answer.handleAsync(
                        (done, failure) ->
                                failure == null ? exchange.done(done) : exchange.refused(Refusals.of(failure)),
                        ctx.blockingTaskExecutor())
                .thenCompose(Function.identity())
                .exceptionally(exchange::error));
    }

    /** One request on its way. */
    private final class Exchange {
        private final RouteGroup group;
        private final Route route;
        private final ServiceRequestContext ctx;
        private final RequestHeaders headers;
        private final InetAddress remote;
        /** As authenticated: in its own organization. */
        private volatile @Nullable Caller caller;
        /** In the organization that is read or written. */
        private volatile @Nullable Caller reader;

        private volatile @Nullable Call call;

        Exchange(RouteGroup group, Route route, ServiceRequestContext ctx, RequestHeaders headers) {
            this.group = group;
            this.route = route;
            this.ctx = ctx;
            this.headers = headers;
            this.remote = ctx.remoteAddress().getAddress();
        }

        /** Decides from the headers, before a body is read. */
        void admit() {
            Scope scope = route.scope();
            if (scope == null) {
                return;
            }
            Caller asking = access.authenticate(headers, remote, scope, route.anonymous());
            caller = asking;
            access.require(asking, scope);
            String organization = route.parameters().contains(Route.ORGANIZATION)
                    ? ctx.queryParams().get(Route.ORGANIZATION)
                    : null;
            Caller reading = organization == null ? asking : asking.reading(organization);
            plans.require(route.feature(), reading.orgId());
            reader = reading;
        }

        CompletableFuture<HttpResponse> handle(AggregatedHttpRequest whole) {
            Caller reading = reader;
            Parameters parameters =
                    new Parameters(ctx.queryParams(), route.parameters(), group.unknownParameters(), page(reading));
            if (route.persons() == Privacy.Persons.NONE || reading == null) {
                return handle(new Call(ctx, group, whole, reading, parameters, () -> Privacy.NAMED));
            }
            if (route.persons() == Privacy.Persons.CONSIDERED) {
                return handle(new Call(ctx, group, whole, reading, parameters, () -> privacy.of(reading.orgId())));
            }
            Privacy known = privacy.of(reading.orgId());
            known.requirePersons(route.path());
            return privacy.labels(reading.orgId(), known, parameters.all(USER))
                    .thenCompose(users -> handle(new Call(
                            ctx,
                            group,
                            whole,
                            reading,
                            parameters.with(USER, users).with(SESSION, known.ids(parameters.all(SESSION))),
                            () -> known)))
                    .thenCompose(answer -> hidden(answer, known));
        }

        private @Nullable PageToken page(@Nullable Caller reading) {
            return reading != null && route.parameters().contains(PageToken.PAGE)
                    ? new PageToken(
                            pages,
                            reading.orgId(),
                            route.audit() == Route.Audit.EVERY ? reading.actor() : PageToken.ANYBODY,
                            ctx.path(),
                            ctx.queryParams())
                    : null;
        }

        private CompletableFuture<HttpResponse> handle(Call handled) {
            call = handled;
            return route.handler().handle(handled);
        }

        private CompletableFuture<HttpResponse> hidden(HttpResponse answer, Privacy known) {
            if (known.names() == null) {
                return CompletableFuture.completedFuture(answer);
            }
            return answer.aggregate().thenApply(whole -> {
                try {
                    JsonNode json = JSON.readTree(whole.content().array());
                    known.hide(json);
                    return HttpResponse.of(whole.headers(), HttpData.ofUtf8(json.toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }

        /** The answer, once the audit has what there is to say. */
        CompletableFuture<HttpResponse> done(HttpResponse answer) {
            Caller asking = caller;
            if (asking == null || !route.isAuditedWhenDone()) {
                return CompletableFuture.completedFuture(answer);
            }
            return audit.record(entry(asking, AuditLog.DONE))
                    .whenComplete((recorded, lost) -> {
                        if (lost != null) {
                            answer.abort();
                        }
                    })
                    .thenApply(recorded -> answer);
        }

        /** Fails with the refusal, once the audit has it. */
        CompletableFuture<HttpResponse> refused(Refusal refusal) {
            Caller asking = caller;
            String outcome = refusal.kind().rest();
            if (asking == null) {
                // Access has counted what somebody unknown tried.
                return CompletableFuture.failedFuture(refusal);
            }
            if (refusal.kind() == Refusal.Kind.RATE_LIMITED) {
                audit.count(asking.home(), asking.actor(), route.action(), outcome, remote.getHostAddress());
                return CompletableFuture.failedFuture(refusal);
            }
            return audit.record(entry(asking, outcome))
                    .thenCompose(recorded -> CompletableFuture.failedFuture(refusal));
        }

        private AuditLog.Entry entry(Caller asking, String outcome) {
            Call handled = call;
            String organization = handled == null ? null : handled.targetOrganization();
            String target = handled == null ? ctx.pathParam("id") : handled.target();
            return new AuditLog.Entry(
                    organization == null ? asking.home() : organization,
                    asking.actor(),
                    route.action(),
                    // A path may hold anything, a token's secret among it.
                    target == null || (ID.matcher(target).matches() && !Secret.looksLikeOne(target)) ? target : NO_ID,
                    outcome,
                    remote.getHostAddress(),
                    handled == null ? Map.of() : handled.details());
        }

        HttpResponse error(Throwable failure) {
            return RestApi.error(group, headers, Refusals.of(failure)).toHttpResponse();
        }
    }

    private static AggregatedHttpResponse error(RouteGroup group, @Nullable RequestHeaders request, Refusal refusal) {
        ResponseHeadersBuilder headers = ResponseHeaders.builder(refusal.kind().http())
                .contentType(group.errors().type());
        if (refusal.kind() == Refusal.Kind.UNAUTHENTICATED) {
            boolean home = request != null && request.path().equals(InstallationRoutes.HOME);
            headers.set(
                    HttpHeaderNames.WWW_AUTHENTICATE, home ? "Basic realm=\"Sluice: token as password\"" : "Bearer");
        } else if (refusal.retryAfterSeconds() > 0) {
            headers.set(HttpHeaderNames.RETRY_AFTER, Long.toString(refusal.retryAfterSeconds()));
        }
        return AggregatedHttpResponse.of(
                headers.build(), HttpData.ofUtf8(group.errors().of(refusal).toString()));
    }

    /** The group that answers for a path which no route has. */
    private RouteGroup responsible(@Nullable RequestHeaders request) {
        String path = request == null ? "/" : request.path();
        return groups.stream()
                .filter(group -> path.startsWith(group.prefix()))
                .max(Comparator.comparingInt(group -> group.prefix().length()))
                .orElseGet(RouteGroup::json);
    }

    /** Errors outside of the routes: unknown paths, other methods, bodies too long. */
    private final class Errors implements ServerErrorHandler {
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
            return status.isContentAlwaysEmpty()
                    ? null
                    : error(responsible(headers), headers, Refusals.of(status, "body: too long"));
        }
    }
}
