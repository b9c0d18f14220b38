package io.sluice.compliance;

import io.sluice.claudeapi.compliance.ComplianceAccount;
import io.sluice.claudeapi.compliance.ComplianceClient;
import io.sluice.claudeapi.compliance.ComplianceException;
import io.sluice.core.compliance.Receipt;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Deletes chats at Anthropic, which has nothing to delete of Claude Code's sessions. Blocking; once more is harmless. */
final class UpstreamDeletion {
    private static final String CHAT = "claude_chat_";

    private final String orgId;
    private final ComplianceClient client;

    UpstreamDeletion(ComplianceAccount account) {
        this.orgId = account.orgId();
        this.client = new ComplianceClient(account);
    }

    /**
     * Deletes those that are chats.
     *
     * @param known what became of some at an earlier attempt; filled
     * @return what became of each; empty where the organization is another than the account's
     * @throws IOException when one of them may go well later
     */
    List<Receipt.Upstream> delete(String organization, Collection<String> conversations, Map<String, String> known)
            throws IOException, InterruptedException {
        List<Receipt.Upstream> outcomes = new ArrayList<>();
        if (!organization.equals(orgId)) {
            return outcomes;
        }
        for (String id : new TreeSet<>(conversations)) {
            if (id.startsWith(CHAT)) {
                String outcome = known.get(id);
                if (outcome == null) {
                    outcome = delete(id);
                    known.put(id, outcome);
                }
                outcomes.add(new Receipt.Upstream(id, outcome));
            }
        }
        return outcomes;
    }

    private String delete(String id) throws IOException, InterruptedException {
        try {
            return client.deleteChat(id) ? "deleted" : "absent";
        } catch (ComplianceException e) {
            return switch (e.kind()) {
                case RATE_LIMITED, UNAVAILABLE, UNANSWERED, EXPIRED ->
                    throw new IOException("upstream: " + e.kind(), e);
                case DAMAGED, TOO_LONG, FAILED, ABSENT, INVALID, REFUSED, NO_KEY -> "not deleted: " + e.kind();
            };
        }
    }
}
