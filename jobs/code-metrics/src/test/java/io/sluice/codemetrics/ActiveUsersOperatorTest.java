package io.sluice.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.codemetrics.ActiveScope;
import io.sluice.core.spend.Id;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.Bundles;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.StrictEnvironment;
import io.sluice.schema.ActiveUsers;
import io.sluice.schema.Codec;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActiveUsersOperatorTest {
    private static final Duration OPEN = Duration.ofDays(35);
    private static final Duration KNOWN = Duration.ofDays(400);
    private static final ActiveScope JUNE =
            new ActiveScope("acme", "month", LocalDate.parse("2026-06-01").toEpochDay(), "organization", "acme");
    private static final long JUNE_CLOSES = millis("2026-08-05T00:00:00Z");

    private final List<ActiveUsers> told = new ArrayList<>();
    private final List<Bundle> waiting = new ArrayList<>();
    private final Bundles bundles = new Bundles(StrictEnvironment.MAX_PARALLELISM, waiting::add);
    private int mostExact = 1_000;
    private long checkpoints;

    @Nullable
    private KeyedOneInputStreamOperatorTestHarness<Id, Bundle, KeyedValue> harness;

    private static long millis(String time) {
        return Instant.parse(time).toEpochMilli();
    }

    private KeyedOneInputStreamOperatorTestHarness<Id, Bundle, KeyedValue> harness() throws Exception {
        if (harness == null) {
            harness = opened(null);
        }
        return harness;
    }

    private KeyedOneInputStreamOperatorTestHarness<Id, Bundle, KeyedValue> opened(@Nullable OperatorSubtaskState state)
            throws Exception {
        KeyedOneInputStreamOperatorTestHarness<Id, Bundle, KeyedValue> opened =
                new KeyedOneInputStreamOperatorTestHarness<>(
                        new ActiveUsersOperator(mostExact, OPEN, KNOWN),
                        Bundle::key,
                        TypeInformation.of(Id.class),
                        StrictEnvironment.MAX_PARALLELISM,
                        1,
                        0);
        if (state != null) {
            opened.initializeState(state);
        }
        opened.open();
        return opened;
    }

    @AfterEach
    void close() throws Exception {
        harness().close();
    }

    private void comes(ActiveScope scope, String user, int by, long heldUntilMillis) {
        ActiveUsersOperator.write(bundles, scope, user, by, heldUntilMillis);
    }

    private void comes(String user, int by) {
        comes(JUNE, user, by, JUNE_CLOSES);
    }

    /** @return what was told since the checkpoint before */
    private List<ActiveUsers> checkpoint(boolean restart) throws Exception {
        bundles.flush();
        for (Bundle bundle : waiting) {
            harness().processElement(bundle, 0);
        }
        waiting.clear();
        checkpoints++;
        harness().prepareSnapshotPreBarrier(checkpoints);
        OperatorSubtaskState state = harness().snapshot(checkpoints, checkpoints);
        List<ActiveUsers> now = new ArrayList<>();
        for (KeyedValue value : harness().extractOutputValues()) {
            now.add(Codec.of(ActiveUsers.class).decode(Objects.requireNonNull(value.value())));
        }
        harness().getOutput().clear();
        told.addAll(now);
        if (restart) {
            harness().close();
            harness = opened(state);
        }
        return now;
    }

    private ActiveUsers newest() {
        return told.get(told.size() - 1);
    }

    @ParameterizedTest(name = "seed {0}, restarts: {1}")
    @CsvSource({"1, false", "2, true", "3, true"})
    void moreThanAreCountedOneByOneAreCountedByASketch(long seed, boolean restarts) throws Exception {
        Random random = new Random(seed);
        List<String> people = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            people.add("person-" + i + "@example.com");
        }
        Collections.shuffle(people, random);
        int present = 0;
        for (String person : people) {
            comes(person, 1 + random.nextInt(3));
            present++;
            if (present % 500 == 0) {
                checkpoint(restarts && present % 5_000 == 0);
                assertThat(newest().getApproximate()).as("%d people", present).isEqualTo(present > mostExact);
                if (present <= mostExact) {
                    assertThat(newest().getUsers()).isEqualTo(present);
                }
                assertThat(Math.abs(newest().getUsers() - present))
                        .as("%d people, four times the standard error of 0.8 %%", present)
                        .isLessThanOrEqualTo(Math.round(present * 0.0325));
            }
        }
        long before = newest().getUsers();
        people.subList(0, 500).forEach(person -> comes(person, 1));
        assertThat(checkpoint(restarts)).as("they were there before").isEmpty();
        people.subList(0, 500).forEach(person -> comes(person, -9));
        checkpoint(restarts);
        assertThat(newest().getUsers()).as("a sketch takes nothing back").isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theSketchDoesNotDependOnTheOrder(long seed) throws Exception {
        mostExact = 10;
        for (int i = 0; i < 3_000; i++) {
            comes("person-" + i + "@example.com", 1);
        }
        checkpoint(false);
        long straight = newest().getUsers();
        harness().close();
        harness = opened(null);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            order.add(i);
            order.add(random(seed, i));
        }
        Collections.shuffle(order, new Random(seed));
        for (int i : order) {
            comes("person-" + i + "@example.com", 1);
        }
        checkpoint(false);
        assertThat(newest().getUsers()).as("seed %d", seed).isEqualTo(straight);
    }

    private static int random(long seed, int i) {
        return new Random(seed + i).nextInt(3_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whoIsTakenBackIsCountedNoMore(long seed) throws Exception {
        Random random = new Random(seed);
        int[] days = new int[40];
        for (int step = 0; step < 400; step++) {
            int person = random.nextInt(days.length);
            // The taking may come before the giving.
            int by = random.nextBoolean() ? 1 : -1;
            days[person] += by;
            comes("person-" + person + "@example.com", by);
            if (random.nextInt(20) == 0) {
                checkpoint(random.nextBoolean());
            }
        }
        for (int person = 0; person < days.length; person++) {
            if (days[person] < 0) {
                comes("person-" + person + "@example.com", -days[person]);
                days[person] = 0;
            }
        }
        comes("last@example.com", 1);
        checkpoint(true);
        long present = Arrays.stream(days).filter(of -> of > 0).count() + 1;
        assertThat(newest().getUsers()).as("seed %d", seed).isEqualTo(present);
        assertThat(newest().getApproximate()).isFalse();
    }

    /** With a limit of 10 the period has a sketch before it is closed, else from then on. */
    @ParameterizedTest(name = "exact up to {0}, restarts: {1}")
    @CsvSource({"10, false", "10, true", "1000, false", "1000, true"})
    void whoComesWhenThePeriodIsClosedIsAddedToThoseWhoWereThere(int limit, boolean restarts) throws Exception {
        mostExact = limit;
        for (int i = 0; i < 500; i++) {
            comes("person-" + i + "@example.com", 1);
        }
        checkpoint(restarts);
        assertThat(newest().getUsers()).isEqualTo(500);

        harness().processWatermark(JUNE_CLOSES);
        assertThat(checkpoint(restarts)).as("closing tells nothing").isEmpty();
        long imported = millis("2026-12-05T00:00:00Z");
        comes(JUNE, "person-7@example.com", 1, imported);
        assertThat(checkpoint(restarts)).as("was there before").isEmpty();

        comes(JUNE, "late@example.com", 1, imported);
        checkpoint(restarts);
        assertThat(newest().getUsers()).isEqualTo(501);
        assertThat(newest().getApproximate()).as("from now on").isTrue();

        comes(JUNE, "person-7@example.com", -1, imported);
        checkpoint(restarts);
        assertThat(newest().getUsers()).as("nobody is taken back").isEqualTo(501);
        assertThat(newest().getApproximate()).isTrue();

        harness().processWatermark(imported + KNOWN.toMillis() - 1);
        checkpoint(restarts);
        assertThat(harness().numKeyedStateEntries()).isPositive();
        harness().processWatermark(imported + KNOWN.toMillis());
        assertThat(harness().numKeyedStateEntries()).isZero();
        assertThat(harness().numEventTimeTimers()).isZero();
    }

    @Test
    void takingBackFromAClosedPeriodMarksIt() throws Exception {
        comes("a@example.com", 1);
        comes("b@example.com", 1);
        checkpoint(false);
        assertThat(newest().getApproximate()).isFalse();
        harness().processWatermark(JUNE_CLOSES);
        comes("b@example.com", -1);
        assertThat(checkpoint(false)).singleElement().satisfies(users -> {
            assertThat(users.getUsers()).isEqualTo(2);
            assertThat(users.getApproximate()).isTrue();
        });
    }

    /** Six months of old files on the first day are periods like any other until the import's own month is closed. */
    @Test
    void anOldPeriodOfWhichNothingWasKnownIsCountedOneByOne() throws Exception {
        long imported = millis("2027-01-04T00:00:00Z");
        harness().processWatermark(millis("2026-11-24T00:00:00Z"));
        comes(JUNE, "a@example.com", 1, imported);
        comes(JUNE, "b@example.com", 1, imported);
        checkpoint(false);
        harness().processWatermark(millis("2026-12-20T00:00:00Z"));
        comes(JUNE, "b@example.com", -1, imported);
        comes(JUNE, "c@example.com", 1, imported);
        comes(JUNE, "d@example.com", 1, imported);
        checkpoint(true);
        assertThat(newest().getUsers()).isEqualTo(3);
        assertThat(newest().getApproximate()).isFalse();
    }

    @Test
    void aSketchOfFewIsAsGoodAsExact() throws Exception {
        mostExact = 0;
        long worst = 0;
        for (int i = 1; i <= 1_500; i++) {
            comes("person-" + i + "@example.com", 1);
            if (i % 10 == 0) {
                checkpoint(false);
                worst = Math.max(worst, Math.abs(newest().getUsers() - i));
            }
        }
        assertThat(worst).isZero();
    }
}
