package io.sluice.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What an identity provider does at {@code /scim/v2}. Thread-safe. */
final class ScimClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration START = Duration.ofSeconds(30);
    private static final int NOT_LOADED_YET = 503;
    private static final String PATCH = "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
            + "\"Operations\":[{\"op\":\"%s\",\"path\":\"%s\",\"value\":%s}]}";

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String server;
    private final String token;

    private ScimClient(String server, String token) {
        this.server = server;
        this.token = token;
    }

    /** With a token of its own for the organization. */
    static ScimClient of(int restPort, String adminToken, String organization)
            throws IOException, InterruptedException, IncorrectException {
        String server = "http://127.0.0.1:" + restPort;
        JsonNode created = new ScimClient(server, adminToken)
                .send(
                        201,
                        "POST",
                        "/v1/tokens",
                        "{\"name\":\"bench\",\"scopes\":[\"scim\"],\"organization\":\"" + organization + "\"}");
        ScimClient client = new ScimClient(server, created.path("token").asText());
        long deadline = System.nanoTime() + START.toNanos();
        while (client.exchange("GET", "/scim/v2/Users?count=0", "").statusCode() == NOT_LOADED_YET) {
            if (System.nanoTime() > deadline) {
                throw new IncorrectException("server: the directory is not loaded within " + START.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return client;
    }

    /** Looks for the user first, as identity providers do. Returns the new user's id. */
    String createUser(String userName, String department) throws IOException, InterruptedException, IncorrectException {
        find("/Users", "userName", userName);
        return id(send(
                201,
                "POST",
                "/scim/v2/Users",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"" + userName
                        + "\",\"name\":{\"givenName\":\"Kim\",\"familyName\":\"Roe\"},\"displayName\":\"Kim Roe\","
                        + "\"emails\":[{\"primary\":true,\"value\":\"" + userName + "\",\"type\":\"work\"}],"
                        + "\"externalId\":\"00u-" + userName + "\",\"active\":true,"
                        + "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{\"department\":\""
                        + department + "\"}}"));
    }

    String createGroup(String name) throws IOException, InterruptedException, IncorrectException {
        find("/Groups", "displayName", name);
        return id(send(201, "POST", "/scim/v2/Groups", "{\"displayName\":\"" + name + "\"}"));
    }

    void patchUser(String id, String path, String value) throws IOException, InterruptedException, IncorrectException {
        send(200, "PATCH", "/scim/v2/Users/" + id, String.format(PATCH, "replace", path, '"' + value + '"'));
    }

    void addMembers(String group, Iterable<String> users) throws IOException, InterruptedException, IncorrectException {
        patchMembers("Add", group, users);
    }

    void removeMembers(String group, Iterable<String> users)
            throws IOException, InterruptedException, IncorrectException {
        patchMembers("Remove", group, users);
    }

    /** Spelled as Entra does, who wants no answer. */
    private void patchMembers(String operation, String group, Iterable<String> users)
            throws IOException, InterruptedException, IncorrectException {
        StringBuilder members = new StringBuilder("[");
        for (String user : users) {
            members.append(members.length() == 1 ? "" : ",")
                    .append("{\"value\":\"")
                    .append(user)
                    .append("\"}");
        }
        send(204, "PATCH", "/scim/v2/Groups/" + group, String.format(PATCH, operation, "members", members.append(']')));
    }

    private void find(String path, String attribute, String value)
            throws IOException, InterruptedException, IncorrectException {
        String filter = URLEncoder.encode(attribute + " eq \"" + value + '"', StandardCharsets.UTF_8);
        JsonNode found = send(200, "GET", "/scim/v2" + path + "?startIndex=1&count=1&filter=" + filter, "");
        if (found.path("totalResults").asInt() != 0) {
            throw new IncorrectException(path + ": " + value + " is there already (expected: not yet)");
        }
    }

    long total(String path) throws IOException, InterruptedException, IncorrectException {
        return send(200, "GET", "/scim/v2" + path + "?count=0", "")
                .path("totalResults")
                .asLong();
    }

    int members(String group) throws IOException, InterruptedException, IncorrectException {
        return send(200, "GET", "/scim/v2/Groups/" + group, "").path("members").size();
    }

    private static String id(JsonNode resource) {
        return resource.path("id").asText();
    }

    private JsonNode send(int expected, String method, String path, String body)
            throws IOException, InterruptedException, IncorrectException {
        HttpResponse<byte[]> response = exchange(method, path, body);
        if (response.statusCode() != expected) {
            throw new IncorrectException(
                    method + " " + path + ": status " + response.statusCode() + " (expected: " + expected + ")");
        }
        return JSON.readTree(response.body());
    }

    private HttpResponse<byte[]> exchange(String method, String path, String body)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(server + path))
                        .timeout(Duration.ofSeconds(60))
                        .header("authorization", "Bearer " + token)
                        .header("content-type", path.startsWith("/scim") ? "application/scim+json" : "application/json")
                        .method(
                                method,
                                body.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }
}
