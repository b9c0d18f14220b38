package io.sluice.codemetrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Measure;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Codec;
import io.sluice.schema.CounterPoint;
import io.sluice.schema.Temporality;
import io.sluice.schema.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What people did, told as session files, as events, as delta counters, as cumulative ones, and as mixtures of these: the same
 * totals. Processes of a session come one after another or at a time, and share their series.
 */
class SameTruthTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long SECOND = 1_000_000;
    private static final long NOON = Instant.parse("2026-11-24T12:00:00Z").getEpochSecond() * SECOND;
    private static final String EMAIL = "mallory@example.com";

    private enum Way {
        FILES,
        EVENTS,
        DELTAS,
        CUMULATIVE
    }

    /** What each way tells. */
    private static final Map<Measure, Set<Way>> TOLD = new EnumMap<>(Map.of(
            Measure.SESSIONS_STARTED, EnumSet.of(Way.EVENTS, Way.DELTAS, Way.CUMULATIVE),
            Measure.PROMPTS, EnumSet.of(Way.FILES, Way.EVENTS),
            Measure.ACCEPTED_CONFIG, EnumSet.allOf(Way.class),
            Measure.REJECTED_CONFIG, EnumSet.allOf(Way.class),
            Measure.COMMITS, EnumSet.of(Way.EVENTS, Way.DELTAS, Way.CUMULATIVE),
            Measure.LINES_ADDED, EnumSet.of(Way.FILES, Way.DELTAS, Way.CUMULATIVE),
            Measure.LINES_REMOVED, EnumSet.of(Way.FILES, Way.DELTAS, Way.CUMULATIVE)));

    /** @param added -1: the edit was rejected; 0 and none removed: a prompt or, with a commit, a commit */
    private record Act(long at, String id, @Nullable String commit, int added, int removed) {
        boolean isPrompt() {
            return added == 0 && commit == null;
        }
    }

    private record Process(String session, long start, List<Act> acts) {}

    private static List<Process> processes(Random random) {
        List<Process> processes = new ArrayList<>();
        for (int session = 0; session < 3; session++) {
            long start = NOON + random.nextInt(600) * SECOND + session; // no two processes start in one microsecond
            long end = start;
            int count = 1 + random.nextInt(4);
            for (int i = 0; i < count; i++) {
                boolean atATime = i > 0 && random.nextBoolean();
                start = atATime ? start + 2 * SECOND : end + 60 * SECOND;
                String name = "s" + session + "-" + i;
                List<Act> acts = new ArrayList<>();
                long at = start;
                int many = 1 + random.nextInt(12);
                for (int act = 0; act < many; act++) {
                    at += SECOND + random.nextLong(4 * SECOND);
                    String id = name + '-' + act;
                    acts.add(
                            switch (random.nextInt(4)) {
                                case 0 -> new Act(at, id, null, 0, 0);
                                case 1 -> new Act(at, id, null, -1, 0);
                                case 2 -> new Act(at, id, "c" + id, 0, 0);
                                default -> new Act(at, id, null, 1 + random.nextInt(20), random.nextInt(10));
                            });
                }
                processes.add(new Process("session-" + session, start, acts));
                end = Math.max(end, at);
            }
        }
        return processes;
    }

    private static Map<Measure, Long> truth(List<Process> processes) {
        Map<Measure, Long> truth = new EnumMap<>(Measure.class);
        TOLD.keySet().forEach(measure -> truth.put(measure, 0L));
        for (Process process : processes) {
            truth.merge(Measure.SESSIONS_STARTED, 1L, Long::sum);
            process.acts.forEach(act -> counted(act).forEach((measure, by) -> truth.merge(measure, by, Long::sum)));
        }
        return truth;
    }

    private static Map<Measure, Long> counted(Act act) {
        if (act.commit != null) {
            return Map.of(Measure.COMMITS, 1L);
        }
        if (act.isPrompt()) {
            return Map.of(Measure.PROMPTS, 1L);
        }
        return act.added < 0
                ? Map.of(Measure.REJECTED_CONFIG, 1L)
                : Map.of(
                        Measure.ACCEPTED_CONFIG,
                        1L,
                        Measure.LINES_ADDED,
                        (long) act.added,
                        Measure.LINES_REMOVED,
                        (long) act.removed);
    }

    // --- events

    private static List<Recorded.Value> events(List<Process> processes) {
        List<Recorded.Value> values = new ArrayList<>();
        for (Process process : processes) {
            int sequence = 0;
            values.add(event(process, process.start, sequence++, "plugin_loaded", Map.of()));
            for (Act act : process.acts) {
                if (act.isPrompt()) {
                    values.add(event(process, act.at, sequence++, "user_prompt", Map.of("prompt.id", act.id)));
                    continue;
                }
                Map<String, String> decision = new TreeMap<>(Map.of(
                        "tool_name",
                        act.commit == null ? "Edit" : "Bash",
                        "tool_use_id",
                        act.id,
                        "decision",
                        act.added < 0 ? "reject" : "accept",
                        "source",
                        "config"));
                if (act.commit == null) {
                    values.add(event(process, act.at, sequence++, "tool_decision", decision));
                }
                if (act.added >= 0) {
                    Map<String, String> result = new TreeMap<>(decision);
                    result.put("success", "true");
                    if (act.commit != null) {
                        result.put("tool_parameters", "{\"git_commit_id\":\"" + act.commit + "\"}");
                    }
                    values.add(event(process, act.at + 1000, sequence++, "tool_result", result));
                }
            }
        }
        return values;
    }

    private static Recorded.Value event(
            Process process, long at, int sequence, String name, Map<String, String> attributes) {
        return new Recorded.Value(
                Topic.ACTIVITY,
                Codec.encode(ActivityEvent.newBuilder()
                        .setOrgId("acme")
                        .setEventId(process.session + process.start + name + at + sequence)
                        .setOccurredAt(at)
                        .setReceivedAt(at + SECOND)
                        .setSource("otlp-logs")
                        .setActor(actor())
                        .setSessionId(process.session)
                        .setPromptId(attributes.get("prompt.id"))
                        .setSequence((long) sequence)
                        .setName(name)
                        .setProduct("claude-code")
                        .setAttributes(attributes)
                        .build()));
    }

    private static Actor actor() {
        return Actor.newBuilder().setEmail(EMAIL).setInstallationId("i1").build();
    }

    // --- counters

    private record Series(String metric, @Nullable String type, Map<String, String> attributes) {}

    private static Map<Series, Long> increments(Act act) {
        if (act.commit != null) {
            return Map.of(new Series("commit.count", null, Map.of()), 1L);
        }
        if (act.isPrompt()) {
            return Map.of();
        }
        Series decision = new Series(
                "code_edit_tool.decision",
                null,
                Map.of("tool_name", "Edit", "decision", act.added < 0 ? "reject" : "accept", "source", "config"));
        return act.added < 0
                ? Map.of(decision, 1L)
                : Map.of(
                        decision,
                        1L,
                        new Series("lines_of_code.count", "added", Map.of()),
                        (long) act.added,
                        new Series("lines_of_code.count", "removed", Map.of()),
                        (long) act.removed);
    }

    /** Exports after some acts and at the end; series are those of the session, whichever process counts. */
    private static List<Recorded.Value> counters(
            List<Process> processes, boolean cumulative, boolean named, Random random) {
        List<Recorded.Value> values = new ArrayList<>();
        for (Process process : processes) {
            Map<Series, Long> sums = new LinkedHashMap<>();
            sums.put(new Series("session.count", null, Map.of("start_type", "fresh")), 1L);
            long exportedAt = process.start;
            for (int i = 0; i < process.acts.size(); i++) {
                Act act = process.acts.get(i);
                increments(act).forEach((series, by) -> sums.merge(series, by, Long::sum));
                if (random.nextInt(3) == 0 || i == process.acts.size() - 1) {
                    long at = act.at + 10_000;
                    for (Map.Entry<Series, Long> sum : sums.entrySet()) {
                        values.add(point(
                                named ? process.session : null,
                                sum.getKey(),
                                cumulative ? process.start : exportedAt,
                                at,
                                sum.getValue(),
                                cumulative));
                    }
                    exportedAt = at;
                    if (!cumulative) {
                        sums.clear();
                    }
                }
            }
        }
        return values;
    }

    private static Recorded.Value point(
            @Nullable String session, Series series, long start, long at, long value, boolean cumulative) {
        String id = session + series.metric + series.type + new TreeMap<>(series.attributes);
        return new Recorded.Value(
                Topic.COUNTERS,
                Codec.encode(CounterPoint.newBuilder()
                        .setOrgId("acme")
                        .setEventId(id + start + '>' + at)
                        .setSeriesId(id)
                        .setOccurredAt(at)
                        .setReceivedAt(at + SECOND)
                        .setStartAt(start)
                        .setSource("otlp-metrics")
                        .setActor(actor())
                        .setSessionId(session)
                        .setMetric("claude_code." + series.metric)
                        .setType(series.type)
                        .setTemporality(cumulative ? Temporality.CUMULATIVE : Temporality.DELTA)
                        .setValue((double) value)
                        .setProduct("claude-code")
                        .setAttributes(series.attributes)
                        .build()));
    }

    // --- session files

    private static List<Recorded.Value> files(List<Process> processes, Path folder) throws Exception {
        Map<String, List<Act>> sessions = new TreeMap<>();
        processes.forEach(process -> sessions.computeIfAbsent(process.session, each -> new ArrayList<>())
                .addAll(process.acts));
        List<Recorded.Value> values = new ArrayList<>();
        for (Map.Entry<String, List<Act>> session : sessions.entrySet()) {
            List<Act> acts = session.getValue();
            acts.sort(Comparator.comparingLong(Act::at));
            List<String> lines = new ArrayList<>();
            acts.forEach(act -> lines(session.getKey(), act, lines));
            Path file = Files.write(folder.resolve(session.getKey() + ".jsonl"), lines);
            values.addAll(Recorded.file(file, EMAIL));
        }
        return values;
    }

    private static ObjectNode line(String session, String type, String id, long at) {
        ObjectNode line = JSON.createObjectNode();
        return line.put("type", type)
                .put("uuid", type + id)
                .put("timestamp", Instant.EPOCH.plus(at, ChronoUnit.MICROS).toString())
                .put("sessionId", session)
                .put("version", "2.1.328");
    }

    private static void lines(String session, Act act, List<String> lines) {
        if (act.isPrompt()) {
            ObjectNode prompt = line(session, "user", act.id, act.at).put("promptId", act.id);
            prompt.putObject("message").put("role", "user").put("content", "Go on");
            lines.add(prompt.toString());
            return;
        }
        ObjectNode asked = line(session, "assistant", act.id, act.at - 1000).put("requestId", "r" + act.id);
        ObjectNode message = asked.putObject("message")
                .put("id", "m" + act.id)
                .put("role", "assistant")
                .put("model", "claude-sonnet-4-5");
        message.putArray("content")
                .addObject()
                .put("type", "tool_use")
                .put("id", act.id)
                .put("name", act.commit == null ? "Edit" : "Bash")
                .putObject("input");
        message.putObject("usage").put("input_tokens", 1).put("output_tokens", 1);
        lines.add(asked.toString());
        ObjectNode done = line(session, "user", act.id + "-done", act.at);
        done.putObject("message")
                .put("role", "user")
                .putArray("content")
                .addObject()
                .put("type", "tool_result")
                .put("tool_use_id", act.id)
                .put("content", "done")
                .put("is_error", act.added < 0);
        done.putObject("permissionDecision")
                .put("decision", act.added < 0 ? "reject" : "accept")
                .put("source", "config");
        if (act.added < 0) {
            done.put("toolUseResult", "Error: refused");
        } else if (act.commit == null) {
            var patch = done.putObject("toolUseResult")
                    .put("filePath", "/home/dev/a.txt")
                    .putArray("structuredPatch")
                    .addObject()
                    .putArray("lines");
            Collections.nCopies(act.removed, "-old").forEach(patch::add);
            Collections.nCopies(act.added, "+new").forEach(patch::add);
        }
        lines.add(done.toString());
    }

    // --- the job

    private static Map<Measure, Long> totals(List<Recorded.Value> values, Random random) throws Exception {
        List<Recorded.Value> shuffled = new ArrayList<>(values);
        for (int i = 0; i < values.size() / 5; i++) {
            shuffled.add(values.get(random.nextInt(values.size()))); // sent again
        }
        Collections.shuffle(shuffled, random);
        HarnessedJob.Store store = new HarnessedJob.Store();
        HarnessedJob job = new HarnessedJob(store, read -> {}, Integer.MAX_VALUE, Integer.MAX_VALUE, null);
        for (Recorded.Value value : shuffled) {
            job.process(value);
            if (random.nextInt(shuffled.size()) < 3) {
                job = job.restarted(job.checkpoint(true));
            }
        }
        job.checkpoint(true);
        job.close();
        Map<Measure, Long> totals = new EnumMap<>(Measure.class);
        for (CodeMetricRow row : store.rows.values()) {
            if (!"Bash".equals(row.getTool())) { // whose decisions no counter tells
                TOLD.keySet().forEach(measure -> totals.merge(measure, (Long) row.get(measure.field()), Long::sum));
            }
        }
        return totals;
    }

    private static void same(Map<Measure, Long> truth, Set<Way> ways, List<Recorded.Value> values, Random random)
            throws Exception {
        Map<Measure, Long> expected = new EnumMap<>(truth);
        Map<Measure, Long> totals = totals(values, random);
        for (Measure measure : truth.keySet()) {
            if (Collections.disjoint(ways, TOLD.getOrDefault(measure, Set.of()))) {
                expected.remove(measure);
                totals.remove(measure);
            }
        }
        assertThat(totals).as("%s", ways).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void inWhicheverWayItIsTold(long seed, @TempDir Path folder) throws Exception {
        Random random = new Random(seed);
        List<Process> processes = processes(random);
        Map<Measure, Long> truth = truth(processes);
        List<Recorded.Value> files = files(processes, folder);
        List<Recorded.Value> events = events(processes);
        List<Recorded.Value> deltas = counters(processes, false, true, random);
        List<Recorded.Value> cumulative = counters(processes, true, true, random);

        same(truth, EnumSet.of(Way.FILES), files, random);
        same(truth, EnumSet.of(Way.EVENTS), events, random);
        same(truth, EnumSet.of(Way.DELTAS), deltas, random);
        same(truth, EnumSet.of(Way.CUMULATIVE), cumulative, random);
        same(truth, EnumSet.of(Way.CUMULATIVE), counters(processes, true, false, random), random);
        same(truth, EnumSet.of(Way.EVENTS, Way.DELTAS), both(events, deltas), random);
        same(truth, EnumSet.of(Way.EVENTS, Way.CUMULATIVE), both(events, cumulative), random);
        same(truth, EnumSet.of(Way.FILES, Way.DELTAS), both(files, deltas), random);
        same(truth, EnumSet.allOf(Way.class), both(files, both(events, cumulative)), random);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void countersWithoutSessionSayNothingTwice(long seed, @TempDir Path folder) throws Exception {
        Random random = new Random(seed);
        List<Process> processes = processes(random);
        Map<Measure, Long> truth = truth(processes);
        List<Recorded.Value> files = files(processes, folder);
        List<Recorded.Value> events = events(processes);
        for (boolean cumulative : new boolean[] {false, true}) {
            Way way = cumulative ? Way.CUMULATIVE : Way.DELTAS;
            List<Recorded.Value> counters = counters(processes, cumulative, false, random);
            same(truth, EnumSet.of(Way.EVENTS, way), both(events, counters), random);
            same(truth, EnumSet.of(Way.FILES, Way.EVENTS, way), both(files, both(events, counters)), random);
            // Files tell of sessions, not of processes.
            Map<Measure, Long> sessions = new EnumMap<>(truth);
            sessions.put(
                    Measure.SESSIONS_STARTED,
                    processes.stream().map(Process::session).distinct().count());
            same(sessions, EnumSet.of(Way.FILES, way), both(files, counters), random);
        }
    }

    private static List<Recorded.Value> both(List<Recorded.Value> one, List<Recorded.Value> other) {
        List<Recorded.Value> both = new ArrayList<>(one);
        both.addAll(other);
        return both;
    }
}
