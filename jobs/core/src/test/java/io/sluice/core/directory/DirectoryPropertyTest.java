package io.sluice.core.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.schema.DirectoryRole;
import io.sluice.schema.DirectoryUser;
import io.sluice.schema.DirectoryVersion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The directory is a function of the set of its versions, and the function is that of {@link NaiveDirectory}. */
class DirectoryPropertyTest {
    private static final List<String> USERS = ids("u", 6);
    private static final List<String> GROUPS = ids("g", 4);
    private static final List<String> ROLES = ids("r", 4);
    private static final List<String> NAMES = List.of("Ann@example.com", "ben@example.com", "Cleo");
    private static final List<String> EMAILS = List.of("ann@example.com", "ben@example.com", "x@example.com");
    private static final List<String> LABELS =
            List.of("ann@example.com", "ben@example.com", "x@example.com", "user_A", "user_a");
    private static final List<String> TIERS = List.of("standard", "premium");
    private static final List<String> PRODUCTS = List.of("chat", "cowork", "code", "*");

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 150);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anyOrderWithRepetitionsAndGaps(long seed) {
        Random random = new Random(seed);
        List<DirectoryVersion> history = history(random);
        List<DirectoryVersion> shuffled = new ArrayList<>(history);
        shuffled.addAll(history.subList(0, history.size() / 3));
        Collections.shuffle(shuffled, random);

        int half = random.nextInt(shuffled.size());
        Directory directory = new Directory(Edits.ORG);
        shuffled.subList(0, half).forEach(directory::apply);
        sameAnswers("half", directory, new NaiveDirectory(shuffled.subList(0, half)));
        long revision = directory.revision();
        for (DirectoryVersion version : shuffled.subList(0, half)) {
            assertThat(directory.apply(version)).isFalse();
        }
        assertThat(directory.revision()).isEqualTo(revision);

        shuffled.subList(half, shuffled.size()).forEach(directory::apply);
        sameAnswers("all", directory, new NaiveDirectory(history));
        sameAnswers("in order", Edits.directory(history), new NaiveDirectory(history));
    }

    private static List<DirectoryVersion> history(Random random) {
        Edits edits = new Edits();
        for (int i = 0; i < 120; i++) {
            if (random.nextInt(8) == 0) {
                edits.now -= Edits.SECOND; // the next version has the time of the one before
            }
            edits.source = random.nextInt(4) == 0 ? Source.SCIM : Source.ADMIN;
            edit(edits, random);
        }
        return edits.versions;
    }

    private static void edit(Edits edits, Random random) {
        String user = any(random, USERS);
        String group = any(random, GROUPS);
        String role = any(random, ROLES);
        boolean delete = random.nextInt(5) == 0;
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> {
                if (!delete) {
                    edits.user(user, randomUser(random));
                } else if (edits.isThere(Kind.USER, user)) {
                    edits.delete(Kind.USER, user);
                }
            }
            case 3, 4 -> {
                if (!delete) {
                    edits.join(group, user);
                } else if (edits.isThere(Kind.MEMBERSHIP, Versions.membershipId(group, user))) {
                    edits.delete(Kind.MEMBERSHIP, Versions.membershipId(group, user));
                }
            }
            case 5 -> {
                if (!delete) {
                    edits.group(group, any(random, NAMES), role, any(random, ROLES));
                } else if (edits.isThere(Kind.GROUP, group)) {
                    edits.delete(Kind.GROUP, group);
                }
            }
            case 6 -> {
                if (!delete) {
                    edits.role(
                            role,
                            DirectoryRole.newBuilder()
                                    .setName(any(random, NAMES))
                                    .setProducts(List.of(any(random, PRODUCTS), any(random, PRODUCTS)))
                                    .setTools(List.of(any(random, List.of("Read", "Bash", "*"))))
                                    .setFileAccess(any(random, List.of("none", "read", "write"))));
                } else if (edits.isThere(Kind.ROLE, role)) {
                    edits.delete(Kind.ROLE, role);
                }
            }
            case 7 -> edits.team(user, random.nextBoolean() ? null : any(random, List.of("red", "blue")));
            case 8 -> edits.seats(any(random, TIERS), random.nextInt(4), 20_000_000);
            default -> {
                if (random.nextBoolean()) {
                    edits.organization(role);
                } else {
                    edits.seatRequest(any(random, ids("q", 3)), user, any(random, TIERS));
                }
            }
        }
    }

    private static DirectoryUser randomUser(Random random) {
        return DirectoryUser.newBuilder()
                .setUserName(any(random, NAMES))
                .setExternalId(random.nextBoolean() ? null : any(random, List.of("e1", "e2")))
                .setActive(random.nextInt(4) > 0)
                .setSeatTier(random.nextInt(3) == 0 ? null : any(random, TIERS))
                .setEmails(random.nextBoolean() ? List.of() : List.of(any(random, EMAILS)))
                .setAccountId(random.nextBoolean() ? null : any(random, List.of("user_A", "user_a")))
                .build();
    }

    private static void sameAnswers(String when, Directory directory, NaiveDirectory naive) {
        for (Kind kind : Kind.values()) {
            for (String id : everyId()) {
                DirectoryVersion newest = naive.newest(kind, id);
                List<DirectoryVersion> all = naive.all(kind, id);
                assertThat(directory.tip(kind, id).orElse(null))
                        .as("%s: %s %s", when, kind, id)
                        .isEqualTo(
                                newest == null
                                        ? null
                                        : new Tip(
                                                newest.getVersion(),
                                                newest.getCreatedAt(),
                                                newest.getRecordedAt(),
                                                newest.getDeleted(),
                                                all.get(0).getVersion() == 1
                                                        ? all.get(0).getSource()
                                                        : null,
                                                all.stream()
                                                        .anyMatch(v ->
                                                                v.getSource().equals(Source.SCIM))));
            }
        }
        assertThat(shown(directory.users().after(null, 100))).as(when).isEqualTo(expected(naive, Kind.USER, v -> true));
        assertThat(shown(directory.groups().after(null, 100)))
                .as(when)
                .isEqualTo(expected(naive, Kind.GROUP, v -> true));
        assertThat(shown(directory.roles().after(null, 100))).as(when).isEqualTo(expected(naive, Kind.ROLE, v -> true));
        assertThat(shown(directory.seatRequests().after(null, 100)))
                .as(when)
                .isEqualTo(expected(naive, Kind.SEAT_REQUEST, v -> true));
        assertThat(shown(directory.seats().after(null, 100)))
                .as(when)
                .isEqualTo(expected(naive, Kind.SEATS, v -> true));
        assertThat(shown(directory.organization().stream().toList()))
                .as(when)
                .isEqualTo(expected(naive, Kind.ORGANIZATION, v -> true));
        names(when, directory, naive);
        users(when, directory, naive);
        groups(when, directory, naive);
        seats(when, directory, naive);
        past(when, directory, naive);
    }

    private static void past(String when, Directory directory, NaiveDirectory naive) {
        TeamTimeline timeline = new TeamTimeline();
        naive.versions().forEach(timeline::apply);
        // The edits are a second apart; the last question is asked after all of them.
        for (long at = Edits.START; at <= Edits.START + 130 * Edits.SECOND; at += 13 * Edits.SECOND) {
            for (String label : LABELS) {
                assertThat(AsOf.userOf(directory, label, at).orElse(null))
                        .as("%s: %s at %s", when, label, at)
                        .isEqualTo(naive.labelledAt(label, at));
                assertThat(AsOf.teamOf(directory, label, at))
                        .as("%s: %s at %s", when, label, at)
                        .isEqualTo(timeline.at(Edits.ORG, label, at));
            }
            for (String user : USERS) {
                assertThat(AsOf.groupsOf(directory, user, at))
                        .as("%s: %s at %s", when, user, at)
                        .isEqualTo(naive.groupsAt(user, at));
            }
        }
    }

    private static void names(String when, Directory directory, NaiveDirectory naive) {
        for (String name : NAMES) {
            String other = name.toUpperCase(Locale.ROOT);
            Set<String> named = new HashSet<>(
                    expected(naive, Kind.USER, v -> v.getUser().getUserName().equalsIgnoreCase(name)));
            String found = directory
                    .userByUserName(other)
                    .map(u -> shown(List.of(u)).get(0))
                    .orElse(null);
            assertThat(found == null ? named.isEmpty() : named.contains(found))
                    .as("%s: %s", when, name)
                    .isTrue();
            DirectoryVersion latest =
                    naive.listed(Kind.USER, v -> v.getUser().getUserName().equalsIgnoreCase(name)).stream()
                            .max((a, b) -> a.getRecordedAt() != b.getRecordedAt()
                                    ? Long.compare(a.getRecordedAt(), b.getRecordedAt())
                                    : a.getId().compareTo(b.getId()))
                            .orElse(null);
            assertThat(directory.userByUserName(other).map(Document::id).orElse(null))
                    .as("%s: %s", when, name)
                    .isEqualTo(latest == null ? null : latest.getId());
            assertThat(shown(directory.groupsByDisplayName(other)))
                    .as("%s: %s", when, name)
                    .isEqualTo(expected(
                            naive,
                            Kind.GROUP,
                            v -> v.getGroup().getDisplayName().equals(name)));
            assertThat(shown(directory.groupsByExternalId("ext-" + name)))
                    .as("%s: %s", when, name)
                    .isEqualTo(expected(
                            naive,
                            Kind.GROUP,
                            v -> v.getGroup().getDisplayName().equals(name)));
            assertThat(shown(directory.rolesByName(other)))
                    .as("%s: %s", when, name)
                    .isEqualTo(expected(
                            naive, Kind.ROLE, v -> v.getRole().getName().equals(name)));
        }
        for (String externalId : List.of("e1", "e2")) {
            assertThat(shown(directory.usersByExternalId(externalId)))
                    .as("%s: %s", when, externalId)
                    .isEqualTo(expected(
                            naive, Kind.USER, v -> externalId.equals(v.getUser().getExternalId())));
        }
        for (String label : LABELS) {
            DirectoryVersion holder = naive.labelled(label);
            assertThat(directory.userByLabel(label).map(Document::id).orElse(null))
                    .as("%s: %s", when, label)
                    .isEqualTo(holder == null ? null : holder.getId());
            assertThat(shown(directory.usersWithLabel(label)))
                    .as("%s: %s", when, label)
                    .isEqualTo(expected(
                            naive, Kind.USER, v -> Labels.of(v.getUser()).contains(label)));
        }
    }

    private static void users(String when, Directory directory, NaiveDirectory naive) {
        for (String id : USERS) {
            assertThat(shown(directory.user(id).stream().toList()))
                    .as("%s: %s", when, id)
                    .isEqualTo(expected(naive, Kind.USER, v -> v.getId().equals(id)));
            assertThat(shown(directory.groupsOf(id))).as("%s: %s", when, id).isEqualTo(lines(naive.groupsOf(id)));
            assertThat(directory.teamVersions(id))
                    .as("%s: %s", when, id)
                    .extracting(TeamVersion::version, TeamVersion::team)
                    .isEqualTo(naive.all(Kind.TEAM, id).stream()
                            .map(v -> tuple(v.getVersion(), v.getTeam().getTeam()))
                            .toList());
            assertThat(access(EffectiveAccess.of(directory, id)))
                    .as("%s: %s", when, id)
                    .isEqualTo(naive.access(id));
        }
    }

    private static void groups(String when, Directory directory, NaiveDirectory naive) {
        for (String id : GROUPS) {
            List<String> members = lines(naive.members(id));
            assertThat(shown(directory.members(id).after(null, 100)))
                    .as("%s: %s", when, id)
                    .isEqualTo(members);
            assertThat(shown(directory.members(id).from(1, 2)))
                    .as("%s: %s", when, id)
                    .isEqualTo(members.subList(Math.min(1, members.size()), Math.min(3, members.size())));
            assertThat(directory.members(id).size()).as("%s: %s", when, id).isEqualTo(members.size());
            for (String user : USERS) {
                assertThat(directory.isMember(id, user))
                        .as("%s: %s %s", when, id, user)
                        .isEqualTo(naive.groupsOf(user).stream()
                                .anyMatch(g -> g.getId().equals(id)));
            }
        }
    }

    private static void seats(String when, Directory directory, NaiveDirectory naive) {
        for (String tier : TIERS) {
            List<Asking> queue = naive.asking(tier);
            DirectoryVersion bought = naive.live(Kind.SEATS, tier);
            int seats = (int) Math.min(bought == null ? 0 : bought.getSeats().getPurchased(), queue.size());
            Seats.Tier found = Seats.of(directory, tier);
            assertThat(found.assigned()).as("%s: %s", when, tier).isEqualTo(queue.subList(0, seats));
            assertThat(found.waiting()).as("%s: %s", when, tier).isEqualTo(queue.subList(seats, queue.size()));
            long middle = Edits.START + 50 * Edits.SECOND;
            assertThat(naive.askedAt(tier, middle))
                    .as("%s: %s", when, tier)
                    .isEqualTo(directory.askingAt(middle).getOrDefault(tier, 0L));
        }
    }

    private static Set<String> access(EffectiveAccess access) {
        Set<String> lines = new TreeSet<>();
        origins(lines, "product", access.products());
        origins(lines, "tool", access.tools());
        access.fileAccessFrom()
                .forEach(origin -> lines.add("file " + access.fileAccess().accessName() + from(origin)));
        if (access.fileAccess() == FileAccess.NONE) {
            // The rule names no role for no access; the naive one does.
            access.tools().values().forEach(origins -> origins.forEach(o -> lines.add("file none" + from(o))));
        }
        return lines;
    }

    private static void origins(
            Set<String> lines, String what, SortedMap<String, List<EffectiveAccess.Origin>> granted) {
        granted.forEach((name, origins) -> origins.forEach(origin -> lines.add(what + " " + name + from(origin))));
    }

    private static String from(EffectiveAccess.Origin origin) {
        return " " + (origin.isDefault() ? "default" : origin.groupId()) + " " + origin.roleId();
    }

    private static List<String> expected(NaiveDirectory naive, Kind kind, Predicate<DirectoryVersion> which) {
        return lines(naive.listed(kind, which));
    }

    private static List<String> lines(List<DirectoryVersion> versions) {
        return versions.stream()
                .map(v -> line(v.getId(), v.getVersion(), content(v)))
                .toList();
    }

    private static <T> List<String> shown(List<Document<T>> documents) {
        return documents.stream()
                .map(d -> line(d.id(), d.version(), d.content()))
                .toList();
    }

    private static String line(String id, long version, @Nullable Object content) {
        return id + " " + version + " " + content;
    }

    private static @Nullable Object content(DirectoryVersion version) {
        return version.get(version.getKind().replace('-', '_'));
    }

    private static List<String> everyId() {
        List<String> ids = new ArrayList<>(USERS);
        ids.addAll(GROUPS);
        ids.addAll(ROLES);
        ids.addAll(TIERS);
        ids.addAll(ids("q", 3));
        ids.add(Edits.ORG);
        GROUPS.forEach(group -> USERS.forEach(user -> ids.add(Versions.membershipId(group, user))));
        return ids;
    }

    private static List<String> ids(String prefix, int count) {
        return LongStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }

    private static <T> T any(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
