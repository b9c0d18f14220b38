package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.scim.ScimJson;
import io.sluice.testing.ElasticsearchServer;
import io.sluice.testing.KafkaServer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What administrators do to the directory, at a real server. Each test has an organization of its own. */
class DirectoryITCase {
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
        Path password = Files.writeString(folder.resolve("password"), elasticsearch.password());
        running = new RunningServer(
                        kafka.bootstrapServers(),
                        folder,
                        Map.of(
                                Setting.ELASTICSEARCH_URL, elasticsearch.url().toString(),
                                Setting.ELASTICSEARCH_PASSWORD_FILE, password.toString()))
                .awaitKafka();
        running.server.directory().loaded().get(60, TimeUnit.SECONDS);
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
        kafka.close();
    }

    /** Somebody with a token. */
    private static final class Client {
        private final String token;
        private final String contentType;

        private Client(String token, String contentType) {
            this.token = token;
            this.contentType = contentType;
        }

        static Client of(String organization, String... scopes) throws Exception {
            return new Client(running.token(organization, scopes), "application/json");
        }

        static Client scim(String organization) throws Exception {
            return new Client(running.token(organization, "scim"), "application/scim+json");
        }

        /** @param body with ' for " */
        JsonNode send(int status, String method, String path, String body) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(running.rest(path)))
                    .header("authorization", "Bearer " + token)
                    .header("content-type", contentType)
                    .method(method, HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
            HttpResponse<String> response = running.send(request);
            assertThat(response.statusCode())
                    .as("%s %s: %s", method, path, response.body())
                    .isEqualTo(status);
            return response.body().isEmpty()
                    ? RunningServer.JSON.nullNode()
                    : RunningServer.JSON.readTree(response.body());
        }

        JsonNode get(String path) throws Exception {
            return send(200, "GET", path, "");
        }

        JsonNode post(String path, String body) throws Exception {
            return send(201, "POST", path, body);
        }

        String message(int status, String method, String path, String body) throws Exception {
            return send(status, method, path, body)
                    .path("error")
                    .path("message")
                    .asText();
        }

        String user(String name) throws Exception {
            return post("/v1/users", "{'user_name': '" + name + "'}").path("id").asText();
        }

        String role(String body) throws Exception {
            return post("/v1/roles", body).path("id").asText();
        }

        String group(String name, String... roleIds) throws Exception {
            return post("/v1/groups", "{'name': '" + name + "', 'role_ids': " + list(roleIds) + "}")
                    .path("id")
                    .asText();
        }
    }

    private static Client administrator(String organization) throws Exception {
        return Client.of(organization, "read:directory", "write:directory");
    }

    private static String list(String... ids) {
        return ids.length == 0 ? "[]" : "['" + String.join("','", ids) + "']";
    }

    private static List<String> texts(JsonNode list, String field) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(each -> each.path(field).asText())
                .toList();
    }

    private static TreeSet<String> names(JsonNode object) {
        TreeSet<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void aUserByHand() throws Exception {
        Client admin = administrator("by-hand");
        JsonNode created = admin.post(
                "/v1/users",
                "{'user_name': 'Kim', 'email': 'Kim.Roe@example.com', 'display_name': 'Kim Roe', 'team': 'legal',"
                        + " 'seat_tier': 'premium', 'account_id': 'user_01Kim',"
                        + " 'account_uuid': '6f1c2a4e-3b5d-4c7e-8f90-123456789abc'}");
        String path = "/v1/users/" + created.path("id").asText();
        assertThat(created.path("id").asText()).startsWith("user_");
        assertThat(created.path("source_type").asText()).isEqualTo("direct");
        assertThat(created.path("email").asText()).isEqualTo("Kim.Roe@example.com");
        assertThat(created.path("emails")).hasToString("[\"kim.roe@example.com\"]");
        assertThat(created.path("team").asText()).isEqualTo("legal");
        assertThat(created.path("active").asBoolean()).isTrue();
        assertThat(admin.get(path)).isEqualTo(created);
        String lee = admin.user("lee@example.com");

        assertThat(admin.message(409, "POST", "/v1/users", "{'user_name': 'KIM'}"))
                .isEqualTo("user_name: another user has it (expected: a name of its own)");
        assertThat(admin.message(400, "POST", "/v1/users", "{'user_name': 'x', 'email': 'nobody'}"))
                .startsWith("email: a text of 6 characters (expected: an e-mail address");
        assertThat(admin.message(400, "POST", "/v1/users", "{'user_nam': 'x'}")).startsWith("user_nam: unknown field");
        assertThat(admin.message(400, "POST", "/v1/users", "{}")).startsWith("user_name: missing");

        assertThat(texts(admin.get("/v1/users?user_name=kIM").path("data"), "id"))
                .containsExactly(created.path("id").asText());
        assertThat(texts(admin.get("/v1/users?email=LEE@example.com").path("data"), "id"))
                .containsExactly(lee);
        assertThat(texts(admin.get("/v1/users?email=user_01Kim").path("data"), "id"))
                .isEmpty();
        assertThat(admin.message(400, "GET", "/v1/users?active=yes", "")).contains("true or false");

        JsonNode patched =
                admin.send(200, "PATCH", path, "{'active': false, 'display_name': null, 'user_name': 'kim2'}");
        assertThat(patched.path("active").asBoolean()).isFalse();
        assertThat(patched.path("display_name").isNull()).isTrue();
        assertThat(patched.path("user_name").asText()).isEqualTo("kim2");
        assertThat(patched.path("team").asText()).isEqualTo("legal");
        assertThat(patched.path("seat_tier").asText()).isEqualTo("premium");
        assertThat(texts(admin.get("/v1/users?active=true").path("data"), "id")).containsExactly(lee);
        assertThat(admin.message(409, "PATCH", path, "{'user_name': 'Lee@example.com'}"))
                .startsWith("user_name: another user");
        // The name that was given up is free.
        admin.user("kim");
        admin.send(200, "DELETE", path, "");
        assertThat(admin.message(404, "GET", path, "")).isEqualTo("id: no such user");
        admin.send(404, "DELETE", path, "");
        admin.user("kim2");
    }

    @Test
    void scimTakesOverAndKeepsTheId() throws Exception {
        Client admin = administrator("take-over");
        Client provider = Client.scim("take-over");
        String id = admin.post("/v1/users", "{'user_name': 'kim@example.com', 'team': 'legal'}")
                .path("id")
                .asText();
        String group = admin.group("by hand");
        admin.send(200, "POST", "/v1/groups/" + group + "/members", "{'user_ids': ['" + id + "']}");
        JsonNode taken = provider.post(
                "/scim/v2/Users",
                "{'userName': 'Kim@example.com', 'displayName': 'Kim R', 'active': true,"
                        + "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': {'department': 'sales'}}");
        assertThat(taken.path("id").asText()).isEqualTo(id);
        JsonNode user = admin.get("/v1/users/" + id);
        assertThat(user.path("source_type").asText()).isEqualTo("scim");
        assertThat(user.path("display_name").asText()).isEqualTo("Kim R");
        assertThat(user.path("team").asText()).isEqualTo("sales");
        assertThat(texts(user.path("groups"), "name")).containsExactly("by hand");
        JsonNode history = admin.get("/v1/users/" + id + "/team").path("data");
        assertThat(texts(history, "team")).containsExactly("sales", "legal");
        assertThat(texts(history, "source")).containsExactly("scim", "admin");

        String reason = "user: kept by SCIM (expected: a user made by hand; change it at the identity provider)";
        assertThat(admin.message(409, "PATCH", "/v1/users/" + id, "{'active': false}"))
                .isEqualTo(reason);
        assertThat(admin.message(409, "DELETE", "/v1/users/" + id, "")).isEqualTo(reason);
        assertThat(admin.get("/v1/users/" + id)).isEqualTo(user);
        // Costs are ours.
        admin.post("/v1/users/" + id + "/team", "{'team': 'legal'}");
        assertThat(admin.get("/v1/users/" + id).path("team").asText()).isEqualTo("legal");
    }

    @Test
    void scimGroupsTakeRolesOnly() throws Exception {
        Client admin = administrator("scim-groups");
        Client provider = Client.scim("scim-groups");
        String role = admin.role("{'name': 'coders', 'products': ['code']}");
        String kim = admin.user("kim@example.com");
        String path = "/v1/groups/"
                + provider.post(
                                "/scim/v2/Groups",
                                "{'displayName': 'Engineers', 'members': [{'value': '" + kim + "'}]}")
                        .path("id")
                        .asText();
        assertThat(admin.get(path).path("source_type").asText()).isEqualTo("scim");
        String reason = "group: kept by SCIM (expected: a group made by hand; change it at the identity provider)";
        assertThat(admin.message(409, "PATCH", path, "{'name': 'x'}")).isEqualTo(reason);
        assertThat(admin.message(409, "POST", path + "/members", "{'user_ids': ['" + kim + "']}"))
                .isEqualTo(reason);
        assertThat(admin.message(409, "DELETE", path + "/members/" + kim, "")).isEqualTo(reason);
        assertThat(admin.message(409, "DELETE", path, "")).isEqualTo(reason);
        assertThat(texts(admin.get(path + "/members").path("data"), "user_id")).containsExactly(kim);
        admin.send(200, "PUT", path + "/roles", "{'role_ids': ['" + role + "']}");
        provider.send(
                200,
                "PATCH",
                path.replace("/v1/groups", "/scim/v2/Groups"),
                "{'schemas': ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], 'Operations': [{'op': 'replace',"
                        + " 'value': {'displayName': 'Engineering'}}]}");
        JsonNode group = admin.get(path);
        assertThat(group.path("name").asText()).isEqualTo("Engineering");
        assertThat(group.path("role_ids")).hasToString("[\"" + role + "\"]");
    }

    @Test
    void accessIsExplained() throws Exception {
        Client admin = administrator("access");
        String coder = admin.role("{'name': 'coder', 'products': ['code'], 'tools': ['Bash'], 'file_access': 'write'}");
        String reader = admin.role("{'name': 'reader', 'products': ['chat', 'code'], 'file_access': 'read'}");
        String guest = admin.role("{'name': 'guest', 'products': ['chat']}");
        Client.of("access", "admin").send(200, "PATCH", "/v1/organization", "{'default_role_ids': ['" + guest + "']}");
        String kim = admin.user("kim@example.com");
        String path = "/v1/users/" + kim + "/access";
        JsonNode byDefault = admin.get(path);
        assertThat(byDefault.path("default_roles_apply").asBoolean()).isTrue();
        assertThat(texts(byDefault.path("products"), "name")).containsExactly("chat");
        assertThat(byDefault.at("/products/0/from/0/role_name").asText()).isEqualTo("guest");
        assertThat(byDefault.at("/products/0/from/0/group_id").isNull()).isTrue();

        String engineers = admin.group("Engineers", coder);
        String everyone = admin.group("Everyone", reader);
        for (String group : List.of(engineers, everyone)) {
            admin.send(200, "POST", "/v1/groups/" + group + "/members", "{'user_ids': ['" + kim + "']}");
        }
        JsonNode access = admin.get(path);
        assertThat(access.path("status").asText()).isEqualTo("active");
        assertThat(access.path("default_roles_apply").asBoolean()).isFalse();
        assertThat(texts(access.path("groups"), "name")).containsExactly("Engineers", "Everyone");
        assertThat(texts(access.path("products"), "name")).containsExactly("chat", "code");
        assertThat(texts(access.at("/products/1/from"), "group_name"))
                .containsExactlyInAnyOrder("Engineers", "Everyone");
        assertThat(access.at("/file_access/level").asText()).isEqualTo("write");
        assertThat(texts(access.at("/file_access/from"), "role_id")).containsExactly(coder);

        String refused = admin.message(409, "DELETE", "/v1/roles/" + coder, "");
        assertThat(refused).contains(engineers + " (Engineers)").doesNotContain("Everyone");
        assertThat(admin.message(409, "DELETE", "/v1/roles/" + guest, "")).contains("default_role_ids");
        admin.send(200, "DELETE", "/v1/groups/" + engineers, "");
        admin.send(200, "DELETE", "/v1/roles/" + coder, "");
        assertThat(texts(admin.get(path).path("products"), "name")).containsExactly("chat", "code");
        assertThat(admin.get(path).at("/file_access/level").asText()).isEqualTo("read");
        admin.send(200, "DELETE", "/v1/groups/" + everyone + "/members/" + kim, "");
        assertThat(admin.message(404, "DELETE", "/v1/groups/" + everyone + "/members/" + kim, ""))
                .isEqualTo("user_id: no such member");
        assertThat(admin.get(path)).isEqualTo(byDefault);
        admin.send(200, "PATCH", "/v1/users/" + kim, "{'active': false}");
        assertThat(admin.get(path).path("status").asText()).isEqualTo("inactive");
        assertThat(admin.get(path).path("products")).isEmpty();
    }

    @Test
    void rolesTellAllThatIsWrong() throws Exception {
        Client admin = administrator("roles");
        String wrong = "{'name': ' ', 'products': ['code', 'fax'], 'file_access': 'all', 'spend_rights': ['view_own']}";
        JsonNode error = admin.send(400, "POST", "/v1/roles", wrong).path("error");
        assertThat(error.path("field").asText()).isEqualTo("name");
        assertThat(error.path("message").asText()).contains("name: ", "products[1]: ", "file_access: ");
        assertThat(texts(error.path("problems"), "field")).containsExactly("name", "products[1]", "file_access");
        String id = admin.role("{'name': 'a', 'tools': ['Bash'], 'admin_scopes': ['read:directory']}");
        JsonNode replaced = admin.send(200, "PUT", "/v1/roles/" + id, "{'name': 'b'}");
        assertThat(replaced.path("tools")).isEmpty();
        assertThat(replaced.path("version").asInt()).isEqualTo(2);
        // Nobody grants what they do not have.
        assertThat(admin.message(403, "POST", "/v1/roles", "{'name': 'c', 'admin_scopes': ['admin']}"))
                .startsWith("admin_scopes: admin (expected: only scopes");
        admin.send(403, "PUT", "/v1/roles/" + id, "{'name': 'b', 'admin_scopes': ['ingest']}");
        Client.of("roles", "admin").send(200, "PUT", "/v1/roles/" + id, "{'name': 'b', 'admin_scopes': ['ingest']}");
        admin.send(200, "PUT", "/v1/roles/" + id, "{'name': 'c', 'admin_scopes': ['ingest']}");
    }

    @Test
    void teamsAndTheirPast() throws Exception {
        Client admin = administrator("teams");
        String path = "/v1/users/" + admin.user("kim@example.com") + "/team";
        assertThat(admin.get(path).path("data")).isEmpty();
        Instant now = Instant.now();
        String hour =
                now.truncatedTo(ChronoUnit.HOURS).minus(5, ChronoUnit.HOURS).toString();
        JsonNode first = admin.post(path, "{'team': 'legal'}");
        assertThat(first.path("effective_at").asText())
                .isEqualTo(first.path("recorded_at").asText());
        JsonNode second = admin.post(path, "{'team': 'sales', 'effective_at': '" + hour + "'}");
        assertThat(second.path("effective_at").asText()).isEqualTo(hour);
        admin.post(path, "{'team': null, 'effective_at': '" + hour.replace("Z", "+00:00") + "'}");
        JsonNode history = admin.get(path);
        assertThat(history.path("team").asText()).isEqualTo("legal");
        assertThat(texts(history.path("data"), "version")).containsExactly("3", "2", "1");
        assertThat(history.path("data").path(1)).isEqualTo(second);
        assertThat(history.path("data").path(0).path("team").isNull()).isTrue();

        Instant half = now.truncatedTo(ChronoUnit.HOURS).minus(30, ChronoUnit.MINUTES);
        assertThat(admin.message(400, "POST", path, "{'team': 'x', 'effective_at': '" + half + "'}"))
                .startsWith("effective_at: " + half)
                .contains("a full hour in UTC");
        assertThat(admin.message(400, "POST", path, "{'team': 'x', 'effective_at': '" + now.plusSeconds(3600) + "'}"))
                .contains("at most 10 minutes after now");
        assertThat(admin.message(400, "POST", path, "{'team': 'x', 'effective_at': '2020-01-01T00:00:00Z'}"))
                .contains("earlier months are closed");
        assertThat(admin.message(400, "POST", path, "{'team': 'x', 'effective_at': 'yesterday'}"))
                .contains("RFC 3339");
        assertThat(admin.message(400, "POST", path, "{}")).startsWith("team: missing");
        assertThat(admin.message(400, "POST", path, "{'team': ''}")).startsWith("team: a text of 0 characters");
        assertThat(admin.get(path)).isEqualTo(history);
    }

    @Test
    void pagesHoldWhileDocumentsComeAndGo() throws Exception {
        Client admin = administrator("paging");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            ids.add(admin.user("user" + i + "@example.com"));
        }
        List<String> seen = new ArrayList<>();
        String page = "/v1/users?active=true&limit=5";
        JsonNode answer = admin.get(page);
        String cursor = answer.path("next_page").asText();
        seen.addAll(texts(answer.path("data"), "id"));
        // One that was seen and one that is to come go away, another one changes, a new one comes.
        admin.send(200, "DELETE", "/v1/users/" + ids.get(4), "");
        admin.send(200, "DELETE", "/v1/users/" + ids.get(9), "");
        admin.send(200, "PATCH", "/v1/users/" + ids.get(0), "{'display_name': 'changed'}");
        String added = admin.user("new@example.com");
        while (answer.path("has_more").asBoolean()) {
            answer = admin.get(page + "&page=" + answer.path("next_page").asText());
            seen.addAll(texts(answer.path("data"), "id"));
        }
        assertThat(answer.path("next_page").isNull()).isTrue();
        List<String> expected = new ArrayList<>(ids);
        expected.remove(9);
        expected.add(added);
        assertThat(seen).isEqualTo(expected);
        for (String other : List.of(
                "/v1/users?limit=5&page=" + cursor,
                "/v1/users?active=false&page=" + cursor,
                "/v1/groups?page=" + cursor,
                "/v1/users?active=true&page=x")) {
            assertThat(admin.message(400, "GET", other, ""))
                    .startsWith("page: ")
                    .contains("same other parameters");
        }
        assertThat(texts(
                        admin.get("/v1/users?active=true&limit=2&page=" + cursor)
                                .path("data"),
                        "id"))
                .containsExactly(ids.get(5), ids.get(6));

        String group = admin.group("all");
        List<String> members = List.of(ids.get(7), ids.get(2), ids.get(3));
        admin.send(
                200,
                "POST",
                "/v1/groups/" + group + "/members",
                "{'user_ids': " + list(members.toArray(String[]::new)) + "}");
        assertThat(texts(admin.get("/v1/users?group=" + group).path("data"), "id"))
                .containsExactly(ids.get(2), ids.get(3), ids.get(7));
        JsonNode ofGroup = admin.get("/v1/users?limit=2&group=" + group);
        assertThat(texts(ofGroup.path("data"), "id")).containsExactly(ids.get(2), ids.get(3));
        assertThat(texts(
                        admin.get("/v1/users?limit=2&group=" + group + "&page="
                                        + ofGroup.path("next_page").asText())
                                .path("data"),
                        "id"))
                .containsExactly(ids.get(7));
        JsonNode two = admin.get("/v1/groups/" + group + "/members?limit=2");
        assertThat(two.path("data")).hasSize(2);
        JsonNode rest = admin.get("/v1/groups/" + group + "/members?limit=2&page="
                + two.path("next_page").asText());
        assertThat(rest.path("data")).hasSize(1);
        assertThat(rest.path("has_more").asBoolean()).isFalse();
    }

    @Test
    void anotherOrganizationsIdsAreNone() throws Exception {
        Client ours = administrator("isolated-a");
        Client theirs = administrator("isolated-b");
        String user = ours.user("kim@example.com");
        String role = ours.role("{'name': 'r'}");
        String group = ours.group("g", role);
        String mine = theirs.group("mine");
        List<String[]> calls = List.of(
                new String[] {"GET", "/v1/users/USER", ""},
                new String[] {"PATCH", "/v1/users/USER", "{'active': false}"},
                new String[] {"DELETE", "/v1/users/USER", ""},
                new String[] {"GET", "/v1/users/USER/access", ""},
                new String[] {"GET", "/v1/users/USER/team", ""},
                new String[] {"POST", "/v1/users/USER/team", "{'team': 'x'}"},
                new String[] {"GET", "/v1/users?group=GROUP", ""},
                new String[] {"GET", "/v1/groups/GROUP", ""},
                new String[] {"PATCH", "/v1/groups/GROUP", "{'name': 'x'}"},
                new String[] {"DELETE", "/v1/groups/GROUP", ""},
                new String[] {"PUT", "/v1/groups/GROUP/roles", "{'role_ids': []}"},
                new String[] {"PUT", "/v1/groups/" + mine + "/roles", "{'role_ids': ['ROLE']}"},
                new String[] {"POST", "/v1/groups", "{'name': 'x', 'role_ids': ['ROLE']}"},
                new String[] {"GET", "/v1/groups/GROUP/members", ""},
                new String[] {"POST", "/v1/groups/GROUP/members", "{'user_ids': ['USER']}"},
                new String[] {"POST", "/v1/groups/" + mine + "/members", "{'user_ids': ['USER']}"},
                new String[] {"DELETE", "/v1/groups/GROUP/members/USER", ""},
                new String[] {"DELETE", "/v1/groups/" + mine + "/members/USER", ""},
                new String[] {"GET", "/v1/roles/ROLE", ""},
                new String[] {"PUT", "/v1/roles/ROLE", "{'name': 'x'}"},
                new String[] {"DELETE", "/v1/roles/ROLE", ""},
                new String[] {"GET", "/v1/organizations/users/USER", ""},
                new String[] {"GET", "/v1/organizations/rbac_groups/GROUP", ""},
                new String[] {"GET", "/v1/organizations/rbac_groups/GROUP/members", ""},
                new String[] {"POST", "/v1/organizations/rbac_groups/" + mine + "/members", "{'user_id': 'USER'}"},
                new String[] {"DELETE", "/v1/organizations/rbac_groups/GROUP/members/USER", ""},
                new String[] {"GET", "/v1/organizations/rbac_roles/ROLE", ""},
                new String[] {"GET", "/v1/organizations/rbac_roles/ROLE/permissions", ""});
        for (String[] call : calls) {
            JsonNode existing = theirs.send(
                    404,
                    call[0],
                    call[1].replace("USER", user).replace("GROUP", group).replace("ROLE", role),
                    call[2].replace("USER", user).replace("ROLE", role));
            JsonNode absent = theirs.send(404, call[0], call[1], call[2]);
            assertThat(existing).as("%s %s", call[0], call[1]).isEqualTo(absent);
        }
        JsonNode afterOurs = theirs.send(400, "GET", "/v1/organizations/users?after_id=" + user, "");
        assertThat(afterOurs).isEqualTo(theirs.send(400, "GET", "/v1/organizations/users?after_id=absent", ""));
        for (String path : List.of("/v1/users", "/v1/roles", "/v1/organizations/users")) {
            assertThat(theirs.get(path).path("data")).isEmpty();
        }
        assertThat(texts(theirs.get("/v1/groups").path("data"), "id")).containsExactly(mine);
        // Nothing of it had an effect; and the same user name is free there.
        assertThat(ours.get("/v1/users/" + user).path("version").asInt()).isEqualTo(1);
        assertThat(ours.get("/v1/groups/" + group).path("version").asInt()).isEqualTo(1);
        theirs.user("kim@example.com");
    }

    @Test
    void membersAreAddedAllOrNone() throws Exception {
        Client admin = administrator("members");
        String kim = admin.user("kim@example.com");
        String path = "/v1/groups/" + admin.group("g") + "/members";
        assertThat(admin.message(404, "POST", path, "{'user_ids': ['" + kim + "', 'absent']}"))
                .isEqualTo("user_ids[1]: no such user");
        assertThat(admin.get(path).path("data")).isEmpty();
        for (int i = 0; i < 2; i++) {
            assertThat(admin.send(200, "POST", path, "{'user_ids': ['" + kim + "']}")
                            .path("member_count")
                            .asInt())
                    .isEqualTo(1);
        }
        JsonNode member = admin.get(path).path("data").path(0);
        assertThat(names(member)).containsExactly("active", "email", "joined_at", "user_id", "user_name");
    }

    @Test
    void upstreamsShapes() throws Exception {
        Client admin = administrator("upstream");
        JsonNode me = admin.get("/v1/organizations/me");
        assertThat(me).hasToString("{\"id\":\"upstream\",\"type\":\"organization\",\"name\":null}");
        List<String> ids = new ArrayList<>();
        for (String name : List.of("a", "b", "c", "d")) {
            ids.add(admin.post(
                            "/v1/users",
                            "{'user_name': '" + name + "', 'email': '" + name + "@example.com', 'display_name': '"
                                    + name.toUpperCase() + "'}")
                    .path("id")
                    .asText());
        }
        admin.send(200, "PATCH", "/v1/users/" + ids.get(1), "{'active': false}");
        JsonNode users = admin.get("/v1/organizations/users?limit=2");
        assertThat(names(users)).containsExactly("data", "first_id", "has_more", "last_id");
        assertThat(texts(users.path("data"), "id")).containsExactly(ids.get(0), ids.get(2));
        assertThat(users.path("last_id").asText()).isEqualTo(ids.get(2));
        assertThat(users.path("has_more").asBoolean()).isTrue();
        JsonNode user = users.path("data").path(0);
        assertThat(names(user)).containsExactly("added_at", "email", "id", "name", "role", "type");
        assertThat(user.path("role").isNull()).isTrue();
        assertThat(user.path("email").asText()).isEqualTo("a@example.com");
        assertThat(admin.get("/v1/organizations/users/" + ids.get(0))).isEqualTo(user);
        admin.send(404, "GET", "/v1/organizations/users/" + ids.get(1), "");
        assertThat(texts(
                        admin.get("/v1/organizations/users?email=D@example.com").path("data"), "id"))
                .containsExactly(ids.get(3));
        // The place of a deleted user is still one.
        admin.send(200, "DELETE", "/v1/users/" + ids.get(2), "");
        assertThat(texts(
                        admin.get("/v1/organizations/users?after_id=" + ids.get(2))
                                .path("data"),
                        "id"))
                .containsExactly(ids.get(3));
        assertThat(texts(
                        admin.get("/v1/organizations/users?before_id=" + ids.get(3))
                                .path("data"),
                        "id"))
                .containsExactly(ids.get(0));

        String role = admin.role("{'name': 'coder', 'products': ['code'], 'tools': ['Bash', 'Edit']}");
        String group = admin.group("Engineers", role);
        admin.group("Others");
        JsonNode groups = admin.get("/v1/organizations/rbac_groups?limit=1");
        assertThat(names(groups)).containsExactly("data", "has_more", "next_page");
        assertThat(names(groups.path("data").path(0)))
                .containsExactly("created_at", "id", "name", "roles", "source_type", "type", "updated_at");
        assertThat(groups.path("data").path(0).path("roles")).hasToString("[\"" + role + "\"]");
        assertThat(texts(
                        admin.get("/v1/organizations/rbac_groups?limit=1&page="
                                        + groups.path("next_page").asText())
                                .path("data"),
                        "name"))
                .containsExactly("Others");
        String members = "/v1/organizations/rbac_groups/" + group + "/members";
        JsonNode member = admin.send(200, "POST", members, "{'user_id': '" + ids.get(0) + "'}");
        assertThat(names(member))
                .containsExactly("created_at", "email", "group_id", "rbac_group_id", "type", "user_id");
        admin.send(404, "POST", members, "{'user_id': '" + ids.get(1) + "'}");
        admin.send(200, "POST", "/v1/groups/" + group + "/members", "{'user_ids': ['" + ids.get(1) + "']}");
        assertThat(admin.get(members).path("data")).containsExactly(member);
        assertThat(admin.send(200, "DELETE", members + "/" + ids.get(0), "")
                        .path("type")
                        .asText())
                .isEqualTo("rbac_group_member_deleted");
        assertThat(admin.get(members).path("data")).isEmpty();

        JsonNode shown = admin.get("/v1/organizations/rbac_roles").path("data").path(0);
        assertThat(shown.path("display_name").asText()).isEqualTo("coder");
        assertThat(shown.path("type").asText()).isEqualTo("rbac_role");
        assertThat(admin.get("/v1/organizations/rbac_roles/" + role)).isEqualTo(shown);
        String permissions = "/v1/organizations/rbac_roles/" + role + "/permissions?limit=2";
        JsonNode first = admin.get(permissions);
        assertThat(texts(first.path("data"), "action")).containsExactly("claude_code", "use");
        String next = permissions + "&page=" + first.path("next_page").asText();
        assertThat(texts(admin.get(next).path("data"), "resource_id")).containsExactly("Edit");
        admin.send(200, "PUT", "/v1/roles/" + role, "{'name': 'coder'}");
        admin.send(400, "GET", next, "");
    }

    @Test
    void theOrganization() throws Exception {
        Client reader = administrator("org-child");
        Client owner = Client.of("org-child", "admin");
        Client operator = new Client(running.adminToken(), "application/json");
        JsonNode unknown = reader.get("/v1/organization");
        assertThat(unknown.path("name").isNull()).isTrue();
        assertThat(unknown.at("/plan/name").asText()).isEqualTo("enterprise");
        assertThat(texts(unknown.at("/plan/features"), "included")).containsOnly("true");
        String role = reader.role("{'name': 'r'}");
        JsonNode patched =
                owner.send(200, "PATCH", "/v1/organization", "{'name': 'Child', 'default_role_ids': ['" + role + "']}");
        assertThat(patched.path("name").asText()).isEqualTo("Child");
        reader.send(403, "PATCH", "/v1/organization", "{'name': 'x'}");
        assertThat(owner.message(403, "PATCH", "/v1/organization", "{'plan': 'team'}"))
                .startsWith("plan: ");
        owner.send(403, "PUT", "/v1/organizations/org-child", "{'plan': 'team'}");
        JsonNode put = operator.send(
                200,
                "PUT",
                "/v1/organizations/org-child",
                "{'plan': 'team', 'parent_id': 'org-parent', 'name': 'Child Inc'}");
        assertThat(put.path("default_role_ids")).hasToString("[\"" + role + "\"]");
        assertThat(reader.get("/v1/organization")).isEqualTo(put);
        assertThat(put.path("parent_id").asText()).isEqualTo("org-parent");
        JsonNode compliance = StreamSupport.stream(put.at("/plan/features").spliterator(), false)
                .filter(feature -> feature.path("name").asText().equals("compliance"))
                .findFirst()
                .orElseThrow();
        assertThat(compliance.path("included").asBoolean()).isFalse();
        assertThat(compliance.path("plans")).hasToString("[\"enterprise\"]");
        assertThat(operator.message(400, "PUT", "/v1/organizations/org-child", "{'plan': 'gold'}"))
                .isEqualTo("plan: a text of 4 characters that is none (expected: one of team, enterprise)");
        assertThat(operator.message(
                        400, "PUT", "/v1/organizations/org-parent", "{'plan': 'team', 'parent_id': 'org-child'}"))
                .startsWith("parent_id: leads back");
    }

    @Test
    void readingAndWritingAreTwoScopes() throws Exception {
        Client reader = Client.of("scopes", "read:directory");
        Client writer = Client.of("scopes", "write:directory");
        Client other = Client.of("scopes", "read:analytics");
        writer.user("kim@example.com");
        assertThat(reader.get("/v1/users").path("data")).hasSize(1);
        reader.send(403, "POST", "/v1/users", "{'user_name': 'x'}");
        writer.send(403, "GET", "/v1/users", "");
        other.send(403, "GET", "/v1/users", "");
        assertThat(reader.message(400, "GET", "/v1/users?name=x", "")).startsWith("name: unknown parameter");
    }

    private static Client tokenOf(String organization, String userId) throws Exception {
        Client operator = new Client(running.adminToken(), "application/json");
        String body = "{'name': 'own', 'organization': '" + organization
                + "', 'scopes': ['read:directory'], 'user_id': '" + userId + "'}";
        return new Client(operator.post("/v1/tokens", body).path("token").asText(), "application/json");
    }

    @Test
    void whoIsDeactivatedOrDeletedByHandHasNoTokens() throws Exception {
        Client admin = administrator("leaving-by-hand");
        String kim = admin.user("kim@example.com");
        String lee = admin.user("lee@example.com");
        Client ofKim = tokenOf("leaving-by-hand", kim);
        Client ofLee = tokenOf("leaving-by-hand", lee);
        admin.send(200, "PATCH", "/v1/users/" + kim, "{'display_name': 'Kim'}");
        ofKim.get("/v1/users/" + kim);
        admin.send(200, "PATCH", "/v1/users/" + kim, "{'active': false}");
        ofKim.send(401, "GET", "/v1/users/" + kim, "");
        ofLee.get("/v1/users/" + lee);
        admin.send(200, "DELETE", "/v1/users/" + lee, "");
        ofLee.send(401, "GET", "/v1/users/" + kim, "");
        // What has ended does not begin again.
        admin.send(200, "PATCH", "/v1/users/" + kim, "{'active': true}");
        ofKim.send(401, "GET", "/v1/users/" + kim, "");
    }

    @Test
    void whoIsDeactivatedOrDeletedByScimHasNoTokens() throws Exception {
        Client provider = Client.scim("leaving-by-scim");
        String kim = provider.post("/scim/v2/Users", "{'userName': 'kim@example.com'}")
                .path("id")
                .asText();
        String lee = provider.post("/scim/v2/Users", "{'userName': 'lee@example.com'}")
                .path("id")
                .asText();
        Client ofKim = tokenOf("leaving-by-scim", kim);
        Client ofLee = tokenOf("leaving-by-scim", lee);
        ofKim.get("/v1/users/" + kim);
        provider.send(
                200,
                "PATCH",
                "/scim/v2/Users/" + kim,
                "{'schemas': ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], 'Operations': [{'op': 'replace',"
                        + " 'value': {'active': false}}]}");
        ofKim.send(401, "GET", "/v1/users/" + kim, "");
        ofLee.get("/v1/users/" + lee);
        provider.send(204, "DELETE", "/scim/v2/Users/" + lee, "");
        ofLee.send(401, "GET", "/v1/users/" + kim, "");
    }

    /** Before it is accepted, with every repetition; not for a change that leaves a person active. */
    @Test
    void whoeverLeavesIsTold() throws Exception {
        List<String> told = new ArrayList<>();
        DirectoryStore store = running.server.directory();
        ScimUsers users = new ScimUsers(
                store,
                (orgId, userId) -> told.add(orgId
                        + ' '
                        + userId
                        + ' '
                        + store.of(orgId)
                                .user(userId)
                                .map(user -> user.content().getActive())
                                .orElse(false)));
        ScimCaller caller = new ScimCaller("leavers", "tok_1", "http://127.0.0.1/scim/v2");
        ObjectNode active = json("{'userName': 'kim@example.com', 'active': true}");
        ObjectNode inactive = json("{'userName': 'kim@example.com', 'active': false}");
        String id = users.create(caller, active).resource().path("id").asText();
        users.replace(caller, id, null, json("{'userName': 'kim@example.com', 'title': 'Lead', 'active': true}"));
        assertThat(told).isEmpty();
        users.replace(caller, id, null, inactive);
        users.replace(caller, id, null, inactive);
        users.delete(caller, id, null);
        assertThat(told)
                .containsExactly("leavers " + id + " true", "leavers " + id + " false", "leavers " + id + " false");
    }

    private static ObjectNode json(String text) {
        return ScimJson.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
