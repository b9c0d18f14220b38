package io.sluice.core.directory;

import io.sluice.schema.DirectoryUser;
import java.util.Optional;

/** Who may change a document: SCIM what came by it, people what was made by hand. */
public final class Editing {
    private Editing() {}

    /** What SCIM's creation of a user leads to. */
    public enum ScimCreation {
        /** Nobody has the user name: a new user with a new id. */
        CREATE,
        /** A user made by hand has it: the next version of that user, so that the id and the history stay. */
        TAKE_OVER,
        /** SCIM made, or took over, a user of that name before: refused. */
        CONFLICT
    }

    /** @param holder the user who has the user name, see {@link Directory#userByUserName} */
    public static ScimCreation scimCreates(Optional<Document<DirectoryUser>> holder) {
        if (holder.isEmpty()) {
            return ScimCreation.CREATE;
        }
        return userIsScims(holder.get().tip()) ? ScimCreation.CONFLICT : ScimCreation.TAKE_OVER;
    }

    /** A user who came by SCIM or was taken over by it. */
    public static boolean userIsScims(Tip user) {
        return user.touchedByScim();
    }

    /** A group whose version 1 came by SCIM, or is not known yet. */
    public static boolean groupIsScims(Tip group) {
        return group.origin() == null || Source.SCIM.equals(group.origin());
    }

    /** Why a user must not be changed by hand; empty: it may. */
    public static Optional<String> userNotByHand(Tip user) {
        if (user.deleted()) {
            return Optional.of("user: deleted (expected: a user that is there)");
        }
        return userIsScims(user)
                ? Optional.of("user: kept by SCIM (expected: a user made by hand; change it at the identity provider)")
                : Optional.empty();
    }

    /** Why a group, or who is in it, must not be changed by hand; empty: it may. */
    public static Optional<String> groupNotByHand(Tip group) {
        if (group.deleted()) {
            return Optional.of("group: deleted (expected: a group that is there)");
        }
        return groupIsScims(group)
                ? Optional.of(
                        "group: kept by SCIM (expected: a group made by hand; change it at the identity provider)")
                : Optional.empty();
    }
}
