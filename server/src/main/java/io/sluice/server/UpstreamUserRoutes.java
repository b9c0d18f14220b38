package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Kind;
import io.sluice.core.directory.Labels;
import io.sluice.core.directory.Place;
import io.sluice.schema.DirectoryUser;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The organization and its members in the form of the Admin API. A member there is somebody who may use Claude, so
 * people who are not active are none.
 */
final class UpstreamUserRoutes {
    private static final String PATH = "/v1/organizations/users";

    private final DirectoryRoutes common;

    UpstreamUserRoutes(DirectoryRoutes common) {
        this.common = common;
    }

    List<Route> routes() {
        Set<String> parameters = new HashSet<>(IdPage.PARAMETERS);
        parameters.add("email");
        return List.of(
                common.read("/v1/organizations/me", this::me),
                common.read(PATH, this::list).parameters(parameters),
                common.read(PATH + "/{id}", this::get));
    }

    private HttpResponse me(Call call) {
        return Answers.ok(DirectoryRoutes.object()
                .put("id", call.orgId())
                .put("type", "organization")
                .put("name", OrganizationRoutes.name(OrganizationRoutes.of(common.directory(call)))));
    }

    private HttpResponse list(Call call) {
        Directory directory = common.directory(call);
        IdPage page = IdPage.of(
                call.parameters(),
                id -> directory
                        .tip(Kind.USER, id)
                        .map(tip -> new Place(tip.createdAt(), id))
                        .orElse(null));
        String email = call.parameters().text("email");
        List<Document<DirectoryUser>> users = email == null
                ? directory.users().from(0, Integer.MAX_VALUE)
                : directory.usersWithLabel(email).stream()
                        .filter(user -> user.content().getEmails().contains(Labels.normalized(email)))
                        .toList();
        return Answers.ok(page.answer(
                users.stream().filter(user -> user.content().getActive()).toList(), UpstreamUserRoutes::json));
    }

    private HttpResponse get(Call call) {
        return Answers.ok(json(member(common, call, "id", call.path("id"))));
    }

    static Document<DirectoryUser> member(DirectoryRoutes common, Call call, String field, String id) {
        return common.directory(call)
                .user(id)
                .filter(user -> user.content().getActive())
                .orElseThrow(() -> DirectoryRoutes.absent(field, "user"));
    }

    /** The role in the organization at Claude is not known here. */
    private static ObjectNode json(Document<DirectoryUser> user) {
        return DirectoryRoutes.object()
                .put("id", user.id())
                .put("type", "user")
                .put("email", UserJson.email(user.content()))
                .put("name", user.content().getDisplayName())
                .putNull("role")
                .put("added_at", DirectoryRoutes.time(user.createdAt()));
    }
}
