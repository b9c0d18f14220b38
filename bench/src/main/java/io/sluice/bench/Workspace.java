package io.sluice.bench;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A folder for everything a benchmark writes, and the processes it runs. Both end with it, or with this JVM. */
final class Workspace implements AutoCloseable {
    private static final int LOG_END_CHARS = 2_000;
    private static final Duration DELETE_LIMIT = Duration.ofSeconds(10);
    private static final Duration DELETE_PAUSE = Duration.ofMillis(100);

    private final Path folder;
    private final List<Process> processes = new ArrayList<>();
    private final Thread atExit = new Thread(this::end);

    Workspace() throws IOException {
        folder = Files.createTempDirectory("sluice-bench-");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    Path folder() {
        return folder;
    }

    /** A new folder in it. */
    Path folder(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    /**
     * Runs a class of this class path in a JVM of its own, whose standard input says whether this one still lives.
     *
     * @param name of its log
     */
    synchronized Process start(
            String name, List<String> jvmOptions, Map<String, String> environment, Class<?> main, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.add("-Dlog4j2.configurationFile=" + Main.LOGGING);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log(name).toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private Path log(String name) {
        return folder.resolve(name + ".log");
    }

    /** The last lines that a process wrote, for a message. */
    String logEnd(String name) {
        try {
            String log = Files.readString(log(name));
            return log.substring(Math.max(0, log.length() - LOG_END_CHARS));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The JVM is ending: the hook runs, or has run.
        }
    }

    private synchronized void end() {
        for (Process process : processes) {
            process.destroyForcibly();
        }
        for (Process process : processes) {
            try {
                process.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        processes.clear();
        long deadline = System.nanoTime() + DELETE_LIMIT.toNanos();
        while (!deleted(System.nanoTime() > deadline)) {
            LockSupport.parkNanos(DELETE_PAUSE.toNanos());
        }
    }

    /** While this JVM is ending a job in it may still write. */
    private boolean deleted(boolean last) {
        try {
            delete(folder);
            return true;
        } catch (IOException e) {
            if (last) {
                System.err.println(folder + ": not deleted: " + e);
            }
            return last;
        }
    }

    /** Deletes a folder with everything in it; what is gone already is no error. */
    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
