package io.sluice.core.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.schema.DirectoryMembership;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DirectoryTest {
    private final Edits edits = new Edits();

    @Test
    void aDeletedUserAnswersEmptyAndKeepsTheLastVersion() {
        edits.user("u1", "ann@example.com", true, "premium", "ann@example.com");
        edits.group("g1", "Engineers");
        edits.join("g1", "u1");
        edits.delete(Kind.USER, "u1");
        Directory directory = edits.directory();
        assertThat(directory.user("u1")).isEmpty();
        assertThat(directory.userByUserName("ann@example.com")).isEmpty();
        assertThat(directory.userByLabel("ann@example.com")).isEmpty();
        assertThat(directory.usersWithLabel("ann@example.com")).isEmpty();
        assertThat(directory.members("g1").size()).isZero();
        assertThat(directory.groupsOf("u1")).isEmpty();
        assertThat(directory.isMember("g1", "u1")).isFalse();
        assertThat(directory.asking("premium")).isEmpty();
        assertThat(directory.users().size()).isZero();
        assertThat(directory.tip(Kind.USER, "u1")).get().satisfies(tip -> {
            assertThat(tip.version()).isEqualTo(2);
            assertThat(tip.deleted()).isTrue();
        });
        assertThat(directory.tip(Kind.USER, "u2")).isEmpty();
    }

    @Test
    void aNameThatIsFreeAgainMeansTheNewUser() {
        edits.user("u1", "Ann@example.com", true, null, "ann@example.com");
        edits.delete(Kind.USER, "u1");
        edits.user("u2", "ann@example.com", true, null, "ann@example.com");
        List<DirectoryVersion> versions = new ArrayList<>(edits.versions);
        Collections.reverse(versions);
        Directory directory = Edits.directory(versions);
        assertThat(directory.userByUserName("ANN@example.com"))
                .map(Document::id)
                .contains("u2");
        assertThat(directory.userByLabel("Ann@Example.com")).map(Document::id).contains("u2");
    }

    @Test
    void aLabelStaysUntilSomebodyElseBeginsToHaveIt() {
        edits.user("u1", "ann", true, null, "ann@example.com");
        edits.user("u1", "ann", true, null, "liddell@example.com");
        assertThat(edits.directory().userByLabel("ann@example.com"))
                .map(Document::id)
                .contains("u1");
        assertThat(edits.directory().usersWithLabel("ann@example.com")).isEmpty();

        edits.user("u2", "ann2", true, null, "ann@example.com");
        assertThat(edits.directory().userByLabel("ann@example.com"))
                .map(Document::id)
                .contains("u2");

        edits.user("u1", "ann", true, null, "ann@example.com", "liddell@example.com");
        edits.user("u2", "ann2", false, null, "ann@example.com");
        assertThat(edits.directory().userByLabel("ann@example.com"))
                .as("a version that only goes on having it is no new claim")
                .map(Document::id)
                .contains("u1");
    }

    @Test
    void whoLeavesAndJoinsAgainStandsWhereTheyStood() {
        edits.group("g1", "Engineers");
        edits.user("u1", "ann", true, null);
        edits.user("u2", "ben", true, null);
        edits.join("g1", "u1");
        edits.join("g1", "u2");
        edits.delete(Kind.MEMBERSHIP, "g1|u1");
        assertThat(members(edits.directory(), "g1")).containsExactly("u2");
        edits.join("g1", "u1");
        assertThat(members(edits.directory(), "g1")).containsExactly("u1", "u2");
    }

    @Test
    void aDeletedGroupHidesItsMemberships() {
        edits.user("u1", "ann", true, null);
        edits.group("g1", "Engineers");
        edits.join("g1", "u1");
        edits.delete(Kind.GROUP, "g1");
        Directory directory = edits.directory();
        assertThat(members(directory, "g1")).isEmpty();
        assertThat(directory.groupsOf("u1")).isEmpty();
        assertThat(directory.groupsByDisplayName("engineers")).isEmpty();
        assertThat(directory.membershipsOf("u1")).hasSize(1);
    }

    /** What was between two versions that are known says something about its time. */
    @Test
    void anOlderMembershipThatComesLateIsNews() {
        DirectoryVersion user = edits.user("u1", "ann@example.com", true, null, "ann@example.com");
        DirectoryVersion group = edits.group("g1", "Engineers");
        DirectoryVersion joined = edits.join("g1", "u1");
        DirectoryVersion left = edits.delete(Kind.MEMBERSHIP, Versions.membershipId("g1", "u1"));
        DirectoryVersion back = edits.join("g1", "u1");
        Directory directory = Edits.directory(List.of(user, group, joined, back));
        AsOf.MemberHistory before = AsOf.historyOf(directory, "ann@example.com");
        assertThat(directory.apply(left)).isTrue();
        AsOf.MemberHistory after = AsOf.historyOf(directory, "ann@example.com");
        assertThat(after.revision()).isGreaterThan(before.revision());
        assertThat(after.at(left.getEffectiveAt()).groupIds()).isEmpty();
        assertThat(before.at(left.getEffectiveAt()).groupIds()).containsExactly("g1");
        assertThat(directory.apply(left)).isFalse();
        assertThat(directory.revision()).isEqualTo(after.revision());
    }

    @Test
    void organizationsDoNotSeeEachOther() {
        Directories directories = new Directories();
        DirectoryVersion ann = edits.user("u1", "ann", true, null);
        directories.apply(ann);
        directories.apply(DirectoryVersion.newBuilder(edits.user("u1", "ben", true, null))
                .setOrgId("other")
                .setVersion(1)
                .build());
        assertThat(directories.of(Edits.ORG).userByUserName("ben")).isEmpty();
        assertThat(directories.of(Edits.ORG).user("u1").orElseThrow().content().getUserName())
                .isEqualTo("ann");
        assertThat(directories.of("other").user("u1").orElseThrow().content().getUserName())
                .isEqualTo("ben");
        assertThat(directories.of("nobody").users().size()).isZero();
        assertThat(directories.organizations()).containsExactly(Edits.ORG, "other");
    }

    @Test
    void kindsOfANewerBuildArePassedOver() {
        Directories directories = new Directories();
        DirectoryVersion version = DirectoryVersion.newBuilder(edits.user("u1", "ann", true, null))
                .setKind("robot")
                .build();
        assertThat(directories.apply(version)).isFalse();
        assertThat(directories.organizations()).isEmpty();
    }

    static Stream<Arguments> damage() {
        return Stream.of(
                damaged("org_id: another organization's (expected: acme)", v -> v.setOrgId("other")),
                damaged("version: 0 (expected: 1 or greater)", v -> v.setVersion(0)),
                damaged("user: missing (expected: the document that is not deleted)", v -> v.setUser(null)),
                damaged(
                        "seat_request: missing (expected: the document that is not deleted)",
                        v -> v.setKind("seat-request")),
                damaged(
                        "id: not that of the membership (expected: group_id|user_id)",
                        v -> v.setKind("membership").setMembership(new DirectoryMembership("g1", "u1", false))),
                damaged(
                        "id: not the organization's (expected: acme)",
                        v -> v.setKind("organization").setDeleted(true)));
    }

    private static Arguments damaged(String message, UnaryOperator<DirectoryVersion.Builder> damage) {
        return Arguments.of(message, damage);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damage")
    void aDamagedVersionIsRefusedAndChangesNothing(String message, UnaryOperator<DirectoryVersion.Builder> damage) {
        DirectoryVersion version = damage.apply(
                        DirectoryVersion.newBuilder(edits.user("u1", "ann", true, null, "ann@example.com")))
                .build();
        Directory directory = new Directory(Edits.ORG);
        assertThatThrownBy(() -> directory.apply(version)).hasMessage(message);
        assertThat(directory.revision()).isZero();
        assertThat(directory.users().size()).isZero();
        assertThat(directory.userByLabel("ann@example.com")).isEmpty();
    }

    /** Pages by place go on where they stopped, whatever joins and leaves meanwhile. */
    @Test
    void twentyThousandMembers() {
        int count = 20_000;
        edits.group("g1", "Everybody");
        for (int i = 0; i < count; i++) {
            edits.user("u" + i, "user" + i, true, null);
            edits.join("g1", "u" + i);
        }
        List<DirectoryVersion> shuffled = new ArrayList<>(edits.versions);
        Collections.shuffle(shuffled, new Random(1));
        Directory directory = Edits.directory(shuffled);
        Listing<DirectoryMembership> members = directory.members("g1");
        assertThat(members.size()).isEqualTo(count);

        List<String> seen = new ArrayList<>();
        Place place = null;
        for (List<Document<DirectoryMembership>> page = members.after(null, 1_000);
                !page.isEmpty();
                page = members.after(place, 1_000)) {
            page.forEach(member -> seen.add(member.content().getUserId()));
            place = page.get(page.size() - 1).place();
            if (seen.size() == 1_000) {
                directory.apply(edits.delete(Kind.MEMBERSHIP, "g1|u999")); // the place itself
                directory.apply(edits.delete(Kind.MEMBERSHIP, "g1|u500"));
                directory.apply(edits.delete(Kind.USER, "u1500"));
            }
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i != 1_500) {
                expected.add("u" + i);
            }
        }
        assertThat(seen).isEqualTo(expected);
        assertThat(members.size()).isEqualTo(count - 3);
        assertThat(members.from(19_990, 100))
                .extracting(member -> member.content().getUserId())
                .containsExactly("u19993", "u19994", "u19995", "u19996", "u19997", "u19998", "u19999");
    }

    /**
     * One writer, several readers: inside {@link Directory#consistently} all indices tell of the same versions, and the
     * revision never falls.
     */
    @Test
    void readersSeeWholeVersions() throws InterruptedException {
        int users = 20;
        edits.group("g1", "Engineers");
        for (int i = 0; i < users; i++) {
            edits.user("u" + i, "user" + i, true, "premium");
        }
        Directory directory = edits.directory();
        int before = edits.versions.size();
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            String user = "u" + random.nextInt(users);
            if (random.nextInt(5) == 0) {
                edits.user(user, "name" + i, random.nextInt(3) > 0, random.nextBoolean() ? "premium" : null);
            } else if (edits.isThere(Kind.MEMBERSHIP, "g1|" + user)) {
                edits.delete(Kind.MEMBERSHIP, "g1|" + user);
            } else {
                edits.join("g1", user);
            }
        }
        List<String> wrong = Collections.synchronizedList(new ArrayList<>());
        List<Thread> readers = new ArrayList<>();
        long[] reads = new long[3];
        Thread writer = new Thread(
                () -> edits.versions.subList(before, edits.versions.size()).forEach(directory::apply));
        for (int r = 0; r < reads.length; r++) {
            int reader = r;
            readers.add(new Thread(() -> {
                long revision = -1;
                do {
                    String found = directory.consistently(() -> contradiction(directory, users));
                    if (found != null) {
                        wrong.add(found);
                    }
                    long now = directory.revision();
                    if (now < revision) {
                        wrong.add("revision: from " + revision + " to " + now);
                    }
                    revision = now;
                    reads[reader]++;
                } while (writer.isAlive() && wrong.isEmpty());
            }));
        }
        writer.start();
        readers.forEach(Thread::start);
        writer.join();
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(wrong).isEmpty();
        assertThat(reads).doesNotContain(0);
        assertThat(members(directory, "g1")).isEqualTo(members(edits.directory(), "g1"));
        assertThat(directory.asking("premium")).isEqualTo(edits.directory().asking("premium"));
    }

    private static @Nullable String contradiction(Directory directory, int users) {
        Set<String> members = new HashSet<>(members(directory, "g1"));
        Set<String> asking = new HashSet<>();
        directory.asking("premium").forEach(ask -> asking.add(ask.userId()));
        for (int i = 0; i < users; i++) {
            String user = "u" + i;
            var content = directory.user(user).orElseThrow().content();
            if (members.contains(user) != directory.isMember("g1", user)
                    || members.contains(user) == directory.groupsOf(user).isEmpty()) {
                return user + ": in the group one way, not the other";
            }
            if (asking.contains(user) != (content.getActive() && content.getSeatTier() != null)) {
                return user + ": queue and user disagree";
            }
            if (directory.userByUserName(content.getUserName()).isEmpty()) {
                return user + ": not found by the name it has";
            }
        }
        return null;
    }

    private static List<String> members(Directory directory, String groupId) {
        return directory.members(groupId).after(null, Integer.MAX_VALUE).stream()
                .map(member -> member.content().getUserId())
                .toList();
    }
}
