package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.EffectiveAccess;
import io.sluice.core.directory.EffectiveAccess.Origin;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/** What a person may do and why, for people to read: each grant with the groups and roles that it comes from. */
final class AccessJson {
    private AccessJson() {}

    static ObjectNode of(Directory directory, String userId) {
        return directory.consistently(() -> {
            EffectiveAccess access = EffectiveAccess.of(directory, userId);
            ObjectNode json = DirectoryRoutes.object()
                    .put("user_id", userId)
                    .put("status", access.status().name().toLowerCase(Locale.ROOT));
            boolean byGroup = groups(json.putArray("groups"), directory, userId);
            ArrayNode defaults = json.putArray("default_roles");
            directory
                    .organization()
                    .ifPresent(organization ->
                            roles(defaults, directory, organization.content().getDefaultRoleIds()));
            json.put("default_roles_apply", access.status() == EffectiveAccess.Status.ACTIVE && !byGroup);
            grants(json, "products", access.products());
            grants(json, "tools", access.tools());
            grants(json, "mcp_servers", access.mcpServers());
            ObjectNode files = json.putObject("file_access")
                    .put("level", access.fileAccess().accessName());
            origins(files, access.fileAccessFrom());
            grants(json, "spend_rights", access.spendRights());
            grants(json, "admin_scopes", access.adminScopes());
            return json;
        });
    }

    /** Whether any of them has a role. */
    private static boolean groups(ArrayNode json, Directory directory, String userId) {
        boolean[] any = {false};
        directory.groupsOf(userId).forEach(group -> {
            ArrayNode roles = json.addObject()
                    .put("id", group.id())
                    .put("name", group.content().getDisplayName())
                    .putArray("roles");
            roles(roles, directory, group.content().getRoleIds());
            any[0] |= !roles.isEmpty();
        });
        return any[0];
    }

    private static void roles(ArrayNode json, Directory directory, List<String> ids) {
        ids.forEach(id -> directory
                .role(id)
                .ifPresent(role -> json.addObject()
                        .put("id", id)
                        .put("name", role.content().getName())));
    }

    private static void grants(ObjectNode json, String name, SortedMap<String, List<Origin>> granted) {
        ArrayNode list = json.putArray(name);
        granted.forEach((what, from) -> origins(list.addObject().put("name", what), from));
    }

    private static void origins(ObjectNode grant, List<Origin> origins) {
        ArrayNode from = grant.putArray("from");
        origins.forEach(origin -> from.addObject()
                .put("group_id", origin.groupId())
                .put("group_name", origin.groupName())
                .put("role_id", origin.roleId())
                .put("role_name", origin.roleName()));
    }
}
