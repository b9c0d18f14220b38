package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Editing;
import io.sluice.schema.DirectoryUser;
import io.sluice.scim.ScimSchemas;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who says which tier a user asks for: the identity provider, if the resource that it keeps names one; else people. What
 * people said stays through all that the identity provider changes, until it names a tier itself; when it takes that back,
 * the user asks for none.
 */
final class SeatTiers {
    private static final String SEAT_TIER = "seatTier";

    private SeatTiers() {}

    /** Null: the resource says nothing about a tier. */
    static @Nullable String said(ObjectNode resource) {
        String tier = resource.path(ScimSchemas.CLAUDE_USER)
                .path(SEAT_TIER)
                .asText("")
                .strip();
        return tier.isEmpty() ? null : tier;
    }

    static ObjectNode without(ObjectNode resource) {
        return with(resource, null);
    }

    private static ObjectNode with(ObjectNode resource, @Nullable String tier) {
        ObjectNode changed = resource.deepCopy();
        ObjectNode claude =
                changed.get(ScimSchemas.CLAUDE_USER) instanceof ObjectNode extension ? extension : changed.objectNode();
        if (tier == null) {
            claude.remove(SEAT_TIER);
        } else {
            claude.put(SEAT_TIER, tier);
        }
        if (claude.isEmpty()) {
            changed.remove(ScimSchemas.CLAUDE_USER);
        } else {
            changed.set(ScimSchemas.CLAUDE_USER, claude);
        }
        return changed;
    }

    /**
     * What SCIM makes of a user.
     *
     * @param providers whether the identity provider said the tier until now
     * @param after with the tier that its resource says, or none
     */
    static DirectoryUser kept(DirectoryUser before, boolean providers, DirectoryUser after) {
        return after.getSeatTier() != null || providers
                ? after
                : DirectoryUser.newBuilder(after)
                        .setSeatTier(before.getSeatTier())
                        .build();
    }

    /** Whether the identity provider says the user's tier, so that people must not. */
    static boolean isProviders(Document<DirectoryUser> user) {
        return Editing.userIsScims(user.tip()) && said(ScimUsers.resource(user.content())) != null;
    }

    /** The user with a tier that people say. */
    static DirectoryUser with(Document<DirectoryUser> user, @Nullable String tier) {
        return with(user.content(), Editing.userIsScims(user.tip()), tier);
    }

    /**
     * The user with a tier that people say.
     *
     * @param providers whether the resource is the identity provider's, and so stays as it is; else it says the same tier
     */
    static DirectoryUser with(DirectoryUser user, boolean providers, @Nullable String tier) {
        DirectoryUser.Builder changed = DirectoryUser.newBuilder(user).setSeatTier(tier);
        if (!providers) {
            changed.setResource(with(ScimUsers.resource(user), tier).toString());
        }
        return changed.build();
    }

    static boolean asksFor(Document<DirectoryUser> user, String tier) {
        return Objects.equals(user.content().getSeatTier(), tier);
    }
}
