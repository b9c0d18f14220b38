package io.sluice.server;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpStatus;
import java.util.concurrent.CompletableFuture;

/** The tokens' administration. */
final class TokenRoutes {
    private TokenRoutes() {}

    static RouteGroup of(TokenService tokens) {
        return RouteGroup.json(
                admin(
                        HttpMethod.GET,
                        "/v1/tokens",
                        call -> CompletableFuture.completedFuture(Answers.ok(tokens.list(call.caller())))),
                admin(
                        HttpMethod.POST,
                        "/v1/tokens",
                        call -> tokens.create(call.caller(), call.body())
                                .thenApply(created -> Answers.json(HttpStatus.CREATED, created))),
                admin(
                        HttpMethod.DELETE,
                        "/v1/tokens/{id}",
                        call -> tokens.revoke(call.caller(), call.path("id")).thenApply(Answers::ok)));
    }

    private static Route admin(HttpMethod method, String path, Route.Handler handler) {
        return Route.of(method, path, Scope.ADMIN, handler).audited();
    }
}
