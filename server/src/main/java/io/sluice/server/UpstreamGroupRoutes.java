package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Versions;
import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.DirectoryMembership;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Groups and their members in the form of the Admin API; the same groups as {@code /v1/groups}. */
final class UpstreamGroupRoutes {
    private static final String PATH = "/v1/organizations/rbac_groups";
    private static final String ONE = PATH + "/{id}";
    private static final String MEMBERS = ONE + "/members";
    private static final int LONGEST_ID = 200;

    private final DirectoryRoutes common;

    UpstreamGroupRoutes(DirectoryRoutes common) {
        this.common = common;
    }

    List<Route> routes() {
        Set<String> paging = Set.of("limit", "page");
        return List.of(
                common.read(PATH, this::list).parameters(paging),
                common.read(ONE, this::get),
                common.read(MEMBERS, this::members).parameters(paging),
                common.write(HttpMethod.POST, MEMBERS, this::join),
                common.write(HttpMethod.DELETE, MEMBERS + "/{user_id}", this::leave));
    }

    private HttpResponse list(Call call) {
        Directory directory = common.directory(call);
        return Answers.ok(DirectoryPage.of(call.parameters(), IdPage.DEFAULT_LIMIT)
                .answer(directory.groups(), group -> json(directory, group)));
    }

    private HttpResponse get(Call call) {
        return Answers.ok(json(common.directory(call), common.group(call, "id", call.path("id"))));
    }

    private static ObjectNode json(Directory directory, Document<DirectoryGroup> group) {
        ObjectNode json = DirectoryRoutes.object()
                .put("id", group.id())
                .put("type", "rbac_group")
                .put("name", group.content().getDisplayName())
                .put("source_type", GroupRoutes.sourceType(group));
        group.content().getRoleIds().forEach(json.putArray("roles")::add);
        return json.put("created_at", DirectoryRoutes.time(group.createdAt()))
                .put("updated_at", DirectoryRoutes.time(GroupRoutes.updatedAt(directory, group)));
    }

    private HttpResponse members(Call call) {
        Document<DirectoryGroup> group = common.group(call, "id", call.path("id"));
        Directory directory = common.directory(call);
        return Answers.ok(DirectoryPage.of(call.parameters(), IdPage.DEFAULT_LIMIT)
                .answer(
                        directory.members(group.id()),
                        member -> directory
                                .user(member.content().getUserId())
                                .filter(user -> user.content().getActive())
                                .isPresent(),
                        member -> member(directory, member)));
    }

    private static ObjectNode member(Directory directory, Document<DirectoryMembership> member) {
        String email = directory
                .user(member.content().getUserId())
                .map(user -> UserJson.email(user.content()))
                .orElse(null);
        return about(
                        "rbac_group_member",
                        member.content().getGroupId(),
                        member.content().getUserId())
                .put("email", email)
                .put("created_at", DirectoryRoutes.time(member.changedAt()));
    }

    /** Upstream's newer and older name of the group's id, which are both in use. */
    private static ObjectNode about(String type, String groupId, String userId) {
        return DirectoryRoutes.object()
                .put("type", type)
                .put("rbac_group_id", groupId)
                .put("group_id", groupId)
                .put("user_id", userId);
    }

    private HttpResponse join(Call call) {
        JsonFields fields = new JsonFields(call.body(), Set.of("user_id"));
        String userId = fields.text("user_id", LONGEST_ID);
        String id = call.path("id");
        call.detail("user_id", userId);
        Document<DirectoryMembership> member = common.store().change(() -> {
            GroupRoutes.byHand(common, call, id);
            UpstreamUserRoutes.member(common, call, "user_id", userId);
            if (!common.directory(call).isMember(id, userId)) {
                common.change(call).join(id, List.of(userId)).accept();
            }
            return membership(call, id, userId).orElseThrow(() -> DirectoryRoutes.absent("user_id", "member"));
        });
        return Answers.ok(member(common.directory(call), member));
    }

    private Optional<Document<DirectoryMembership>> membership(Call call, String groupId, String userId) {
        return common.directory(call).membershipsOf(userId).stream()
                .filter(member -> member.id().equals(Versions.membershipId(groupId, userId)))
                .findFirst();
    }

    private HttpResponse leave(Call call) {
        String id = call.path("id");
        String userId = call.path("user_id");
        GroupRoutes.leave(common, call, id, userId);
        return Answers.ok(about("rbac_group_member_deleted", id, userId));
    }
}
