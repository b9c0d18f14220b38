package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.simulator.FoldingReceiver.Event;
import io.sluice.simulator.SpendKey.Dimension;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SimulationOptionsTest {
    private static SimulationOptions.Builder options() {
        return SimulationOptions.builder(9, 10, 2, SimulationTest.END);
    }

    private static List<Batch> batches(Consumer<SimulationOptions.Builder> change) {
        SimulationOptions.Builder options = options();
        change.accept(options);
        return SimulationTest.all(new Simulation(options.build()).batches());
    }

    private static Set<Map<Dimension, String>> values(Dimension dimension, Consumer<SimulationOptions.Builder> change) {
        Truth truth = new Truth();
        batches(change).forEach(truth::add);
        return truth.rollUp(Set.of(dimension)).keySet();
    }

    @Test
    void defaults() {
        SimulationOptions options = SimulationOptions.of(9, 10, 2, SimulationTest.END);
        assertThat(options)
                .isEqualTo(new SimulationOptions(
                        9,
                        10,
                        2,
                        SimulationTest.END,
                        "11111111-1111-4111-8111-111111111111",
                        5,
                        12,
                        3,
                        6,
                        Duration.ofDays(2),
                        32,
                        true,
                        Map.of()));
        for (Share share : Share.values()) {
            assertThat(options.share(share)).as("%s", share).isEqualTo(share.byDefault());
        }
        assertThat(options.start()).isEqualTo(Instant.parse("2026-11-19T00:00:00Z"));
        Clock clock = Clock.fixed(Instant.parse("2026-11-23T19:00:00Z"), ZoneOffset.UTC);
        assertThat(SimulationOptions.lastMidnight(clock)).isEqualTo(Instant.parse("2026-11-23T00:00:00Z"));
    }

    static Stream<Arguments> outOfRange() {
        return Stream.of(
                Arguments.of("users: 0", SimulationOptions.builder(1, 0, 1, SimulationTest.END)),
                Arguments.of("days: 0", SimulationOptions.builder(1, 1, 0, SimulationTest.END)),
                Arguments.of("teams: 0", options().teams(0)),
                Arguments.of("repositories: -1", options().repositories(-1)),
                Arguments.of("sessionsPerDay: 0.0", options().sessionsPerDay(0)),
                Arguments.of("promptsPerSession: 0.5", options().promptsPerSession(0.5)),
                Arguments.of("promptsPerSession: NaN", options().promptsPerSession(Double.NaN)),
                Arguments.of("maxLateness: PT59M", options().maxLateness(Duration.ofMinutes(59))),
                Arguments.of("shuffleWindow: 0", options().shuffleWindow(0)),
                Arguments.of("LATE: 1.5", options().share(Share.LATE, 1.5)),
                Arguments.of("LATE: NaN", options().share(Share.LATE, Double.NaN)),
                Arguments.of(
                        "COUNTERS_ONLY + EVENTS_ONLY: 1.25",
                        options().share(Share.COUNTERS_ONLY, 0.75).share(Share.EVENTS_ONLY, 0.5)));
    }

    @ParameterizedTest
    @MethodSource("outOfRange")
    void refusesWhatIsOutOfRange(String message, SimulationOptions.Builder options) {
        assertThatThrownBy(options::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message + " (expected: ");
    }

    @Test
    void organizationId() {
        FoldingReceiver receiver = SimulationTest.receive(batches(o -> o.organizationId("org-x")));
        assertThat(receiver.events)
                .extracting(event -> event.text("organization.id"))
                .containsOnly("org-x");
    }

    @Test
    void usersAndDays() {
        Truth few = new Truth();
        new Simulation(SimulationOptions.of(9, 3, 1, SimulationTest.END))
                .batches()
                .forEachRemaining(few::add);
        Truth many = new Truth();
        new Simulation(SimulationOptions.of(9, 30, 4, SimulationTest.END))
                .batches()
                .forEachRemaining(many::add);
        assertThat(few.rollUp(Set.of(Dimension.USER))).hasSizeBetween(1, 3);
        assertThat(many.rollUp(Set.of(Dimension.USER))).hasSize(30);
        assertThat(many.rollUp(Truth.Period.DAY, Set.of())).hasSize(4);
    }

    @Test
    void teams() {
        assertThat(values(Dimension.TEAM, o -> o.teams(1).share(Share.UNASSIGNED, 0)))
                .hasSize(1);
        assertThat(values(Dimension.TEAM, o -> o.teams(7).share(Share.UNASSIGNED, 0)))
                .hasSize(7);
        assertThat(values(Dimension.TEAM, o -> o.teams(12).share(Share.UNASSIGNED, 0)))
                .hasSize(10);
    }

    @Test
    void repositories() {
        // Besides, some sessions are in none.
        assertThat(values(Dimension.REPOSITORY, o -> o.repositories(1))).hasSize(2);
        assertThat(values(Dimension.REPOSITORY, o -> o.repositories(30))).hasSizeGreaterThan(8);
    }

    @Test
    void sessionsPerDay() {
        assertThat(sessions(o -> o.sessionsPerDay(6))).isGreaterThan(2 * sessions(o -> o.sessionsPerDay(1)));
    }

    private static long sessions(Consumer<SimulationOptions.Builder> change) {
        return SimulationTest.receive(batches(change)).events.stream()
                .filter(event -> event.number("event.sequence") == 0)
                .count();
    }

    @Test
    void promptsPerSession() {
        assertThat(prompts(o -> o.promptsPerSession(12))).isGreaterThan(3 * prompts(o -> o.promptsPerSession(1)));
        List<Event> one = SimulationTest.receive(batches(o -> o.promptsPerSession(1))).events;
        assertThat(one.stream()
                        .filter(event -> event.name().equals("user_prompt"))
                        .count())
                .isEqualTo(one.stream()
                        .filter(event -> event.number("event.sequence") == 0)
                        .count());
    }

    private static long prompts(Consumer<SimulationOptions.Builder> change) {
        return SimulationTest.receive(batches(change)).events.stream()
                .filter(event -> event.name().equals("user_prompt"))
                .count();
    }

    @Test
    void maxLateness() {
        assertThat(longestDelay(Duration.ofHours(1))).isBetween(Duration.ofHours(8), Duration.ofHours(12));
        assertThat(longestDelay(Duration.ofHours(30))).isBetween(Duration.ofHours(20), Duration.ofHours(42));
    }

    /** From the first event of a working day of up to nine hours. */
    private static Duration longestDelay(Duration maxLateness) {
        return ShareTest.delays(batches(o -> o.maxLateness(maxLateness).share(Share.LATE, 1))).stream()
                .max(Duration::compareTo)
                .orElseThrow();
    }

    @Test
    void shuffleWindow() {
        List<Instant> inOrder =
                batches(o -> o.shuffleWindow(1)).stream().map(Batch::sentAt).toList();
        assertThat(inOrder).isSorted();
        assertThat(batches(o -> o.shuffleWindow(100)).stream().map(Batch::sentAt))
                .containsExactlyInAnyOrderElementsOf(inOrder)
                .isNotEqualTo(inOrder);
    }

    @Test
    void content() {
        assertThat(texts(true)).contains("Review the last commit").doesNotContain("<REDACTED>");
        assertThat(texts(false)).containsOnly("<REDACTED>");
    }

    private static Set<String> texts(boolean content) {
        return SimulationTest.receive(batches(o -> o.content(content))).events.stream()
                .flatMap(event -> Stream.of("prompt", "prompt_text", "response")
                        .filter(event.attributes()::containsKey)
                        .map(event::text))
                .collect(Collectors.toSet());
    }

    @Test
    void everyOptionIsInTheReadme() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        for (RecordComponent component : SimulationOptions.class.getRecordComponents()) {
            assertThat(readme).contains("| `" + component.getName() + "` |");
        }
        for (Share share : Share.values()) {
            assertThat(readme).contains("| `" + share + "` | " + plain(share.byDefault()) + " |");
        }
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}
