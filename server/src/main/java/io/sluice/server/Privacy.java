package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sluice.core.privacy.PrivacyMode;
import io.sluice.core.privacy.Pseudonyms;
import io.sluice.core.spend.Users;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What analytics of one organization may tell about persons.
 *
 * @param minimum of {@link PrivacyMode#TEAM_ONLY}: how many people a figure is at least about
 * @param names of {@link PrivacyMode#PSEUDONYMOUS}; else null
 */
record Privacy(PrivacyMode mode, int minimum, @Nullable Pseudonyms names) {
    static final Privacy NAMED = new Privacy(PrivacyMode.NAMED, 0, null);

    /** Fields of answers that say who somebody is. */
    private static final Set<String> PERSONS = Set.of("user", "email", "email_address", "api_key_name");

    /** What a route's answers have to do with persons. */
    enum Persons {
        /** Nothing. */
        NONE,
        /** They tell who did what: names are replaced in them, or they are refused. */
        TOLD,
        /** The route itself tells no more than it may. */
        CONSIDERED
    }

    /** A name as it may be told. */
    String name(String user) {
        return names == null || user.equals(Users.UNATTRIBUTED) ? user : names.of(user);
    }

    /** Replaces names in an answer. */
    void hide(JsonNode answer) {
        if (names == null) {
            return;
        }
        if (answer instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> field : List.copyOf(object.properties())) {
                if (field.getValue().isTextual() && PERSONS.contains(field.getKey())) {
                    object.set(
                            field.getKey(),
                            TextNode.valueOf(name(field.getValue().asText())));
                } else {
                    hide(field.getValue());
                }
            }
        } else if (answer instanceof ArrayNode array) {
            array.forEach(this::hide);
        }
    }

    /** @throws Refusal FORBIDDEN where persons are not told of */
    void requirePersons(String field) {
        if (mode == PrivacyMode.TEAM_ONLY) {
            throw new Refusal(
                    Refusal.Kind.FORBIDDEN,
                    field,
                    field + ": the organization's analytics tell of teams of " + minimum
                            + " people or more only (expected: /v1/code-metrics by team; an administrator sets"
                            + " analytics_privacy)");
        }
    }
}
