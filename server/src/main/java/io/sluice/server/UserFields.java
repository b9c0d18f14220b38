package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.schema.DirectoryUser;
import io.sluice.scim.ScimJson;
import io.sluice.scim.ScimNormalizer;
import io.sluice.scim.ScimSchemas;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A user made by hand, as a request's body has it. Kept as the SCIM resource that would say the same, so that an identity
 * provider can take the user over and go on from there.
 */
final class UserFields {
    /** The team is a document of its own; see {@link TeamRoutes}. */
    static final String TEAM = "team";

    static final int LONGEST_TEAM = 200;

    private static final Set<String> EITHER =
            Set.of("user_name", "email", "display_name", "seat_tier", "account_id", "account_uuid");

    private static final int LONGEST = 200;
    private static final Pattern EMAIL = Pattern.compile("[^\\s@\\p{Cntrl}]{1,64}@[^\\s@\\p{Cntrl}]{1,255}");
    private static final Pattern UUID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final Pattern WORD = Pattern.compile("[\\x21-\\x7e]{1,100}");

    private UserFields() {}

    static JsonFields ofNew(Call call) {
        return new JsonFields(call.body(), with(TEAM));
    }

    static JsonFields ofPatch(Call call) {
        return new JsonFields(call.body(), with("active"));
    }

    private static Set<String> with(String name) {
        Set<String> names = new TreeSet<>(EITHER);
        names.add(name);
        return names;
    }

    static DirectoryUser create(JsonFields fields) {
        ObjectNode resource = DirectoryRoutes.object();
        resource.put("userName", fields.text("user_name", LONGEST));
        return applied(resource.put("active", true), fields);
    }

    static DirectoryUser patch(DirectoryUser before, JsonFields fields) {
        ObjectNode resource = ScimJson.read(before.getResource().getBytes(StandardCharsets.UTF_8));
        if (fields.has("user_name")) {
            resource.put("userName", fields.text("user_name", LONGEST));
        }
        if (fields.has("active")) {
            resource.put("active", fields.flag("active"));
        }
        return applied(resource, fields);
    }

    private static DirectoryUser applied(ObjectNode resource, JsonFields fields) {
        if (fields.has("display_name")) {
            set(resource, "displayName", fields.textOrNull("display_name", LONGEST));
        }
        if (fields.has("email")) {
            String email = fields.matchingOrNull("email", EMAIL, "an e-mail address such as kim@example.com");
            resource.remove("emails");
            if (email != null) {
                resource.putArray("emails")
                        .addObject()
                        .put("value", email)
                        .put("type", "work")
                        .put("primary", true);
            }
        }
        ObjectNode claude = DirectoryRoutes.object();
        if (resource.get(ScimSchemas.CLAUDE_USER) instanceof ObjectNode extension) {
            claude.setAll(extension);
        }
        if (fields.has("seat_tier")) {
            set(claude, "seatTier", word(fields, "seat_tier"));
        }
        if (fields.has("account_id")) {
            set(claude, "accountId", word(fields, "account_id"));
        }
        if (fields.has("account_uuid")) {
            set(
                    claude,
                    "accountUuid",
                    fields.matchingOrNull("account_uuid", UUID, "a UUID such as 6f1c2a4e-3b5d-4c7e-8f90-123456789abc"));
        }
        resource.remove(ScimSchemas.CLAUDE_USER);
        if (!claude.isEmpty()) {
            resource.set(ScimSchemas.CLAUDE_USER, claude);
        }
        return ScimUsers.user(ScimNormalizer.user(resource).resource());
    }

    private static @Nullable String word(JsonFields fields, String name) {
        return fields.matchingOrNull(name, WORD, "1 to 100 characters of ASCII without spaces");
    }

    private static void set(ObjectNode object, String name, @Nullable String value) {
        if (value == null) {
            object.remove(name);
        } else {
            object.put(name, value);
        }
    }
}
