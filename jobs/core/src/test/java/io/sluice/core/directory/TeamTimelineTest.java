package io.sluice.core.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Segments;
import io.sluice.schema.DirectoryGroup;
import io.sluice.schema.DirectoryTeam;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TeamTimelineTest {
    private static final String ORG = "acme";
    private static final String ANN = "ann@example.com";
    private static final String BOB = "bob@example.com";

    private final TeamTimeline timeline = new TeamTimeline();

    @Test
    void whoIsNotInTheDirectoryHasNoSegments() {
        assertThat(timeline.of(ORG, ANN)).isSameAs(Segments.NONE);
        assertThat(timeline.at(ORG, ANN, 5)).isNull();
    }

    @Test
    void theTeamIsThatOfTheTime() {
        apply(user("u1", 1, 100, ANN), team("u1", 1, 100, 100, "red"), team("u1", 2, 200, 200, "blue"));
        assertThat(timeline.at(ORG, ANN, 99)).isNull();
        assertThat(timeline.at(ORG, ANN, 100)).isEqualTo("red");
        assertThat(timeline.at(ORG, ANN, 199)).isEqualTo("red");
        assertThat(timeline.at(ORG, ANN, 200)).isEqualTo("blue");
        assertThat(timeline.at("other", ANN, 200)).isNull();
        Segments segments = timeline.of(ORG, ANN);
        assertThat(segments.count()).isEqualTo(2);
        assertThat(segments.at(99)).isZero();
        assertThat(segments.at(150)).isEqualTo(100);
        assertThat(segments.team(200)).isEqualTo("blue");
        assertThat(segments.team(150)).as("no segment's start").isNull();
    }

    @Test
    void allNamesOfAUserAreLabels() {
        DirectoryVersion version = user("u1", 1, 100, "Ann@Example.com");
        version.getUser().setAccountId("user_1Ann");
        version.getUser().setAccountUuid("0f0f");
        apply(version, team("u1", 1, 100, 100, "red"));
        assertThat(List.of(ANN, "user_1Ann", "0f0f"))
                .allSatisfy(label -> assertThat(timeline.at(ORG, label, 100)).isEqualTo("red"));
    }

    @Test
    void anOldNameStaysALabelUntilSomebodyElseClaimsIt() {
        apply(
                user("u1", 1, 100, ANN),
                team("u1", 1, 100, 100, "red"),
                user("u1", 2, 200, "ann.smith@example.com"),
                user("u2", 1, 300, ANN),
                team("u2", 1, 300, 300, "blue"),
                team("u1", 2, 400, 400, "green"));
        assertThat(timeline.at(ORG, ANN, 250)).isEqualTo("red");
        assertThat(timeline.at(ORG, ANN, 300)).isEqualTo("blue");
        assertThat(timeline.at(ORG, ANN, 400)).as("no longer hers").isEqualTo("blue");
        assertThat(timeline.at(ORG, "ann.smith@example.com", 199)).isNull();
        assertThat(timeline.at(ORG, "ann.smith@example.com", 200)).isEqualTo("red");
        assertThat(timeline.at(ORG, "ann.smith@example.com", 400)).isEqualTo("green");
    }

    /** Two users may have one e-mail; another change of the first one is no new claim. */
    @Test
    void aNameThatStaysIsNotClaimedAgain() {
        apply(
                user("u1", 1, 100, ANN),
                team("u1", 1, 100, 100, "red"),
                user("u2", 1, 200, ANN, BOB),
                team("u2", 1, 200, 200, "blue"),
                user("u1", 2, 300, ANN, "a@example.com"));
        assertThat(timeline.at(ORG, ANN, 300)).isEqualTo("blue");
        apply(user("u1", 3, 400, "a@example.com"), user("u1", 4, 500, ANN));
        assertThat(timeline.at(ORG, ANN, 499)).isEqualTo("blue");
        assertThat(timeline.at(ORG, ANN, 500)).isEqualTo("red");
    }

    @Test
    void ofEqualTimesTheLaterRecordedAndThenTheGreaterIdCounts() {
        apply(user("u1", 1, 100, ANN), user("u2", 1, 100, ANN));
        apply(team("u1", 1, 100, 100, "red"), team("u2", 1, 100, 100, "blue"));
        assertThat(timeline.at(ORG, ANN, 100)).isEqualTo("blue");
        apply(team("u2", 2, 100, 900, "corrected"));
        assertThat(timeline.at(ORG, ANN, 100)).isEqualTo("corrected");
        assertThat(timeline.of(ORG, ANN).count()).isEqualTo(1);
    }

    @Test
    void theTeamEndsWithTheUser() {
        DirectoryVersion deleted = user("u1", 2, 200, ANN);
        deleted.setDeleted(true);
        apply(user("u1", 1, 100, ANN), team("u1", 1, 100, 100, "red"), deleted);
        apply(team("u1", 2, 150, 300, "backdated"));
        assertThat(timeline.at(ORG, ANN, 199)).isEqualTo("backdated");
        assertThat(timeline.at(ORG, ANN, 200)).isNull();
        apply(user("u2", 1, 300, ANN), team("u2", 1, 300, 300, "blue"));
        assertThat(timeline.at(ORG, ANN, 250)).isNull();
        assertThat(timeline.at(ORG, ANN, 300)).isEqualTo("blue");
    }

    @Test
    void aDeletedTeamIsNone() {
        DirectoryVersion deleted = team("u1", 2, 200, 200, "red");
        deleted.setDeleted(true);
        apply(user("u1", 1, 100, ANN), team("u1", 1, 100, 100, "red"), deleted);
        assertThat(timeline.at(ORG, ANN, 150)).isEqualTo("red");
        assertThat(timeline.at(ORG, ANN, 200)).isNull();
    }

    @Test
    void saysWhoseSegmentsChange() {
        DirectoryVersion group = version("group", "g1", 1, 1, 1);
        group.setGroup(DirectoryGroup.newBuilder().setDisplayName("g").build());
        assertThat(timeline.apply(group).accounts()).isEmpty();
        assertThat(timeline.apply(team("u1", 1, 100, 100, "red")).accounts()).isEmpty();
        assertThat(timeline.apply(user("u1", 1, 100, ANN)).accounts()).containsExactly(Dimensions.account(ORG, ANN));
        assertThat(timeline.apply(user("u1", 2, 150, BOB)).accounts()).containsExactly(Dimensions.account(ORG, BOB));
        TeamTimeline.Change again = timeline.apply(user("u1", 1, 100, ANN));
        assertThat(again.known()).isTrue();
        assertThat(again.accounts())
                .containsExactlyInAnyOrder(Dimensions.account(ORG, ANN), Dimensions.account(ORG, BOB));
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 300);
    }

    /** In any order, with repetitions, it answers as the definition says, and no version takes a cut away. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void isAFunctionOfTheSetOfVersions(long seed) {
        Random random = new Random(seed);
        List<DirectoryVersion> versions = history(random);
        List<String> labels = List.of("l0", "l1", "l2", "l3");
        TeamTimeline inOrder = new TeamTimeline();
        versions.forEach(inOrder::apply);
        List<DirectoryVersion> shuffled = new ArrayList<>(versions);
        shuffled.addAll(versions.subList(0, versions.size() / 2));
        Collections.shuffle(shuffled, random);
        for (DirectoryVersion version : shuffled) {
            List<Segments> before =
                    labels.stream().map(label -> timeline.of(ORG, label)).toList();
            timeline.apply(version);
            for (int i = 0; i < labels.size(); i++) {
                for (int s = 0; s < before.get(i).count(); s++) {
                    long start = before.get(i).start(s);
                    assertThat(timeline.of(ORG, labels.get(i)).at(start))
                            .as("seed %d: a cut of %s stays", seed, labels.get(i))
                            .isEqualTo(start);
                }
            }
        }
        for (String label : labels) {
            assertThat(timeline.of(ORG, label)).as("seed %d: %s", seed, label).isEqualTo(inOrder.of(ORG, label));
            for (long at = 0; at < 60; at++) {
                assertThat(timeline.at(ORG, label, at))
                        .as("seed %d: %s at %d", seed, label, at)
                        .isEqualTo(naive(versions, label, at));
            }
        }
    }

    private static List<DirectoryVersion> history(Random random) {
        List<DirectoryVersion> versions = new ArrayList<>();
        int[] userVersions = new int[3];
        int[] teamVersions = new int[3];
        boolean[] deleted = new boolean[3];
        for (long now = 1; now < 50; now += random.nextInt(6)) {
            int u = random.nextInt(3);
            String id = "u" + u;
            if (deleted[u]) {
                continue;
            }
            if (userVersions[u] == 0 || random.nextInt(3) == 0) {
                String[] labels = new String[random.nextInt(3)];
                for (int i = 0; i < labels.length; i++) {
                    labels[i] = "l" + random.nextInt(4);
                }
                DirectoryVersion version = user(id, ++userVersions[u], now, labels);
                deleted[u] = random.nextInt(8) == 0;
                version.setDeleted(deleted[u]);
                versions.add(version);
            } else {
                long effective = random.nextBoolean() ? now : 1 + random.nextInt((int) now);
                DirectoryVersion version = team(
                        id, ++teamVersions[u], effective, now, random.nextInt(5) == 0 ? null : "t" + random.nextInt(3));
                version.setDeleted(random.nextInt(8) == 0);
                versions.add(version);
            }
        }
        return versions;
    }

    /** The definition, word by word. */
    private static @Nullable String naive(List<DirectoryVersion> versions, String label, long at) {
        DirectoryVersion claim = null;
        for (DirectoryVersion each : versions) {
            if (!each.getKind().equals("user") || each.getEffectiveAt() > at || !names(each, label)) {
                continue;
            }
            DirectoryVersion before = versions.stream()
                    .filter(other -> other.getKind().equals("user")
                            && other.getId().equals(each.getId())
                            && other.getVersion() == each.getVersion() - 1)
                    .findFirst()
                    .orElse(null);
            if (before != null && names(before, label)) {
                continue;
            }
            if (claim == null
                    || each.getEffectiveAt() > claim.getEffectiveAt()
                    || (each.getEffectiveAt() == claim.getEffectiveAt()
                            && each.getId().compareTo(claim.getId()) >= 0)) {
                claim = each;
            }
        }
        if (claim == null) {
            return null;
        }
        DirectoryVersion team = null;
        for (DirectoryVersion each : versions) {
            if (!each.getId().equals(claim.getId()) || each.getEffectiveAt() > at) {
                continue;
            }
            if (each.getKind().equals("user") && each.getDeleted()) {
                return null;
            }
            if (each.getKind().equals("team") && (team == null || each.getEffectiveAt() >= team.getEffectiveAt())) {
                team = each; // in order of recording
            }
        }
        return team == null || team.getDeleted() ? null : team.getTeam().getTeam();
    }

    private static boolean names(DirectoryVersion version, String label) {
        return !version.getDeleted() && version.getUser().getEmails().contains(label);
    }

    private void apply(DirectoryVersion... versions) {
        for (DirectoryVersion version : versions) {
            timeline.apply(version);
        }
    }

    private static DirectoryVersion user(String id, long version, long at, String... emails) {
        DirectoryVersion made = version("user", id, version, at, at);
        made.setUser(DirectoryUser.newBuilder()
                .setUserName(id)
                .setEmails(List.of(emails))
                .build());
        return made;
    }

    private static DirectoryVersion team(
            String id, long version, long effectiveAt, long recordedAt, @Nullable String team) {
        DirectoryVersion made = version("team", id, version, effectiveAt, recordedAt);
        made.setTeam(DirectoryTeam.newBuilder().setTeam(team).build());
        return made;
    }

    private static DirectoryVersion version(String kind, String id, long version, long effectiveAt, long recordedAt) {
        return DirectoryVersion.newBuilder()
                .setOrgId(ORG)
                .setKind(kind)
                .setId(id)
                .setVersion(version)
                .setEffectiveAt(effectiveAt)
                .setRecordedAt(recordedAt)
                .setCreatedAt(recordedAt)
                .setSource("admin")
                .build();
    }
}
