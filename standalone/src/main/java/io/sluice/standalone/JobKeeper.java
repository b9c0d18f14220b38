package io.sluice.standalone;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one job running: submits it whenever the cluster has none of its name, from the newest complete checkpoint. The
 * cluster forgets its jobs when the JobManager ends.
 *
 * <p>Not thread-safe; nobody else may submit the job.
 */
final class JobKeeper {
    private final Job job;
    private final Settings settings;
    private final DataFolder data;
    private final Installation installation;
    private final FlinkRest flink;
    private final Consumer<String> events;
    private final Checkpoints checkpoints;
    private final Backoff backoff = new Backoff();

    /** Of the submission whose outcome is not known; null: none. */
    private @Nullable String pending;

    private @Nullable String running;
    private @Nullable String ended;
    private boolean cleaned;
    private long submittedAt = System.nanoTime();
    private long notBefore = System.nanoTime();

    JobKeeper(
            Job job,
            Settings settings,
            DataFolder data,
            Installation installation,
            FlinkRest flink,
            Consumer<String> events) {
        this.job = job;
        this.settings = settings;
        this.data = data;
        this.installation = installation;
        this.flink = flink;
        this.events = events;
        this.checkpoints = new Checkpoints(data.checkpoints().resolve(job.jobName()));
    }

    /**
     * Looks once, and submits if needed.
     *
     * @return null: the job is fully at work; else what it is waiting for
     */
    @Nullable
    String tend() throws IOException, InterruptedException {
        Optional<FlinkRest.Job> newest = flink.jobs().stream()
                .filter(known -> known.name().equals(job.jobName()))
                .max(Comparator.comparingLong(FlinkRest.Job::startedAtMillis));
        if (newest.isPresent() && !newest.get().hasEnded()) {
            return observe(newest.get());
        }
        if (newest.isPresent() && !newest.get().id().equals(ended)) {
            ended = newest.get().id();
            pending = null;
            String failure = flink.lastFailure(ended);
            events.accept(
                    job.jobName() + " has ended, " + newest.get().state() + (failure == null ? "" : ": " + failure));
        }
        if (System.nanoTime() - notBefore < 0) {
            return "waits before it is submitted again";
        }
        return submit();
    }

    private @Nullable String observe(FlinkRest.Job job) throws IOException, InterruptedException {
        // Accepted. The next attempt gets an id, and so a folder for its checkpoints, of its own.
        pending = null;
        if (!job.id().equals(running)) {
            running = job.id();
            cleaned = false;
        }
        if (!flink.isFullyRunning(job.id())) {
            String failure = flink.lastFailure(job.id());
            return job.state() + (failure == null ? "" : ", last failure: " + failure);
        }
        if (!cleaned
                && checkpoints
                        .newest()
                        .filter(c -> c.attempt().equals(job.id()))
                        .isPresent()) {
            checkpoints.deleteOthers(job.id());
            cleaned = true;
        }
        return null;
    }

    private String submit() throws IOException, InterruptedException {
        Path from = checkpoints.newest().map(Checkpoints.Checkpoint::path).orElse(null);
        notBefore = System.nanoTime()
                + backoff.after(Duration.ofNanos(System.nanoTime() - submittedAt))
                        .toNanos();
        submittedAt = System.nanoTime();
        if (pending == null) {
            pending = UUID.randomUUID().toString().replace("-", "");
        }
        String jarId = flink.upload(installation.job(job.jarName()));
        try {
            flink.run(
                    jarId,
                    job.mainClass(),
                    pending,
                    job.arguments(settings, data),
                    job.parallelism(settings),
                    from,
                    Map.of(
                            "execution.checkpointing.dir",
                            checkpoints.folder().toUri().toString()));
        } finally {
            flink.deleteJar(jarId); // also of a submission that was refused, which is tried again
        }
        events.accept(job.jobName() + " submitted"
                + (from == null ? "" : ", from " + data.checkpoints().relativize(from)));
        return "submitted";
    }
}
