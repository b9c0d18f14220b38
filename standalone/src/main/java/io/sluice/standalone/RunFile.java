package io.sluice.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * What is written down about a running process, so that {@code status} can show it, and a later start can end what a
 * killed supervisor left behind.
 *
 * @param startedAt tells the process from a later one of the same id
 * @param restarts how often the supervisor has started it again
 */
record RunFile(String name, long pid, Instant startedAt, int restarts) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SUFFIX = ".json";

    /** Start times are derived from the time of boot, which shifts when the clock is set. */
    private static final Duration CLOCK_SHIFT = Duration.ofSeconds(5);

    static RunFile of(String name, ProcessHandle process, int restarts) {
        return new RunFile(name, process.pid(), process.info().startInstant().orElse(Instant.now()), restarts);
    }

    static Path path(Path folder, String name) {
        return folder.resolve(name + SUFFIX);
    }

    void write(Path folder) throws IOException {
        Path target = path(folder, name);
        Path partial = folder.resolve(name + ".tmp");
        Files.writeString(
                partial,
                JSON.createObjectNode()
                        .put("pid", pid)
                        .put("started_at", startedAt.toString())
                        .put("restarts", restarts)
                        .toString());
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Of all processes that are written down in the folder, running or not, by name. */
    static List<RunFile> readAll(Path folder) throws IOException {
        List<RunFile> found = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        List<Path> files;
        try (Stream<Path> listed = Files.list(folder)) {
            files = listed.filter(file -> file.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            String name = file.getFileName().toString();
            try {
                JsonNode json = JSON.readTree(Files.readString(file));
                found.add(new RunFile(
                        name.substring(0, name.length() - SUFFIX.length()),
                        json.path("pid").asLong(),
                        Instant.parse(json.path("started_at").asText()),
                        json.path("restarts").asInt()));
            } catch (NoSuchFileException e) {
                // It has ended since.
            } catch (DateTimeParseException e) {
                throw new IOException(file + ": not as this program writes it (expected: delete it)", e);
            }
        }
        return found;
    }

    /** The process, if it is still the same one. */
    Optional<ProcessHandle> process() {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .filter(handle -> handle.info()
                        .startInstant()
                        .map(start -> Duration.between(start, startedAt).abs().compareTo(CLOCK_SHIFT) < 0)
                        .orElse(false));
    }

    /**
     * Ends every process that is written down and still runs, at once. For the time after a supervisor was killed.
     *
     * @return the names of those that ran
     */
    static List<String> endAll(Path folder) throws IOException, InterruptedException {
        List<String> ended = new ArrayList<>();
        for (RunFile file : readAll(folder)) {
            Optional<ProcessHandle> process = file.process();
            if (process.isPresent()) {
                ended.add(file.name());
                // Elasticsearch's server is a child of what was started.
                List<ProcessHandle> all =
                        new ArrayList<>(process.get().descendants().toList());
                all.add(process.get());
                all.forEach(ProcessHandle::destroyForcibly);
                for (ProcessHandle one : all) {
                    awaitEnd(file.name(), one);
                }
            }
            Files.deleteIfExists(path(folder, file.name()));
        }
        return ended;
    }

    private static void awaitEnd(String name, ProcessHandle process) throws IOException, InterruptedException {
        try {
            process.onExit().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException(
                    name + ": process " + process.pid() + " does not end (expected: ended by signal 9)", e);
        }
    }
}
