package io.sluice.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Plans;
import io.sluice.core.directory.Source;
import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.DirectoryRole;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.Micros;
import io.sluice.scim.ScimException;
import io.sluice.scim.ScimVersion;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;

/** What the routes of the directory by hand have in common. Their handlers block; each change is by {@link Source#ADMIN}. */
final class DirectoryRoutes {
    static final String FEATURE = "groups-and-roles";

    private final DirectoryStore store;

    DirectoryRoutes(DirectoryStore store) {
        this.store = store;
    }

    /** Users, groups, roles and the organization, in our own form and in upstream's. */
    static RouteGroup of(DirectoryStore store, TeamAuthors authors, Access access, Plans plans, Leavers leavers) {
        DirectoryRoutes common = new DirectoryRoutes(store);
        return RouteGroup.json(Stream.of(
                        new UserRoutes(common, leavers).routes(),
                        new TeamRoutes(common, authors).routes(),
                        new MembershipRoutes(common).routes(),
                        new GroupRoutes(common).routes(),
                        new RoleRoutes(common).routes(),
                        new OrganizationRoutes(common, access, plans).routes(),
                        new UpstreamUserRoutes(common).routes(),
                        new UpstreamGroupRoutes(common).routes(),
                        new UpstreamRoleRoutes(common).routes())
                .flatMap(List::stream)
                .toArray(Route[]::new));
    }

    Route read(String path, Function<Call, HttpResponse> handler) {
        return route(HttpMethod.GET, path, Scope.READ_DIRECTORY, handler).feature(FEATURE);
    }

    Route write(HttpMethod method, String path, Function<Call, HttpResponse> handler) {
        return route(method, path, Scope.WRITE_DIRECTORY, handler).feature(FEATURE);
    }

    /** In every plan. */
    Route administer(HttpMethod method, String path, Function<Call, HttpResponse> handler) {
        return route(method, path, Scope.ADMIN, handler);
    }

    private Route route(HttpMethod method, String path, Scope scope, Function<Call, HttpResponse> handler) {
        return Route.of(method, path, scope, call -> {
                    store.requireLoaded();
                    return CompletableFuture.completedFuture(handler.apply(call));
                })
                .audited();
    }

    DirectoryStore store() {
        return store;
    }

    Directory directory(Call call) {
        return store.of(call.orgId());
    }

    DirectoryChange change(Call call) {
        return change(call, call.orgId());
    }

    DirectoryChange change(Call call, String orgId) {
        return new DirectoryChange(store, orgId, Source.ADMIN, call.caller().actor());
    }

    /**
     * For PUT, PATCH and DELETE; within {@link DirectoryStore#change}, on the version that the change is made from, so
     * that no other comes between.
     *
     * @param version 0: there is no document yet
     * @throws Refusal PRECONDITION_FAILED when the client names another version
     */
    static void requireMatch(Call call, long version) {
        String given = String.join(", ", call.request().headers().getAll(HttpHeaderNames.IF_MATCH));
        try {
            ScimVersion.requireMatch(given.isEmpty() ? null : given, version);
        } catch (ScimException e) {
            throw new Refusal(
                    Refusal.Kind.PRECONDITION_FAILED,
                    "If-Match",
                    "If-Match: not the current version (expected: " + ScimVersion.format(version)
                            + "; read it again, and decide again)");
        }
    }

    /** @param field of the path or the body that the id stands in */
    Document<DirectoryUser> user(Call call, String field, String id) {
        return directory(call).user(id).orElseThrow(() -> absent(field, "user"));
    }

    Document<DirectoryGroup> group(Call call, String field, String id) {
        return directory(call).group(id).orElseThrow(() -> absent(field, "group"));
    }

    Document<DirectoryRole> role(Call call, String field, String id) {
        return directory(call).role(id).orElseThrow(() -> absent(field, "role"));
    }

    /** The same for what never was, is deleted, or is another organization's. */
    static Refusal absent(String field, String what) {
        return new Refusal(Refusal.Kind.NOT_FOUND, field, field + ": no such " + what);
    }

    /** @throws Refusal CONFLICT when there is a reason */
    static void refuseBecause(Optional<String> reason) {
        reason.ifPresent(text -> {
            throw new Refusal(Refusal.Kind.CONFLICT, "id", text);
        });
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static String time(long micros) {
        return Micros.toInstant(micros).toString();
    }
}
