package io.sluice.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.codemetrics.Measure;
import io.sluice.runtime.ControlTopic;
import io.sluice.schema.ActiveUsers;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Codec;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.UsageEvent;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the order, however often, over whatever crashes: what the job has written in the end is the same. */
class JobPropertyTest {
    private static final long MICROS_PER_DAY = 86_400_000_000L;

    /** A value of a topic, or a version of the directory. */
    private record Input(Recorded.@Nullable Value value, byte @Nullable [] version) {}

    private static List<Input> inputs(Scenario scenario, Random random) {
        List<Input> inputs = new ArrayList<>();
        scenario.values.forEach(value -> inputs.add(new Input(value, null)));
        for (int i = 0; i < scenario.values.size() / 10; i++) {
            inputs.add(new Input(scenario.values.get(random.nextInt(scenario.values.size())), null));
        }
        scenario.versions.forEach(version -> inputs.add(new Input(null, version)));
        Collections.shuffle(inputs, random);
        return inputs;
    }

    private static HarnessedJob.Store run(Scenario scenario) throws Exception {
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job = new HarnessedJob(
                store, values -> scenario.versions.forEach(values), Integer.MAX_VALUE, Integer.MAX_VALUE, null);
        for (Recorded.Value value : scenario.values) {
            job.process(value);
        }
        job.checkpoint(true);
        job.close();
        return store;
    }

    private static HarnessedJob.Store runThroughCrashes(Scenario scenario, Random random) throws Exception {
        HarnessedJob.Store store = new HarnessedJob.Store();
        List<Input> inputs = inputs(scenario, random);
        List<byte[]> topic = new ArrayList<>();
        ControlTopic directory = values -> topic.forEach(values);
        HarnessedJob job = new HarnessedJob(store, directory, 1 + random.nextInt(200), Integer.MAX_VALUE, null);
        HarnessedJob.Checkpoint newest = null;
        int newestAt = 0;
        int crashes = 3;
        for (int at = 0; at < inputs.size(); at++) {
            Input input = inputs.get(at);
            if (input.value() != null) {
                job.process(input.value());
            } else if (input.version() != null) {
                topic.add(input.version());
                job.directory(input.version());
            }
            int lot = random.nextInt(inputs.size());
            if (lot < 8) {
                int outcome = random.nextInt(5);
                HarnessedJob.Checkpoint checkpoint = job.checkpoint(outcome > 1);
                if (outcome > 0) { // of 1 nobody hears that it completed: a crash finds results that wait
                    newest = checkpoint;
                    newestAt = at + 1;
                }
            } else if (lot < 12 && crashes > 0) {
                crashes--;
                job = job.restarted(newest);
                // What came since comes again, in another order.
                Collections.shuffle(inputs.subList(newestAt, inputs.size()), random);
                at = newestAt - 1;
            }
        }
        job.checkpoint(true);
        job.watermark(END_OF_TIME);
        job.checkpoint(true);
        assertThat(job.stateEntries()).as("all state ends").isZero();
        job.close();
        return store;
    }

    private static final long END_OF_TIME = 4_000_000_000_000L;

    private static Map<String, CodeMetricRow> withoutVersions(HarnessedJob.Store store) {
        Map<String, CodeMetricRow> rows = new TreeMap<>();
        store.rows.values().stream()
                .filter(row -> !row.getEmpty())
                .forEach(row -> rows.put(
                        row.getRowId(),
                        CodeMetricRow.newBuilder(row).setVersion(0).build()));
        return rows;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theOutcomeIsAFunctionOfWhatCame(long seed) throws Exception {
        Scenario scenario = new Scenario(seed);
        HarnessedJob.Store straight = run(scenario);
        Map<Measure, Long> totals = new TreeMap<>();
        for (CodeMetricRow row : straight.rows.values()) {
            for (Measure measure : scenario.truth.keySet()) {
                totals.merge(measure, (Long) row.get(measure.field()), Long::sum);
            }
        }
        assertThat(totals).as("counted by hand").containsExactlyInAnyOrderEntriesOf(scenario.truth);
        assertThat(scenario.truth).containsKeys(Measure.LINES_ADDED, Measure.ACCEPTED_CONFIG, Measure.TOOL_SUCCEEDED);
        assertThat(peopleOf(straight)).as("people").isEqualTo(peopleByRows(straight));
        Map<String, Long> ofOrganization = new TreeMap<>(peopleOf(straight));
        ofOrganization.keySet().removeIf(scope -> !scope.endsWith(" organization acme"));
        assertThat(ofOrganization).as("people, counted by hand").isEqualTo(peopleOf(scenario));

        HarnessedJob.Store shaken = runThroughCrashes(scenario, new Random(seed));
        assertThat(withoutVersions(shaken)).isEqualTo(withoutVersions(straight));
        assertThat(peopleOf(shaken)).as("people").isEqualTo(peopleOf(straight));
    }

    @Test
    void recordsOfOtherProductsAreNotMeasured() throws Exception {
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job = new HarnessedJob(store, read -> {}, Integer.MAX_VALUE, Integer.MAX_VALUE, null);
        for (Recorded.Value value : new Scenario(1).values) {
            job.process(new Recorded.Value(
                    value.topic(),
                    switch (value.topic()) {
                        case ACTIVITY -> {
                            ActivityEvent event = Codec.of(ActivityEvent.class).decode(value.bytes());
                            event.setProduct("cowork");
                            yield Codec.encode(event);
                        }
                        case COUNTERS -> {
                            CounterPoint point = Codec.of(CounterPoint.class).decode(value.bytes());
                            point.setProduct("cowork");
                            yield Codec.encode(point);
                        }
                        default -> {
                            UsageEvent event = Codec.of(UsageEvent.class).decode(value.bytes());
                            event.setProduct("cowork");
                            yield Codec.encode(event);
                        }
                    }));
        }
        job.checkpoint(true);
        job.close();
        assertThat(store.rows).isEmpty();
        assertThat(store.activeUsers).isEmpty();
    }

    private static Map<String, Long> peopleOf(HarnessedJob.Store store) {
        Map<String, Long> people = new TreeMap<>();
        for (ActiveUsers each : store.activeUsers.values()) {
            if (each.getUsers() > 0) {
                people.put(
                        String.join(
                                " ",
                                each.getPeriod(),
                                LocalDate.ofEpochDay(each.getStartingAt() / MICROS_PER_DAY)
                                        .toString(),
                                each.getDimension(),
                                each.getValue()),
                        each.getUsers());
            }
        }
        return people;
    }

    private static Map<String, Long> peopleOf(Scenario scenario) {
        Map<String, Set<String>> people = new HashMap<>();
        scenario.people.forEach((number, users) -> {
            for (String period : periods(LocalDate.ofEpochDay(number))) {
                users.forEach(user -> add(people, period + " organization acme", user));
            }
        });
        return counts(people);
    }

    private static List<String> periods(LocalDate day) {
        return List.of(
                "day " + day,
                "week " + day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY)),
                "month " + day.withDayOfMonth(1));
    }

    private static Map<String, Long> counts(Map<String, Set<String>> people) {
        Map<String, Long> counts = new TreeMap<>();
        people.forEach((scope, users) -> counts.put(scope, (long) users.size()));
        return counts;
    }

    private static Map<String, Long> peopleByRows(HarnessedJob.Store store) {
        Map<String, Set<String>> people = new HashMap<>();
        for (CodeMetricRow row : store.rows.values()) {
            if (row.getLastAt() == 0 || hasLabel(row) || row.getUser().equals("unattributed")) {
                continue;
            }
            LocalDate day = LocalDate.ofEpochDay(row.getStartingAt() / MICROS_PER_DAY);
            for (String period : periods(day)) {
                add(people, period + " organization " + row.getOrgId(), row.getUser());
                add(people, period + " team " + row.getTeam(), row.getUser());
                if (row.getRepository() != null) {
                    add(people, period + " repository " + row.getRepository(), row.getUser());
                }
                if (row.getTerminal() != null) {
                    add(people, period + " terminal " + row.getTerminal(), row.getUser());
                }
            }
        }
        return counts(people);
    }

    private static boolean hasLabel(CodeMetricRow row) {
        return Stream.of(
                        row.getModel(),
                        row.getTool(),
                        row.getLanguage(),
                        row.getMcpServer(),
                        row.getSkill(),
                        row.getAgent(),
                        row.getStatus(),
                        row.getMode())
                .anyMatch(Objects::nonNull);
    }

    private static void add(Map<String, Set<String>> people, String scope, String user) {
        people.computeIfAbsent(scope, each -> new HashSet<>()).add(user);
    }
}
