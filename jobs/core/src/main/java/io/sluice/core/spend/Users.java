package io.sluice.core.spend;

import io.sluice.schema.Actor;

/** The name that spend is booked under. */
public final class Users {
    /** Spend of records that name no person; moves when the session's person becomes known. */
    public static final String UNATTRIBUTED = "unattributed";

    /** Team of users for whom none is known. */
    public static final String UNASSIGNED = "unassigned";

    private Users() {}

    /** E-mail, else account id, else account uuid, else end user id, else {@link #UNATTRIBUTED}. */
    public static String key(Actor actor) {
        if (actor.getEmail() != null) {
            return actor.getEmail();
        }
        if (actor.getAccountId() != null) {
            return actor.getAccountId();
        }
        if (actor.getAccountUuid() != null) {
            return actor.getAccountUuid();
        }
        return actor.getEndUserId() != null ? actor.getEndUserId() : UNATTRIBUTED;
    }
}
