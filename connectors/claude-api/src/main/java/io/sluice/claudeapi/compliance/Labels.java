package io.sluice.claudeapi.compliance;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.Actor;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who is who: e-mails by account id, of the members that the directory has now. */
final class Labels {
    private volatile Map<String, String> emails = Map.of();

    void replace(Map<String, String> current) {
        emails = Map.copyOf(current);
    }

    /** Those that could be read; the others stay as they were. */
    void add(Map<String, String> some) {
        Map<String, String> all = new HashMap<>(emails);
        all.putAll(some);
        replace(all);
    }

    /** @param user of a chat or project; null or absent: nobody knows */
    Actor actor(JsonNode user) {
        String id = Rows.text(user, "id");
        String email = lower(Rows.text(user, "email_address"));
        return Actor.newBuilder()
                .setAccountId(id)
                .setEmail(email == null && id != null ? emails.get(id) : email)
                .build();
    }

    static @Nullable String lower(@Nullable String email) {
        return email == null ? null : email.toLowerCase(Locale.ROOT);
    }
}
