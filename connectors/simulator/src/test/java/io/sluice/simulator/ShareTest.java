package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.sluice.simulator.FoldingReceiver.Event;
import io.sluice.simulator.FoldingReceiver.Point;
import io.sluice.simulator.SpendKey.Dimension;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every share does what it says. */
class ShareTest {
    private static final long SEED = 20261121;

    private static SimulationOptions.Builder options() {
        return SimulationOptions.builder(SEED, 10, 2, SimulationTest.END).promptsPerSession(4);
    }

    private static List<Batch> batches(Share share, double value) {
        return SimulationTest.all(new Simulation(options().share(share, value).build()).batches());
    }

    private static FoldingReceiver receive(Share share, double value) {
        return SimulationTest.receive(batches(share, value));
    }

    private static Set<String> values(Share share, double value, Dimension dimension) {
        Truth truth = new Truth();
        batches(share, value).forEach(truth::add);
        return truth.rollUp(Set.of(dimension)).keySet().stream()
                .map(group -> group.getOrDefault(dimension, "none"))
                .collect(Collectors.toSet());
    }

    private static Set<String> eventNames(Share share, double value) {
        return receive(share, value).events.stream().map(Event::name).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @EnumSource(Share.class)
    void changesWhatIsSent(Share share) {
        String never = SimulationTest.digest(options().share(share, 0).build());
        assertThat(SimulationTest.digest(options().share(share, 0.8).build())).isNotEqualTo(never);
    }

    @ParameterizedTest
    @CsvSource({"COUNTERS_ONLY, LOGS", "EVENTS_ONLY, METRICS"})
    void usersWithOneSignalOnly(Share share, Signal missing) {
        assertThat(usersWithout(missing, share, 0)).isEmpty();
        assertThat(usersWithout(missing, share, 0.3)).hasSizeBetween(2, 4);
        assertThat(usersWithout(missing, share, 0.9)).hasSizeBetween(8, 10);
    }

    private static Set<String> usersWithout(Signal missing, Share share, double value) {
        List<Batch> batches = batches(share, value);
        Set<String> users = batches.stream().map(Batch::user).collect(Collectors.toCollection(HashSet::new));
        batches.stream()
                .filter(batch -> batch.signal() == missing)
                .map(Batch::user)
                .forEach(users::remove);
        return users;
    }

    @Test
    void cumulative() {
        assertThat(receive(Share.CUMULATIVE, 0).points.values())
                .extracting(Point::cumulative)
                .containsOnly(false);
        assertThat(receive(Share.CUMULATIVE, 0.5).points.values())
                .extracting(Point::cumulative)
                .contains(false, true);
        assertThat(receive(Share.CUMULATIVE, 1).points.values())
                .extracting(Point::cumulative)
                .containsOnly(true);
    }

    @Test
    void traces() {
        assertThat(batches(Share.TRACES, 0)).extracting(Batch::signal).doesNotContain(Signal.TRACES);
        assertThat(batches(Share.TRACES, 1)).extracting(Batch::signal).contains(Signal.TRACES);
    }

    @Test
    void unassigned() {
        assertThat(values(Share.UNASSIGNED, 0, Dimension.TEAM))
                .doesNotContain(SpendKey.UNASSIGNED)
                .hasSizeGreaterThan(2);
        assertThat(values(Share.UNASSIGNED, 1, Dimension.TEAM)).containsOnly(SpendKey.UNASSIGNED);
    }

    @Test
    void desktop() {
        assertThat(values(Share.DESKTOP, 0, Dimension.PRODUCT)).containsExactly("claude-code");
        assertThat(values(Share.DESKTOP, 0.5, Dimension.PRODUCT))
                .containsExactlyInAnyOrder("claude-code", "claude-code-desktop");
        assertThat(values(Share.DESKTOP, 1, Dimension.PRODUCT)).containsExactly("claude-code-desktop");
    }

    @Test
    void weekends() {
        Instant monday = Instant.parse("2026-11-23T00:00:00Z");
        SimulationOptions.Builder weekend = SimulationOptions.builder(SEED, 10, 2, monday);
        List<Batch> free = SimulationTest.all(
                new Simulation(weekend.share(Share.WEEKENDS, 0).build()).batches());
        List<Batch> worked = SimulationTest.all(
                new Simulation(weekend.share(Share.WEEKENDS, 1).build()).batches());
        assertThat(worked.size()).isGreaterThan(4 * free.size());
    }

    @Test
    void late() {
        assertThat(delays(batches(Share.LATE, 0))).allMatch(delay -> delay.compareTo(Duration.ofSeconds(6)) < 0);
        assertThat(delays(batches(Share.LATE, 0.5)))
                .anyMatch(delay -> delay.compareTo(Duration.ofSeconds(6)) < 0)
                .anyMatch(delay -> delay.compareTo(Duration.ofHours(1)) > 0);
    }

    /** From the newest event of a batch of events to its first delivery. */
    static List<Duration> delays(List<Batch> batches) {
        return batches.stream()
                .filter(batch -> batch.signal() == Signal.LOGS && !batch.duplicate())
                .map(batch -> {
                    long newest = SimulationTest.receive(List.of(batch)).events.stream()
                            .mapToLong(Event::timeNanos)
                            .max()
                            .orElseThrow();
                    return Duration.between(Instant.ofEpochMilli(newest / 1_000_000), batch.sentAt());
                })
                .toList();
    }

    @Test
    void resumed() {
        assertThat(startTypes(Share.RESUMED, 0)).containsOnlyKeys("fresh");
        Map<String, Long> half = startTypes(Share.RESUMED, 0.5);
        assertThat(half).containsOnlyKeys("fresh", "resume", "continue");
        assertThat(half.get("fresh")).isLessThan(startTypes(Share.RESUMED, 0).get("fresh"));
    }

    private static Map<String, Long> startTypes(Share share, double value) {
        Map<List<Object>, String> processes = new HashMap<>();
        receive(share, value).points.values().forEach(point -> {
            AnyValue type = point.attributes().get("start_type");
            if (type != null) {
                processes.put(List.of(point.attributes(), point.startNanos()), type.getStringValue());
            }
        });
        return processes.values().stream().collect(Collectors.groupingBy(type -> type, Collectors.counting()));
    }

    @Test
    void overlapping() {
        assertThat(overlaps(0)).isZero();
        assertThat(overlaps(0.5)).isGreaterThan(3);
    }

    private static int overlaps(double value) {
        FoldingReceiver receiver = SimulationTest.run(options()
                .share(Share.OVERLAPPING, value)
                .share(Share.RESUMED, 0)
                .share(Share.COUNTERS_ONLY, 0)
                .build());
        Map<String, List<long[]>> byUser =
                receiver.events.stream()
                        .collect(Collectors.groupingBy(event -> event.text("session.id")))
                        .values()
                        .stream()
                        .collect(Collectors.groupingBy(
                                events -> events.get(0).text("user.email"),
                                Collectors.mapping(
                                        events -> new long[] {
                                            times(events).min().orElseThrow(),
                                            times(events).max().orElseThrow()
                                        },
                                        Collectors.toList())));
        int overlaps = 0;
        for (List<long[]> sessions : byUser.values()) {
            sessions.sort((a, b) -> Long.compare(a[0], b[0]));
            for (int i = 1; i < sessions.size(); i++) {
                overlaps += sessions.get(i)[0] < sessions.get(i - 1)[1] ? 1 : 0;
            }
        }
        return overlaps;
    }

    private static LongStream times(List<Event> events) {
        return events.stream().mapToLong(Event::timeNanos);
    }

    @Test
    void duplicates() {
        assertThat(batches(Share.DUPLICATES, 0)).extracting(Batch::duplicate).containsOnly(false);
        List<Batch> all = batches(Share.DUPLICATES, 1);
        Stream<Batch> first = all.stream().filter(batch -> !batch.duplicate());
        Stream<Batch> again = all.stream().filter(Batch::duplicate);
        assertThat(again.map(Batch::request).toList())
                .containsExactlyInAnyOrderElementsOf(first.map(Batch::request).toList());
    }

    @Test
    void errors() {
        assertThat(eventNames(Share.ERRORS, 0)).doesNotContain("api_error", "api_retries_exhausted");
        assertThat(eventNames(Share.ERRORS, 0.3)).contains("api_error", "api_retries_exhausted", "api_request");
        Truth allFail = new Truth();
        batches(Share.ERRORS, 1).forEach(allFail::add);
        Truth noneFails = new Truth();
        batches(Share.ERRORS, 0).forEach(noneFails::add);
        assertThat(allFail.total().micros())
                .isPositive()
                .isLessThan(noneFails.total().micros());
    }

    @Test
    void mcp() {
        assertThat(values(Share.MCP, 0, Dimension.MCP_SERVER)).containsExactly("none");
        assertThat(eventNames(Share.MCP, 0)).doesNotContain("mcp_server_connection");
        assertThat(values(Share.MCP, 0.5, Dimension.MCP_SERVER))
                .contains("none")
                .hasSizeGreaterThan(2);
        assertThat(eventNames(Share.MCP, 0.5)).contains("mcp_server_connection");
    }

    @Test
    void skills() {
        assertThat(values(Share.SKILLS, 0, Dimension.SKILL)).containsExactly("none");
        assertThat(values(Share.SKILLS, 0.5, Dimension.SKILL)).contains("none").hasSizeGreaterThan(2);
        assertThat(values(Share.SKILLS, 1, Dimension.SKILL)).doesNotContain("none");
        assertThat(eventNames(Share.SKILLS, 0.5)).contains("skill_activated");
    }

    @Test
    void subagents() {
        assertThat(eventNames(Share.SUBAGENTS, 0)).doesNotContain("subagent_completed");
        FoldingReceiver receiver = receive(Share.SUBAGENTS, 0.5);
        assertThat(receiver.events).extracting(Event::name).contains("subagent_completed");
        assertThat(receiver.points.values())
                .extracting(point -> point.attributes()
                        .getOrDefault("query_source", AnyValue.getDefaultInstance())
                        .getStringValue())
                .contains("main", "subagent", "auxiliary");
    }
}
