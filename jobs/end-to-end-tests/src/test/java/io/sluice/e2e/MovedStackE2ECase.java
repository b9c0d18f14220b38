package io.sluice.e2e;

import static io.sluice.e2e.RunningStack.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The real stack, by the real script, from a folder that was moved. */
@Timeout(900)
class MovedStackE2ECase {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration RECOVERY = Duration.ofMinutes(4);

    /** What each client itself reported at its end, micro-USD. */
    private static final Map<String, Long> TRUTH = new TreeMap<>(Map.of(
            "alice@example.com", 161_400L,
            "bob@example.com", 96_840L,
            "carol@example.com", 24_201L,
            "dave@example.com", 135_965L));

    private final Map<String, String> environment = new TreeMap<>();
    private Path folder = Path.of("");
    private Path home = Path.of("");
    private Path data = Path.of("");

    private record Result(int code, String out, String err) {
        JsonNode json() throws IOException {
            return RunningStack.JSON.readTree(out);
        }
    }

    @BeforeEach
    void moveAway() throws IOException, InterruptedException {
        folder = Files.createTempDirectory("sluice-stack-");
        // As root, Elasticsearch runs as another user, who must be able to get there.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        home = folder.resolve("moved");
        // Hard links: it is some 400 MB.
        Process copy = new ProcessBuilder("cp", "-al", System.getProperty("sluice.home"), home.toString())
                .inheritIO()
                .start();
        assertThat(copy.waitFor()).isZero();
        data = folder.resolve("data");
        environment.putAll(Cli.freePorts());
        environment.put("SLUICE_CACHE_DIR", folder.resolve("cache").toString());
    }

    @AfterEach
    void endAll() throws IOException, InterruptedException {
        sluice("down");
        RunningStack.delete(folder);
    }

    private Result sluice(String command, String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(home.resolve("sluice").toString(), command));
        line.addAll(List.of(arguments));
        line.addAll(List.of("--data", data.toString()));
        ProcessBuilder builder = new ProcessBuilder(line).directory(Path.of("/").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> {
            try {
                return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                return e.toString();
            }
        });
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Result result = new Result(process.waitFor(), out, err.join());
        System.out.println("sluice " + command + ": " + result.code() + " " + result.err());
        return result;
    }

    private void up() throws IOException, InterruptedException {
        Result up = sluice("up", "--detach", "--json");
        assertThat(up.code()).as(up.err()).isZero();
        assertThat(up.json().path("data").asText()).isEqualTo(data.toString());
    }

    private Map<String, Long> spendByUser() throws IOException, InterruptedException {
        Map<String, Long> spend = new TreeMap<>();
        for (JsonNode row : sluice("spend", "--json").json().path("data")) {
            spend.put(
                    row.path("group").path("user").asText(),
                    row.path("spend_micros").asLong());
        }
        return spend;
    }

    /** By SQL over the same topic. */
    private Map<String, Long> sqlSpendByUser() throws IOException, InterruptedException {
        Result answer = sluice(
                "sql",
                "--json",
                "-e",
                "SELECT `user`, SUM(spend_micros) AS micros FROM spend GROUP BY `user` HAVING SUM(spend_micros) > 0");
        assertThat(answer.code()).as(answer.err()).isZero();
        assertThat(answer.err().lines().filter(line -> !line.startsWith("NOTE: Picked up")))
                .isEmpty();
        Map<String, Long> spend = new TreeMap<>();
        for (String line : answer.out().lines().toList()) {
            JsonNode row = RunningStack.JSON.readTree(line);
            spend.put(row.path("user").asText(), row.path("micros").asLong());
        }
        return spend;
    }

    /** How many records were received, once each of them has ended; else empty. */
    private OptionalLong balanced() throws IOException, InterruptedException {
        JsonNode ledger = sluice("ledger", "--json").json();
        return ledger.path("balanced").asBoolean()
                ? OptionalLong.of(ledger.path("totals").path("received").asLong())
                : OptionalLong.empty();
    }

    /** Of the processes that the supervisor has written down. */
    private List<String> processes() throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("run"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .toList();
        }
    }

    private List<ProcessHandle> running() throws IOException {
        List<ProcessHandle> running = new ArrayList<>();
        for (String name : processes()) {
            RunningStack.process(data, name).ifPresent(running::add);
        }
        return running;
    }

    private void importCaptures() throws IOException, InterruptedException {
        Result imported = sluice("import", home.resolve("captures").toString(), "--json");
        assertThat(imported.code()).as(imported.err()).isZero();
        assertThat(imported.json().path("session_files").path("files").asInt()).isEqualTo(4);
        assertThat(imported.json().path("otlp").path("files").asInt()).isEqualTo(10);
    }

    @Test
    void survivesWhateverIsKilled() throws Exception {
        up();
        assertThat(sluice("spend").out()).startsWith("No spend yet.");
        importCaptures();
        until(() -> "spend", SOON, () -> spendByUser().equals(TRUTH));
        until(() -> "ledger", SOON, () -> balanced().orElse(0) > 200);
        long once = balanced().orElseThrow();
        assertThat(sqlSpendByUser()).isEqualTo(TRUTH);

        Result second = sluice("up");
        assertThat(second.code()).isEqualTo(1);
        assertThat(second.err()).contains(data + " is in use by process ");

        // Every process but the supervisor, at the same moment.
        running().forEach(ProcessHandle::destroyForcibly);
        until(() -> "everything up again", RECOVERY, () -> {
            Result status = sluice("status", "--json");
            boolean all = status.code() == 0 && status.json().path("processes").size() == 6;
            for (JsonNode process : status.json().path("processes")) {
                all &= process.path("running").asBoolean()
                        && (process.path("restarts").asInt() > 0
                                || process.path("name").asText().equals("supervisor"));
            }
            return all;
        });
        importCaptures();
        until(() -> "ledger of both", RECOVERY, () -> balanced().orElse(0) == 2 * once);
        assertThat(spendByUser()).isEqualTo(TRUTH);

        // The supervisor alone: nothing of it may stay.
        List<ProcessHandle> processes = running();
        assertThat(processes).hasSize(5);
        assertThat(ProcessHandle.of(Long.parseLong(Files.readString(data.resolve("sluice.lock"))))
                        .orElseThrow()
                        .destroyForcibly())
                .isTrue();
        until(() -> "all ended", SOON, () -> processes.stream().noneMatch(ProcessHandle::isAlive));

        up();
        assertThat(spendByUser()).isEqualTo(TRUTH);
        assertThat(sluice("status", "--json").json().path("resident_bytes").asLong())
                .isLessThan(3L << 30);
        assertThat(sluice("down").out()).startsWith("Sluice has ended.");
        assertThat(sluice("status").code()).isEqualTo(1);
        assertThat(processes()).isEmpty();
    }
}
