package io.sluice.core.spend;

import static io.sluice.core.spend.CostBasis.PRICED;
import static io.sluice.core.spend.CostBasis.REPORTED_DECIMAL;
import static io.sluice.core.spend.CostBasis.REPORTED_MICROS;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.spend.Copies.Copy;
import io.sluice.core.spend.CountedReports.Candidate;
import io.sluice.core.spend.CountedReports.Counted;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What counts here is what counts in the job. */
class CountedReportsTest {
    static LongStream seeds() {
        return LongStream.rangeClosed(1, 300);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void countedReportsSumUpToTheCells(long seed) {
        Random random = new Random(seed);
        List<Copy> copies = RequestIdentityTest.randomCopies(random);
        Collections.shuffle(copies, random);
        Map<String, Counted> counted = counted(copies);

        Map<Cell, Amounts> cells = new HashMap<>();
        for (Copy copy : copies) {
            Counted count = counted.get(copy.eventId());
            if (count != null) {
                cells.merge(
                        copy.cell(),
                        count.withinAdvised() ? copy.amounts().withoutCost() : copy.amounts(),
                        Amounts::plus);
            }
        }
        cells.values().removeIf(Amounts::isZero);
        assertThat(cells).as("seed %d", seed).isEqualTo(RequestIdentityTest.model(copies));
        assertThat(counted.values().stream().mapToInt(Counted::copies).sum())
                .as("seed %d: every report is of one request", seed)
                .isEqualTo(copies.size());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void neighboursAreEnough(long seed) {
        List<Copy> copies = RequestIdentityTest.randomCopies(new Random(seed));
        Map<String, Counted> all = counted(copies);
        for (Copy copy : copies) {
            assertThat(counted(neighbours(copy, copies, CountedReports.HOPS)).get(copy.eventId()))
                    .as("seed %d: copies that %s stands for; null: it does not count", seed, copy.eventId())
                    .isEqualTo(all.get(copy.eventId()));
        }
    }

    @Test
    void fewerHopsAreNotEnough() {
        List<String> requests = Stream.of("r1", "r2")
                .sorted(Comparator.comparing(id -> Id.of(Id.Kind.REQUEST, "acme", id)))
                .toList();
        String smaller = requests.get(0);
        String larger = requests.get(1);
        Copy start = Copies.copy("start", null, "c", null, false, REPORTED_MICROS, "a", 1, 100, 8);
        List<Copy> copies = List.of(
                start,
                Copies.copy("linked", null, "c", "m", false, REPORTED_MICROS, "a", 1, 100, 5),
                Copies.copy("linked-too", null, "c2", "m", false, REPORTED_MICROS, "a", 1, 100, 5),
                Copies.copy("owner", larger, "c2", null, false, REPORTED_MICROS, "a", 1, 100, 5),
                Copies.copy("third", larger, "c3", null, false, REPORTED_MICROS, "a", 1, 100, 5),
                Copies.copy("best", null, "c3", "m2", false, REPORTED_MICROS, "a", 1, 100, 9),
                Copies.copy("fourth", null, "c4", "m2", false, REPORTED_MICROS, "a", 1, 100, 5),
                Copies.copy("other", smaller, "c4", null, false, REPORTED_MICROS, "a", 1, 100, 5));
        assertThat(counted(copies))
                .containsOnly(Map.entry("start", new Counted(5, false)), Map.entry("best", new Counted(3, false)));
        assertThat(counted(neighbours(start, copies, CountedReports.HOPS))).containsKey("start");
        assertThat(counted(neighbours(start, copies, CountedReports.HOPS - 1))).doesNotContainKey("start");
    }

    @Test
    void rankIsTheJobs() {
        Candidate priced = candidate("p", "r", PRICED, false, 1, 100);
        Candidate sidechain = candidate("s", "r", REPORTED_DECIMAL, true, 1, 100);
        Candidate decimal = candidate("d", "r", REPORTED_DECIMAL, false, 2, 1);
        Candidate earlier = candidate("e", "r", REPORTED_DECIMAL, false, 1, 1);
        Candidate micros = candidate("m", "r", REPORTED_MICROS, true, 3, 0);
        assertThat(CountedReports.of("acme", List.of(priced, sidechain, decimal, earlier, micros)))
                .containsExactly(Map.entry("m", new Counted(5, false)));
        assertThat(CountedReports.of("acme", List.of(priced, sidechain, decimal, earlier)))
                .containsExactly(Map.entry("e", new Counted(4, false)));
        assertThat(CountedReports.of("acme", List.of(priced, sidechain)))
                .containsExactly(Map.entry("s", new Counted(2, false)));
    }

    @Test
    void tokensBeyondEveryPriceHaveARank() {
        Candidate absurd = candidate("absurd", "r", PRICED, false, 1, 1_000_000_000_000L);
        Candidate usual = candidate("usual", "r", PRICED, false, 1, 5);
        assertThat(CountedReports.of("acme", List.of(usual, absurd, usual)))
                .containsExactly(Map.entry("absurd", new Counted(2, false)));
    }

    @Test
    void advisorsAreWithinWhatIsReportedOfTheirRequest() {
        Candidate telemetry = candidate("t", "r", REPORTED_MICROS, false, 1, 5);
        Candidate file = candidate("f", "r", PRICED, false, 1, 5);
        Candidate advisor = candidate("a", "r:advisor:0", PRICED, false, 1, 7);
        Candidate other = candidate("b", "r:advisor:1", PRICED, false, 1, 7);
        assertThat(CountedReports.of("acme", List.of(advisor, telemetry, file, other)))
                .containsOnly(
                        Map.entry("t", new Counted(2, false)),
                        Map.entry("a", new Counted(1, true)),
                        Map.entry("b", new Counted(1, true)));
        assertThat(CountedReports.of("acme", List.of(advisor, file)))
                .containsOnly(Map.entry("f", new Counted(1, false)), Map.entry("a", new Counted(1, false)));
    }

    @Test
    void nothingOfNothing() {
        assertThat(CountedReports.of("acme", List.of())).isEmpty();
    }

    private static Candidate candidate(
            String eventId, String requestId, CostBasis basis, boolean sidechain, long occurredAt, long output) {
        return new Candidate(eventId, requestId, null, null, sidechain, basis, occurredAt, 0, output, 0, 0);
    }

    private static Map<String, Counted> counted(Collection<Copy> copies) {
        return CountedReports.of(
                "acme",
                copies.stream()
                        .map(copy -> new Candidate(
                                copy.eventId(),
                                copy.requestId(),
                                copy.clientRequestId(),
                                copy.messageId(),
                                copy.sidechain(),
                                copy.report().basis(),
                                copy.report().occurredAtMicros(),
                                copy.amounts().input(),
                                copy.amounts().output(),
                                copy.amounts().cacheRead(),
                                copy.amounts().cacheCreation()))
                        .toList());
    }

    private static Set<Copy> neighbours(Copy start, List<Copy> all, int hops) {
        Set<Copy> near = new LinkedHashSet<>(List.of(start));
        for (int hop = 0; hop < hops; hop++) {
            Set<String> ids = near.stream().flatMap(CountedReportsTest::ids).collect(Collectors.toSet());
            near.addAll(all.stream()
                    .filter(copy -> ids(copy).anyMatch(ids::contains))
                    .toList());
        }
        return near;
    }

    private static Stream<String> ids(Copy copy) {
        List<String> ids = new ArrayList<>();
        add(ids, "r:", RequestIdentityTest.ofResponse(copy.requestId()));
        add(ids, "c:", copy.clientRequestId());
        add(ids, "m:", RequestIdentityTest.ofResponse(copy.messageId()));
        return ids.stream();
    }

    private static void add(List<String> ids, String kind, @Nullable String id) {
        if (id != null) {
            ids.add(kind + id);
        }
    }
}
