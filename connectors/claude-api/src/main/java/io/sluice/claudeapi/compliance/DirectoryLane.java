package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The members of the organizations, every hour: e-mails of those whom content names by id only. Kept nowhere. */
final class DirectoryLane implements Lane {
    private static final long EVERY = WalkPlan.micros(Duration.ofHours(1));
    private static final String ORGANIZATIONS = "organizations";

    private final Labels labels;
    private long nextAt;

    DirectoryLane(Labels labels) {
        this.labels = labels;
    }

    @Override
    public String name() {
        return "directory";
    }

    @Override
    public long dueAt(long now) {
        return nextAt;
    }

    @Override
    public Step next(long now) {
        return api -> {
            Map<String, String> emails = new HashMap<>();
            String token = null;
            do {
                CursorPage page =
                        CursorPage.ofTokens(api.get(Target.of(ORGANIZATIONS).cursor("page", token)), token);
                for (JsonNode organization : page.rows()) {
                    try {
                        users(api, Rows.id(organization, "uuid"), emails);
                    } catch (Rows.Unusable e) {
                        continue; // it has nobody whom anything could be about
                    }
                }
                token = page.next();
            } while (token != null);
            return new Found(List.of(), () -> {
                labels.replace(emails);
                nextAt = now + EVERY;
            });
        };
    }

    private static void users(ComplianceApi api, String organization, Map<String, String> emails)
            throws ComplianceException, InterruptedException {
        String token = null;
        do {
            CursorPage page = CursorPage.ofTokens(
                    api.get(Target.of(ORGANIZATIONS, organization, "users")
                            .with("limit", 1000)
                            .cursor("page", token)),
                    token);
            for (JsonNode user : page.rows()) {
                String id = Rows.text(user, "id");
                String email = Labels.lower(Rows.text(user, "email"));
                if (id != null && email != null) {
                    emails.put(id, email);
                }
            }
            token = page.next();
        } while (token != null);
    }

    @Override
    public @Nullable List<Captured> failed(ComplianceException failure, long now) {
        return null;
    }
}
