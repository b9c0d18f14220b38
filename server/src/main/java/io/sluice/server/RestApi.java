package io.sluice.server;

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
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The REST port: what its routes have in common. Each of them is in {@code openapi.json}, and nothing else is. */
final class RestApi {
    private final Access access;
    private final List<RouteGroup> groups;

    RestApi(Access access, List<RouteGroup> groups) {
        this.access = access;
        this.groups = List.copyOf(groups);
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
        return HttpResponse.of(request.aggregate()
                .thenComposeAsync(
                        whole -> {
                            Caller caller = route.scope() == null
                                    ? null
                                    : access.caller(ctx, whole.headers(), route.scope(), route.anonymous());
                            Parameters parameters =
                                    new Parameters(ctx.queryParams(), route.parameters(), group.unknownParameters());
                            return route.handler().handle(new Call(ctx, group, whole, caller, parameters));
                        },
                        // Not the workers: health has to answer while those wait for Kafka.
                        ctx.blockingTaskExecutor())
                .exceptionally(failure ->
                        error(group, request.headers(), Refusals.of(failure)).toHttpResponse()));
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
