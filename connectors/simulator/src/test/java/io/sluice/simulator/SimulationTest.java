package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.simulator.FoldingReceiver.Event;
import io.sluice.simulator.SpendKey.Dimension;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulationTest {
    static final Instant END = Instant.parse("2026-11-21T00:00:00Z");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 20261121})
    void theSameSeedGivesTheSameBytes(long seed) {
        SimulationOptions options = SimulationOptions.of(seed, 6, 2, END);
        assertThat(digest(options)).as("seed %d", seed).isEqualTo(digest(SimulationOptions.of(seed, 6, 2, END)));
        assertThat(digest(options)).as("seed %d", seed).isNotEqualTo(digest(SimulationOptions.of(seed + 1, 6, 2, END)));
    }

    @Test
    void aSimulationCanBeRunAgain() {
        Simulation simulation = new Simulation(SimulationOptions.of(3, 4, 2, END));
        List<Batch> first = all(simulation.batches());
        assertThat(all(simulation.batches())).isEqualTo(first).hasSizeGreaterThan(50);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20260301, -7})
    void theTruthIsWhatAReceiverFindsInTheBytes(long seed) {
        SimulationOptions options = SimulationOptions.builder(seed, 10, 2, END)
                .share(Share.COUNTERS_ONLY, 0.3)
                .share(Share.CUMULATIVE, 0.5)
                .share(Share.DUPLICATES, 0.1)
                .share(Share.LATE, 0.2)
                .share(Share.TRACES, 0.3)
                .build();
        Truth truth = new Truth();
        List<Batch> batches = all(truth.addingFrom(new Simulation(options).batches()));
        FoldingReceiver receiver = receive(batches);

        assertThat(receiver.spend())
                .as("seed %d", seed)
                .isEqualTo(truth.cells())
                .isNotEmpty();
        for (Signal signal : Signal.values()) {
            assertThat(receiver.received.get(signal))
                    .as("seed %d, %s", seed, signal)
                    .isEqualTo(truth.recordsSent(signal))
                    .isGreaterThan(truth.distinctRecords(signal));
        }
        assertThat(receiver.events).hasSize((int) truth.distinctRecords(Signal.LOGS));
        assertThat(receiver.points).hasSize((int) truth.distinctRecords(Signal.METRICS));

        Collections.shuffle(batches, new Random(seed));
        assertThat(receive(batches).spend()).as("shuffled, seed %d", seed).isEqualTo(truth.cells());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void bothSignalsOfAUserSayTheSame(long seed) {
        SimulationOptions options = SimulationOptions.builder(seed, 5, 3, END)
                .share(Share.COUNTERS_ONLY, 0)
                .share(Share.EVENTS_ONLY, 0)
                .share(Share.CUMULATIVE, 0.5)
                .build();
        Truth truth = new Truth();
        List<Batch> batches = all(truth.addingFrom(new Simulation(options).batches()));
        FoldingReceiver countersOnly = new FoldingReceiver();
        batches.stream()
                .filter(batch -> batch.signal() == Signal.METRICS)
                .forEach(batch ->
                        countersOnly.receive(batch.signal(), batch.request().toByteArray()));
        Set<Dimension> by = EnumSet.allOf(Dimension.class);
        Map<Map<Dimension, String>, SpendTotals> fromCounters = new HashMap<>();
        countersOnly.spend().forEach((key, totals) -> fromCounters.merge(key.values(by), totals, SpendTotals::plus));
        Map<Map<Dimension, String>, SpendTotals> expected = new HashMap<>();
        truth.rollUp(by).forEach((key, totals) -> expected.put(key, withoutRequests(totals)));
        assertThat(fromCounters).as("seed %d", seed).isEqualTo(expected).isNotEmpty();
    }

    private static SpendTotals withoutRequests(SpendTotals totals) {
        return new SpendTotals(
                totals.micros(),
                null,
                totals.inputTokens(),
                totals.outputTokens(),
                totals.cacheReadTokens(),
                totals.cacheCreationTokens());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyTimeIsInsideOfTheRange(long seed) {
        SimulationOptions options = SimulationOptions.builder(seed, 14, 1, END)
                .share(Share.WEEKENDS, 1)
                .share(Share.LATE, 0.3)
                .share(Share.DUPLICATES, 0.2)
                .sessionsPerDay(8)
                .build();
        List<Batch> batches = all(new Simulation(options).batches());
        FoldingReceiver receiver = receive(batches);
        assertThat(batches)
                .hasSizeGreaterThan(500)
                .allSatisfy(batch ->
                        assertThat(batch.sentAt()).as("seed %d", seed).isBetween(options.start(), END.minusMillis(1)));
        long start = Otlp.nanos(options.start().toEpochMilli());
        long end = Otlp.nanos(END.toEpochMilli());
        assertThat(receiver.events)
                .allSatisfy(event -> assertThat(event.timeNanos()).isBetween(start, end - 1));
        assertThat(receiver.points.values()).allSatisfy(point -> {
            assertThat(point.startNanos()).isGreaterThanOrEqualTo(start).isLessThan(point.timeNanos());
            assertThat(point.timeNanos()).isLessThan(end);
            assertThat(point.timeNanos() % Otlp.nanos(3_600_000)).isNotZero();
        });
    }

    @Test
    void workIsDoneInWorkingHoursOfManyTimeZones() {
        FoldingReceiver receiver = run(
                SimulationOptions.builder(4, 40, 1, END).promptsPerSession(2).build());
        Set<Long> hours = receiver.events.stream()
                .map(event -> event.timeNanos() / Otlp.nanos(3_600_000) % 24)
                .collect(Collectors.toSet());
        assertThat(hours).hasSizeGreaterThan(20);
        Map<String, Set<Long>> hoursByUser = new HashMap<>();
        receiver.events.forEach(event -> hoursByUser
                .computeIfAbsent(event.text("user.email"), key -> new HashSet<>())
                .add(event.timeNanos() / Otlp.nanos(3_600_000) % 24));
        assertThat(hoursByUser.values()).allSatisfy(own -> assertThat(own).hasSizeLessThan(16));
    }

    /** The real client holds a batch back until it has been sent; what is of one process arrives in its order. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void batchesOfAUserStayInOrderAndThoseOfTheOthersAreShuffled(long seed) {
        List<Batch> batches = all(new Simulation(SimulationOptions.of(seed, 10, 2, END)).batches());
        Map<String, Instant> last = new HashMap<>();
        for (Batch batch : batches) {
            Instant before = last.put(batch.user(), batch.sentAt());
            if (before != null) {
                assertThat(batch.sentAt()).as("seed %d", seed).isAfterOrEqualTo(before);
            }
        }
        List<Instant> times = batches.stream().map(Batch::sentAt).toList();
        assertThat(times)
                .as("seed %d", seed)
                .isNotEqualTo(times.stream().sorted().toList());
    }

    @Test
    void resumedSessionsCountFromZeroAgain() {
        FoldingReceiver receiver = run(SimulationOptions.builder(5, 6, 3, END)
                .share(Share.COUNTERS_ONLY, 0)
                .share(Share.RESUMED, 0.6)
                .build());
        Map<String, Long> starts = receiver.events.stream()
                .filter(event -> event.number("event.sequence") == 0)
                .collect(Collectors.groupingBy(event -> event.text("session.id"), Collectors.counting()));
        assertThat(starts.values()).anyMatch(count -> count > 1);
        Map<String, List<Event>> bySession =
                receiver.events.stream().collect(Collectors.groupingBy(event -> event.text("session.id")));
        // A continued session's first events carry an id of their own, and nothing else does.
        assertThat(bySession.values().stream()
                        .filter(events ->
                                events.stream().noneMatch(event -> event.name().equals("user_prompt"))))
                .isNotEmpty()
                .allSatisfy(events -> assertThat(events)
                        .extracting(Event::name)
                        .containsOnly("managed_settings_resolved", "plugin_loaded", "mcp_server_connection"));
    }

    @Test
    void sequencesOfAProcessHaveNoGaps() {
        FoldingReceiver receiver = run(SimulationOptions.builder(6, 5, 2, END)
                .share(Share.COUNTERS_ONLY, 0)
                .share(Share.RESUMED, 0)
                .build());
        receiver.events.stream()
                .collect(Collectors.groupingBy(event -> event.text("session.id")))
                .values()
                .forEach(events -> assertThat(events.stream()
                                .map(event -> event.number("event.sequence"))
                                .sorted()
                                .toList())
                        .startsWith(0L)
                        .endsWith(events.size() - 1L));
    }

    @Test
    void isLazy() {
        Iterator<Batch> batches = new Simulation(SimulationOptions.of(7, 50, 1_000_000, END)).batches();
        for (int i = 0; i < 1_000; i++) {
            assertThat(batches.next().records()).isPositive();
        }
    }

    @Test
    void memoryDoesNotGrowWithTheNumberOfDays() {
        assertThat(mostPending(150)).isLessThan(2 * mostPending(30));
    }

    private static int mostPending(int days) {
        SimulationOptions options = SimulationOptions.of(8, 5, days, END);
        Simulation.Run run = new Simulation.Run(options, new Organization(options));
        int most = 0;
        while (run.hasNext()) {
            most = Math.max(most, run.pending());
            run.next();
        }
        return most;
    }

    static FoldingReceiver run(SimulationOptions options) {
        return receive(all(new Simulation(options).batches()));
    }

    static FoldingReceiver receive(List<Batch> batches) {
        FoldingReceiver receiver = new FoldingReceiver();
        for (Batch batch : batches) {
            receiver.receive(batch.signal(), batch.request().toByteArray());
        }
        return receiver;
    }

    static List<Batch> all(Iterator<Batch> batches) {
        List<Batch> all = new ArrayList<>();
        batches.forEachRemaining(all::add);
        return all;
    }

    static String digest(SimulationOptions options) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            new Simulation(options).batches().forEachRemaining(batch -> {
                digest.update(batch.sentAt().toString().getBytes(StandardCharsets.UTF_8));
                digest.update(batch.request().toByteArray());
            });
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
