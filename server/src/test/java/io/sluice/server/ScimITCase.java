package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.testing.ElasticsearchServer;
import io.sluice.testing.KafkaServer;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What identity providers send, to a real server: the right state and the right answers. */
class ScimITCase {
    private static final String PATCH_OP = "\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],";

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static KafkaServer kafka;

    @SuppressWarnings("NullAway.Init")
    private static ElasticsearchServer elasticsearch;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @BeforeAll
    static void start() throws Exception {
        kafka = KafkaServer.start();
        elasticsearch = TestElastic.empty();
        TestElastic.createIndices(elasticsearch);
        running = server();
    }

    private static RunningServer server() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), elasticsearch.password());
        RunningServer server = new RunningServer(
                        kafka.bootstrapServers(),
                        folder,
                        Map.of(
                                Setting.ELASTICSEARCH_URL, elasticsearch.url().toString(),
                                Setting.ELASTICSEARCH_PASSWORD_FILE, password.toString()))
                .awaitKafka();
        server.server.directory().loaded().get(60, TimeUnit.SECONDS);
        return server;
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
        kafka.close();
    }

    /** One organization's identity provider. */
    private static final class Provider {
        private final String token;

        Provider(String organization) throws Exception {
            token = running.token(organization, "scim");
        }

        HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(running.rest("/scim/v2" + path)))
                    .header("authorization", "Bearer " + token)
                    .header("content-type", "application/scim+json")
                    .method(
                            method,
                            body.isEmpty()
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body));
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
            }
            return running.send(request);
        }

        JsonNode json(int status, String method, String path, String body) throws Exception {
            HttpResponse<String> response = send(method, path, body);
            assertThat(response.statusCode())
                    .as("%s %s: %s", method, path, response.body())
                    .isEqualTo(status);
            return response.body().isEmpty()
                    ? RunningServer.JSON.nullNode()
                    : RunningServer.JSON.readTree(response.body());
        }

        JsonNode user(String userName) throws Exception {
            return json(
                    201,
                    "POST",
                    "/Users",
                    "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"" + userName
                            + "\",\"name\":{\"givenName\":\"Kim\",\"familyName\":\"Roe\"},\"emails\":[{\"primary\":true,"
                            + "\"value\":\"" + userName
                            + "\",\"type\":\"work\"}],\"displayName\":\"Kim Roe\",\"locale\":\"en-US\","
                            + "\"externalId\":\"00u-" + userName
                            + "\",\"groups\":[],\"password\":\"1mz050nq\",\"active\":true}");
        }

        JsonNode find(String path, String filter) throws Exception {
            return json(200, "GET", path + "?filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8), "");
        }

        List<String> members(String group) throws Exception {
            List<String> members = new ArrayList<>();
            json(200, "GET", "/Groups/" + group, "")
                    .path("members")
                    .forEach(member -> members.add(member.path("value").asText()));
            return members;
        }
    }

    private static void assertError(JsonNode error, int status) {
        assertThat(error.path("schemas").path(0).asText()).isEqualTo("urn:ietf:params:scim:api:messages:2.0:Error");
        assertThat(error.path("status").textValue()).isEqualTo(Integer.toString(status));
        assertThat(error.path("detail").asText()).isNotBlank();
    }

    /** The twelve steps of Okta's specification test. */
    @Test
    void oktasSpecificationTest() throws Exception {
        Provider okta = new Provider("okta-spec");
        okta.user("existing@example.com");
        JsonNode first = okta.json(200, "GET", "/Users?count=1&startIndex=1", "");
        assertThat(first.path("Resources")).hasSize(1);
        assertThat(first.path("totalResults").asInt()).isEqualTo(1);
        JsonNode existing = first.path("Resources").path(0);
        assertThat(existing.path("name").path("familyName").asText()).isEqualTo("Roe");
        assertThat(existing.path("active").asBoolean()).isTrue();
        okta.json(200, "GET", "/Users/" + existing.path("id").asText(), "");
        JsonNode none = okta.find("/Users", "userName eq \"nobody@example.com\"");
        assertThat(none.path("totalResults").asInt()).isZero();
        assertThat(none.path("Resources").isArray()).isTrue();
        assertError(okta.json(404, "GET", "/Users/010101001010101011001010101011", ""), 404);
        JsonNode created = okta.user("new.person@example.com");
        assertThat(created.toString()).doesNotContain("1mz050nq").doesNotContain("password");
        assertThat(okta.json(200, "GET", "/Users/" + created.path("id").asText(), ""))
                .isEqualTo(created);
        HttpResponse<String> again =
                okta.send("POST", "/Users", "{\"userName\":\"New.Person@example.com\",\"active\":true}");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(RunningServer.JSON.readTree(again.body()).path("scimType").asText())
                .isEqualTo("uniqueness");
        assertThat(okta.find("/Users", "userName eq \"NEW.PERSON@EXAMPLE.COM\"")
                        .path("Resources")
                        .path(0))
                .isEqualTo(created);
        okta.json(200, "GET", "/Groups", "");
        HttpResponse<String> refused = running.send(HttpRequest.newBuilder(URI.create(running.rest("/scim/v2/Users")))
                .header("authorization", "Bearer wrong"));
        assertThat(refused.statusCode()).isEqualTo(401);
        assertError(RunningServer.JSON.readTree(refused.body()), 401);
        assertThat(refused.headers().firstValue("content-type").orElse("")).startsWith("application/scim+json");
    }

    @Test
    void oktaDisablesEnablesAndPushesGroups() throws Exception {
        Provider okta = new Provider("okta");
        String kim = okta.user("kim@example.com").path("id").asText();
        String lee = okta.user("lee@example.com").path("id").asText();
        for (boolean active : new boolean[] {false, true}) {
            JsonNode patched = okta.json(
                    200,
                    "PATCH",
                    "/Users/" + kim,
                    "{" + PATCH_OP + "\"Operations\":[{\"op\":\"replace\",\"value\":{\"active\":" + active + "}}]}");
            assertThat(patched.path("active").asBoolean()).isEqualTo(active);
            assertThat(okta.find("/Users", "userName eq \"kim@example.com\"")
                            .path("totalResults")
                            .asInt())
                    .isEqualTo(1);
        }
        JsonNode group = okta.json(
                201,
                "POST",
                "/Groups",
                "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"displayName\":\"Legal\",\"members\":"
                        + "[{\"value\":\"" + kim + "\",\"display\":\"kim@example.com\"},{\"value\":\"unknown\"}]}");
        String id = group.path("id").asText();
        assertThat(okta.members(id)).containsExactly(kim);
        okta.json(
                200,
                "PATCH",
                "/Groups/" + id,
                "{" + PATCH_OP + "\"Operations\":[{\"op\":\"replace\",\"value\":{\"id\":\"" + id
                        + "\",\"displayName\":\"Legal EU\"}}]}");
        okta.json(
                200,
                "PATCH",
                "/Groups/" + id,
                "{" + PATCH_OP + "\"Operations\":[{\"op\":\"remove\",\"path\":\"members[value eq \\\"" + kim
                        + "\\\"]\"},{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"" + lee + "\"}]}]}");
        assertThat(okta.members(id)).containsExactly(lee);
        assertThat(okta.json(200, "GET", "/Users/" + lee, "")
                        .path("groups")
                        .path(0)
                        .path("display")
                        .asText())
                .isEqualTo("Legal EU");
        JsonNode lean = okta.json(200, "GET", "/Groups/" + id + "?excludedAttributes=members", "");
        assertThat(lean.has("members")).isFalse();
        okta.json(204, "DELETE", "/Groups/" + id, "");
        assertError(okta.json(404, "GET", "/Groups/" + id, ""), 404);
        assertThat(okta.json(200, "GET", "/Users/" + lee, "").has("groups")).isFalse();
    }

    @Test
    void entraInBothOfItsModes() throws Exception {
        Provider entra = new Provider("entra");
        assertThat(entra.find("/Users", "externalId eq \"nobody\"")
                        .path("totalResults")
                        .asInt())
                .isZero();
        String kim = entra.user("kim@example.com").path("id").asText();
        String department = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        entra.json(
                200,
                "PATCH",
                "/Users/" + kim,
                "{" + PATCH_OP + "\"Operations\":[{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"},"
                        + "{\"op\":\"Replace\",\"path\":\"emails[type eq \\\"work\\\"].value\",\"value\":"
                        + "\"kim.new@example.com\"},{\"op\":\"Add\",\"path\":\"" + department
                        + ":manager\",\"value\":\"9c1e\"}]}");
        JsonNode changed = entra.json(200, "GET", "/Users/" + kim, "");
        assertThat(changed.path("active").isBoolean()).isTrue();
        assertThat(changed.path("active").asBoolean()).isFalse();
        assertThat(changed.path(department).path("manager").path("value").asText())
                .isEqualTo("9c1e");
        assertThat(entra.find("/Users", "emails[type eq \"work\"].value eq \"kim.new@example.com\"")
                        .path("Resources")
                        .path(0)
                        .path("id")
                        .asText())
                .isEqualTo(kim);
        JsonNode flagged = entra.json(
                200,
                "PATCH",
                "/Users/" + kim,
                "{" + PATCH_OP + "\"Operations\":[{\"op\":\"replace\",\"value\":{\"displayName\":\"Kim R\","
                        + "\"name.givenName\":\"K\",\"" + department + ":department\":\"Legal\",\"active\":true}}]}");
        assertThat(flagged.path("name").path("givenName").asText()).isEqualTo("K");
        assertThat(flagged.path(department).path("department").asText()).isEqualTo("Legal");
        String version = flagged.path("meta").path("version").asText();
        JsonNode same = entra.json(
                200,
                "PATCH",
                "/Users/" + kim,
                "{" + PATCH_OP + "\"Operations\":[{\"op\":\"Replace\",\"path\":\"displayName\",\"value\":\"Kim R\"}]}");
        assertThat(same.path("meta").path("version").asText()).isEqualTo(version);

        String group = entra.json(
                        201,
                        "POST",
                        "/Groups",
                        "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\","
                                + "\"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group\"],"
                                + "\"externalId\":\"8aa1\",\"displayName\":\"Everyone\"}")
                .path("id")
                .asText();
        entra.json(
                204,
                "PATCH",
                "/Groups/" + group,
                "{" + PATCH_OP + "\"Operations\":[{\"op\":\"Add\",\"path\":\"members\",\"value\":[{\"$ref\":null,"
                        + "\"value\":\"" + kim + "\"}]}]}");
        assertThat(entra.members(group)).containsExactly(kim);
        JsonNode found = entra.json(
                200,
                "GET",
                "/Groups?excludedAttributes=members&filter="
                        + URLEncoder.encode("displayName eq \"everyone\"", StandardCharsets.UTF_8),
                "");
        assertThat(found.path("totalResults").asInt()).isEqualTo(1);
        assertThat(found.path("Resources").path(0).has("members")).isFalse();
        entra.json(
                204,
                "PATCH",
                "/Groups/" + group,
                "{" + PATCH_OP + "\"Operations\":[{\"op\":\"Remove\",\"path\":\"members\",\"value\":[{\"$ref\":null,"
                        + "\"value\":\"" + kim + "\"}]}]}");
        assertThat(entra.members(group)).isEmpty();
        entra.json(204, "DELETE", "/Users/" + kim, "");
        assertError(entra.json(404, "GET", "/Users/" + kim, ""), 404);
        assertThat(entra.user("kim@example.com").path("id").asText()).isNotEqualTo(kim);
    }

    @Test
    void versionsAreKeptApart() throws Exception {
        Provider provider = new Provider("etags");
        JsonNode created = provider.user("kim@example.com");
        String path = "/Users/" + created.path("id").asText();
        String tag = created.path("meta").path("version").asText();
        assertThat(provider.send("GET", path, "", "if-none-match", tag).statusCode())
                .isEqualTo(304);
        String body = "{\"userName\":\"kim@example.com\",\"title\":\"Lead\",\"active\":true}";
        assertThat(provider.send("PUT", path, body, "if-match", tag).statusCode())
                .isEqualTo(200);
        HttpResponse<String> stale = provider.send("PUT", path, body, "if-match", tag);
        assertThat(stale.statusCode()).isEqualTo(412);
        assertError(RunningServer.JSON.readTree(stale.body()), 412);
    }

    @Test
    void aNameThatWasGivenUpIsFreeAtOnce() throws Exception {
        Provider provider = new Provider("names");
        String path = "/Users/" + provider.user("kim@example.com").path("id").asText();
        provider.json(200, "PUT", path, "{\"userName\":\"kim.roe@example.com\"}");
        provider.user("kim@example.com");
        assertError(provider.json(409, "PUT", path, "{\"userName\":\"Kim@example.com\"}"), 409);
        provider.json(204, "DELETE", path, "");
        provider.user("kim.roe@example.com");
    }

    @Test
    void bulkRefersToWhatItMakes() throws Exception {
        Provider provider = new Provider("bulk");
        JsonNode answer = provider.json(
                200,
                "POST",
                "/Bulk",
                "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:BulkRequest\"],\"Operations\":["
                        + "{\"method\":\"POST\",\"path\":\"/Groups\",\"bulkId\":\"g\",\"data\":{\"displayName\":\"All\","
                        + "\"members\":[{\"value\":\"bulkId:u\"}]}},"
                        + "{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"u\",\"data\":"
                        + "{\"userName\":\"kim@example.com\"}},"
                        + "{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"w\",\"data\":{}}]}");
        List<String> statuses = new ArrayList<>();
        answer.path("Operations")
                .forEach(each -> statuses.add(each.path("status").asText()));
        assertThat(statuses).containsExactly("201", "201", "400");
        String location = answer.path("Operations").path(0).path("location").asText();
        assertThat(provider.members(location.substring(location.lastIndexOf('/') + 1)))
                .hasSize(1);
    }

    /** RFC 7644, 3.3 and 3.5: what was written is answered whole, or as the client wants to see it. */
    @Test
    void groupsAreAnsweredWithTheirMembers() throws Exception {
        Provider provider = new Provider("whole-groups");
        String kim = provider.user("kim@example.com").path("id").asText();
        String lee = provider.user("lee@example.com").path("id").asText();
        String body = "{\"displayName\":\"Legal\",\"members\":[{\"value\":\"" + kim
                + "\",\"display\":\"Kim\"},{\"value\":\"" + lee + "\"},{\"value\":\"unknown\"}]}";
        JsonNode created = provider.json(201, "POST", "/Groups", body);
        String path = "/Groups/" + created.path("id").asText();
        assertThat(provider.json(200, "GET", path, "")).isEqualTo(created);
        Map<String, String> displays = new HashMap<>();
        created.path("members")
                .forEach(each -> displays.put(
                        each.path("value").asText(), each.path("display").asText("none")));
        assertThat(displays).as("as it was given").isEqualTo(Map.of(kim, "kim@example.com", lee, "none"));
        assertThat(provider.json(200, "PUT", path, body).path("members")).isEqualTo(created.path("members"));
        assertThat(provider.json(200, "PUT", path + "?excludedAttributes=members", body)
                        .has("members"))
                .isFalse();
        String rename =
                "{" + PATCH_OP + "\"Operations\":[{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"L\"}]}";
        assertThat(provider.json(200, "PATCH", path, rename).path("members")).isEqualTo(created.path("members"));
        assertThat(provider.json(200, "PATCH", path + "?excludedAttributes=members", rename)
                        .has("members"))
                .isFalse();
        provider.json(204, "PATCH", path, rename.replace("replace", "Replace"));
        JsonNode patched = provider.json(200, "PATCH", path + "?attributes=displayName", rename);
        assertThat(patched.fieldNames()).toIterable().containsExactlyInAnyOrder("schemas", "id", "displayName");
        assertThat(provider.json(200, "PATCH", path + "?attributes=members", rename)
                        .path("members"))
                .isEqualTo(created.path("members"));
    }

    /** They are in the headers whatever the client wants to see in the body. */
    @Test
    void everyAnswerWithAResourceSaysWhereItIsAndWhichVersion() throws Exception {
        Provider provider = new Provider("locations");
        String user = "{\"userName\":\"kim@example.com\"}";
        String patch = "{" + PATCH_OP + "\"Operations\":[{\"op\":\"add\",\"path\":\"title\",\"value\":\"Lead\"}]}";
        HttpResponse<String> created = provider.send("POST", "/Users?attributes=userName", user);
        String id = RunningServer.JSON.readTree(created.body()).path("id").asText();
        String group = provider.json(201, "POST", "/Groups", "{\"displayName\":\"Legal\"}")
                .path("id")
                .asText();
        String rename = "{" + PATCH_OP + "\"Operations\":[{\"op\":\"add\",\"value\":{\"displayName\":\"L\"}}]}";
        for (HttpResponse<String> answer : List.of(
                created,
                provider.send("GET", "/Users/" + id, ""),
                provider.send("GET", "/Users/" + id + "?attributes=userName", ""),
                provider.send("PUT", "/Users/" + id + "?excludedAttributes=meta", user),
                provider.send("PATCH", "/Users/" + id, patch))) {
            assertLocated(answer, "/scim/v2/Users/" + id);
        }
        assertLocated(provider.send("GET", "/Groups/" + group, ""), "/scim/v2/Groups/" + group);
        assertLocated(provider.send("PATCH", "/Groups/" + group, rename), "/scim/v2/Groups/" + group);
        HttpResponse<String> proxied = provider.send(
                "GET", "/Users/" + id, "", "x-forwarded-proto", "https", "x-forwarded-host", "sluice.example.com");
        assertThat(RunningServer.JSON
                        .readTree(proxied.body())
                        .at("/meta/location")
                        .asText())
                .isEqualTo("https://sluice.example.com/scim/v2/Users/" + id);
    }

    private static void assertLocated(HttpResponse<String> answer, String path) {
        assertThat(answer.statusCode()).isBetween(200, 204);
        for (String header : List.of("location", "content-location")) {
            assertThat(answer.headers().firstValue(header)).as(header).contains(running.rest(path));
        }
        assertThat(answer.headers().firstValue("etag").orElse("")).startsWith("W/\"");
    }

    /** Otherwise the client would be told that nothing was made. */
    @Test
    void aWrongProjectionIsRefusedBeforeAnythingIsWritten() throws Exception {
        Provider provider = new Provider("projections");
        provider.json(
                400,
                "POST",
                "/Users?attributes=userName&excludedAttributes=name",
                "{\"userName\":\"kim@example.com\"}");
        assertThat(provider.find("/Users", "userName eq \"kim@example.com\"")
                        .path("totalResults")
                        .asInt())
                .isZero();
    }

    @Test
    void discoveryIsReadOnly() throws Exception {
        Provider provider = new Provider("discovery");
        for (String path : List.of("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/ResourceTypes/User")) {
            provider.json(200, "GET", path, "");
            assertError(provider.json(405, "POST", path, "{}"), 405);
            provider.json(200, "GET", path + "?count=1", "");
            assertError(provider.json(403, "GET", path + "?filter=id+pr", ""), 403);
        }
        assertError(provider.json(404, "GET", "/Nothing", ""), 404);
        provider.user("kim@example.com");
        JsonNode everything = provider.json(200, "POST", "/.search", "{\"filter\":\"userName sw \\\"k\\\"\"}");
        assertThat(everything.path("totalResults").asInt()).isEqualTo(1);
        assertError(provider.json(501, "GET", "/Me", ""), 501);
    }

    @Test
    void anotherOrganizationSeesNothing() throws Exception {
        Provider ours = new Provider("ours");
        Provider theirs = new Provider("theirs");
        String id = ours.user("kim@example.com").path("id").asText();
        assertThat(theirs.json(200, "GET", "/Users", "").path("totalResults").asInt())
                .isZero();
        JsonNode absent = theirs.json(404, "GET", "/Users/" + id, "");
        assertThat(absent).isEqualTo(theirs.json(404, "GET", "/Users/user_absent", ""));
        theirs.json(404, "DELETE", "/Users/" + id, "");
        // The same name is free there.
        theirs.user("kim@example.com");
        ours.json(200, "GET", "/Users/" + id, "");
    }

    /** Another server on the same Kafka and Elasticsearch, and one that starts later. */
    @Test
    void whatOneServerAcceptsTheOthersKnow() throws Exception {
        Provider provider = new Provider("two-servers");
        String id = provider.user("kim@example.com").path("id").asText();
        try (RunningServer second = server()) {
            JsonNode there = second.json("/scim/v2/Users/" + id, provider.token);
            assertThat(there.path("userName").asText()).isEqualTo("kim@example.com");
        }
    }
}
