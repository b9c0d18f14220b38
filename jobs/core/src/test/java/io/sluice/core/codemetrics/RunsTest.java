package io.sluice.core.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunsTest {
    private static final long SECOND = 1_000_000;

    private final List<Fact> events = new ArrayList<>();

    private void event(long at, long sequence) {
        events.add(new Fact(
                Kind.OTHER,
                events.size(),
                events.size(),
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
                false,
                0));
    }

    private List<Runs.Run> runs(long seed) {
        Collections.shuffle(events, new Random(seed));
        events.sort(Fact.BY_TIME);
        return Runs.of(events);
    }

    private static long missing(List<Runs.Run> runs) {
        long missing = 0;
        for (Runs.Run run : runs) {
            for (int i = 1; i < run.events().size(); i++) {
                missing +=
                        run.events().get(i).sequence() - run.events().get(i - 1).sequence() - 1;
            }
        }
        return missing;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void processesAtATimeMissNothing(long seed) {
        Random random = new Random(seed);
        int processes = 2 + random.nextInt(3);
        for (int process = 0; process < processes; process++) {
            long at = random.nextInt(5) * SECOND;
            int count = 20 + random.nextInt(30);
            for (int sequence = 0; sequence < count; sequence++) {
                event(at, sequence);
                at += SECOND / 2 + random.nextInt(3 * (int) SECOND);
            }
        }
        List<Runs.Run> runs = runs(seed);
        assertThat(runs).as("seed %d", seed).hasSize(processes);
        assertThat(missing(runs)).as("seed %d", seed).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aClockThatIsSetBackLosesNothing(long seed) {
        Random random = new Random(seed);
        int setBackAt = 1 + random.nextInt(28);
        long back = (1 + random.nextInt(7200)) * SECOND;
        for (int sequence = 0; sequence < 30; sequence++) {
            event(10_000 * SECOND + sequence * SECOND - (sequence < setBackAt ? 0 : back), sequence);
        }
        List<Runs.Run> runs = runs(seed);
        assertThat(runs).as("seed %d, back at %d by %d", seed, setBackAt, back).hasSize(1);
        assertThat(missing(runs)).as("seed %d", seed).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void oneAfterTheOtherIsASpecialCase(long seed) {
        Random random = new Random(seed);
        long at = 0;
        long lost = 0;
        for (int process = 0; process < 4; process++) {
            long before = 0;
            for (int sequence = 0; sequence < 30; sequence++) {
                at += SECOND + random.nextInt((int) SECOND);
                if (sequence == 0 || random.nextInt(5) > 0) {
                    lost += sequence == 0 ? 0 : sequence - before - 1;
                    event(at, sequence);
                    before = sequence;
                }
            }
            at += 60 * SECOND;
        }
        List<Runs.Run> runs = runs(seed);
        assertThat(missing(runs)).as("seed %d", seed).isEqualTo(lost);
        assertThat(Runs.atATime(events).stream().map(Runs.Run::events).toList())
                .as("seed %d", seed)
                .containsExactlyInAnyOrderElementsOf(
                        runs.stream().map(Runs.Run::events).toList());
    }

    @Test
    void whatBeganUnseenIsAProcessOfItsOwn() {
        event(SECOND, 0);
        event(2 * SECOND, 1);
        event(60 * SECOND, 1);
        event(61 * SECOND, 2);
        List<Runs.Run> runs = runs(1);
        assertThat(runs).hasSize(2);
        assertThat(missing(runs)).isZero();
    }
}
