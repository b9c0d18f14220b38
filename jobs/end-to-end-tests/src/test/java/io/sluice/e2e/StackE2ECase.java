package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.simulator.SimulationOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * The whole stack as its users run it, by the real script, from a folder that was moved: processes are killed while telemetry
 * comes in, and nothing is lost or doubled.
 */
class StackE2ECase {
    /** More, and longer, with {@code -Pchaos}. */
    private static final int KILLS = Integer.getInteger("sluice.kills", 4);

    private static final String SIMULATION = System.getProperty("sluice.simulation", "12x2");
    private static final long SEED = Long.getLong("sluice.seed", 20261123L);

    private static final List<String> PROCESSES =
            List.of("jobmanager", "taskmanager", "kafka", "elasticsearch", "server");

    /** What each client itself reported at its end, micro-USD. */
    private static final Map<String, Long> CAPTURED = new TreeMap<>(Map.of(
            "alice@example.com", 161_400L,
            "bob@example.com", 96_840L,
            "carol@example.com", 24_201L,
            "dave@example.com", 135_965L));

    @Test
    void killsChangeNothing() throws Exception {
        // As root, Elasticsearch runs as another user, who must be able to get there.
        Path data = Files.createTempDirectory("sluice-e2e-");
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
        Path moved = data.resolveSibling(data.getFileName() + "-moved");
        Cli cli = Cli.moved(moved, data);
        List<String> said = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch simulating = new CountDownLatch(1);
        AtomicReference<SimulationOptions> simulation = new AtomicReference<>();
        Cli.Running demo = cli.start(
                line -> {
                    said.add(line);
                    if (line.startsWith("Simulating")) {
                        simulation.set(simulation()); // ends with yesterday, as seen now
                        simulating.countDown();
                    }
                },
                "demo",
                "--simulate",
                SIMULATION,
                "--seed",
                Long.toString(SEED),
                "--json");
        try {
            assertThat(simulating.await(240, TimeUnit.SECONDS)).as("%s", said).isTrue();
            kill(data, demo);
            JsonNode simulated = demo.json(1800);
            assertThat(simulated.path("matches").asBoolean())
                    .as("seed %d: %s %s", SEED, simulated.path("differences"), said)
                    .isTrue();
            assertThat(simulated.path("rows_compared").asInt()).isPositive();
            assertBalanced(cli);
            assertWork(client(data, cli), Objects.requireNonNull(simulation.get()));

            // The captures: four people whose client said what they spent. Twice, with their session files.
            for (int i = 0; i < 2; i++) {
                JsonNode imported = cli.run("import", cli.captures().toString());
                assertThat(imported.path("session_files").path("files").asInt()).isEqualTo(4);
                assertThat(imported.path("otlp").path("files").asInt()).isEqualTo(10);
            }
            assertThat(spend(cli)).containsAllEntriesOf(CAPTURED);
            assertBalanced(cli);
            assertThat(sqlSpend(cli)).isEqualTo(CAPTURED);

            Cli.Running second = cli.start(said::add, "up");
            assertThat(second.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(second.process().exitValue()).isEqualTo(1);
            RunningStack.until(
                    () -> "the second stack says why it does not start: " + said,
                    Duration.ofSeconds(30),
                    () -> said.stream().anyMatch(line -> line.contains(data + " is in use by process ")));

            // Everything but the supervisor at once, then the supervisor alone: nothing of it may stay.
            killAllAtOnce(data);
            List<ProcessHandle> processes = processes(data);
            assertThat(supervisor(data).destroyForcibly()).isTrue();
            RunningStack.until(
                    () -> "all have ended",
                    Duration.ofSeconds(60),
                    () -> processes.stream().noneMatch(ProcessHandle::isAlive));
            cli.run("up", "--detach");
            assertThat(spend(cli)).containsAllEntriesOf(CAPTURED);
            assertThat(cli.status().path("resident_bytes").asLong()).isLessThan(3L << 30);
        } finally {
            cli.run("down");
        }
        assertThat(demo.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(data.resolve("run").toFile().list()).as("process files left").isNullOrEmpty();
        RunningStack.delete(data);
        RunningStack.delete(moved);
    }

    private static List<ProcessHandle> processes(Path data) throws IOException {
        List<ProcessHandle> running = new ArrayList<>();
        for (String name : PROCESSES) {
            RunningStack.process(data, name).ifPresent(running::add);
        }
        return running;
    }

    private static ProcessHandle supervisor(Path data) throws IOException {
        return ProcessHandle.of(Long.parseLong(Files.readString(data.resolve("sluice.lock"))))
                .orElseThrow();
    }

    private static void killAllAtOnce(Path data) throws Exception {
        List<ProcessHandle> killed = processes(data);
        assertThat(killed).hasSameSizeAs(PROCESSES);
        killed.forEach(ProcessHandle::destroyForcibly);
        RunningStack.until(() -> "all come back", Duration.ofMinutes(4), () -> {
            List<ProcessHandle> now = processes(data);
            return now.size() == killed.size() && now.stream().noneMatch(killed::contains);
        });
    }

    /** By SQL over the same topic. */
    private static Map<String, Long> sqlSpend(Cli cli) throws Exception {
        Map<String, Long> spend = new TreeMap<>();
        for (String line : cli.lines(
                "sql",
                "--json",
                "-e",
                "SELECT `user`, SUM(spend_micros) AS micros FROM spend WHERE `user` IN ('"
                        + String.join("', '", CAPTURED.keySet()) + "') GROUP BY `user`")) {
            JsonNode row = RunningStack.JSON.readTree(line);
            spend.put(row.path("user").asText(), row.path("micros").asLong());
        }
        return spend;
    }

    /** Ends a process of the stack with signal 9, waits until it is back, and goes on to the next. */
    private static void kill(Path data, Cli.Running demo) throws Exception {
        Random random = new Random(SEED);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < KILLS; i++) {
            if (names.isEmpty()) {
                names.addAll(List.of("taskmanager", "kafka", "elasticsearch", "server"));
                Collections.shuffle(names, random);
            }
            if (demo.output().isDone()) {
                return;
            }
            String name = names.remove(0);
            ProcessHandle killed = RunningStack.process(data, name).orElseThrow();
            killed.destroyForcibly();
            killed.onExit().get(30, TimeUnit.SECONDS);
            RunningStack.until(
                    () -> name + " comes back",
                    Duration.ofSeconds(120),
                    () -> RunningStack.process(data, name)
                            .filter(now -> !now.equals(killed))
                            .isPresent());
        }
    }

    private static SimulationOptions simulation() {
        String[] size = SIMULATION.split("x", 2);
        return SimulationOptions.of(
                SEED,
                Integer.parseInt(size[0]),
                Integer.parseInt(size[1]),
                SimulationOptions.lastMidnight(Clock.systemUTC()));
    }

    private static Client client(Path data, Cli cli) throws IOException {
        return new Client(
                URI.create("http://127.0.0.1:" + cli.setting("REST_PORT")),
                URI.create("http://127.0.0.1:" + cli.setting("OTLP_HTTP_PORT")),
                "default",
                Files.readString(data.resolve("admin.token")).strip());
    }

    /** The figures of code metrics, by day and person, come to be what the simulated people did. */
    private static void assertWork(Client client, SimulationOptions simulation) throws Exception {
        Map<String, TreeMap<String, Long>> truth = SimulatedWork.of(simulation);
        assertThat(truth).isNotEmpty();
        Map<String, TreeMap<String, Long>> found = new TreeMap<>();
        String path = "/v1/code-metrics?period=day&group_by[]=user&limit=1000&starting_at=" + simulation.start()
                + "&ending_at=" + simulation.end() + "&metric[]=" + String.join(",", SimulatedWork.METRICS);
        RunningStack.until(
                () -> "seed " + SEED + ": " + found + " (expected: " + truth + ")", Duration.ofMinutes(3), () -> {
                    found.clear();
                    for (JsonNode row : client.all(path.replace("[]", "%5B%5D"))) {
                        TreeMap<String, Long> figures = new TreeMap<>();
                        row.path("metrics").properties().forEach(metric -> {
                            if (metric.getValue().asLong() != 0) {
                                figures.put(metric.getKey(), metric.getValue().asLong());
                            }
                        });
                        if (!figures.isEmpty()) {
                            found.put(
                                    row.path("starting_at").asText() + " "
                                            + row.path("group").path("user").asText(),
                                    figures);
                        }
                    }
                    return found.equals(truth);
                });
        JsonNode health = client.get("/v1/telemetry-health?limit=1000");
        for (JsonNode row : health.path("data")) {
            assertThat(row.path("coverage").path("events_missing").asLong())
                    .as("%s", row)
                    .isZero();
            assertThat(row.path("coverage").path("facts_late").asLong())
                    .as("%s", row)
                    .isZero();
        }
    }

    private static Map<String, Long> spend(Cli cli) throws Exception {
        Map<String, Long> spend = new HashMap<>();
        for (JsonNode row : cli.run("spend", "--by", "user").path("data")) {
            spend.put(
                    row.path("group").path("user").asText(),
                    row.path("spend_micros").asLong());
        }
        return spend;
    }

    private static void assertBalanced(Cli cli) throws Exception {
        JsonNode ledger = cli.run("ledger");
        assertThat(ledger.path("balanced").asBoolean()).as("%s", ledger).isTrue();
        assertThat(ledger.path("totals").path("received").asLong()).isPositive();
    }
}
