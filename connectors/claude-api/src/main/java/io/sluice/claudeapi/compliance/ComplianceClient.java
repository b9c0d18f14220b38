package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.claudeapi.Pace;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import java.time.Duration;

/**
 * Deletes upstream: permanent, immediate, without recovery. Blocking; tries again what passes, since to delete twice is
 * harmless. Takes from the reserve that {@link ComplianceSource} leaves, if both are in one process. Thread-safe.
 */
public final class ComplianceClient {
    private static final int ATTEMPTS = 8;
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final String DELETED = "claude_chat_deleted";

    private final ComplianceApi api;
    private final Pace pace;

    /** @param account with a key that has {@code read:} and {@code delete:compliance_user_data} */
    public ComplianceClient(ComplianceAccount account) {
        this(account, Pace.SYSTEM);
    }

    ComplianceClient(ComplianceAccount account, Pace pace) {
        this.api = new ComplianceApi(account, Budget.shared(account), pace);
        this.pace = pace;
    }

    /**
     * Deletes a chat, its messages and what was attached to them.
     *
     * @return false: it was not there, or is not for this key. Upstream does not tell these apart
     * @throws ComplianceException it was not deleted, or nobody knows
     */
    public boolean deleteChat(String id) throws ComplianceException, InterruptedException {
        Duration delay = FIRST;
        for (int attempt = 1; ; attempt++) {
            try {
                JsonNode type = api.delete(Target.of("apps", "chats", id)).path("type");
                if (!type.isMissingNode() && !type.asText().equals(DELETED)) {
                    throw new ComplianceException(
                            Kind.UNAVAILABLE, "type: another (expected: " + DELETED + "); it may not be deleted");
                }
                return true;
            } catch (ComplianceException e) {
                if (e.kind() == Kind.ABSENT) {
                    return false;
                }
                if (!e.passes() || attempt == ATTEMPTS) {
                    throw e;
                }
                if (e.kind() != Kind.RATE_LIMITED) { // the budget waits for that
                    pace.sleep(delay);
                    delay = delay.multipliedBy(2).compareTo(LONGEST) < 0 ? delay.multipliedBy(2) : LONGEST;
                }
            }
        }
    }
}
