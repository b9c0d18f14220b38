package io.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ChildProcessTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path root;

    private final List<String> events = new CopyOnWriteArrayList<>();
    private DataFolder data = new DataFolder(Path.of(""));
    private ChildProcess process = child("exit 0");

    @BeforeEach
    void makeFolder() {
        data = new DataFolder(root);
        data.create();
    }

    @AfterEach
    void stop() throws InterruptedException {
        process.stop();
    }

    private ChildProcess child(String script) {
        return new ChildProcess(
                new ProcessSpec(
                        "child",
                        List.of("/bin/sh", "-c", script),
                        Map.of("GREETING", "hello"),
                        Path.of("/"),
                        false,
                        () -> {},
                        Duration.ofMillis(500)),
                data,
                events::add);
    }

    private RunFile runFile() throws IOException {
        return RunFile.readAll(data.run()).get(0);
    }

    @Test
    void whatItPrintsIsKept() throws IOException, InterruptedException {
        process = child("echo $GREETING; echo trouble >&2; exec sleep 600");
        process.start();

        Eventually.isTrue("log", SOON, () -> Files.readString(data.log("child")).contains("trouble"));
        assertThat(BoundedLog.lastLines(data.log("child"), 2)).containsExactly("hello", "trouble");
        assertThat(process.isRunning()).isTrue();
        assertThat(process.problem("is slow")).startsWith("child: is slow; its log: " + data.log("child"));
    }

    @Test
    void oneThatIsKilledIsStartedAgain() throws IOException, InterruptedException {
        process = child("exec sleep 600");
        process.start();
        process.keepRunning(() -> events.add("restarted"));
        long first = runFile().pid();

        ProcessHandle.of(first).orElseThrow().destroyForcibly();

        Eventually.isTrue("restart", SOON, () -> runFile().restarts() == 1 && events.contains("restarted"));
        assertThat(runFile().pid()).isNotEqualTo(first);
        assertThat(events.get(0)).startsWith("child was ended by signal 9, starting it again in 500 ms; its log: ");
        assertThat(process.isRunning()).isTrue();
    }

    @Test
    void oneThatEndsWhileItStartsIsNot() throws IOException, InterruptedException {
        process = child("exit 3");
        process.start();

        Eventually.isTrue("end", SOON, () -> RunFile.readAll(data.run()).isEmpty());
        assertThat(process.isRunning()).isFalse();
        assertThat(events).isEmpty();
    }

    @Test
    void oneThatDoesNotEndInOrderIsKilled() throws IOException, InterruptedException {
        process = child("trap '' TERM; while :; do sleep 1; done");
        process.start();
        process.keepRunning(null);
        ProcessHandle handle = runFile().process().orElseThrow();

        process.stop();

        assertThat(handle.isAlive()).isFalse();
        assertThat(RunFile.readAll(data.run())).isEmpty();
        assertThat(events).isEmpty();
    }

    @Test
    void itEndsWhenThePipeOfItsParentDoes() throws IOException, InterruptedException {
        // Which is what the operating system does when the parent is killed.
        process = child("exec sleep 600");
        process.start();
        ProcessHandle handle = runFile().process().orElseThrow();
        assertThat(handle.isAlive()).isTrue();

        process.closePipe();

        Eventually.isTrue("end", SOON, () -> !handle.isAlive());
    }

    @Test
    void whatAKilledSupervisorLeftIsEndedButNoStranger() throws IOException, InterruptedException {
        Process left = new ProcessBuilder("/bin/sh", "-c", "sleep 600; :").start();
        Process stranger = new ProcessBuilder("sleep", "600").start();
        try {
            RunFile.of("left", left.toHandle(), 0).write(data.run());
            new RunFile("stranger", stranger.pid(), Instant.now().minus(Duration.ofHours(1)), 0).write(data.run());
            new RunFile("gone", Integer.MAX_VALUE, Instant.now(), 0).write(data.run());
            Eventually.isTrue("child", SOON, () -> left.descendants().count() == 1);
            ProcessHandle grandchild = left.descendants().findFirst().orElseThrow();

            assertThat(RunFile.endAll(data.run())).containsExactly("left");

            assertThat(left.isAlive()).isFalse();
            assertThat(grandchild.isAlive()).isFalse();
            assertThat(stranger.isAlive()).isTrue();
            assertThat(data.run()).isEmptyDirectory();
        } finally {
            left.destroyForcibly();
            stranger.destroyForcibly();
        }
    }
}
