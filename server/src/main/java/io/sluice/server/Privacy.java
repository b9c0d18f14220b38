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
    private static final Set<String> PERSONS = Set.of("user", "email", "email_address", "id", "api_key_name");

    /** Fields that stay the same for ever, and so would join what pseudonyms keep apart. */
    private static final Set<String> IDS = Set.of(
            "session_id",
            "row_id",
            "event_id",
            "event_hash",
            "request_id",
            "client_request_id",
            "message_id",
            "advised_request_id",
            "advised_message_id");

    /** Texts that are about no person. A field that is not known here is not told, so that a new one has to be thought about. */
    private static final Set<String> TEXTS = Set.of(
            "adapter",
            "agent",
            "app_version",
            "app_versions",
            "channel",
            "channels",
            "code",
            "cost_basis",
            "currency",
            "customer_type",
            "date",
            "ending_at",
            "fetched_at",
            "field",
            "first_at",
            "first_seen",
            "hint",
            "hour",
            "kind",
            "language",
            "last_activity_date",
            "last_at",
            "last_seen",
            "mcp_server",
            "mode",
            "model",
            "next_page",
            "occurred_at",
            "organization",
            "organization_id",
            "period",
            "problems",
            "product",
            "reason",
            "received_at",
            "rbac_group_id",
            "rbac_group_name",
            "repository",
            "seen_in",
            "skill",
            "source",
            "starting_at",
            "status",
            "subscription_type",
            "team",
            "team_source",
            "terminal",
            "terminal_type",
            "tier",
            "tool",
            "type",
            "watermark");

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

    /**
     * Another name of whom telemetry knows by a label, as of the directory. Where people have pseudonyms it is the label, so
     * that somebody has one in all answers, under which it can be asked for.
     */
    @Nullable
    String otherName(String label, @Nullable String other) {
        return names == null || other == null ? other : label;
    }

    /** Ids as they were before they were told; one that is nobody's becomes empty, and nothing will be found. */
    List<String> ids(List<String> told) {
        return names == null
                ? told
                : told.stream().map(id -> names.idOf(id).orElse("")).toList();
    }

    /** As long as it is the same, pseudonyms are; empty: there are none. */
    String period() {
        return names == null ? "" : names.period();
    }

    /** Whether a field is told in another form where people have pseudonyms. */
    static boolean isPersonal(String field) {
        return PERSONS.contains(field) || IDS.contains(field);
    }

    /** The value of a field that {@link #isPersonal}, as it may be told; of another field the same value. */
    JsonNode told(String field, JsonNode value) {
        if (names == null || !value.isTextual() || !isPersonal(field)) {
            return value;
        }
        String text = value.asText();
        return TextNode.valueOf(PERSONS.contains(field) ? name(text) : names.ofId(text));
    }

    /** Replaces names and ids in an answer, and takes out texts that are not known to be about no person. */
    void hide(JsonNode answer) {
        if (names != null) {
            hideIn(answer, "");
        }
    }

    /** @param name of the field that the array is */
    private void hideIn(JsonNode answer, String name) {
        if (answer instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> field : List.copyOf(object.properties())) {
                JsonNode value = field.getValue();
                if (!value.isTextual()) {
                    hideIn(value, field.getKey());
                } else if (isPersonal(field.getKey())) {
                    object.set(field.getKey(), told(field.getKey(), value));
                } else if (!TEXTS.contains(field.getKey())) {
                    object.remove(field.getKey());
                }
            }
        } else if (answer instanceof ArrayNode array) {
            for (int i = array.size() - 1; i >= 0; i--) {
                JsonNode value = array.get(i);
                if (!value.isTextual()) {
                    hideIn(value, name);
                } else if (isPersonal(name)) {
                    array.set(i, told(name, value));
                } else if (!TEXTS.contains(name)) {
                    array.remove(i);
                }
            }
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
