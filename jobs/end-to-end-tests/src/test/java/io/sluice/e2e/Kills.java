package io.sluice.e2e;

import static io.sluice.e2e.RunningStack.until;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Kills the processes of a stack, each as often as the others and in random order. */
final class Kills {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final List<String> PROCESSES = List.of("taskmanager", "kafka", "server", "elasticsearch");

    private final RunningStack stack;
    private final Random random;
    private final Map<String, ProcessHandle> killed = new HashMap<>();
    private final List<String> waiting = new ArrayList<>();

    Kills(RunningStack stack, Random random) {
        this.stack = stack;
        this.random = random;
    }

    /** Signal 9, a moment later; the same process once more only when it is back. Others may still be down. */
    void next() throws Exception {
        if (waiting.isEmpty()) {
            waiting.addAll(PROCESSES);
            Collections.shuffle(waiting, random);
        }
        String name = waiting.remove(0);
        ProcessHandle process = awaitBack(name);
        killed.put(name, process);
        // Elasticsearch's server is a child of what was started.
        List<ProcessHandle> all =
                Stream.concat(process.descendants(), Stream.of(process)).toList();
        CompletableFuture<Void> unused = CompletableFuture.runAsync(
                () -> all.forEach(ProcessHandle::destroyForcibly),
                CompletableFuture.delayedExecutor(random.nextInt(500), TimeUnit.MILLISECONDS));
    }

    void awaitAllBack() throws Exception {
        for (String process : PROCESSES) {
            awaitBack(process);
        }
    }

    /** The process that runs after the one that was killed. */
    private ProcessHandle awaitBack(String name) throws Exception {
        List<ProcessHandle> found = new ArrayList<>();
        until(() -> name + " is back", PATIENCE, () -> {
            Optional<ProcessHandle> process = stack.process(name);
            process.filter(each -> !each.equals(killed.get(name))).ifPresent(found::add);
            return !found.isEmpty();
        });
        return found.get(0);
    }
}
