package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Roles;
import io.sluice.schema.DirectoryRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code /v1/roles}: what the members of the groups that have a role may do. */
final class RoleRoutes {
    private static final String PATH = "/v1/roles";
    private static final String ONE = PATH + "/{id}";
    private static final String ADMIN_SCOPES = "admin_scopes";
    private static final Set<String> FIELDS = Set.of(
            "name", "description", "products", "tools", "mcp_servers", "file_access", "spend_rights", ADMIN_SCOPES);
    private static final Set<String> SCOPES =
            Stream.of(Scope.values()).map(Scope::scopeName).collect(Collectors.toUnmodifiableSet());
    private static final int MOST_NAMED = 10;

    private final DirectoryRoutes common;
    private final DirectoryStore store;

    RoleRoutes(DirectoryRoutes common) {
        this.common = common;
        this.store = common.store();
    }

    List<Route> routes() {
        return List.of(
                common.read(PATH, this::list).parameters(Set.of("name", "limit", "page")),
                common.write(HttpMethod.POST, PATH, this::create),
                common.read(ONE, call -> answer(HttpStatus.OK, call, call.path("id"))),
                common.write(HttpMethod.PUT, ONE, this::replace),
                common.write(HttpMethod.DELETE, ONE, this::delete));
    }

    private HttpResponse list(Call call) {
        DirectoryPage page = DirectoryPage.of(call.parameters(), Parameters.DEFAULT_LIMIT);
        Directory directory = common.directory(call);
        String name = call.parameters().text("name");
        return Answers.ok(
                name == null
                        ? page.answer(directory.roles(), RoleRoutes::json)
                        : page.answer(directory.rolesByName(name), role -> true, RoleRoutes::json));
    }

    private HttpResponse answer(HttpStatus status, Call call, String id) {
        Document<DirectoryRole> role = common.role(call, "id", id);
        return Answers.versioned(status, role.version(), json(role));
    }

    private static ObjectNode json(Document<DirectoryRole> document) {
        DirectoryRole role = document.content();
        ObjectNode json = DirectoryRoutes.object()
                .put("id", document.id())
                .put("type", "role")
                .put("name", role.getName())
                .put("description", role.getDescription());
        role.getProducts().forEach(json.putArray("products")::add);
        role.getTools().forEach(json.putArray("tools")::add);
        role.getMcpServers().forEach(json.putArray("mcp_servers")::add);
        json.put("file_access", role.getFileAccess());
        role.getSpendRights().forEach(json.putArray("spend_rights")::add);
        role.getAdminScopes().forEach(json.putArray(ADMIN_SCOPES)::add);
        return json.put("created_at", DirectoryRoutes.time(document.createdAt()))
                .put("updated_at", DirectoryRoutes.time(document.changedAt()))
                .put("version", document.version());
    }

    private HttpResponse create(Call call) {
        DirectoryRole role = role(call);
        requireMayGrant(call, role.getAdminScopes());
        String id = DirectoryIds.role();
        call.target(call.orgId(), id);
        store.change(() -> {
            common.change(call).role(id, role).accept();
            return true;
        });
        return answer(HttpStatus.CREATED, call, id);
    }

    private HttpResponse replace(Call call) {
        DirectoryRole role = role(call);
        String id = call.path("id");
        store.change(() -> {
            Document<DirectoryRole> before = common.role(call, "id", id);
            DirectoryRoutes.requireMatch(call, before.version());
            List<String> added = new ArrayList<>(role.getAdminScopes());
            added.removeAll(before.content().getAdminScopes());
            requireMayGrant(call, added);
            if (!role.equals(before.content())) {
                common.change(call).role(before, role).accept();
            }
            return true;
        });
        return answer(HttpStatus.OK, call, id);
    }

    /** All that is wrong is told at once. */
    private static DirectoryRole role(Call call) {
        JsonFields fields = new JsonFields(call.body(), FIELDS);
        DirectoryRole role = DirectoryRole.newBuilder()
                .setName(fields.anyText("name", ""))
                .setDescription(fields.anyText("description", ""))
                .setProducts(fields.texts("products"))
                .setTools(fields.texts("tools"))
                .setMcpServers(fields.texts("mcp_servers"))
                .setFileAccess(fields.anyText("file_access", "none"))
                .setSpendRights(fields.texts("spend_rights"))
                .setAdminScopes(fields.texts(ADMIN_SCOPES))
                .build();
        List<Roles.Problem> problems = Roles.problems(role, SCOPES);
        if (!problems.isEmpty()) {
            ArrayNode list = JsonNodeFactory.instance.arrayNode();
            problems.forEach(
                    problem -> list.addObject().put("field", problem.field()).put("message", problem.message()));
            throw new Refusal(
                            Refusal.Kind.INVALID,
                            problems.get(0).field(),
                            problems.stream().map(Roles.Problem::message).collect(Collectors.joining("; ")))
                    .with("problems", list);
        }
        return role;
    }

    /** Nobody makes a role that may do more than they do themselves. */
    static void requireMayGrant(Call call, List<String> scopes) {
        for (String name : scopes) {
            if (Scope.named(name).filter(call.caller()::may).isEmpty()) {
                throw new Refusal(
                        Refusal.Kind.FORBIDDEN,
                        ADMIN_SCOPES,
                        ADMIN_SCOPES + ": " + name + " (expected: only scopes that the token has itself)");
            }
        }
    }

    private HttpResponse delete(Call call) {
        String id = call.path("id");
        store.change(() -> {
            Document<DirectoryRole> role = common.role(call, "id", id);
            DirectoryRoutes.requireMatch(call, role.version());
            requireUnused(call, id);
            common.change(call).deleteRole(role).accept();
            return true;
        });
        return Answers.ok(DirectoryRoutes.object().put("id", id).put("type", "role_deleted"));
    }

    /** A role that is in use is taken away from its groups first, so that nobody loses access by surprise. */
    private void requireUnused(Call call, String id) {
        Directory directory = common.directory(call);
        List<String> users = new ArrayList<>(directory.groups().from(0, Integer.MAX_VALUE).stream()
                .filter(group -> group.content().getRoleIds().contains(id))
                .map(group -> group.id() + " (" + group.content().getDisplayName() + ")")
                .toList());
        directory
                .organization()
                .filter(organization ->
                        organization.content().getDefaultRoleIds().contains(id))
                .ifPresent(organization -> users.add("the organization's default_role_ids"));
        if (!users.isEmpty()) {
            String more = users.size() > MOST_NAMED ? " and " + (users.size() - MOST_NAMED) + " more" : "";
            throw new Refusal(
                    Refusal.Kind.CONFLICT,
                    "id",
                    "id: the role is in use by "
                            + users.stream().limit(MOST_NAMED).collect(Collectors.joining(", ")) + more
                            + " (expected: a role that nobody has; take it away there first)");
        }
    }
}
