package io.sluice.claudeapi;

import java.io.Serializable;
import java.net.URI;
import java.time.Duration;

/**
 * One organization at Anthropic, and what is needed to ask for its reports.
 *
 * @param orgId ours
 * @param base scheme, host and port; https unless it is this machine
 * @param patience for one answer
 */
public record ApiAccount(String orgId, URI base, Plan plan, ApiKey key, Duration patience) implements Serializable {
    /** Which API the organization has. */
    public enum Plan {
        /** Claude Console: an Admin key. */
        CONSOLE,
        /** Claude Enterprise: a key with {@code read:analytics}. */
        ENTERPRISE
    }
}
