package io.sluice.core.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.core.directory.Editing.ScimCreation;
import io.sluice.schema.DirectoryVersion;
import java.util.List;
import org.junit.jupiter.api.Test;

class EditingTest {
    private final Edits edits = new Edits();

    @Test
    void whatCameByScimIsNotChangedByHand() {
        edits.source = Source.SCIM;
        edits.user("u1", "ann", true, null);
        edits.group("g1", "Engineers");
        edits.source = Source.SYSTEM;
        edits.user("u1", "ann", false, null);
        edits.group("g1", "Engineers", "r1");
        assertThat(Editing.userNotByHand(tip(Kind.USER, "u1")))
                .contains("user: kept by SCIM (expected: a user made by hand; change it at the identity provider)");
        assertThat(Editing.groupNotByHand(tip(Kind.GROUP, "g1")))
                .contains("group: kept by SCIM (expected: a group made by hand; change it at the identity provider)");
    }

    @Test
    void whatWasMadeByHandIsChangedByHand() {
        edits.user("u1", "ann", true, null);
        edits.group("g1", "Engineers");
        assertThat(Editing.userNotByHand(tip(Kind.USER, "u1"))).isEmpty();
        assertThat(Editing.groupNotByHand(tip(Kind.GROUP, "g1"))).isEmpty();
    }

    @Test
    void whatIsDeletedIsNotChanged() {
        edits.user("u1", "ann", true, null);
        edits.group("g1", "Engineers");
        edits.delete(Kind.USER, "u1");
        edits.delete(Kind.GROUP, "g1");
        assertThat(Editing.userNotByHand(tip(Kind.USER, "u1")))
                .contains("user: deleted (expected: a user that is there)");
        assertThat(Editing.groupNotByHand(tip(Kind.GROUP, "g1")))
                .contains("group: deleted (expected: a group that is there)");
    }

    /** The source of a group's version 1 decides, and it is not known before that is read. */
    @Test
    void aGroupWhoseFirstVersionIsNotKnownIsNotChangedByHand() {
        edits.group("g1", "Engineers");
        edits.group("g1", "Builders");
        Directory directory = Edits.directory(edits.versions.subList(1, 2));
        assertThat(Editing.groupNotByHand(directory.tip(Kind.GROUP, "g1").orElseThrow()))
                .isPresent();
        directory.apply(edits.versions.get(0));
        assertThat(Editing.groupNotByHand(directory.tip(Kind.GROUP, "g1").orElseThrow()))
                .isEmpty();
    }

    @Test
    void scimTakesOverAUserMadeByHandWithTheSameId() {
        edits.user("u1", "Ann@example.com", true, null);
        Directory directory = edits.directory();
        assertThat(Editing.scimCreates(directory.userByUserName("ben@example.com")))
                .isEqualTo(ScimCreation.CREATE);
        assertThat(Editing.scimCreates(directory.userByUserName("ann@EXAMPLE.com")))
                .isEqualTo(ScimCreation.TAKE_OVER);

        Document<?> holder = directory.userByUserName("ann@example.com").orElseThrow();
        DirectoryVersion taken = Versions.next(directory, Kind.USER, holder.id(), Source.SCIM, "tok_1", edits.now + 1)
                .setUser(Edits.person("ann@example.com", true, null))
                .build();
        assertThat(taken.getId()).isEqualTo("u1");
        assertThat(taken.getVersion()).isEqualTo(2);
        assertThat(taken.getCreatedAt()).isEqualTo(holder.createdAt());
        directory.apply(taken);
        assertThat(Editing.scimCreates(directory.userByUserName("ann@example.com")))
                .isEqualTo(ScimCreation.CONFLICT);
        assertThat(Editing.userNotByHand(directory.tip(Kind.USER, "u1").orElseThrow()))
                .isPresent();
    }

    @Test
    void versionsGoOnAfterADeletion() {
        Directory directory = new Directory(Edits.ORG);
        DirectoryVersion first = Versions.next(directory, Kind.MEMBERSHIP, "g1|u1", Source.ADMIN, "tok_1", 5)
                .setMembership(edits.join("g1", "u1").getMembership())
                .build();
        assertThat(first.getVersion()).isEqualTo(1);
        assertThat(first.getCreatedAt()).isEqualTo(5);
        assertThat(first.getRecordedAt()).isEqualTo(5);
        assertThat(first.getEffectiveAt()).isEqualTo(5);
        assertThat(first.getChangedBy()).isEqualTo("tok_1");
        directory.apply(first);
        directory.apply(Versions.next(directory, Kind.MEMBERSHIP, "g1|u1", Source.ADMIN, "tok_1", 6)
                .setDeleted(true)
                .build());
        DirectoryVersion again = Versions.next(directory, Kind.MEMBERSHIP, "g1|u1", Source.ADMIN, "tok_1", 7)
                .build();
        assertThat(again.getVersion()).isEqualTo(3);
        assertThat(again.getCreatedAt()).isEqualTo(5);
        assertThat(again.getRecordedAt()).isEqualTo(7);
    }

    @Test
    void deletingAUserEndsMembershipsAndTeam() {
        edits.user("u1", "ann", true, null);
        edits.team("u1", "platform");
        edits.group("g1", "Engineers");
        edits.group("g2", "Support");
        edits.join("g2", "u1");
        edits.join("g1", "u1");
        edits.delete(Kind.GROUP, "g2");
        Directory directory = edits.directory();
        List<DirectoryVersion> versions = Versions.userDeletion(directory, "u1", Source.SCIM, "tok_1", edits.now + 1);
        assertThat(versions)
                .extracting(DirectoryVersion::getKind, DirectoryVersion::getId, DirectoryVersion::getSource)
                .containsExactly(
                        tuple("user", "u1", "scim"),
                        tuple("membership", "g1|u1", "system"),
                        tuple("membership", "g2|u1", "system"),
                        tuple("team", "u1", "system"));
        assertThat(versions).allMatch(DirectoryVersion::getDeleted);

        directory.apply(versions.get(0));
        directory.apply(versions.get(1));
        assertThat(Versions.userDeletion(directory, "u1", Source.SCIM, "tok_1", edits.now + 2))
                .isEmpty();
        List<DirectoryVersion> rest = Versions.userRemainsDeletion(directory, "u1", "tok_1", edits.now + 1);
        assertThat(rest).isEqualTo(versions.subList(2, 4));
        rest.forEach(directory::apply);
        assertThat(Versions.userRemainsDeletion(directory, "u1", "tok_1", edits.now + 3))
                .isEmpty();
        assertThat(directory.membershipsOf("u1")).isEmpty();
    }

    private Tip tip(Kind kind, String id) {
        return edits.directory().tip(kind, id).orElseThrow();
    }
}
