package io.sluice.standalone;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One process of the stack. Once it counts as started, it is started again whenever it ends, until it is stopped.
 *
 * <p>It ends when this JVM ends, also by signal 9: a small shell beside it waits for the end of a pipe that only this
 * JVM holds.
 */
final class ChildProcess {
    /** Runs the arguments. Ctrl-C and a closed terminal are the supervisor's business: it ends its processes in order. */
    private static final String TIED_TO_PARENT = """
            trap '' INT HUP QUIT
            exec 3<&0
            (
              cat <&3
              kill -TERM $$
              i=0
              while [ $i -lt 20 ] && kill -0 $$; do sleep 1; i=$((i + 1)); done
              kill -KILL $$
            ) >/dev/null 2>&1 &
            exec "$@" </dev/null 3<&-
            """;

    private static final long MOST_LOG_BYTES = 8L << 20;
    private static final int SHOWN_LINES = 15;

    private final ProcessSpec spec;
    private final DataFolder data;
    private final Consumer<String> events;
    private final Backoff backoff = new Backoff();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch watched = new CountDownLatch(1);
    private volatile @Nullable Process process;
    private volatile boolean started;
    private volatile @Nullable Runnable afterRestart;
    private int restarts;

    /** @param events told, in one line each, that the process ended and is started again */
    ChildProcess(ProcessSpec spec, DataFolder data, Consumer<String> events) {
        this.spec = spec;
        this.data = data;
        this.events = events;
    }

    String name() {
        return spec.name();
    }

    /** Starts it for the first time; {@link #isRunning} tells how that goes. */
    void start() throws IOException, InterruptedException {
        Instant startedAt = Instant.now();
        Process first = launch();
        Thread watcher = new Thread(() -> watch(first, startedAt), spec.name() + "-watcher");
        watcher.setDaemon(true);
        watcher.start();
    }

    /** From now on it is started again when it ends. */
    void keepRunning(@Nullable Runnable afterRestart) {
        this.afterRestart = afterRestart;
        started = true;
    }

    boolean isRunning() {
        Process current = process;
        return current != null && current.isAlive();
    }

    /** Ends it at once; if it is kept running, it is started again. */
    void kill() {
        Process current = process;
        if (current != null) {
            // By handle: Process.destroy would also close the output, and with it the end of the log.
            current.descendants().forEach(ProcessHandle::destroyForcibly);
            boolean unused = current.toHandle().destroyForcibly();
        }
    }

    /** What to show people when it has failed: where its log is, and the end of it. */
    String problem(String what) {
        StringBuilder message = new StringBuilder(spec.name() + ": " + what + "; its log: " + data.log(spec.name()));
        try {
            for (String line : BoundedLog.problemLines(data.log(spec.name()), SHOWN_LINES)) {
                message.append(System.lineSeparator()).append("  ").append(line);
            }
        } catch (IOException e) {
            message.append(" (").append(e).append(')');
        }
        return message.toString();
    }

    private synchronized Process launch() throws IOException, InterruptedException {
        spec.prepare().run();
        if (stopping.getCount() == 0) {
            throw new IOException(spec.name() + " is being stopped");
        }
        List<String> command = new ArrayList<>();
        if (spec.asNobody()) {
            command.addAll(List.of("setpriv", "--reuid=" + User.NOBODY, "--regid=" + User.NOBODY, "--clear-groups"));
        }
        command.addAll(List.of("/bin/sh", "-c", TIED_TO_PARENT, "sluice-" + spec.name()));
        command.addAll(spec.command());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .directory(spec.directory().toFile());
        Map<String, String> environment = builder.environment();
        spec.environment().forEach((name, value) -> {
            if (value.isEmpty()) {
                environment.remove(name);
            } else {
                environment.put(name, value);
            }
        });
        Process launched;
        try {
            launched = builder.start();
        } catch (IOException e) {
            throw new IOException(
                    spec.name() + ": " + command.get(0) + " cannot be run"
                            + (spec.asNobody()
                                    ? " (expected: setpriv of util-linux, to run it as another user than root)"
                                    : ""),
                    e);
        }
        process = launched;
        RunFile.of(spec.name(), launched.toHandle(), restarts).write(data.run());
        Thread pump = new Thread(() -> pump(launched), spec.name() + "-log");
        pump.setDaemon(true);
        pump.start();
        return launched;
    }

    private void pump(Process source) {
        byte[] buffer = new byte[8192];
        try (InputStream in = source.getInputStream();
                BoundedLog log = new BoundedLog(data.log(spec.name()), MOST_LOG_BYTES)) {
            log.writeStart(source.pid());
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                log.write(buffer, read);
            }
        } catch (IOException e) {
            events.accept(spec.name() + ": its log cannot be written any more: " + e);
            drain(source);
        }
    }

    /** A full disk must not stop the process too: nobody else reads what it prints. */
    private static void drain(Process source) {
        try (InputStream in = source.getInputStream()) {
            long unused = in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // It has ended.
        }
    }

    private void watch(Process first, Instant firstStart) {
        Process current = first;
        Instant startedAt = firstStart;
        try {
            while (true) {
                int code = current.waitFor();
                ended();
                if (!started || stopping.getCount() == 0) {
                    return;
                }
                current = restart(describe(code), Duration.between(startedAt, Instant.now()));
                startedAt = Instant.now();
                Runnable then = afterRestart;
                if (then != null) {
                    then.run();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Stopped e) {
            // That is the end of it.
        } finally {
            watched.countDown();
        }
    }

    private static final class Stopped extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private Process restart(String cause, Duration ranFor) throws InterruptedException, Stopped {
        String what = cause;
        Duration lived = ranFor;
        while (true) {
            Duration wait = backoff.after(lived);
            events.accept(spec.name() + " " + what + ", starting it again in " + wait.toMillis() + " ms; its log: "
                    + data.log(spec.name()));
            if (stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Stopped();
            }
            restarts++;
            try {
                return launch();
            } catch (IOException e) {
                if (stopping.getCount() == 0) {
                    throw new Stopped();
                }
                what = "cannot be started: " + e.getMessage();
                lived = Duration.ZERO;
            }
        }
    }

    /** Ends the shell beside it; as the operating system does when this JVM is killed. */
    void closePipe() throws IOException {
        Process current = process;
        if (current != null) {
            current.getOutputStream().close();
        }
    }

    private void ended() {
        try {
            closePipe();
            Files.deleteIfExists(RunFile.path(data.run(), spec.name()));
        } catch (IOException e) {
            // The pipe is gone already.
        }
    }

    /** As a shell would say it. */
    static String describe(int code) {
        return code > 128 ? "was ended by signal " + (code - 128) : "ended with " + code;
    }

    /** Asks it to end, without waiting. */
    void requestStop() {
        stopping.countDown();
        synchronized (this) {
            Process current = process;
            if (current != null) {
                boolean unused = current.toHandle().destroy();
            }
        }
    }

    /** Ends it in order, or after its limit at once. */
    void stop() throws InterruptedException {
        requestStop();
        Process current = process;
        if (current == null) {
            return;
        }
        if (!current.waitFor(spec.stopLimit().toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
            current.waitFor();
        }
        if (!watched.await(5, TimeUnit.SECONDS)) {
            ended();
        }
    }
}
