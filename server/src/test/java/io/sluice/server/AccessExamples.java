package io.sluice.server;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How each line of {@code docs/access.md} is called. Names in braces are things of an organization, see
 * {@link AccessThings}; {@code {new}} is a name that nothing has yet.
 */
final class AccessExamples {
    /** What a part of a path is, by the path up to it. Without braces: the same for everybody. */
    private static final Map<String, String> THINGS = Map.ofEntries(
            entry("/v1/tokens/", "{token}"),
            entry("/v1/users/", "{user}"),
            entry("/v1/groups/", "{group}"),
            entry("/v1/groups/{id}/members/", "{member}"),
            entry("/v1/roles/", "{role}"),
            entry("/v1/code-metrics/", "prompts"),
            entry("/v1/elasticsearch/", "spend"),
            entry("/v1/organizations/", "{organization}"),
            entry("/v1/organizations/users/", "{user}"),
            entry("/v1/organizations/rbac_groups/", "{group}"),
            entry("/v1/organizations/rbac_groups/{id}/members/", "{member}"),
            entry("/v1/organizations/rbac_roles/", "{role}"),
            entry("/v1/organizations/spend_limits/", "{limit}"),
            entry("/v1/organizations/spend_limit_increase_requests/", "{increase}"),
            entry("/v1/budgets/", "{user}"),
            entry("/v1/holds/", "{hold}"),
            entry("/v1/erasures/", "{erasure}"),
            entry("/v1/receipts/", "{receipt}"),
            entry("/v1/compliance/apps/chats/", "no-such-chat"),
            entry("/v1/compliance/organizations/", "{upstream-organization}"),
            entry("/v1/compliance/organizations/{org_uuid}/roles/", "{upstream-role}"),
            entry("/v1/compliance/groups/", "{upstream-group}"),
            entry("/v1/compliance/searches/", "{saved-search}"),
            entry("/v1/seats/", "{tier}"),
            entry("/v1/seats/{tier}/assignments/", "{seated}"),
            entry("/v1/seats/requests/", "{request}"),
            entry("/v1/compliance/conversations/", "{conversation}"),
            entry("/scim/v2/Users/", "{provided-user}"),
            entry("/scim/v2/Groups/", "{provided-group}"),
            entry("/scim/v2/ResourceTypes/", "User"),
            entry("/scim/v2/Schemas/", "urn:ietf:params:scim:schemas:core:2.0:User"));

    /** By method and path; ' stands for ". */
    private static final Map<String, String> BODIES = Map.ofEntries(
            entry(
                    "POST /v1/elasticsearch/_msearch",
                    "{'index': 'spend'}\n{'aggs': {'1': {'terms': {'field': 'user'}}}}"),
            entry("POST /v1/tokens", "{'name': '{new}', 'scopes': ['ingest']}"),
            entry("POST /v1/tokens/{id}/rotate", "{'grace_hours': 0}"),
            entry("POST /v1/users", "{'user_name': '{new}@example.com', 'team': '{new}'}"),
            entry("PATCH /v1/users/{id}", "{'display_name': '{new}'}"),
            entry("POST /v1/users/{id}/team", "{'team': '{new}'}"),
            entry("POST /v1/groups", "{'name': '{new}', 'role_ids': ['{role}']}"),
            entry("PATCH /v1/groups/{id}", "{'name': '{new}'}"),
            entry("PUT /v1/groups/{id}/roles", "{'role_ids': ['{role}']}"),
            entry("POST /v1/groups/{id}/members", "{'user_ids': ['{user}']}"),
            entry("POST /v1/roles", "{'name': '{new}', 'tools': ['{new}']}"),
            entry("PUT /v1/roles/{id}", "{'name': '{new}', 'tools': ['{new}']}"),
            entry("PATCH /v1/organization", "{'name': '{new}', 'default_role_ids': ['{role}']}"),
            entry("PUT /v1/organizations/{id}", "{'plan': 'enterprise', 'name': '{new}'}"),
            entry("POST /v1/organizations/rbac_groups/{id}/members", "{'user_id': '{user}'}"),
            entry(
                    "POST /v1/organizations/spend_limits",
                    "{'scope': {'type': 'seat_tier', 'seat_tier': '{new}'}, 'amount': '100', 'reason': '{new}'}"),
            entry("POST /v1/organizations/spend_limit_increase_requests", "{'user_id': '{user}', 'reason': '{new}'}"),
            entry("POST /v1/organizations/spend_limit_increase_requests/{id}/approve", "{'amount': '100'}"),
            entry("POST /v1/organizations/spend_limit_increase_requests/{id}/deny", "{}"),
            entry("POST /v1/caps/what-if", "{}"),
            entry("PATCH /v1/caps/settings", "{'included': [{'tier': '{new}', 'amount_micros': 0}]}"),
            entry("POST /v1/claude-code/hooks/prompt", "{'hook_event_name': 'UserPromptSubmit', 'prompt': 'hello'}"),
            entry("POST /v1/claude-code/hooks/tool", "{'hook_event_name': 'PreToolUse', 'tool_name': 'Bash'}"),
            entry("POST /v1/holds", "{'matter': '{new}', 'users': ['{new}@example.com']}"),
            entry("POST /v1/erasures", "{'target': {'conversation_id': '{new}'}, 'reason': '{new}'}"),
            entry("PUT /v1/retention", "{'classes': [{'product': '{new}', 'days': 30}]}"),
            entry("POST /v1/retention/runs", "{}"),
            entry("POST /v1/compliance/searches", "{'name': '{new}', 'query': {'q': '{new}'}}"),
            entry("POST /v1/seats/purchases", "{'tier': '{new}', 'quantity': 1}"),
            entry("POST /v1/seats/{tier}/assignments", "{'user_id': '{user}'}"),
            entry("POST /v1/seats/requests", "{'user_id': '{user}', 'tier': '{tier}', 'reason': '{new}'}"),
            entry("POST /v1/seats/requests/{id}/approve", "{}"),
            entry("POST /v1/seats/requests/{id}/deny", "{}"),
            entry("POST /v1/compliance/search", "{'q': 'hello'}"),
            entry("POST /v1/compliance/exports", "{'search': {'q': 'hello'}}"),
            entry("POST /scim/v2/Users", "{'userName': '{new}@example.com'}"),
            entry("POST /scim/v2/Users/.search", "{}"),
            entry("PUT /scim/v2/Users/{id}", "{'userName': '{new}@example.com'}"),
            entry("PATCH /scim/v2/Users/{id}", patch("{'displayName': '{new}'}")),
            entry("POST /scim/v2/Groups", "{'displayName': '{new}', 'members': [{'value': '{provided-user}'}]}"),
            entry("POST /scim/v2/Groups/.search", "{}"),
            entry("PUT /scim/v2/Groups/{id}", "{'displayName': '{new}', 'members': [{'value': '{provided-user}'}]}"),
            entry("PATCH /scim/v2/Groups/{id}", patch("{'members': [{'value': '{provided-user}'}]}")),
            entry("POST /scim/v2/.search", "{}"),
            entry(
                    "POST /scim/v2/Bulk",
                    "{'Operations': [{'method': 'DELETE', 'path': '/Users/{provided-user}'},"
                            + " {'method': 'DELETE', 'path': '/Groups/{provided-group}'}]}"));

    /** What is answered when all is fine, if that is not 200. Health is not up: there is no Flink. */
    private static final Map<String, Integer> STATUSES = Map.ofEntries(
            entry("GET /health", 503),
            entry("POST /v1/tokens", 201),
            entry("POST /v1/tokens/{id}/rotate", 201),
            entry("POST /v1/users", 201),
            entry("POST /v1/users/{id}/team", 201),
            entry("POST /v1/groups", 201),
            entry("POST /v1/roles", 201),
            entry("POST /v1/holds", 201),
            entry("POST /v1/erasures", 202),
            entry("POST /v1/retention/runs", 202),
            entry("POST /v1/compliance/searches", 201),
            entry("DELETE /v1/compliance/apps/chats/{id}", 404),
            entry("GET /v1/compliance/apps/chats/{id}/messages", 404),
            entry("POST /v1/seats/purchases", 201),
            entry("POST /v1/seats/requests", 201),
            entry("POST /v1/organizations/spend_limit_increase_requests", 201),
            entry("POST /scim/v2/Users", 201),
            entry("DELETE /scim/v2/Users/{id}", 204),
            entry("POST /scim/v2/Groups", 201),
            entry("DELETE /scim/v2/Groups/{id}", 204),
            entry("GET /scim/v2/Me", 501));

    /** For an administrator of the default organization only. */
    private static final Set<String> OPERATORS = Set.of("PUT /v1/organizations/{id}");

    /** Whose user asks, where the token does not say. */
    private static final Map<String, String> USERS = Map.of("GET /v1/budgets/me", "{user}");

    /** Say the same to everybody, or to all who have decided the same. */
    private static final Set<String> DESCRIPTIONS = Set.of(
            "GET /v1/claude-code/settings",
            "GET /scim/v2/ServiceProviderConfig",
            "GET /scim/v2/ResourceTypes",
            "GET /scim/v2/ResourceTypes/{name}",
            "GET /scim/v2/Schemas",
            "GET /scim/v2/Schemas/{urn}");

    /** Parameters without which there is no answer. */
    private static final Map<String, String> QUERIES = Map.of(
            "GET /v1/organizations/usage_report/claude_code", "starting_at=2026-11-01",
            "GET /v1/organizations/analytics/users", "date=2026-11-01",
            "GET /v1/organizations/analytics/summaries", "date=2026-11-01",
            "GET /v1/reconciliation", "starting_date=2026-11-01&ending_date=2026-11-02");

    /** Tell numbers and name nothing. */
    private static final Set<String> NUMBERS = Set.of(
            "GET /metrics",
            "GET /v1/elasticsearch/",
            "GET /v1/elasticsearch/_cluster/health",
            "GET /v1/elasticsearch/{index}/_mapping",
            "GET /v1/elasticsearch/{index}/_field_caps",
            "GET /v1/organizations/analytics/summaries",
            "GET /v1/audit/head",
            "GET /v1/reconciliation");

    private static final Pattern PART = Pattern.compile("\\{\\w+}");
    private static final Pattern THING = Pattern.compile("\\{([a-z-]+)}");

    /**
     * A call of an endpoint.
     *
     * @param user of the header that says who asks; null: without it
     */
    record Example(
            String path,
            @Nullable String body,
            int status,
            @Nullable String user) {
        Example(String path, @Nullable String body, int status) {
            this(path, body, status, null);
        }

        /** The things in the path. */
        Set<String> inPath() {
            return things(path);
        }

        /** The things in the path, the body or the header. */
        Set<String> things() {
            Set<String> things = things(path);
            things.addAll(things(user == null ? "" : user));
            things.addAll(things(body == null ? "" : body));
            things.remove("new");
            return things;
        }

        private static Set<String> things(String text) {
            Set<String> things = new TreeSet<>();
            Matcher matcher = THING.matcher(text);
            while (matcher.find()) {
                things.add(matcher.group(1));
            }
            return things;
        }

        /** @param ids by thing; one that is missing is some id */
        Example with(Map<String, String> ids) {
            return new Example(
                    filled(path, ids),
                    body == null ? null : filled(body, ids),
                    status,
                    user == null ? null : filled(user, ids));
        }

        Example at(String otherPath) {
            return new Example(otherPath, body, status, user);
        }

        private static String filled(String text, Map<String, String> ids) {
            return THING.matcher(text)
                    .replaceAll(thing -> Matcher.quoteReplacement(ids.getOrDefault(thing.group(1), "some-id")));
        }
    }

    private AccessExamples() {}

    private static String patch(String value) {
        return "{'schemas': ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], 'Operations': [{'op': 'add', 'value': "
                + value + "}]}";
    }

    private static String action(AccessTable.Endpoint endpoint) {
        return endpoint.method() + " " + endpoint.path();
    }

    static boolean isOperators(AccessTable.Endpoint endpoint) {
        return OPERATORS.contains(action(endpoint));
    }

    static boolean isDescription(AccessTable.Endpoint endpoint) {
        return DESCRIPTIONS.contains(action(endpoint));
    }

    /** Whether answers name what they are about. */
    static boolean isNumbers(AccessTable.Endpoint endpoint) {
        return NUMBERS.contains(action(endpoint));
    }

    /** Of the query; empty: none is needed. */
    static String query(AccessTable.Endpoint endpoint) {
        return QUERIES.getOrDefault(action(endpoint), "");
    }

    static Example of(AccessTable.Endpoint endpoint) {
        return new Example(
                PART.matcher(endpoint.path()).replaceAll(part -> Matcher.quoteReplacement(thing(endpoint, part))),
                body(endpoint),
                STATUSES.getOrDefault(action(endpoint), 200),
                USERS.get(action(endpoint)));
    }

    private static String thing(AccessTable.Endpoint endpoint, MatchResult part) {
        String before = endpoint.path().substring(0, part.start());
        String thing = THINGS.get(before);
        if (thing == null) {
            throw new AssertionError(action(endpoint) + ": add to AccessExamples.THINGS what " + part.group()
                    + " after " + before + " is");
        }
        return thing;
    }

    private static @Nullable String body(AccessTable.Endpoint endpoint) {
        if (endpoint.port().equals(AccessTable.HTTP)) {
            return "{}";
        }
        String body = BODIES.get(action(endpoint));
        if (body == null && Set.of("POST", "PUT", "PATCH").contains(endpoint.method())) {
            throw new AssertionError(action(endpoint) + ": add an example of its body to AccessExamples.BODIES");
        }
        return body == null ? null : body.replace('\'', '"');
    }
}
