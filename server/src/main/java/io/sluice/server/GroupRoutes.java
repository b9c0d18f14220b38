package io.sluice.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Editing;
import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.DirectoryMembership;
import io.sluice.schema.DirectoryRole;
import java.util.List;
import java.util.Set;

/** {@code /v1/groups}: groups by hand, their members, and the roles of any group. */
final class GroupRoutes {
    private static final String PATH = "/v1/groups";
    private static final String ONE = PATH + "/{id}";
    private static final String MEMBERS = ONE + "/members";
    private static final String ROLE_IDS = "role_ids";
    private static final String USER_IDS = "user_ids";
    private static final int LONGEST_NAME = 200;
    private static final int MOST_ROLES = 100;
    /** In one request to Elasticsearch and Kafka. */
    private static final int MOST_MEMBERS = 1000;

    private final DirectoryRoutes common;
    private final DirectoryStore store;

    GroupRoutes(DirectoryRoutes common) {
        this.common = common;
        this.store = common.store();
    }

    List<Route> routes() {
        return List.of(
                common.read(PATH, this::list).parameters(Set.of("name", "limit", "page")),
                common.write(HttpMethod.POST, PATH, this::create),
                common.read(ONE, call -> answer(HttpStatus.OK, call, call.path("id"))),
                common.write(HttpMethod.PATCH, ONE, this::rename),
                common.write(HttpMethod.DELETE, ONE, this::delete),
                common.write(HttpMethod.PUT, ONE + "/roles", this::setRoles),
                common.read(MEMBERS, this::members).parameters(Set.of("limit", "page")),
                common.write(HttpMethod.POST, MEMBERS, this::join),
                common.write(HttpMethod.DELETE, MEMBERS + "/{user_id}", this::leave));
    }

    private HttpResponse list(Call call) {
        DirectoryPage page = DirectoryPage.of(call.parameters(), Parameters.DEFAULT_LIMIT);
        Directory directory = common.directory(call);
        String name = call.parameters().text("name");
        return Answers.ok(
                name == null
                        ? page.answer(directory.groups(), group -> json(directory, group))
                        : page.answer(
                                directory.groupsByDisplayName(name), group -> true, group -> json(directory, group)));
    }

    private HttpResponse answer(HttpStatus status, Call call, String id) {
        Document<DirectoryGroup> group = common.group(call, "id", id);
        return Answers.versioned(status, group.version(), json(common.directory(call), group));
    }

    private static ObjectNode json(Directory directory, Document<DirectoryGroup> group) {
        ObjectNode json = DirectoryRoutes.object()
                .put("id", group.id())
                .put("type", "group")
                .put("name", group.content().getDisplayName())
                .put("source_type", sourceType(group))
                .put("external_id", group.content().getExternalId());
        ArrayNode roles = json.putArray(ROLE_IDS);
        group.content().getRoleIds().forEach(roles::add);
        return json.put("member_count", directory.members(group.id()).size())
                .put("created_at", DirectoryRoutes.time(group.createdAt()))
                .put("updated_at", DirectoryRoutes.time(updatedAt(directory, group)))
                .put("version", group.version());
    }

    static String sourceType(Document<DirectoryGroup> group) {
        return Editing.groupIsScims(group.tip()) ? "scim" : "direct";
    }

    /** Of the group or its members. */
    static long updatedAt(Directory directory, Document<DirectoryGroup> group) {
        return Math.max(group.changedAt(), directory.membersChangedAt(group.id()));
    }

    private HttpResponse create(Call call) {
        JsonFields fields = new JsonFields(call.body(), Set.of("name", ROLE_IDS));
        String name = fields.text("name", LONGEST_NAME);
        List<String> roleIds = fields.has(ROLE_IDS) ? fields.ids(ROLE_IDS, 0, MOST_ROLES) : List.of();
        String id = DirectoryIds.group();
        call.target(call.orgId(), id);
        store.change(() -> {
            requireRoles(common, call, ROLE_IDS, roleIds, List.of());
            common.change(call)
                    .group(
                            id,
                            DirectoryGroup.newBuilder()
                                    .setDisplayName(name)
                                    .setRoleIds(roleIds)
                                    .build())
                    .accept();
            return true;
        });
        return answer(HttpStatus.CREATED, call, id);
    }

    private HttpResponse rename(Call call) {
        JsonFields fields = new JsonFields(call.body(), Set.of("name"));
        String name = fields.text("name", LONGEST_NAME);
        String id = call.path("id");
        store.change(() -> {
            Document<DirectoryGroup> group = byHand(common, call, id);
            DirectoryRoutes.requireMatch(call, group.version());
            if (!group.content().getDisplayName().equals(name)) {
                common.change(call)
                        .group(
                                group,
                                DirectoryGroup.newBuilder(group.content())
                                        .setDisplayName(name)
                                        .build())
                        .accept();
            }
            return true;
        });
        return answer(HttpStatus.OK, call, id);
    }

    private HttpResponse delete(Call call) {
        String id = call.path("id");
        store.change(() -> {
            Document<DirectoryGroup> group = byHand(common, call, id);
            DirectoryRoutes.requireMatch(call, group.version());
            common.change(call).deleteGroup(group).accept();
            return true;
        });
        return Answers.ok(DirectoryRoutes.object().put("id", id).put("type", "group_deleted"));
    }

    /** Of groups that came by SCIM as well: an identity provider knows nothing of our roles. */
    private HttpResponse setRoles(Call call) {
        JsonFields fields = new JsonFields(call.body(), Set.of(ROLE_IDS));
        List<String> roleIds = fields.ids(ROLE_IDS, 0, MOST_ROLES);
        String id = call.path("id");
        store.change(() -> {
            Document<DirectoryGroup> group = common.group(call, "id", id);
            DirectoryRoutes.requireMatch(call, group.version());
            requireRoles(common, call, ROLE_IDS, roleIds, group.content().getRoleIds());
            if (!group.content().getRoleIds().equals(roleIds)) {
                common.change(call)
                        .group(
                                group,
                                DirectoryGroup.newBuilder(group.content())
                                        .setRoleIds(roleIds)
                                        .build())
                        .accept();
            }
            return true;
        });
        return answer(HttpStatus.OK, call, id);
    }

    private HttpResponse members(Call call) {
        Document<DirectoryGroup> group = common.group(call, "id", call.path("id"));
        Directory directory = common.directory(call);
        return Answers.ok(DirectoryPage.of(call.parameters(), Parameters.DEFAULT_LIMIT)
                .answer(directory.members(group.id()), member -> member(directory, member)));
    }

    private static ObjectNode member(Directory directory, Document<DirectoryMembership> member) {
        String userId = member.content().getUserId();
        ObjectNode json = DirectoryRoutes.object().put("user_id", userId);
        directory
                .user(userId)
                .ifPresent(user -> json.put("user_name", user.content().getUserName())
                        .put("email", UserJson.email(user.content()))
                        .put("active", user.content().getActive()));
        return json.put("joined_at", DirectoryRoutes.time(member.changedAt()));
    }

    /** Who is a member already stays one. */
    private HttpResponse join(Call call) {
        JsonFields fields = new JsonFields(call.body(), Set.of(USER_IDS));
        List<String> userIds = fields.ids(USER_IDS, 1, MOST_MEMBERS);
        String id = call.path("id");
        store.change(() -> {
            byHand(common, call, id);
            for (int i = 0; i < userIds.size(); i++) {
                common.user(call, USER_IDS + '[' + i + ']', userIds.get(i));
            }
            Directory directory = common.directory(call);
            common.change(call)
                    .join(
                            id,
                            userIds.stream()
                                    .filter(userId -> !directory.isMember(id, userId))
                                    .toList())
                    .accept();
            return true;
        });
        return answer(HttpStatus.OK, call, id);
    }

    private HttpResponse leave(Call call) {
        String id = call.path("id");
        leave(common, call, id, call.path("user_id"));
        return answer(HttpStatus.OK, call, id);
    }

    static void leave(DirectoryRoutes common, Call call, String groupId, String userId) {
        call.detail("user_id", userId);
        common.store().change(() -> {
            byHand(common, call, groupId);
            if (!common.directory(call).isMember(groupId, userId)) {
                throw DirectoryRoutes.absent("user_id", "member");
            }
            common.change(call).leave(groupId, userId).accept();
            return true;
        });
    }

    static Document<DirectoryGroup> byHand(DirectoryRoutes common, Call call, String id) {
        Document<DirectoryGroup> group = common.group(call, "id", id);
        DirectoryRoutes.refuseBecause(Editing.groupNotByHand(group.tip()));
        return group;
    }

    /**
     * All of them exist, and nobody gives away what the own token may not do.
     *
     * @param given already
     */
    static void requireRoles(DirectoryRoutes common, Call call, String field, List<String> ids, List<String> given) {
        for (int i = 0; i < ids.size(); i++) {
            Document<DirectoryRole> role = common.role(call, field + '[' + i + ']', ids.get(i));
            if (!given.contains(role.id())) {
                RoleRoutes.requireMayGrant(call, role.content().getAdminScopes());
            }
        }
    }
}
