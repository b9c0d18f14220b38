package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.QueryParams;
import io.sluice.core.directory.Document;
import io.sluice.core.directory.Place;
import io.sluice.core.directory.TeamVersion;
import io.sluice.core.directory.Tip;
import io.sluice.schema.DirectoryRole;
import io.sluice.schema.DirectoryUser;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What answers of the directory are made of. */
class DirectoryJsonTest {
    private static TeamVersion team(long version, long effectiveAt, @Nullable String name) {
        return new TeamVersion(version, effectiveAt, 100 + version, false, name);
    }

    @ParameterizedTest(name = "at {0}: {1}")
    @CsvSource({"9,", "10, first", "19, first", "20, second of 20", "29, second of 20", "30,", "99,"})
    void theTeamInForceBeganLast(long micros, @Nullable String name) {
        List<TeamVersion> versions = List.of(
                team(1, 10, "first"), team(2, 30, null), team(3, 20, "first of 20"), team(4, 20, "second of 20"));
        assertThat(UserJson.teamAt(versions, micros)).isEqualTo(name);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = ';',
            value = {
                "{'userName':'kim','emails':[{'value':'A@example.com'},{'value':'b@example.com','primary':true}]}; b@example.com",
                "{'userName':'kim','emails':[{'value':'A@example.com'},{'value':'b@example.com'}]}; A@example.com",
                "{'userName':'Kim@example.com'}; kim@example.com",
                "{'userName':'kim'};",
            },
            quoteCharacter = '`')
    void theEmailIsThePrimaryOne(String resource, @Nullable String email) throws Exception {
        DirectoryUser user = ScimUsers.user((ObjectNode) RunningServer.JSON.readTree(resource.replace('\'', '"')));
        assertThat(UserJson.email(user)).isEqualTo(email);
    }

    @Test
    void permissionsTellTheWholeRole() {
        DirectoryRole role = DirectoryRole.newBuilder()
                .setName("all")
                .setProducts(List.of("code", "chat"))
                .setTools(List.of("Bash"))
                .setMcpServers(List.of("*"))
                .setFileAccess("write")
                .setSpendRights(List.of("view_all"))
                .setAdminScopes(List.of("read:directory"))
                .build();
        assertThat(UpstreamRoleRoutes.permissions("acme", role))
                .extracting(permission -> permission.path("action").asText()
                        + ' '
                        + permission.path("resource_type").asText()
                        + ' '
                        + permission.path("resource_id").asText())
                .containsExactly(
                        "claude_code organization acme",
                        "chat organization acme",
                        "use tool Bash",
                        "use mcp_server *",
                        "write file null",
                        "view_all spend acme",
                        "read:directory organization acme");
        assertThat(UpstreamRoleRoutes.permissions(
                        "acme", DirectoryRole.newBuilder().setName("none").build()))
                .isEmpty();
    }

    private static List<Document<String>> documents(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Document<>("user_" + i, new Tip(1, i, i, false, "admin", false), "admin", "", ""))
                .toList();
    }

    private static String ids(QueryParams query, int count) {
        IdPage page = IdPage.of(
                new Parameters(query, IdPage.PARAMETERS),
                id -> id.startsWith("user_") ? new Place(Long.parseLong(id.substring(5)), id) : null);
        ObjectNode answer = page.answer(
                documents(count), document -> DirectoryRoutes.object().put("id", document.id()));
        return answer.path("first_id").asText()
                + ' '
                + answer.path("last_id").asText()
                + ' '
                + answer.path("data").size()
                + ' '
                + answer.path("has_more").asText();
    }

    @ParameterizedTest(name = "{0} {1} {2} of {3}: {4}")
    @CsvSource({
        "after_id, '', 20, 30, user_0 user_19 20 true",
        "after_id, user_19, 20, 30, user_20 user_29 10 false",
        "after_id, user_9, 20, 30, user_10 user_29 20 false",
        "after_id, user_29, 20, 30, null null 0 false",
        "before_id, user_20, 20, 30, user_0 user_19 20 false",
        "before_id, user_25, 20, 30, user_5 user_24 20 true",
        "before_id, user_0, 20, 30, null null 0 false",
    })
    void pagesByIds(String parameter, String id, int limit, int count, String expected) {
        QueryParams query = id.isEmpty() ? QueryParams.of() : QueryParams.of(parameter, id);
        assertThat(ids(query.toBuilder().set("limit", Integer.toString(limit)).build(), count))
                .isEqualTo(expected);
    }

    @Test
    void pagesByIdsRefuse() {
        assertThatThrownBy(() -> ids(QueryParams.of("after_id", "secret"), 3))
                .isInstanceOf(Refusal.class)
                .hasMessage("after_id: an id that is none (expected: last_id or first_id of an answer before)");
        assertThatThrownBy(() -> ids(QueryParams.of("after_id", "user_1", "before_id", "user_2"), 3))
                .isInstanceOf(Refusal.class)
                .hasMessage("before_id: given with after_id (expected: one of the two)");
        assertThatThrownBy(() -> ids(QueryParams.of("limit", "0"), 3))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("1 to 1000");
    }
}
