package io.sluice.core.spend;

import io.sluice.schema.Actor;
import org.jspecify.annotations.Nullable;

/**
 * What a record says about its session. Each component but the key is null if the record says nothing of the kind.
 *
 * @param key organization and session; without a session id organization and installation, see {@link #ofInstallation}
 * @param user the person that the record names; see atMicros
 * @param unattributed a report of a request that names nobody
 * @param series a counter series with one point
 * @param heldUntilMillis see {@link Periods#heldUntilMillis}
 */
public record SessionInput(
        String key,
        long atMicros,
        @Nullable String user,
        @Nullable Evidence evidence,
        @Nullable RequestCopy unattributed,
        @Nullable Series series,
        long heldUntilMillis,
        long receivedAtMicros) {
    private static final String INSTALLATION = "|installation:";

    public static String ofSession(String orgId, String sessionId) {
        return orgId + '|' + sessionId;
    }

    public static String ofInstallation(String orgId, String installationId) {
        return orgId + INSTALLATION + installationId;
    }

    /** Without a session there are no processes to tell apart: a counter counts where no event was in its interval. */
    public boolean isInstallation() {
        return key.contains(INSTALLATION);
    }

    /** The installation; where the source knows none, the person stands in. */
    public static String installation(Actor actor) {
        return actor.getInstallationId() != null ? actor.getInstallationId() : Users.key(actor);
    }
}
