package io.sluice.claudeapi;

import io.sluice.claudeapi.ApiException.Kind;
import io.sluice.schema.Codec;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Micros;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
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
 * Reads the reports of one organization, one day at a time, on a thread of its own; all else is on the task's thread. The
 * order of things for a day: it is read whole, compared with what was put out, marked in the state, and put out when a
 * checkpoint has the mark (see {@link Batch}). Without checkpoints nothing is put out.
 */
final class ReportReader implements SourceReader<Reported, ReportSplit> {
    private static final Logger LOG = LoggerFactory.getLogger(ReportReader.class);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);
    private static final Duration AFTER_TOO_EARLY = Duration.ofHours(1);
    private static final Duration AFTER_REFUSAL = Duration.ofHours(1);
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(10);
    /** Rows that wait for a checkpoint; one day may be more. */
    private static final int MOST_WAITING = 100_000;

    /**
     * How an attempt to read ended.
     *
     * @param rows null: it failed, or was only waited
     * @param failure null: it did not
     */
    private record Outcome(
            ReportSplit split,
            LocalDate day,
            @Nullable DayRows rows,
            @Nullable ApiException failure) {}

    private final ReportFetcher fetcher;
    private final Pace pace;
    private final ExecutorService worker;
    private final Map<String, ReportSplit> splits = new TreeMap<>();
    private final Map<String, Instant> splitNotBefore = new HashMap<>();
    private final Map<String, Map<LocalDate, Instant>> dayNotBefore = new HashMap<>();
    /** Of before the key was of another plan or organization: kept for when it is again. */
    private final List<ReportSplit> resting = new ArrayList<>();

    private final ApiAccount account;
    private final Set<String> told = new HashSet<>();
    private final Deque<Batch> waiting = new ArrayDeque<>();
    private final Deque<Reported> letters = new ArrayDeque<>();
    private @Nullable CompletableFuture<Outcome> attempt;
    private volatile CompletableFuture<Void> available = new CompletableFuture<>();
    private long completedCheckpoint = -1;

    /** @param worker of one thread; closed with the reader */
    ReportReader(ApiAccount account, Pace pace, ExecutorService worker) {
        this.account = account;
        this.fetcher = new ReportFetcher(account, pace);
        this.pace = pace;
        this.worker = worker;
    }

    @Override
    public void start() {}

    @Override
    public InputStatus pollNext(ReaderOutput<Reported> output) {
        Reported letter = letters.poll();
        if (letter != null) {
            output.collect(letter);
            return InputStatus.MORE_AVAILABLE;
        }
        Batch batch = waiting.peek();
        if (batch != null && batch.mayGo(completedCheckpoint)) {
            Reported next = batch.poll();
            if (next == null) {
                waiting.remove();
            } else {
                output.collect(next);
            }
            return InputStatus.MORE_AVAILABLE;
        }
        if (attempt != null && attempt.isDone()) {
            Outcome outcome = join(attempt);
            attempt = null;
            take(outcome);
            return InputStatus.MORE_AVAILABLE;
        }
        if (mayStart()) {
            attempt = begin();
        }
        return attempt != null && attempt.isDone() ? InputStatus.MORE_AVAILABLE : InputStatus.NOTHING_AVAILABLE;
    }

    private static Outcome join(CompletableFuture<Outcome> attempt) {
        try {
            return attempt.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException ours ? ours : e;
        }
    }

    private boolean mayStart() {
        return attempt == null
                && !splits.isEmpty()
                && waiting.stream().mapToInt(Batch::size).sum() < MOST_WAITING;
    }

    /** What is due first; if nothing is yet, a while of waiting. */
    private CompletableFuture<Outcome> begin() {
        ReportSplit split = null;
        Timetable.Due due = null;
        for (ReportSplit each : splits.values()) {
            Timetable.Due candidate = due(each);
            if (due == null || candidate.at().isBefore(due.at())) {
                split = each;
                due = candidate;
            }
        }
        ReportSplit chosen = Objects.requireNonNull(split);
        LocalDate day = Objects.requireNonNull(due).day();
        Duration wait = Duration.between(pace.now(), due.at());
        long after = chosen.newestReadAt;
        CompletableFuture<Outcome> begun =
                CompletableFuture.supplyAsync(() -> attempt(chosen, day, wait, after), worker);
        CompletableFuture<Outcome> unused = begun.whenComplete((outcome, failure) -> available.complete(null));
        return begun;
    }

    private Timetable.Due due(ReportSplit split) {
        Set<LocalDate> busy = new HashSet<>();
        for (Batch batch : waiting) {
            if (batch.split() == split) {
                busy.add(batch.day());
            }
        }
        Timetable.Due due = Timetable.next(split, busy, dayNotBefore.getOrDefault(split.splitId(), Map.of()));
        Instant notBefore = splitNotBefore.getOrDefault(split.splitId(), Instant.EPOCH);
        return due.at().isBefore(notBefore) ? new Timetable.Due(due.day(), notBefore) : due;
    }

    /** On the worker's thread. */
    private Outcome attempt(ReportSplit split, LocalDate day, Duration wait, long after) {
        try {
            if (wait.compareTo(Duration.ZERO) > 0) {
                pace.sleep(wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT);
                return new Outcome(split, day, null, null);
            }
            return new Outcome(split, day, fetcher.fetch(split.report(), day, after), null);
        } catch (ApiException e) {
            return new Outcome(split, day, null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome(split, day, null, null);
        }
    }

    private void take(Outcome outcome) {
        ReportSplit split = outcome.split();
        if (outcome.rows() != null) {
            waiting.add(new Batch(split, outcome.rows()));
            told.remove(split.splitId());
            dayNotBefore.remove(split.splitId());
        } else if (outcome.failure() != null) {
            failed(split, outcome.day(), outcome.failure());
        }
    }

    private void failed(ReportSplit split, LocalDate day, ApiException failure) {
        LOG.warn("{} of {}: {}", split.splitId(), day, failure.getMessage());
        if (failure.kind() == Kind.TOO_EARLY) {
            dayNotBefore.put(split.splitId(), Map.of(day, pace.now().plus(AFTER_TOO_EARLY)));
            return;
        }
        boolean refused = failure.kind() == Kind.REFUSED;
        splitNotBefore.put(split.splitId(), pace.now().plus(refused ? AFTER_REFUSAL : AFTER_FAILURE));
        if (told.add(split.splitId())) {
            letters.add(letter(split, day, refused ? "report-refused" : "report-unavailable", failure));
        }
    }

    /** One for a report that cannot be read, until it can be again. It is tried again all the same. */
    private Reported letter(ReportSplit split, LocalDate day, String reason, ApiException failure) {
        RowId id = RowId.of(List.of(split.orgId(), split.report().text(), day.toString(), reason));
        DeadLetter letter = DeadLetter.newBuilder()
                .setOrgId(split.orgId())
                .setEventId(id.text())
                .setReceivedAt(Micros.of(pace.now()))
                .setSource(DayRows.SOURCE)
                .setReason(reason)
                .setMessage(split.report().text() + " of " + day + ": " + failure.getMessage()
                        + " (expected: the report; it is asked for again)")
                .setName(split.report().text())
                .build();
        return new Reported(Reported.Kind.DEAD_LETTER, letter.getEventId(), Codec.encode(letter));
    }

    @Override
    public List<ReportSplit> snapshotState(long checkpointId) {
        waiting.forEach(batch -> batch.savedIn(checkpointId));
        return Stream.concat(splits.values().stream(), resting.stream()).toList();
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
        completedCheckpoint = Math.max(completedCheckpoint, checkpointId);
        available.complete(null);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        // The future that was answered before is the one that is waited for, also when it is asked for again.
        if (available.isDone()) {
            available = new CompletableFuture<>();
        }
        // Only now: an attempt that ends from here on sees the future.
        if (canGoOn()) {
            available.complete(null);
        }
        return available;
    }

    private boolean canGoOn() {
        Batch batch = waiting.peek();
        return !letters.isEmpty()
                || (batch != null && batch.mayGo(completedCheckpoint))
                || (attempt != null && attempt.isDone())
                || mayStart();
    }

    @Override
    public void addSplits(List<ReportSplit> added) {
        for (ReportSplit split : added) {
            if (split.orgId().equals(account.orgId()) && split.report().isOf(account.plan())) {
                splits.put(split.splitId(), split);
            } else {
                LOG.warn("{} is not read: the key is of {}, plan {}", split.splitId(), account.orgId(), account.plan());
                resting.add(split);
            }
        }
        available.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() {
        worker.shutdownNow();
    }
}
