package io.sluice.core.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.directory.EffectiveAccess.Origin;
import io.sluice.core.directory.EffectiveAccess.Status;
import io.sluice.schema.DirectoryRole;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EffectiveAccessTest {
    private static final Origin READER_BY_ENGINEERS = new Origin("g1", "Engineers", "r1", "Reader");
    private static final Origin READER_BY_SUPPORT = new Origin("g2", "Support", "r1", "Reader");
    private static final Origin WRITER_BY_ENGINEERS = new Origin("g1", "Engineers", "r2", "Writer");
    private static final Origin GUEST_BY_DEFAULT = new Origin(null, null, "r3", "Guest");

    private final Edits edits = new Edits();

    @BeforeEach
    void organization() {
        edits.organization("r3", "r-not-there");
        edits.role(
                "r1",
                DirectoryRole.newBuilder()
                        .setName("Reader")
                        .setProducts(List.of("code", "chat"))
                        .setTools(List.of("Read"))
                        .setFileAccess("read")
                        .setSpendRights(List.of("view_own")));
        edits.role(
                "r2",
                DirectoryRole.newBuilder()
                        .setName("Writer")
                        .setProducts(List.of("code"))
                        .setTools(List.of("*"))
                        .setMcpServers(List.of("tracker"))
                        .setFileAccess("write")
                        .setAdminScopes(List.of("read:analytics")));
        edits.role("r3", DirectoryRole.newBuilder().setName("Guest").setProducts(List.of("chat")));
        edits.user("u1", "ann", true, null);
        edits.group("g2", "Support", "r1");
        edits.group("g1", "Engineers", "r2", "r1");
    }

    @Test
    void unionOverAllGroupsNamesEveryOrigin() {
        edits.join("g1", "u1");
        edits.join("g2", "u1");
        EffectiveAccess access = access();
        assertThat(access.status()).isEqualTo(Status.ACTIVE);
        assertThat(access.products().keySet()).containsExactly("chat", "code");
        assertThat(access.products().get("chat")).containsExactly(READER_BY_ENGINEERS, READER_BY_SUPPORT);
        assertThat(access.products().get("code"))
                .containsExactly(READER_BY_ENGINEERS, WRITER_BY_ENGINEERS, READER_BY_SUPPORT);
        assertThat(access.tools().get("*")).containsExactly(WRITER_BY_ENGINEERS);
        assertThat(access.tools().get("Read")).containsExactly(READER_BY_ENGINEERS, READER_BY_SUPPORT);
        assertThat(access.mcpServers().get("tracker")).containsExactly(WRITER_BY_ENGINEERS);
        assertThat(access.fileAccess()).isEqualTo(FileAccess.WRITE);
        assertThat(access.fileAccessFrom()).containsExactly(WRITER_BY_ENGINEERS);
        assertThat(access.spendRights().get("view_own")).containsExactly(READER_BY_ENGINEERS, READER_BY_SUPPORT);
        assertThat(access.adminScopes().get("read:analytics")).containsExactly(WRITER_BY_ENGINEERS);
        assertThat(EffectiveAccess.allows(access.tools(), "Bash")).isTrue();
        assertThat(EffectiveAccess.allows(access.mcpServers(), "billing")).isFalse();
    }

    @Test
    void defaultRolesOnlyWithoutAnyOther() {
        assertThat(access().products()).containsOnlyKeys("chat").containsEntry("chat", List.of(GUEST_BY_DEFAULT));
        assertThat(access().fileAccess()).isEqualTo(FileAccess.NONE);
        assertThat(access().fileAccessFrom()).isEmpty();

        edits.group("g3", "Without roles");
        edits.join("g3", "u1");
        assertThat(access().products()).containsEntry("chat", List.of(GUEST_BY_DEFAULT));

        edits.join("g2", "u1");
        assertThat(access().products()).containsEntry("chat", List.of(READER_BY_SUPPORT));

        edits.delete(Kind.ROLE, "r1");
        assertThat(access().products()).containsEntry("chat", List.of(GUEST_BY_DEFAULT));
    }

    @Test
    void groupThatIsDeletedGrantsNothing() {
        edits.join("g1", "u1");
        edits.delete(Kind.GROUP, "g1");
        assertThat(access().products()).containsEntry("chat", List.of(GUEST_BY_DEFAULT));
    }

    @Test
    void nobodyHasAccessWhoIsNotActive() {
        edits.join("g1", "u1");
        edits.user("u1", "ann", false, null);
        nothing(Status.INACTIVE);
        edits.user("u1", "ann", true, null);
        assertThat(access().products()).isNotEmpty();
        edits.delete(Kind.USER, "u1");
        nothing(Status.DELETED);
        assertThat(EffectiveAccess.of(edits.directory(), "u2").status()).isEqualTo(Status.UNKNOWN);
    }

    private void nothing(Status status) {
        EffectiveAccess access = access();
        assertThat(access.status()).isEqualTo(status);
        assertThat(access.products()).isEmpty();
        assertThat(access.tools()).isEmpty();
        assertThat(access.mcpServers()).isEmpty();
        assertThat(access.fileAccess()).isEqualTo(FileAccess.NONE);
        assertThat(access.spendRights()).isEmpty();
        assertThat(access.adminScopes()).isEmpty();
    }

    @Test
    void fileAccessOfANewerBuildGrantsNothing() {
        edits.role(
                "r1",
                DirectoryRole.newBuilder()
                        .setName("Reader")
                        .setProducts(List.of("code"))
                        .setFileAccess("own"));
        edits.join("g2", "u1");
        assertThat(access().fileAccess()).isEqualTo(FileAccess.NONE);
        assertThat(access().products()).containsOnlyKeys("code");
    }

    private EffectiveAccess access() {
        return EffectiveAccess.of(edits.directory(), "u1");
    }
}
