package io.sluice.core.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessesTest {
    private static final long SECOND = 1_000_000;

    private static Fact event(long at, long sequence) {
        return new Fact(
                Kind.OTHER,
                sequence << 32 | at / 1000,
                at,
                Channel.EVENTS,
                Channel.EVENTS.bit(),
                at,
                at,
                sequence,
                Origin.UNKNOWN,
                null,
                null,
                null,
                null,
                0,
                -1,
                0,
                0,
                false);
    }

    private static Processes of(List<Fact> facts, List<Long> starts, List<Processes.Span> counted) {
        List<Fact> sorted = new ArrayList<>(facts);
        sorted.sort(Fact.BY_TIME);
        return new Processes(sorted, starts, counted);
    }

    /** Events as {@code second:number}; the numbers of each process in order, and how many runs they are. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "one after another              | 1:0 2:1 3:2 60:0 61:1                      | 0 1 2, 0 1            | 3",
                "two terminals at a time        | 1:0 2:1 10:0 11:2 12:1 13:3 14:2 15:4      | 0 1 2 3 4, 0 1 2      | 2",
                "numbers are missing            | 1:0 2:4 3:5 60:0 61:7                      | 0 4 5, 0 7            | 3",
                "the beginning is missing       | 1:0 2:1 3:2 60:1 61:2                      | 0 1 2, 1 2            | 3",
                "out of order by milliseconds   | 1:0 2:1 2.005:3 2.006:2 3:4 4:6 4.001:5    | 0 1 2 3 4 5 6         | 2",
                "the clock set back by seconds  | 1:0 5:1 6:2 7:3 3.5:4 4.5:5 5.5:6 8:7      | 0 1 2 3 4 5 6 7       | 2",
                "the clock set back by an hour  | 4000:0 4001:1 4002:2 402:3 403:4           | 3 4, 0 1 2            | 3",
                "nothing numbered               | 1:-1 2:-1                                  |                       | 1",
            })
    void processesAreChainsAndRunsAreWhatOverlaps(String what, String events, String numbers, int runs) {
        List<Fact> facts = new ArrayList<>();
        for (String each : events.split(" ")) {
            String[] parts = each.split(":");
            facts.add(event(Math.round(Double.parseDouble(parts[0]) * SECOND), Long.parseLong(parts[1])));
        }
        Processes processes = of(facts, List.of(), List.of());
        List<String> found = processes.events().stream()
                .map(chain -> String.join(
                        " ",
                        chain.stream()
                                .map(Fact::sequence)
                                .sorted()
                                .map(String::valueOf)
                                .toList()))
                .toList();
        assertThat(found)
                .as(what)
                .containsExactlyElementsOf(
                        numbers == null
                                ? List.of()
                                : Arrays.asList(numbers.strip().split(", ")));
        assertThat(processes.count()).as(what).isEqualTo(runs);
    }

    @Test
    void aStartThatACounterReachesOverIsOfAProcessThatRunsBesideIt() {
        List<Long> starts = List.of(10 * SECOND, 20 * SECOND);
        Processes.Span first = new Processes.Span(10 * SECOND, 15 * SECOND);
        assertThat(of(List.of(), starts, List.of(first)).count()).isEqualTo(3);
        Processes.Span over = new Processes.Span(15 * SECOND, 25 * SECOND);
        Processes both = of(List.of(), starts, List.of(first, over));
        assertThat(both.count()).isEqualTo(2);
        assertThat(both.at(9 * SECOND)).isZero();
        assertThat(both.at(10 * SECOND)).isEqualTo(1);
        assertThat(both.at(99 * SECOND)).isEqualTo(1);
    }

    /** Whatever the processes were: no number is missing if none was lost, and those that did not meet are told apart. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void withoutLossesNothingIsMissing(long seed) {
        for (int round = 0; round < 200; round++) {
            Random random = new Random(seed * 1000 + round);
            List<Fact> facts = new ArrayList<>();
            TreeSet<Long> apart = new TreeSet<>(); // starts at which no other process ran
            long reached = 0;
            int processes = 1 + random.nextInt(6);
            long start = SECOND;
            for (int i = 0; i < processes; i++) {
                boolean beside = i > 0 && round % 2 == 0 && random.nextBoolean();
                start = beside ? start + random.nextLong(Math.max(1, reached - start)) : reached + SECOND;
                long at = start;
                int events = 1 + random.nextInt(30);
                if (start > reached) {
                    apart.add(start);
                }
                for (int sequence = 0; sequence < events; sequence++) {
                    facts.add(event(at, sequence));
                    reached = Math.max(reached, at);
                    at += 1 + random.nextLong(3 * SECOND);
                }
            }
            Collections.shuffle(facts, random);
            Processes found = of(facts, List.of(), List.of());
            assertThat(found.events()).as("seed %d, round %d", seed, round).hasSize(processes);
            for (List<Fact> chain : found.events()) {
                assertThat(chain.stream().mapToLong(Fact::sequence).sorted().toArray())
                        .isEqualTo(LongStream.range(0, chain.size()).toArray());
            }
            // Numbers alone do not always tell who went on: then a run is found to be two, but never two to be one.
            for (long each : apart) {
                assertThat(found.at(each)).isEqualTo(found.at(each - 1) + 1);
            }
            if (apart.size() == processes) {
                assertThat(found.count()).isEqualTo(processes + 1);
            }
        }
    }
}
