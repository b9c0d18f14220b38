package io.sluice.core.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TeamDaysTest {
    @ParameterizedTest
    @CsvSource({
        "1970-01-03T00:00:00Z, 0",
        "1970-01-03T23:59:59Z, 0",
        "1970-01-04T00:00:00Z, 1",
        "1970-01-11T12:00:00Z, 8",
    })
    void aDayIsSettledTwoDaysAfterItsEnd(Instant known, long firstUnsettled) {
        assertThat(TeamDays.firstUnsettled(known)).isEqualTo(firstUnsettled);
    }

    @ParameterizedTest
    @CsvSource({"5, 7, 5", "7, 5, 5", "5, 0, 5", "0, 5, 5", "0, 0, 0", "5, 1, 1"})
    void thePeopleOfTheSourceWithTheFewestCount(long ofRows, long ofLedger, long people) {
        assertThat(TeamDays.people(ofRows, ofLedger)).isEqualTo(people);
    }

    private static List<TeamDays.Cell<String>> cells(int... people) {
        return IntStream.range(0, people.length)
                .mapToObj(i -> new TeamDays.Cell<>("team" + i, 0, people[i], ""))
                .toList();
    }

    private static List<Long> people(List<TeamDays.Cell<String>> cells) {
        return cells.stream().map(TeamDays.Cell::people).toList();
    }

    @Test
    void aDayIsFrozenWholeOrNotAtAll() {
        assertThat(people(TeamDays.frozen(cells(4, 3, 2), 5))).isEmpty();
        assertThat(people(TeamDays.frozen(cells(5, 4, 3, 2, 1), 5))).containsExactly(5L, 4L, 3L);
        assertThat(people(TeamDays.told(cells(5, 4, 3), 5))).containsExactly(5L);
        assertThat(people(TeamDays.told(cells(5, 4, 3), 4)))
                .as("a lower minimum")
                .containsExactly(5L, 4L);
        assertThat(people(TeamDays.told(cells(2, 1), 0)))
                .as("no minimum is lower than the least")
                .isEmpty();
    }

    /** What one person did on one day, as far as it came by one moment: nobody else's. */
    private record Contribution(int person, int day, int part) {}

    /**
     * An organization in which things come late, people change teams, also for days that are over, and the minimum is changed,
     * while somebody asks everything that can be asked again and again.
     */
    private static final class Organization {
        private static final int TEAMS = 3;
        private static final int DAYS = 4;

        private final Random random;
        private final Map<Contribution, Integer> teams = new LinkedHashMap<>();
        private final Map<Long, List<TeamDays.Cell<Set<Contribution>>>> frozen = new TreeMap<>();
        private int minimum;
        private int lowest;

        Organization(long seed) {
            random = new Random(seed);
            minimum = TeamDays.LEAST + random.nextInt(3);
            lowest = minimum;
            int people = 12 + random.nextInt(12);
            for (int person = 0; person < people; person++) {
                int team = random.nextInt(TEAMS);
                for (int day = 0; day < DAYS; day++) {
                    if (random.nextInt(4) > 0) {
                        teams.put(new Contribution(person, day, 0), team);
                    }
                }
            }
        }

        void change() {
            List<Contribution> all = new ArrayList<>(teams.keySet());
            Contribution some = all.get(random.nextInt(all.size()));
            switch (random.nextInt(5)) {
                case 0 -> // something that comes late
                    teams.put(
                            new Contribution(some.person, random.nextInt(DAYS), 1 + random.nextInt(100)),
                            random.nextInt(TEAMS));
                case 1 -> // somebody changes the team, for all days
                    move(some.person, random.nextInt(TEAMS));
                case 2 -> // a whole team gets another name
                    all.forEach(each -> teams.computeIfPresent(each, (key, team) -> (team + 1) % TEAMS));
                case 3 -> // somebody is erased
                    teams.keySet().removeIf(each -> each.person == some.person && teams.size() > 1);
                default -> {
                    minimum = TeamDays.LEAST + random.nextInt(3);
                    lowest = Math.min(lowest, minimum);
                }
            }
        }

        private void move(int person, int team) {
            teams.replaceAll((each, old) -> each.person == person ? team : old);
        }

        /** As whoever keeps the table does it: settled days that are asked for are frozen first. */
        List<Set<Contribution>> ask(int from, int to, Set<String> filter, boolean byTeam) {
            List<TeamDays.Cell<Set<Contribution>>> all = new ArrayList<>();
            for (long day = from; day < to; day++) {
                if (!frozen.containsKey(day)) {
                    List<TeamDays.Cell<Set<Contribution>>> now = TeamDays.frozen(live(day), minimum);
                    if (!now.isEmpty()) {
                        frozen.put(day, now);
                    }
                }
                all.addAll(frozen.getOrDefault(day, List.of()));
            }
            List<TeamDays.Cell<Set<Contribution>>> told = TeamDays.told(all, minimum).stream()
                    .filter(cell -> filter.isEmpty() || filter.contains(cell.team()))
                    .toList();
            List<Set<Contribution>> answers = new ArrayList<>();
            TeamDays.grouped(told, cell -> byTeam ? cell.team() : "").values().forEach(cells -> {
                Set<Contribution> sum = new HashSet<>();
                cells.forEach(cell -> sum.addAll(cell.figures()));
                answers.add(sum);
            });
            return answers;
        }

        /** So also no other sum of multiples of answers is about fewer people than a cell. */
        void assertWholeCells(Set<Set<Contribution>> answers) {
            Set<Contribution> seen = new HashSet<>();
            for (List<TeamDays.Cell<Set<Contribution>>> day : frozen.values()) {
                for (TeamDays.Cell<Set<Contribution>> cell : day) {
                    assertThat(seen).doesNotContainAnyElementsOf(cell.figures());
                    seen.addAll(cell.figures());
                    for (Set<Contribution> answer : answers) {
                        Set<Contribution> common = new HashSet<>(cell.figures());
                        common.retainAll(answer);
                        assertThat(common)
                                .satisfiesAnyOf(
                                        some -> assertThat(some).isEmpty(),
                                        all -> assertThat(all).isEqualTo(cell.figures()));
                    }
                }
            }
        }

        private List<TeamDays.Cell<Set<Contribution>>> live(long day) {
            Map<Integer, Set<Contribution>> byTeam = new TreeMap<>();
            teams.forEach((each, team) -> {
                if (each.day == day) {
                    byTeam.computeIfAbsent(team, key -> new HashSet<>()).add(each);
                }
            });
            List<TeamDays.Cell<Set<Contribution>>> cells = new ArrayList<>();
            byTeam.forEach((team, sum) -> cells.add(new TeamDays.Cell<>(
                    "team" + team,
                    day,
                    sum.stream().map(Contribution::person).distinct().count(),
                    Set.copyOf(sum))));
            return cells;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 20261126})
    void noDifferenceOfAnswersIsAboutFewerThanTheMinimum(long seed) {
        Organization organization = new Organization(seed);
        Set<Set<Contribution>> answers = new HashSet<>();
        answers.add(Set.of());
        for (int round = 0; round < 40; round++) {
            for (Set<String> filter : List.of(
                    Set.<String>of(), Set.of("team0"), Set.of("team1"), Set.of("team2"), Set.of("team0", "team2"))) {
                for (int from = 0; from < Organization.DAYS; from++) {
                    int to = from + 1 + organization.random.nextInt(Organization.DAYS - from);
                    answers.addAll(organization.ask(from, to, filter, round % 2 == 0));
                }
            }
            organization.change();
        }
        assertThat(answers).as("seed %d: something is told", seed).hasSizeGreaterThan(2);
        organization.assertWholeCells(answers);
        for (Set<Contribution> a : answers) {
            for (Set<Contribution> b : answers) {
                Map<Contribution, Integer> difference = new HashMap<>();
                a.forEach(each -> difference.merge(each, 1, Integer::sum));
                b.forEach(each -> difference.merge(each, -1, Integer::sum));
                difference.values().removeIf(sign -> sign == 0);
                assertThat(difference.keySet().stream()
                                .map(Contribution::person)
                                .distinct())
                        .as("seed %d: %s", seed, difference)
                        .satisfiesAnyOf(
                                people -> assertThat(people).isEmpty(),
                                people -> assertThat(people).hasSizeGreaterThanOrEqualTo(organization.lowest));
            }
        }
    }
}
