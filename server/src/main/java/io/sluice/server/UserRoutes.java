package io.sluice.server;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Editing;
import io.sluice.core.directory.Labels;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.Micros;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** {@code /v1/users}: people by hand, and a look at those who came by SCIM. */
final class UserRoutes {
    private static final String PATH = "/v1/users";
    private static final String ONE = PATH + "/{id}";

    private final DirectoryRoutes common;
    private final DirectoryStore store;
    private final Leavers leavers;

    UserRoutes(DirectoryRoutes common, Leavers leavers) {
        this.common = common;
        this.store = common.store();
        this.leavers = leavers;
    }

    List<Route> routes() {
        return List.of(
                common.read(PATH, this::list)
                        .parameters(Set.of("user_name", "email", "group", "active", "limit", "page")),
                common.write(HttpMethod.POST, PATH, this::create),
                common.read(ONE, call -> answer(HttpStatus.OK, call, call.path("id"))),
                common.write(HttpMethod.PATCH, ONE, this::patch),
                common.write(HttpMethod.DELETE, ONE, this::delete),
                common.read(
                        ONE + "/access",
                        call -> Answers.ok(AccessJson.of(
                                common.directory(call),
                                common.user(call, "id", call.path("id")).id()))));
    }

    private HttpResponse list(Call call) {
        DirectoryPage page = DirectoryPage.of(call.parameters(), Parameters.DEFAULT_LIMIT);
        Directory directory = common.directory(call);
        long now = Micros.of(store.now());
        String userName = call.parameters().text("user_name");
        String email = call.parameters().text("email");
        String group = call.parameters().text("group");
        Boolean active = call.parameters().flag("active");
        if (group != null) {
            common.group(call, "group", group);
        }
        Predicate<Document<DirectoryUser>> wanted = user ->
                (userName == null || userName.equalsIgnoreCase(user.content().getUserName()))
                        && (email == null || user.content().getEmails().contains(Labels.normalized(email)))
                        && (group == null || directory.isMember(group, user.id()))
                        && (active == null || active == user.content().getActive());
        Optional<List<Document<DirectoryUser>>> some = Optional.empty();
        if (userName != null) {
            some = Optional.of(directory.userByUserName(userName).stream().toList());
        } else if (email != null) {
            some = Optional.of(directory.usersWithLabel(email));
        } else if (group != null) {
            some = Optional.of(directory.members(group).from(0, Integer.MAX_VALUE).stream()
                    .flatMap(member -> directory.user(member.content().getUserId()).stream())
                    .toList());
        }
        return Answers.ok(some.map(users -> page.answer(users, wanted, user -> UserJson.of(directory, user, now)))
                .orElseGet(() -> page.answer(directory.users(), wanted, user -> UserJson.of(directory, user, now))));
    }

    private HttpResponse answer(HttpStatus status, Call call, String id) {
        Document<DirectoryUser> user = common.user(call, "id", id);
        return Answers.versioned(
                status, user.version(), UserJson.of(common.directory(call), user, Micros.of(store.now())));
    }

    private HttpResponse create(Call call) {
        JsonFields fields = UserFields.ofNew(call);
        DirectoryUser user = UserFields.create(fields);
        String team = fields.textOrNull(UserFields.TEAM, UserFields.LONGEST_TEAM);
        String id = DirectoryIds.user();
        call.target(call.orgId(), id);
        store.change(() -> {
            if (common.directory(call).userByUserName(user.getUserName()).isPresent()) {
                throw taken();
            }
            claim(call, id, user);
            DirectoryChange change = common.change(call).user(id, user, false);
            if (team != null) {
                change.team(id, team);
            }
            change.accept();
            return true;
        });
        return answer(HttpStatus.CREATED, call, id);
    }

    private HttpResponse patch(Call call) {
        JsonFields fields = UserFields.ofPatch(call);
        String id = call.path("id");
        store.change(() -> {
            Document<DirectoryUser> before = byHand(call, id);
            DirectoryRoutes.requireMatch(call, before.version());
            DirectoryUser after = UserFields.patch(before.content(), fields);
            if (!Labels.lowerCase(after.getUserName())
                    .equals(Labels.lowerCase(before.content().getUserName()))) {
                claim(call, id, after);
            }
            if (!after.getActive()) {
                leavers.leaves(call.orgId(), id);
            }
            if (!after.equals(before.content())) {
                common.change(call).user(before, after, false).accept();
            }
            return true;
        });
        return answer(HttpStatus.OK, call, id);
    }

    private HttpResponse delete(Call call) {
        String id = call.path("id");
        store.change(() -> {
            Document<DirectoryUser> before = byHand(call, id);
            DirectoryRoutes.requireMatch(call, before.version());
            leavers.leaves(call.orgId(), id);
            common.change(call).deleteUser(before).accept();
            return true;
        });
        return Answers.ok(DirectoryRoutes.object().put("id", id).put("type", "user_deleted"));
    }

    private Document<DirectoryUser> byHand(Call call, String id) {
        Document<DirectoryUser> user = common.user(call, "id", id);
        DirectoryRoutes.refuseBecause(Editing.userNotByHand(user.tip()));
        return user;
    }

    private void claim(Call call, String id, DirectoryUser user) {
        if (!store.claimUserName(call.orgId(), user.getUserName(), id)) {
            throw taken();
        }
    }

    private static Refusal taken() {
        return new Refusal(
                Refusal.Kind.CONFLICT, "user_name", "user_name: another user has it (expected: a name of its own)");
    }
}
