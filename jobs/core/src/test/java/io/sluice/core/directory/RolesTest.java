package io.sluice.core.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.DirectoryRole;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RolesTest {
    private static final Set<String> SCOPES = Set.of("admin", "read:analytics");

    @Test
    void everyWordOfTheVocabulariesIsGood() {
        DirectoryRole role = valid().setProducts(List.of("chat", "cowork", "code", "*"))
                .setTools(List.of("Read", "*"))
                .setMcpServers(List.of("tracker", "*"))
                .setSpendRights(List.of("view_own", "request_increase", "view_all", "manage_limits", "*"))
                .setAdminScopes(List.of("admin", "read:analytics"))
                .build();
        for (FileAccess access : FileAccess.values()) {
            role.setFileAccess(access.accessName());
            assertThat(Roles.problems(role, SCOPES)).isEmpty();
        }
        assertThat(Roles.problems(valid().build(), SCOPES)).isEmpty();
    }

    static Stream<Arguments> bad() {
        return Stream.of(
                bad(
                        "name: a text of 0 characters (expected: 1 to 200 characters, not only spaces)",
                        r -> r.setName("")),
                bad(
                        "name: a text of 3 characters (expected: 1 to 200 characters, not only spaces)",
                        r -> r.setName("   ")),
                bad(
                        "name: a text of 201 characters (expected: 1 to 200 characters, not only spaces)",
                        r -> r.setName("n".repeat(201))),
                bad(
                        "description: a text of 2001 characters (expected: at most 2000 characters)",
                        r -> r.setDescription("d".repeat(2_001))),
                bad(
                        "products[1]: a text of 5 characters (expected: one of *, chat, code, cowork)",
                        r -> r.setProducts(List.of("chat", "video"))),
                bad(
                        "products[1]: the same as an earlier one (expected: each name once)",
                        r -> r.setProducts(List.of("chat", "chat"))),
                bad(
                        "tools[0]: a text of 1 character (expected: 1 to 200 characters, not only spaces)",
                        r -> r.setTools(List.of(" "))),
                bad(
                        "mcp_servers: 1001 items (expected: at most 1000)",
                        r -> r.setMcpServers(Collections.nCopies(1_001, "m"))),
                bad(
                        "file_access: a text of 4 characters (expected: one of none, read, write)",
                        r -> r.setFileAccess("Read")),
                bad(
                        "spend_rights[0]: a text of 8 characters (expected: one of *, manage_limits, request_increase,"
                                + " view_all, view_own)",
                        r -> r.setSpendRights(List.of("VIEW_OWN"))),
                bad(
                        "admin_scopes[0]: a text of 1 character (expected: one of admin, read:analytics)",
                        r -> r.setAdminScopes(List.of("*"))));
    }

    private static Arguments bad(String message, UnaryOperator<DirectoryRole.Builder> change) {
        return Arguments.of(message, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bad")
    void problemsNameFieldShapeAndWhatWasExpected(String message, UnaryOperator<DirectoryRole.Builder> change) {
        assertThat(Roles.problems(change.apply(valid()).build(), SCOPES))
                .containsExactly(new Roles.Problem(message.substring(0, message.indexOf(':')), message));
    }

    @Test
    void allProblemsAtOnce() {
        DirectoryRole role = valid().setName("")
                .setProducts(List.of("video", "phone"))
                .setFileAccess("all")
                .build();
        assertThat(Roles.problems(role, SCOPES))
                .extracting(Roles.Problem::field)
                .containsExactly("name", "products[0]", "products[1]", "file_access");
    }

    private static DirectoryRole.Builder valid() {
        return DirectoryRole.newBuilder().setName("Reader");
    }
}
