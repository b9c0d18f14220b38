package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpStatus;
import java.util.ArrayList;
import java.util.List;
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
                                .thenApply(created -> Answers.json(HttpStatus.CREATED, audited(call, created)))),
                admin(
                        HttpMethod.POST,
                        "/v1/tokens/{id}/rotate",
                        call -> tokens.rotate(call.caller(), call.path("id"), call.body())
                                .thenApply(created -> Answers.json(HttpStatus.CREATED, audited(call, created)))),
                admin(
                        HttpMethod.DELETE,
                        "/v1/tokens/{id}",
                        call -> tokens.revoke(call.caller(), call.path("id"))
                                .thenApply(revoked -> Answers.ok(audited(call, revoked)))));
    }

    /** What is done to a token stands in the audit of the token's organization, whoever did it. */
    private static ObjectNode audited(Call call, ObjectNode token) {
        call.target(token.path("organization").asText(), token.path("id").asText());
        List<String> scopes = new ArrayList<>();
        token.path("scopes").forEach(scope -> scopes.add(scope.asText()));
        call.detail("scopes", String.join(" ", scopes));
        if (token.path("replaces").isTextual()) {
            call.detail("replaces", token.path("replaces").asText());
        }
        if (!token.path("linked_organizations").isEmpty()) {
            List<String> linked = new ArrayList<>();
            token.path("linked_organizations").forEach(organization -> linked.add(organization.asText()));
            call.detail("linked_organizations", String.join(" ", linked));
        }
        return token;
    }

    private static Route admin(HttpMethod method, String path, Route.Handler handler) {
        return Route.of(method, path, Scope.ADMIN, handler).audited();
    }
}
