package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.directory.Directories;
import io.sluice.schema.DirectoryOrganization;
import io.sluice.schema.DirectoryVersion;
import org.junit.jupiter.api.Test;

class DirectoryOrganizationsTest {
    private final Directories directories = new Directories();

    private static DirectoryVersion version(long number, DirectoryOrganization organization) {
        return DirectoryVersion.newBuilder()
                .setOrgId("acme")
                .setKind("organization")
                .setId("acme")
                .setVersion(number)
                .setEffectiveAt(number)
                .setRecordedAt(number)
                .setCreatedAt(1)
                .setSource("admin")
                .setOrganization(organization)
                .build();
    }

    @Test
    void planAndParentAreThoseOfTheNewestVersion() {
        Organizations organizations = new DirectoryOrganizations(directories, () -> true);
        assertThat(organizations.planOf("acme")).isEqualTo("enterprise");
        assertThat(organizations.parentOf("acme")).isNull();
        directories.apply(version(
                1,
                DirectoryOrganization.newBuilder()
                        .setPlan("team")
                        .setParentId("parent")
                        .build()));
        assertThat(organizations.planOf("acme")).isEqualTo("team");
        assertThat(organizations.parentOf("acme")).isEqualTo("parent");
        assertThat(organizations.planOf("other")).isEqualTo("enterprise");
        directories.apply(version(2, DirectoryOrganization.newBuilder().build()));
        assertThat(organizations.planOf("acme")).isEqualTo("enterprise");
        assertThat(organizations.parentOf("acme")).isNull();
    }

    @Test
    void whatIsNotKnownYetOpensNothing() {
        Organizations organizations = new DirectoryOrganizations(directories, () -> false);
        assertThatThrownBy(() -> organizations.planOf("acme"))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAVAILABLE);
        assertThatThrownBy(() -> organizations.parentOf("acme"))
                .extracting("kind")
                .isEqualTo(Refusal.Kind.UNAVAILABLE);
    }
}
