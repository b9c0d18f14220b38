package io.sluice.core.spend;

import io.sluice.schema.Actor;
import org.jspecify.annotations.Nullable;

/**
 * What a counter or an activity says about its session. The last three are null if it says nothing of the kind.
 *
 * @param key see {@link Id}: organization and session; without a session id organization and installation
 * @param installation whether the key is an installation's. Without a session there are no processes to tell apart: a
 *     counter counts where no event was in its interval
 * @param event identity of the record among those of the key: received twice, it is the same
 * @param heldUntilMillis see {@link Periods#heldUntilMillis}
 * @param heldMonth see {@link Periods#heldMonth}
 * @param user the person that the record names
 * @param series a counter series with one point
 */
public record SessionInput(
        Id key,
        boolean installation,
        Id event,
        LedgerScope scope,
        long atMicros,
        long receivedAtMicros,
        long heldUntilMillis,
        int heldMonth,
        @Nullable String user,
        @Nullable Evidence evidence,
        @Nullable Series series) {

    public static Id session(String orgId, String sessionId) {
        return Id.of(Id.Kind.SESSION, orgId, sessionId);
    }

    /** The installation; where the source knows none, the person stands in. */
    public static Id installation(String orgId, Actor actor) {
        return Id.of(
                Id.Kind.INSTALLATION,
                orgId,
                actor.getInstallationId() != null ? actor.getInstallationId() : Users.key(actor));
    }
}
