package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Directory;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Editing;
import io.sluice.core.directory.TeamVersion;
import io.sluice.schema.DirectoryUser;
import io.sluice.scim.ScimJson;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Users as {@code /v1/users} shows them. */
final class UserJson {
    private UserJson() {}

    /** @param now for the cost team; microseconds */
    static ObjectNode of(Directory directory, Document<DirectoryUser> user, long now) {
        DirectoryUser content = user.content();
        ObjectNode json = DirectoryRoutes.object()
                .put("id", user.id())
                .put("type", "user")
                .put("user_name", content.getUserName())
                .put("email", email(content));
        ArrayNode emails = json.putArray("emails");
        content.getEmails().forEach(emails::add);
        json.put("display_name", content.getDisplayName())
                .put("active", content.getActive())
                .put("team", teamNow(directory.teamVersions(user.id()), now))
                .put("seat_tier", content.getSeatTier())
                .put("account_id", content.getAccountId())
                .put("account_uuid", content.getAccountUuid())
                .put("external_id", content.getExternalId())
                .put("source_type", Editing.userIsScims(user.tip()) ? "scim" : "direct");
        ArrayNode groups = json.putArray("groups");
        directory
                .groupsOf(user.id())
                .forEach(group -> groups.addObject()
                        .put("id", group.id())
                        .put("name", group.content().getDisplayName()));
        return json.put("created_at", DirectoryRoutes.time(user.createdAt()))
                .put("updated_at", DirectoryRoutes.time(user.changedAt()))
                .put("version", user.version());
    }

    /** The address that the resource names as primary, else its first, else a user name that is one; null: none. */
    static @Nullable String email(DirectoryUser user) {
        JsonNode emails = ScimJson.read(user.getResource().getBytes(StandardCharsets.UTF_8))
                .path("emails");
        for (JsonNode email : emails) {
            if (email.path("primary").asBoolean()) {
                return email.path("value").textValue();
            }
        }
        String first = emails.path(0).path("value").textValue();
        if (first != null) {
            return first;
        }
        return user.getEmails().isEmpty() ? null : user.getEmails().get(0);
    }

    /** The cost team in force; of what was recorded by a clock ahead of this server's, too. */
    static @Nullable String teamNow(List<TeamVersion> versions, long now) {
        return teamAt(
                versions, versions.stream().mapToLong(TeamVersion::recordedAt).reduce(now, Math::max));
    }

    /** The directory's cost team at a time: the version that began last; of those the one recorded last. Null: none. */
    static @Nullable String teamAt(List<TeamVersion> versions, long micros) {
        return versions.stream()
                .filter(version -> version.effectiveAt() <= micros)
                .max(Comparator.comparingLong(TeamVersion::effectiveAt).thenComparingLong(TeamVersion::version))
                .map(TeamVersion::team)
                .orElse(null);
    }
}
