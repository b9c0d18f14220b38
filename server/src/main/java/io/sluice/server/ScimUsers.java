package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Editing;
import io.sluice.core.directory.Labels;
import io.sluice.core.directory.Source;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.Micros;
import io.sluice.scim.ScimException;
import io.sluice.scim.ScimFilter;
import io.sluice.scim.ScimJson;
import io.sluice.scim.ScimNormalizer;
import io.sluice.scim.ScimPatch;
import io.sluice.scim.ScimProjection;
import io.sluice.scim.ScimResourceType;
import io.sluice.scim.ScimResources;
import io.sluice.scim.ScimSchemas;
import io.sluice.scim.ScimVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Users as SCIM has them: the documents of the directory behind {@code /scim/v2/Users}. Blocking. */
final class ScimUsers implements ScimResourcesOfType {
    private static final String ACTIVE = "active";

    private final DirectoryStore store;
    private final Leavers leavers;

    ScimUsers(DirectoryStore store, Leavers leavers) {
        this.store = store;
        this.leavers = leavers;
    }

    @Override
    public ScimResourceType type() {
        return ScimResourceType.USER;
    }

    @Override
    public Written create(ScimCaller caller, ObjectNode body) {
        ScimNormalizer.Normalized normalized = ScimNormalizer.user(body);
        DirectoryUser user = user(withActive(normalized.resource(), true));
        return store.change(() -> {
            Directory directory = store.of(caller.orgId());
            Optional<Document<DirectoryUser>> holder = directory.userByUserName(user.getUserName());
            Editing.ScimCreation creation = Editing.scimCreates(holder);
            if (creation == Editing.ScimCreation.CONFLICT) {
                throw ScimException.taken("userName");
            }
            // A user who was made by hand keeps the id, and with it the history.
            String id = creation == Editing.ScimCreation.TAKE_OVER
                    ? holder.orElseThrow().id()
                    : DirectoryIds.user();
            if (!store.claimUserName(caller.orgId(), user.getUserName(), id)) {
                throw ScimException.taken("userName");
            }
            DirectoryUser seated = creation == Editing.ScimCreation.TAKE_OVER
                    ? SeatTiers.kept(holder.orElseThrow().content(), false, user)
                    : user;
            leavesIfInactive(caller, id, user);
            DirectoryChange change = new DirectoryChange(store, caller.orgId(), Source.SCIM, caller.tokenId());
            (creation == Editing.ScimCreation.TAKE_OVER
                            ? change.user(holder.orElseThrow(), seated, true)
                            : change.user(id, seated, true))
                    .accept();
            return new Written(complete(caller, id), normalized.ignored());
        });
    }

    @Override
    public Written replace(ScimCaller caller, String id, @Nullable String ifMatch, ObjectNode body) {
        ScimNormalizer.Normalized normalized = ScimNormalizer.user(body);
        return edit(
                caller,
                id,
                ifMatch,
                normalized.ignored(),
                before -> withActive(normalized.resource(), before.path(ACTIVE).asBoolean(true)));
    }

    @Override
    public Written patch(ScimCaller caller, String id, @Nullable String ifMatch, ObjectNode body) {
        ScimPatch patch = ScimPatch.parse(ScimResourceType.USER, body);
        return edit(
                caller,
                id,
                ifMatch,
                patch.ignored(),
                before -> patch.apply(before).resource());
    }

    @Override
    public boolean answersPatch(ScimCaller caller, String id, ObjectNode body) {
        return true;
    }

    /** A client that does not say it means no change. */
    private static ObjectNode withActive(ObjectNode resource, boolean unlessSaid) {
        return resource.has(ACTIVE) ? resource : resource.deepCopy().put(ACTIVE, unlessSaid);
    }

    private Written edit(
            ScimCaller caller,
            String id,
            @Nullable String ifMatch,
            List<String> ignored,
            UnaryOperator<ObjectNode> change) {
        return store.change(() -> {
            Document<DirectoryUser> before = require(caller, id);
            ScimVersion.requireMatch(ifMatch, before.version());
            // A tier that people said is not the identity provider's, and must not look as if it were from now on.
            ObjectNode resource = Editing.userIsScims(before.tip())
                    ? resource(before.content())
                    : SeatTiers.without(resource(before.content()));
            ObjectNode changed = change.apply(resource.deepCopy());
            DirectoryUser after = SeatTiers.kept(before.content(), SeatTiers.said(resource) != null, user(changed));
            if (changed.equals(resource) && Editing.userIsScims(before.tip())) {
                leavesIfInactive(caller, id, after);
                return new Written(complete(caller, before), ignored);
            }
            if (!isSame(before.content().getUserName(), after.getUserName())
                    && !store.claimUserName(caller.orgId(), after.getUserName(), id)) {
                throw ScimException.taken("userName");
            }
            leavesIfInactive(caller, id, after);
            // A team that was set by hand stays until the identity provider says another one.
            boolean teamChanged = !Objects.equals(team(resource), team(changed));
            new DirectoryChange(store, caller.orgId(), Source.SCIM, caller.tokenId())
                    .user(before, after, teamChanged)
                    .accept();
            return new Written(complete(caller, id), ignored);
        });
    }

    private void leavesIfInactive(ScimCaller caller, String id, DirectoryUser user) {
        if (!user.getActive()) {
            leavers.leaves(caller.orgId(), id);
        }
    }

    @Override
    public void delete(ScimCaller caller, String id, @Nullable String ifMatch) {
        store.change(() -> {
            Document<DirectoryUser> before = require(caller, id);
            ScimVersion.requireMatch(ifMatch, before.version());
            leavers.leaves(caller.orgId(), id);
            new DirectoryChange(store, caller.orgId(), Source.SCIM, caller.tokenId())
                    .deleteUser(before)
                    .accept();
            return true;
        });
    }

    @Override
    public Found get(ScimCaller caller, String id, ScimProjection projection) {
        Document<DirectoryUser> user = require(caller, id);
        return new Found(complete(caller, user), user.version());
    }

    @Override
    public Stream<ObjectNode> find(ScimCaller caller, @Nullable ScimFilter filter, ScimProjection projection) {
        return candidates(store.of(caller.orgId()), filter).stream()
                .map(user -> complete(caller, user))
                .filter(resource -> filter == null || filter.matches(resource));
    }

    @Override
    public long size(ScimCaller caller) {
        return store.of(caller.orgId()).users().size();
    }

    @Override
    public Stream<ObjectNode> page(ScimCaller caller, int from, int count, ScimProjection projection) {
        return store.of(caller.orgId()).users().from(from, count).stream().map(user -> complete(caller, user));
    }

    /** By an index where the filter has an equality that one knows; else all. */
    private static List<Document<DirectoryUser>> candidates(Directory directory, @Nullable ScimFilter filter) {
        for (ScimFilter.Equality each : filter == null ? List.<ScimFilter.Equality>of() : filter.equalities()) {
            switch (each.attribute()) {
                case "userName" -> {
                    return directory.userByUserName(each.value()).stream().toList();
                }
                case "id" -> {
                    return directory.user(each.value()).stream().toList();
                }
                case "externalId" -> {
                    return directory.usersByExternalId(each.value());
                }
                case "emails.value" -> {
                    return directory.usersWithLabel(each.value().toLowerCase(Locale.ROOT));
                }
                default -> {
                    // the next one may have an index
                }
            }
        }
        return directory.users().from(0, Integer.MAX_VALUE);
    }

    private Document<DirectoryUser> require(ScimCaller caller, String id) {
        return store.of(caller.orgId()).user(id).orElseThrow(() -> ScimException.notFound("user"));
    }

    private static boolean isSame(String userName, String other) {
        return ScimJson.fold(userName).equals(ScimJson.fold(other));
    }

    private ObjectNode complete(ScimCaller caller, String id) {
        return complete(caller, require(caller, id));
    }

    private ObjectNode complete(ScimCaller caller, Document<DirectoryUser> user) {
        ObjectNode complete = ScimResources.complete(
                ScimResourceType.USER,
                resource(user.content()),
                user.id(),
                Micros.toInstant(user.createdAt()),
                Micros.toInstant(user.changedAt()),
                user.version(),
                caller.baseUrl());
        ArrayNode groups = complete.arrayNode();
        store.of(caller.orgId()).groupsOf(user.id()).stream()
                .filter(group -> Editing.groupIsScims(group.tip()))
                .forEach(group -> groups.addObject()
                        .put("value", group.id())
                        .put("$ref", ScimResources.location(ScimResourceType.GROUP, group.id(), caller.baseUrl()))
                        .put("display", group.content().getDisplayName())
                        .put("type", "direct"));
        if (!groups.isEmpty()) {
            complete.set("groups", groups);
        }
        return complete;
    }

    static ObjectNode resource(DirectoryUser user) {
        return ScimJson.read(user.getResource().getBytes(StandardCharsets.UTF_8));
    }

    /** The document of a canonical resource. */
    static DirectoryUser user(ObjectNode resource) {
        ObjectNode kept = resource.deepCopy();
        List.of("id", "meta", "groups", "password").forEach(kept::remove);
        String userName = resource.path("userName").asText();
        List<String> emails = new ArrayList<>();
        addEmail(emails, userName);
        resource.path("emails")
                .forEach(email -> addEmail(emails, email.path("value").asText("")));
        JsonNode claude = resource.path(ScimSchemas.CLAUDE_USER);
        return DirectoryUser.newBuilder()
                .setUserName(userName)
                .setExternalId(text(resource.path("externalId")))
                .setEmails(emails)
                .setAccountId(text(claude.path("accountId")))
                .setAccountUuid(text(claude.path("accountUuid")))
                .setDisplayName(displayName(resource))
                .setActive(resource.path(ACTIVE).asBoolean(true))
                .setSeatTier(text(claude.path("seatTier")))
                .setResource(kept.toString())
                .build();
    }

    private static void addEmail(List<String> emails, String name) {
        String email = Labels.normalized(name);
        if (email.indexOf('@') > 0 && !emails.contains(email)) {
            emails.add(email);
        }
    }

    private static @Nullable String displayName(ObjectNode resource) {
        String name = text(resource.path("displayName"));
        return name != null ? name : text(resource.path("name").path("formatted"));
    }

    /** The cost team that a resource says: the extension's, else the department; null: none. */
    static @Nullable String team(ObjectNode resource) {
        String team = text(resource.path(ScimSchemas.CLAUDE_USER).path("team"));
        return team != null
                ? team
                : text(resource.path(ScimSchemas.ENTERPRISE_USER).path("department"));
    }

    static @Nullable String team(DirectoryUser user) {
        return team(resource(user));
    }

    private static @Nullable String text(JsonNode value) {
        return value.isTextual() && !value.asText().isBlank() ? value.asText() : null;
    }
}
