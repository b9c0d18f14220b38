package io.sluice.standalone;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Starts the processes of the stack, watches them, ends them. Everything that it started ends with it: when it is closed,
 * when this JVM ends, and when this JVM is killed.
 */
final class Supervisor implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration WATCH = Duration.ofSeconds(1);
    private static final Duration PORTS_FREED = Duration.ofSeconds(5);

    private final Settings settings;
    private final DataFolder data;
    private final Installation installation;
    private final Consumer<String> events;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final HttpClient serverHttp;
    private final FlinkRest flink;
    private final Map<Job, JobKeeper> jobs = new EnumMap<>(Job.class);
    private final List<ChildProcess> processes = new ArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final @Nullable Path temporary;
    private volatile boolean ready;
    private volatile boolean keepTemporary;
    private @Nullable DataLock lock;

    private Supervisor(
            Settings settings, Installation installation, Consumer<String> events, @Nullable Path temporary) {
        this.temporary = temporary;
        this.settings = settings;
        this.data = new DataFolder(settings.data());
        this.installation = installation;
        this.events = events;
        this.serverHttp = Api.http(settings);
        this.flink = new FlinkRest(http, settings.flinkUrl());
        for (Job job : Job.of(settings)) {
            jobs.put(job, new JobKeeper(job, settings, data, installation, flink, events));
        }
    }

    /** One component becomes ready when this answers null; else it says what it waits for. */
    @FunctionalInterface
    private interface Readiness {
        @Nullable
        String notReadyBecause() throws IOException, InterruptedException;
    }

    /**
     * Starts everything and waits until all of it is ready. Whatever was started is ended again if that fails.
     *
     * @param events told what happens, in one line each
     * @param temporary data folder that is deleted at the end, unless the start fails; null: it stays
     * @throws CommandException why it does not start
     */
    static Supervisor start(
            Settings settings, Installation installation, Consumer<String> events, @Nullable Path temporary)
            throws IOException, InterruptedException {
        Supervisor supervisor = new Supervisor(settings, installation, events, temporary);
        Runtime.getRuntime().addShutdownHook(new Thread(supervisor::close, "end-of-stack"));
        try {
            supervisor.start();
            return supervisor;
        } catch (IOException | InterruptedException | RuntimeException e) {
            boolean interrupted = supervisor.closing.getCount() == 0;
            // The message names logs in it.
            supervisor.keepTemporary = !interrupted;
            supervisor.close();
            if (interrupted) {
                // Ctrl-C while starting: what fails then is not worth telling.
                throw new CommandException("ended while starting");
            }
            throw e;
        }
    }

    private void start() throws IOException, InterruptedException {
        data.create();
        lock = DataLock.take(data);
        List<String> leftovers = RunFile.endAll(data.run());
        if (!leftovers.isEmpty()) {
            events.accept("ended what a killed stack left behind: " + String.join(", ", leftovers));
        }
        requireFreePorts(leftovers.isEmpty() ? Duration.ZERO : PORTS_FREED);
        Requirements.requireSpace(data.root(), Requirements.LEAST_FREE_BYTES);
        Requirements.requireReports(settings);
        Requirements.requireCompliance(settings);

        Kafka kafka = new Kafka(settings, data, installation);
        Elasticsearch elasticsearch = Elasticsearch.of(settings, data, installation);
        Flink cluster = new Flink(settings, data, installation);
        // The slowest first. All at once: they wait for each other by themselves.
        launch(elasticsearch.process());
        launch(kafka.process());
        ChildProcess jobManager = launch(cluster.jobManager());
        ChildProcess taskManager = launch(cluster.taskManager());
        launch(Server.process(settings, data, installation));

        Map<String, Readiness> waiting = new LinkedHashMap<>();
        waiting.put("kafka", kafka::notReadyBecause);
        waiting.put("flink", () -> flink.taskManagers() > 0 ? null : "no TaskManager yet");
        waiting.put("elasticsearch", () -> {
            String reason = elasticsearch.notReadyBecause(http);
            if (reason == null) {
                elasticsearch.applyIndices();
            }
            return reason;
        });
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(settings.number(Setting.START_TIMEOUT_SECONDS));
        long start = System.nanoTime();
        await(waiting, start, deadline);
        // Jobs need topics and indices, and the server's health is that of all others.
        jobs.forEach((job, keeper) -> {
            if (job.isNeeded()) {
                waiting.put(job.jobName(), keeper::tend);
            }
        });
        waiting.put("server", () -> Probe.get(serverHttp, settings.restUrl().resolve("/health"), null));
        await(waiting, start, deadline);

        for (ChildProcess process : processes) {
            // Tasks of a JobManager that is gone would hold their slots until they notice.
            process.keepRunning(process == jobManager ? taskManager::kill : null);
        }
        // One that ended just before is not started again by anybody.
        requireAllRunning();
        ready = true;
        Thread thread = new Thread(this::keepJobs, "job-keeper");
        thread.setDaemon(true);
        thread.start();
    }

    private void requireFreePorts(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                Requirements.requireFreePorts(settings);
                return;
            } catch (CommandException e) {
                if (System.nanoTime() - deadline >= 0) {
                    throw e;
                }
            }
            pause(POLL);
        }
    }

    private ChildProcess launch(ProcessSpec spec) throws IOException, InterruptedException {
        ChildProcess process = new ChildProcess(spec, data, events);
        synchronized (processes) {
            if (closing.getCount() == 0) {
                throw new CommandException("the stack is being stopped");
            }
            processes.add(process);
            process.start();
        }
        return process;
    }

    /** Waits until all are ready, and empties the map. */
    private void await(Map<String, Readiness> waiting, long start, long deadline)
            throws IOException, InterruptedException {
        Map<String, String> reasons = new LinkedHashMap<>();
        while (true) {
            for (String name : List.copyOf(waiting.keySet())) {
                String reason = reason(waiting.get(name));
                if (reason == null) {
                    waiting.remove(name);
                    events.accept(String.format("%-19s ready after %.1f s", name, (System.nanoTime() - start) / 1e9));
                } else {
                    reasons.put(name, reason);
                }
            }
            requireAllRunning();
            if (waiting.isEmpty()) {
                return;
            }
            if (System.nanoTime() - deadline >= 0) {
                String name = waiting.keySet().iterator().next();
                throw new CommandException(processOf(name)
                        .problem("not ready within " + settings.number(Setting.START_TIMEOUT_SECONDS) + " s ("
                                + reasons.get(name) + "; " + Setting.START_TIMEOUT_SECONDS.variable()
                                + " sets another limit)"));
            }
            pause(POLL);
        }
    }

    private static @Nullable String reason(@Nullable Readiness readiness) throws InterruptedException {
        try {
            return readiness == null ? null : readiness.notReadyBecause();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void requireAllRunning() {
        for (ChildProcess process : processes) {
            if (!process.isRunning()) {
                throw new CommandException(process.problem("ended while the stack was starting"));
            }
        }
    }

    private ChildProcess processOf(String component) {
        boolean inFlink =
                component.equals("flink") || jobs.keySet().stream().anyMatch(job -> component.equals(job.jobName()));
        String name = inFlink ? "jobmanager" : component;
        return processes.stream()
                .filter(process -> process.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void keepJobs() {
        Map<Job, String> reported = new EnumMap<>(Job.class);
        while (true) {
            try {
                if (closing.await(WATCH.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
                for (Job job : jobs.keySet()) {
                    keep(job, reported);
                }
            } catch (IOException e) {
                // The JobManager is down; its process is started again.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void keep(Job job, Map<Job, String> reported) throws IOException, InterruptedException {
        try {
            String unused = Objects.requireNonNull(jobs.get(job)).tend();
            reported.remove(job);
        } catch (FlinkRest.RefusedException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.equals(reported.put(job, message))) {
                events.accept(job.jobName() + " cannot be submitted: " + message);
            }
        }
    }

    private void pause(Duration duration) throws InterruptedException {
        if (closing.await(duration.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new CommandException("ended while starting");
        }
    }

    /** Returns when the stack has been closed. */
    void awaitEnd() throws InterruptedException {
        closed.await();
    }

    /** Ends everything: first what takes data in, last what keeps it. */
    @Override
    public void close() {
        boolean first;
        synchronized (processes) {
            first = closing.getCount() > 0;
            closing.countDown();
        }
        try {
            if (first) {
                stopAll();
            } else {
                closed.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void stopAll() throws InterruptedException {
        try {
            if (!ready) {
                // They answer slowly while they start, and a crash is what all of them are made to survive.
                processes.forEach(ChildProcess::kill);
            }
            Map<String, ChildProcess> byName = new LinkedHashMap<>();
            processes.forEach(process -> byName.put(process.name(), process));
            for (List<String> together : List.of(
                    List.of("server"), List.of("taskmanager", "jobmanager"), List.of("elasticsearch", "kafka"))) {
                List<ChildProcess> ending = together.stream()
                        .map(byName::get)
                        .filter(Objects::nonNull)
                        .toList();
                ending.forEach(ChildProcess::requestStop);
                for (ChildProcess process : ending) {
                    process.stop();
                }
            }
            DataLock held = lock;
            if (held != null) {
                held.close();
            }
            if (temporary != null && !keepTemporary) {
                deleteTemporary(temporary);
            }
        } catch (IOException e) {
            events.accept(data.root() + ": " + e);
        } finally {
            closed.countDown();
        }
    }

    private void deleteTemporary(Path folder) throws IOException {
        Path elasticsearch = Elasticsearch.folder(data);
        if (!elasticsearch.startsWith(folder)) {
            Folders.delete(elasticsearch);
        }
        Folders.delete(folder);
    }
}
