package io.sluice.claudeapi.compliance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KnownDirectoryTest {
    private static final DirectoryList USERS = new DirectoryList(DirectoryList.Kind.USER, "uuid", null);

    @Test
    void whatTwoOrganizationsHaveIsElsewhere() {
        KnownDirectory directory = new KnownDirectory(10);
        DirectoryList here = new DirectoryList(DirectoryList.Kind.PERMISSION, "rbac_role_1", "uuid_1");
        DirectoryList there = new DirectoryList(DirectoryList.Kind.PERMISSION, "rbac_role_1", "uuid_2");
        DirectoryList ofAnother = new DirectoryList(DirectoryList.Kind.PERMISSION, "rbac_role_2", "uuid_2");
        directory.put(here, "a", 1);
        directory.put(ofAnother, "a", 1);
        assertThat(directory.hasElsewhere(here, "a")).isFalse();
        directory.put(there, "a", 1);
        assertThat(directory.hasElsewhere(here, "a")).isTrue();
        directory.remove(here, "a");
        assertThat(directory.hasElsewhere(there, "a")).isFalse();
    }

    @Test
    void noMoreThanSoManyAreKnownAndThoseStay() {
        KnownDirectory directory = new KnownDirectory(2);
        directory.put(USERS, "user_1", 1);
        directory.put(DirectoryList.GROUPS, "user_1", 2);
        directory.put(USERS, "user_2", 3);
        directory.put(USERS, "user_1", 4);
        assertThat(directory.ids(USERS)).containsExactly("user_1");
        assertThat(directory.get(USERS, "user_1")).isEqualTo(4);
        directory.remove(USERS, "user_1");
        directory.remove(USERS, "user_1");
        directory.put(USERS, "user_2", 3);
        directory.put(USERS, "user_3", 5);
        assertThat(directory.ids(USERS)).containsExactly("user_2");
        assertThat(directory.all()).hasSize(2);
    }
}
