package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.FileAccess;
import io.sluice.schema.DirectoryRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Roles in the form of the Admin API, to be read only; the same roles as {@code /v1/roles}. Upstream documents no list of
 * actions; {@code claude_code} is its own name, the others are ours.
 */
final class UpstreamRoleRoutes {
    private static final String PATH = "/v1/organizations/rbac_roles";
    private static final String ONE = PATH + "/{id}";

    private final DirectoryRoutes common;

    UpstreamRoleRoutes(DirectoryRoutes common) {
        this.common = common;
    }

    List<Route> routes() {
        Set<String> paging = Set.of("limit", "page");
        return List.of(
                common.read(PATH, this::list).parameters(paging),
                common.read(ONE, call -> Answers.ok(json(common.role(call, "id", call.path("id"))))),
                common.read(ONE + "/permissions", this::permissions).parameters(paging));
    }

    private HttpResponse list(Call call) {
        return Answers.ok(DirectoryPage.of(call.parameters(), IdPage.DEFAULT_LIMIT)
                .answer(common.directory(call).roles(), UpstreamRoleRoutes::json));
    }

    private static ObjectNode json(Document<DirectoryRole> role) {
        ObjectNode json = DirectoryRoutes.object()
                .put("id", role.id())
                .put("type", "rbac_role")
                .put("name", role.content().getName())
                .put("display_name", role.content().getName())
                .put("description", role.content().getDescription());
        json.putObject("source").put("type", "custom");
        return json.put("created_at", DirectoryRoutes.time(role.createdAt()))
                .put("updated_at", DirectoryRoutes.time(role.changedAt()));
    }

    /** A page counts from the start of the list, so it is bound to the version of the role. */
    private HttpResponse permissions(Call call) {
        Document<DirectoryRole> role = common.role(call, "id", call.path("id"));
        List<ObjectNode> all = permissions(call.orgId(), role.content());
        int limit = call.parameters().limit(IdPage.DEFAULT_LIMIT);
        PageToken token = call.parameters().page();
        JsonNode position = token.position();
        int from = 0;
        if (position != null) {
            from = position.path("from").asInt();
            if (position.path("version").asLong() != role.version()) {
                throw Refusal.invalid(
                        PageToken.PAGE,
                        String.valueOf(call.parameters().text(PageToken.PAGE)),
                        "next_page of the answer before, of a role that did not change");
            }
        }
        ObjectNode answer = DirectoryRoutes.object();
        ArrayNode data = answer.putArray("data");
        all.stream().skip(from).limit(limit).forEach(data::add);
        boolean more = all.size() - from > limit;
        answer.put("has_more", more);
        if (!more) {
            return Answers.ok(answer.putNull("next_page"));
        }
        ObjectNode next = DirectoryRoutes.object();
        next.put("from", from + limit).put("version", role.version());
        return Answers.ok(answer.put("next_page", token.next(next)));
    }

    static List<ObjectNode> permissions(String orgId, DirectoryRole role) {
        List<ObjectNode> all = new ArrayList<>();
        role.getProducts()
                .forEach(product ->
                        all.add(permission(product.equals("code") ? "claude_code" : product, "organization", orgId)));
        role.getTools().forEach(tool -> all.add(permission("use", "tool", tool)));
        role.getMcpServers().forEach(server -> all.add(permission("use", "mcp_server", server)));
        if (!role.getFileAccess().equals(FileAccess.NONE.accessName())) {
            all.add(permission(role.getFileAccess(), "file", null));
        }
        role.getSpendRights().forEach(right -> all.add(permission(right, "spend", orgId)));
        role.getAdminScopes().forEach(scope -> all.add(permission(scope, "organization", orgId)));
        return all;
    }

    private static ObjectNode permission(String action, String resourceType, @Nullable String resourceId) {
        return DirectoryRoutes.object()
                .put("type", "rbac_role_permission")
                .put("action", action)
                .put("resource_type", resourceType)
                .put("resource_id", resourceId);
    }
}
