package io.sluice.claudeapi.compliance;

import io.sluice.claudeapi.ApiKey;
import java.io.Serializable;
import java.net.URI;
import java.time.Duration;

/**
 * An organization at Anthropic, and what is needed to ask for what its people said and did.
 *
 * @param orgId ours
 * @param base scheme, host and port; https unless it is this machine
 * @param key a Compliance Access Key
 * @param patience for one answer
 * @param perMinute requests within any minute, deletions included. Upstream allows 600, for all keys together
 * @param reserve how many of them only deletions may take
 */
public record ComplianceAccount(String orgId, URI base, ApiKey key, Duration patience, int perMinute, int reserve)
        implements Serializable {
    /** What upstream allows. */
    public static final int MOST_PER_MINUTE = 600;

    public ComplianceAccount {
        if (perMinute < 1 || perMinute > MOST_PER_MINUTE) {
            throw new IllegalArgumentException(
                    "requests per minute: " + perMinute + " (expected: 1 to " + MOST_PER_MINUTE + ")");
        }
        if (reserve < 0 || reserve >= perMinute) {
            throw new IllegalArgumentException("reserve: " + reserve + " (expected: 0 to " + (perMinute - 1)
                    + ", less than the requests per minute)");
        }
    }
}
