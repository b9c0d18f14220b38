package io.sluice.claudeapi.compliance;

import io.sluice.claudeapi.Pace;
import io.sluice.claudeapi.compliance.ComplianceException.Kind;
import io.sluice.schema.Micros;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.stream.Stream;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one organization, a step at a time, on a thread of its own; all else is on the task's thread. Of the lanes that have
 * something to ask, the one that waits longest goes first. What a step brings is put out, and only then the state changes:
 * so what a checkpoint does not have is read again.
 */
final class ComplianceReader implements SourceReader<Captured, ComplianceSplit> {
    private static final Logger LOG = LoggerFactory.getLogger(ComplianceReader.class);
    private static final long LONGEST_WAIT = WalkPlan.micros(Duration.ofMinutes(1));
    private static final long AFTER_REFUSAL = WalkPlan.micros(Duration.ofMinutes(10));
    private static final long FIRST_BACKOFF = WalkPlan.micros(Duration.ofSeconds(1));
    private static final int MOST_DOUBLINGS = 6;
    /** Fewer in a row are nothing to tell of. */
    private static final int FAILURES_TOLD = 5;

    private static final long NO_KEY_WAIT = WalkPlan.micros(Duration.ofSeconds(10));

    /** What is read, and how it goes. */
    private static final class Reading {
        final Lane lane;
        long servedAt;
        long notBefore;
        int failures;
        volatile boolean told;

        Reading(Lane lane) {
            this.lane = lane;
        }
    }

    /**
     * How a step ended.
     *
     * @param reading null: it was only waited
     */
    private record Outcome(
            @Nullable Reading reading,
            Lane.@Nullable Found found,
            @Nullable ComplianceException failure) {}

    private final ComplianceAccount account;
    private final boolean files;
    private final ComplianceApi api;
    private final Pace pace;
    private final ExecutorService worker;
    private final Labels labels = new Labels();
    private @Nullable ComplianceSplit split;
    private volatile List<Reading> readings = List.of();
    /** Of before the key was of another organization: kept for when it is again. */
    private final List<ComplianceSplit> resting = new ArrayList<>();

    private final Deque<Captured> out = new ArrayDeque<>();
    private @Nullable Runnable then;
    private @Nullable CompletableFuture<Outcome> attempt;
    private volatile CompletableFuture<Void> available = new CompletableFuture<>();
    private long steps;

    /**
     * A reader.
     *
     * @param files whether texts of files are read
     * @param worker of one thread; closed with the reader
     */
    ComplianceReader(ComplianceAccount account, boolean files, ComplianceApi api, Pace pace, ExecutorService worker) {
        this.account = account;
        this.files = files;
        this.api = api;
        this.pace = pace;
        this.worker = worker;
    }

    @Override
    public void start() {}

    @Override
    public InputStatus pollNext(ReaderOutput<Captured> output) {
        Captured next = out.poll();
        if (next != null) {
            output.collect(next);
            finishStep();
            return InputStatus.MORE_AVAILABLE;
        }
        if (attempt != null && attempt.isDone()) {
            Outcome outcome = join(attempt);
            attempt = null;
            take(outcome);
            finishStep();
            return InputStatus.MORE_AVAILABLE;
        }
        if (attempt == null && split != null) {
            attempt = begin();
        }
        return attempt != null && attempt.isDone() ? InputStatus.MORE_AVAILABLE : InputStatus.NOTHING_AVAILABLE;
    }

    /** With the last record, not after it: a checkpoint between the two would only repeat it, but why should it. */
    private void finishStep() {
        if (out.isEmpty() && then != null) {
            Runnable change = then;
            then = null;
            change.run();
        }
    }

    private static Outcome join(CompletableFuture<Outcome> attempt) {
        try {
            return attempt.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException ours ? ours : e;
        }
    }

    private static boolean goesBefore(Reading one, Reading other) {
        int byRank = one.lane.rank().compareTo(other.lane.rank());
        return byRank == 0 ? one.servedAt < other.servedAt : byRank < 0;
    }

    private CompletableFuture<Outcome> begin() {
        long now = Micros.of(pace.now());
        Reading chosen = null;
        long soonest = Lane.NEVER;
        boolean first = readings.stream().anyMatch(reading -> reading.lane.rank() == Lane.Rank.FIRST);
        for (Reading reading : readings) {
            if (first && reading.lane.rank() != Lane.Rank.FIRST) {
                continue; // also while that one waits
            }
            long due = Math.max(reading.lane.dueAt(now), reading.notBefore);
            if (due <= now && (chosen == null || goesBefore(reading, chosen))) {
                chosen = reading;
            }
            soonest = Math.min(soonest, due);
        }
        CompletableFuture<Outcome> begun;
        if (chosen == null) {
            Duration wait = Duration.ofMillis(Math.min(soonest - now, LONGEST_WAIT) / 1000 + 1);
            begun = CompletableFuture.supplyAsync(() -> sleep(wait), worker);
        } else {
            Reading reading = chosen;
            reading.servedAt = ++steps;
            Lane.Step step = reading.lane.next(now);
            begun = CompletableFuture.supplyAsync(() -> attempt(reading, step), worker);
        }
        CompletableFuture<Outcome> unused = begun.whenComplete((outcome, failure) -> available.complete(null));
        return begun;
    }

    /** On the worker's thread. */
    private Outcome sleep(Duration wait) {
        try {
            pace.sleep(wait);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Outcome(null, null, null);
    }

    /** On the worker's thread. */
    private Outcome attempt(Reading reading, Lane.Step step) {
        try {
            return new Outcome(reading, step.ask(api), null);
        } catch (ComplianceException e) {
            return new Outcome(reading, null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome(null, null, null);
        }
    }

    private void take(Outcome outcome) {
        Reading reading = outcome.reading();
        if (reading == null) {
            return;
        }
        Lane.Found found = outcome.found();
        if (found != null) {
            out.addAll(found.out());
            then = found.then();
            if (found.failure() != null) {
                wait(reading, found.failure(), Micros.of(pace.now()));
                return;
            }
            if (reading.told) {
                LOG.info("{} of {} are read again", reading.lane.name(), account.orgId());
            }
            reading.failures = 0;
            reading.told = false;
        } else if (outcome.failure() != null) {
            failed(reading, outcome.failure());
        }
    }

    private void failed(Reading reading, ComplianceException failure) {
        long now = Micros.of(pace.now());
        if (failure.kind() == Kind.RATE_LIMITED) {
            return; // the budget waits, for all
        }
        List<Captured> letters = reading.lane.failed(failure, now);
        if (letters != null) {
            out.addAll(letters);
            if (!letters.isEmpty()) {
                LOG.warn("{} of {}, some of them: {}", reading.lane.name(), account.orgId(), failure.getMessage());
            }
            if (!failure.passes()) {
                return;
            }
        }
        wait(reading, failure, now);
    }

    private void wait(Reading reading, ComplianceException failure, long now) {
        reading.failures++;
        boolean refused = !failure.passes();
        long backoff = FIRST_BACKOFF << Math.min(reading.failures - 1, MOST_DOUBLINGS);
        reading.notBefore = now
                + (failure.kind() == Kind.NO_KEY
                        ? NO_KEY_WAIT
                        : refused ? AFTER_REFUSAL : backoff / 2 + (long) (pace.random() * backoff / 2));
        if (!reading.told && (refused || reading.failures >= FAILURES_TOLD)) {
            reading.told = true;
            LOG.warn("{} of {}: {}", reading.lane.name(), account.orgId(), failure.getMessage());
            // A key's place is in the log, not in the letter.
            String message = failure.kind() == Kind.NO_KEY ? "the key cannot be read" : failure.getMessage();
            out.add(Rows.letter(
                    account.orgId(),
                    reading.lane.name(),
                    String.valueOf(now),
                    refused ? "upstream-refused" : "upstream-unavailable",
                    reading.lane.name() + ": " + message + " (expected: what there is; it is asked for again)",
                    now));
        }
    }

    @Override
    public List<ComplianceSplit> snapshotState(long checkpointId) {
        return Stream.concat(Stream.ofNullable(split), resting.stream()).toList();
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        // The future that was answered before is the one that is waited for, also when it is asked for again.
        if (available.isDone()) {
            available = new CompletableFuture<>();
        }
        // Only now: an attempt that ends from here on sees the future.
        if (!out.isEmpty() || (attempt == null ? split != null : attempt.isDone())) {
            available.complete(null);
        }
        return available;
    }

    @Override
    public void addSplits(List<ComplianceSplit> added) {
        for (ComplianceSplit each : added) {
            if (each.orgId.equals(account.orgId()) && split == null) {
                split = each;
                ChatLane chats = new ChatLane(each);
                FileLane texts = new FileLane(each, labels, files);
                ProjectLane projects = new ProjectLane(each, labels, texts);
                ActivityLane activities = new ActivityLane(each, activity -> {
                    chats.hear(activity);
                    projects.hear(activity);
                });
                List<Lane> lanes = new ArrayList<>(List.of(
                        new DirectoryLane(each, labels),
                        activities,
                        chats,
                        new MessageLane(each, labels, texts),
                        projects));
                if (files) {
                    lanes.add(texts);
                }
                readings = lanes.stream().map(Reading::new).toList();
            } else {
                LOG.warn("{} is not read: asked for is {}", each.splitId(), account.orgId());
                resting.add(each);
            }
        }
        available.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {}

    /** How many kinds of things could not be read the last times that they were asked for. Of any thread. */
    int failing() {
        return (int) readings.stream()
                .filter(reading -> reading.told || reading.lane.lacks())
                .count();
    }

    @Override
    public void close() {
        worker.shutdownNow();
    }
}
