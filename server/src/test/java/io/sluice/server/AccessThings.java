package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.Topic;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** What one organization has, each made when it is first asked for. Its marker is in every name. */
final class AccessThings {
    private final RunningServer running;
    private final String organization;
    private final String administrator;
    private final Map<String, String> ids = new HashMap<>();

    /** @param administrator a token with the scope admin */
    AccessThings(RunningServer running, String organization, String administrator) {
        this.running = running;
        this.organization = organization;
        this.administrator = administrator;
    }

    /** In every document of an organization, in every name that it gives. */
    static String marker(String organization) {
        return "marker-of-" + organization;
    }

    /** With the marker, and given to nothing yet. */
    static String newName(String organization) {
        return marker(organization) + "-" + UUID.randomUUID();
    }

    /** There is one, made by whoever writes documents. */
    static String conversation(String organization) {
        return "conversation-of-" + organization;
    }

    /** The same; its directory at Anthropic has one of each. */
    static String upstream(String kind, String organization) {
        return kind + "-of-" + organization;
    }

    String administrator() {
        return administrator;
    }

    /** Others of the same organization. */
    AccessThings anew() {
        return new AccessThings(running, organization, administrator);
    }

    Map<String, String> ids(Set<String> things) throws Exception {
        Map<String, String> some = new HashMap<>();
        for (String thing : things) {
            some.put(thing, id(thing));
        }
        return some;
    }

    String id(String thing) throws Exception {
        String id = ids.get(thing);
        if (id == null) {
            id = make(thing);
            ids.put(thing, id);
        }
        return id;
    }

    private String make(String thing) throws Exception {
        String name = newName(organization);
        return switch (thing) {
            case "organization" -> organization;
            case "conversation" -> conversation(organization);
            case "upstream-organization", "upstream-role", "upstream-group" -> upstream(thing, organization);
            case "token" -> made("/v1/tokens", "{'name': '" + name + "', 'scopes': ['ingest']}");
            case "member", "seated" -> user(name);
            case "user" -> {
                String user = user(name);
                String group = made("/v1/groups", "{'name': 'of " + name + "'}");
                post("/v1/groups/" + group + "/members", "{'user_ids': ['" + user + "']}");
                yield user;
            }
            case "role" -> made("/v1/roles", "{'name': '" + name + "', 'tools': ['" + name + "']}");
            case "group" -> {
                String group = made("/v1/groups", "{'name': '" + name + "'}");
                post("/v1/groups/" + group + "/members", "{'user_ids': ['" + id("member") + "']}");
                yield group;
            }
            case "tier" -> {
                post("/v1/seats/purchases", "{'tier': '" + name + "', 'quantity': 1}");
                post("/v1/seats/" + name + "/assignments", "{'user_id': '" + id("seated") + "'}");
                yield name;
            }
            case "limit" ->
                made(
                        "/v1/organizations/spend_limits",
                        "{'scope': {'type': 'seat_tier', 'seat_tier': '" + name + "'}, 'amount': '100'}");
            case "increase" -> {
                String user = made("/v1/users", "{'user_name': '" + name + "@example.com'}");
                yield made("/v1/organizations/spend_limit_increase_requests", "{'user_id': '" + user + "'}");
            }
            case "request" -> {
                String user = made("/v1/users", "{'user_name': '" + name + "@example.com'}");
                yield made("/v1/seats/requests", "{'user_id': '" + user + "', 'tier': '" + id("tier") + "'}");
            }
            case "hold" -> made("/v1/holds", "{'matter': '" + name + "', 'conversations': ['" + name + "']}");
            case "erasure" -> erasure(name);
            case "receipt" -> {
                String erasure = erasure(name);
                running.publish(
                        Topic.RECEIPTS,
                        organization + '|' + erasure,
                        PlayedJob.progress(organization, erasure, "completed")
                                .setVersion(Long.MAX_VALUE)
                                .setReceipt("{\"reason\":\"" + name + "\"}")
                                .build());
                String path = "/v1/erasures/" + erasure;
                DirectoryStack.await(() -> running.json(path, administrator)
                        .path("status")
                        .asText()
                        .equals("completed"));
                yield Receipts.id(erasure);
            }
            case "saved-search" -> made("/v1/compliance/searches", "{'name': '" + name + "', 'query': {}}");
            case "provided-user" -> made("/scim/v2/Users", "{'userName': '" + name + "@example.com'}");
            case "provided-group" ->
                made(
                        "/scim/v2/Groups",
                        "{'displayName': '" + name + "', 'members': [{'value': '" + id("provided-user") + "'}]}");
            default -> throw new AssertionError(thing + ": add to AccessThings how one is made");
        };
    }

    private String erasure(String name) throws Exception {
        return made("/v1/erasures", "{'target': {'user': '" + name + "@example.com'}, 'reason': '" + name + "'}");
    }

    private String user(String name) throws Exception {
        return made("/v1/users", "{'user_name': '" + name + "@example.com', 'team': '" + name + "'}");
    }

    private String made(String path, String body) throws Exception {
        return post(path, body).path("id").asText();
    }

    private JsonNode post(String path, String body) throws Exception {
        HttpResponse<String> response = running.post(path, administrator, body.replace('\'', '"'));
        if (response.statusCode() >= 300) {
            throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
        }
        return RunningServer.JSON.readTree(response.body());
    }
}
