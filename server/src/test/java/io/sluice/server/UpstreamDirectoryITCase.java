package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Topic;
import io.sluice.server.DirectoryStack.Answer;
import io.sluice.server.DirectoryStack.Client;
import io.sluice.server.UpstreamDirectory.Kind;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The directory at Anthropic in the Compliance API's shapes, at real servers. Another organization has the same ids. */
class UpstreamDirectoryITCase {
    private static final String ORG = "upstream-directory";
    private static final String OTHER = "upstream-directory-other";
    private static final String EMPTY = "{\"data\":[],\"has_more\":false,\"next_page\":null}";
    private static final String ORGANIZATIONS = "/v1/compliance/organizations";
    private static final String GROUPS = "/v1/compliance/groups";
    private static final String ACME = "11111111-1111-4111-8111-111111111111";

    /** Nothing in an id means anything. */
    private static final String ODD = "rbac_group_ü/_all*?&✓ \"";

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init")
    private static DirectoryStack stack;

    @SuppressWarnings("NullAway.Init")
    private static RunningServer running;

    @SuppressWarnings("NullAway.Init")
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        stack = DirectoryStack.shared(folder);
        running = stack.server(new MovableClock());
        client = Client.of(running, ORG);
        new UpstreamEntries(stack.elasticsearch, ORG)
                .organization(ACME, "Acme")
                .organization("2", "Acme Labs")
                .organization("3", "Acme Shop")
                .gone(Kind.ORGANIZATION, null, "4")
                .user(ACME, "user_1", "Ann@example.com")
                .user(ACME, "user_2", "bob@example.com")
                .user("2", "user_3", "cho@example.com")
                .gone(Kind.USER, ACME, "user_4")
                .role(ACME, "rbac_role_1", "Developer")
                .role(ACME, "rbac_role_/2", "Auditor")
                .role("2", "rbac_role_3", "Of labs")
                .gone(Kind.ROLE, ACME, "rbac_role_4")
                .permission("rbac_role_1", "chat")
                .permission("rbac_role_1", "claude_code")
                .permission("rbac_role_3", "of_labs")
                .gone(Kind.PERMISSION, "rbac_role_1", "web/organization/x")
                .group("rbac_group_1", "Legal")
                .group("rbac_group_2", "Legal Berlin")
                .group("rbac_group_3", "legal")
                .group("rbac_group_4", "Le*al?")
                .group(ODD, "Ünï✓")
                .gone(Kind.GROUP, null, "rbac_group_5")
                .member("rbac_group_1", "user_1", "Ann@example.com")
                .member("rbac_group_1", "user_2", null)
                .gone(Kind.MEMBER, "rbac_group_1", "user_4")
                .member("rbac_group_2", "user_3", "cho@example.com")
                .member("rbac_group_5", "user_5", "eve@example.com")
                .member(ODD, "user_ü", "u@example.com")
                .write();
        UpstreamEntries many = new UpstreamEntries(stack.elasticsearch, ORG).group("rbac_group_many", "Z of many");
        for (int i = 0; i < 1001; i++) {
            many.member("rbac_group_many", "user_%04d".formatted(i), null);
        }
        many.write();
        new UpstreamEntries(stack.elasticsearch, OTHER)
                .organization(ACME, "secret-of-other")
                .organization("9", "secret-of-other")
                .user(ACME, "user_1", "secret-of-other@example.com")
                .user(ACME, "user_9", "secret-of-other@example.com")
                .user("9", "user_9", "secret-of-other@example.com")
                .role(ACME, "rbac_role_1", "secret-of-other")
                .role("9", "rbac_role_9", "secret-of-other")
                .permission("rbac_role_1", "secret-of-other")
                .permission("rbac_role_9", "secret-of-other")
                .group("rbac_group_1", "secret-of-other")
                .group("rbac_group_9", "Legal secret-of-other")
                .member("rbac_group_1", "user_9", "secret-of-other@example.com")
                .member("rbac_group_9", "user_9", "secret-of-other@example.com")
                .write();
    }

    @AfterAll
    static void stop() throws Exception {
        running.close();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Paths with {@code ACME} and {@code ODD} for what they stand for. */
    private static String filled(String path) {
        return path.replace("ACME", ACME).replace("ODD", encoded(ODD));
    }

    @ParameterizedTest
    @CsvSource({
        "/organizations, /uuid, 11111111-1111-4111-8111-111111111111 2 3",
        "/organizations/ACME/users, /email, Ann@example.com bob@example.com",
        "/organizations/2/users, /id, user_3",
        "/organizations/3/users, /id, ''",
        "/organizations/ACME/roles, /name, Auditor Developer",
        "/organizations/ACME/roles/rbac_role_1/permissions, /action, chat claude_code",
        "/organizations/ACME/roles/rbac_role_%2F2/permissions, /action, ''",
        "/groups/rbac_group_1/members, /user_id, user_1 user_2",
        "/groups/ODD/members, /user_id, user_ü",
    })
    void listsWhatIsThere(String path, String field, String expected) throws Exception {
        JsonNode answer = client.get(filled("/v1/compliance" + path)).body();
        assertThat(String.join(" ", DirectoryStack.texts(answer, field))).isEqualTo(expected);
        assertThat(answer.path("has_more").asBoolean(true)).isFalse();
        assertThat(answer.path("next_page").isNull()).isTrue();
        assertThat(answer.path("data"))
                .allSatisfy(row -> assertThat(row.at("/unknown/new").asBoolean())
                        .as("as it came")
                        .isTrue());
        assertThat(answer.toString()).doesNotContain("secret-of-other", "org_id");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Legal | rbac_group_1 rbac_group_2",
                "Legal B | rbac_group_2",
                "l | rbac_group_3",
                "Le*al | rbac_group_4",
                "Le*al? | rbac_group_4",
                "Le* | rbac_group_4",
                "L?gal | ''",
                "* | ''",
                ".* | ''",
                "Ünï | ODD",
                "Legal secret | ''",
            })
    void groupsByTheBeginningOfTheirName(String prefix, String expected) throws Exception {
        JsonNode answer = client.get(GROUPS + "?name_prefix=" + encoded(prefix)).body();
        assertThat(String.join(" ", DirectoryStack.texts(answer, "/id"))).isEqualTo(expected.replace("ODD", ODD));
    }

    @Test
    void allGroupsWithoutAPrefix() throws Exception {
        for (String query : List.of("", "?name_prefix=")) {
            assertThat(DirectoryStack.texts(client.get(GROUPS + query).body(), "/id"))
                    .containsExactly(
                            "rbac_group_1", "rbac_group_2", "rbac_group_3", "rbac_group_4", "rbac_group_many", ODD);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/organizations/ACME/roles/rbac_role_1, Developer",
        "/organizations/ACME/roles/rbac_role_%2F2, Auditor",
        "/groups/rbac_group_2, Legal Berlin",
        "/groups/ODD, Ünï✓",
    })
    void oneOfThem(String path, String name) throws Exception {
        JsonNode answer = client.get(filled("/v1/compliance" + path)).body();
        assertThat(answer.path("name").asText()).isEqualTo(name);
        assertThat(answer.at("/unknown/new").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "/organizations/9/users, Organization not found.",
        "/organizations/4/users, Organization not found.",
        "/organizations/*/roles, Organization not found.",
        "/organizations/upstream-directory/users, Organization not found.",
        "/organizations/9/roles/rbac_role_9, Role not found.",
        "/organizations/ACME/roles/rbac_role_3, Role not found.",
        "/organizations/2/roles/rbac_role_1/permissions, Role not found.",
        "/organizations/ACME/roles/rbac_role_4, Role not found.",
        "/organizations/ACME/roles/rbac_role_4/permissions, Role not found.",
        "/organizations/ACME/roles/rbac_role_*, Role not found.",
        "/groups/rbac_group_9, Group not found.",
        "/groups/rbac_group_9/members, Group not found.",
        "/groups/rbac_group_5, Group not found.",
        "/groups/rbac_group_5/members, Group not found.",
        "/groups/user_1, Group not found.",
        "/groups/%2A, Group not found.",
    })
    void whatIsNotThere(String path, String message) throws Exception {
        Answer answer = client.send("GET", filled("/v1/compliance" + path), "").is(404);
        assertThat(answer.body().at("/error/type").asText()).isEqualTo("not_found_error");
        assertThat(answer.body().at("/error/message").asText()).isEqualTo(message);
    }

    /** Sluice's own groups have ids of the same form, and stay where they are. */
    @Test
    void theOwnDirectoryIsAnother() throws Exception {
        String own = client.post("/v1/groups", "{'name': 'Legal of our own'}").id();
        assertThat(own).startsWith("rbac_group_");
        client.send("GET", GROUPS + "/" + own, "").is(404);
        assertThat(client.get(GROUPS).body().toString()).doesNotContain("Legal of our own");
        client.get("/v1/organizations/rbac_groups/" + own);
        client.send("GET", "/v1/organizations/rbac_groups/rbac_group_1", "").is(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {ORGANIZATIONS, GROUPS})
    void whereNoDirectoryIsReadThereIsNone(String path) throws Exception {
        assertThat(Client.of(running, "upstream-directory-none")
                        .get(path)
                        .body()
                        .toString())
                .isEqualTo(EMPTY);
    }

    @Test
    void goesOnByPages() throws Exception {
        String path = GROUPS + "/rbac_group_many/members";
        assertThat(client.get(path).body().path("data"))
                .as("500 without a limit")
                .hasSize(500);
        assertThat(client.get(path + "?limit=1000").body().path("has_more").asBoolean())
                .isTrue();
        List<String> found = new ArrayList<>();
        String page = "";
        JsonNode answer;
        do {
            answer = client.get(path + "?limit=400" + page).body();
            found.addAll(DirectoryStack.texts(answer, "/user_id"));
            page = "&page=" + answer.path("next_page").asText();
        } while (answer.path("has_more").asBoolean());
        assertThat(found).hasSize(1001).isSorted().doesNotHaveDuplicates();

        String next =
                client.get(ORGANIZATIONS + "?limit=2").body().path("next_page").asText();
        assertThat(DirectoryStack.texts(
                        client.get(ORGANIZATIONS + "?limit=1&page=" + next).body(), "/uuid"))
                .containsExactly("3");
        for (String other : List.of(
                GROUPS + "?page=" + next, ORGANIZATIONS + "/" + ACME + "/roles?page=" + next, GROUPS + "?page=1")) {
            client.send("GET", other, "").is(400);
        }
        Client.of(running, OTHER)
                .send("GET", ORGANIZATIONS + "?page=" + next, "")
                .is(400);
    }

    @ParameterizedTest
    @CsvSource({
        "/organizations?limit=0, limit",
        "/organizations?limit=1001, limit",
        "/organizations/ACME/users?limit=-1, limit",
        "/organizations/ACME/roles?limit=many, limit",
        "/organizations/ACME/roles/rbac_role_1/permissions?limit=1001, limit",
        "/groups?limit=0, limit",
        "/groups/rbac_group_1/members?limit=1001, limit",
        "/organizations?page=forged, page",
        "/groups/rbac_group_1/members?page=, page",
        "/groups?name=Legal, name",
        "/groups?name_prefix=a&name_prefix=b, name_prefix",
        "/groups?after_id=rbac_group_1, after_id",
    })
    void isRefusedAsUpstreamDoes(String path, String field) throws Exception {
        Answer answer = client.send("GET", filled("/v1/compliance" + path), "").is(400);
        assertThat(answer.body().at("/error/type").asText()).isEqualTo("invalid_request_error");
        assertThat(answer.body().at("/error/field").asText()).isEqualTo(field);
        assertThat(answer.body().at("/error/message").asText()).startsWith(field + ": ");
    }

    /** Who people are is another right than what there is. */
    @ParameterizedTest
    @CsvSource({
        "/organizations, read:compliance_org_data",
        "/organizations/ACME/users, read:compliance_user_data",
        "/organizations/ACME/roles, read:compliance_org_data",
        "/organizations/ACME/roles/rbac_role_1, read:compliance_org_data",
        "/organizations/ACME/roles/rbac_role_1/permissions, read:compliance_org_data",
        "/groups, read:compliance_org_data",
        "/groups/rbac_group_1, read:compliance_org_data",
        "/groups/rbac_group_1/members, read:compliance_user_data",
    })
    void scopes(String path, String scope) throws Exception {
        for (String each :
                List.of("read:compliance_org_data", "read:compliance_user_data", "read:compliance_activities")) {
            assertThat(running.get(filled("/v1/compliance" + path), running.token(ORG, each))
                            .statusCode())
                    .as(each)
                    .isEqualTo(each.equals(scope) ? 200 : 403);
        }
    }

    @Test
    void eachCallIsInTheAudit() throws Exception {
        client.get(GROUPS + "/rbac_group_1/members?limit=1");
        List<AuditRecord> records = running.records(Topic.AUDIT, AuditRecord.getDecoder()).stream()
                .map(Map.Entry::getValue)
                .filter(each -> each.getOrgId().equals(ORG)
                        && each.getAction().equals("GET " + GROUPS + "/{id}/members")
                        && each.getOutcome().equals("done"))
                .toList();
        assertThat(records).isNotEmpty().allSatisfy(each -> {
            assertThat(each.getDetails()).containsKey("shown");
            assertThat(each.getTarget()).startsWith("rbac_group_");
        });
        assertThat(records.toString()).doesNotContain("@example.com");
    }
}
