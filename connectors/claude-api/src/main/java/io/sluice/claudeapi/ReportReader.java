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
import java.util.concurrent.ConcurrentHashMap;
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
    /** Only a file is looked at. */
    private static final Duration AFTER_NO_KEY = Duration.ofSeconds(10);
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
    /** Not asked for now, or of before the key was of another organization: kept for when it is again. */
    private final List<ReportSplit> resting = new ArrayList<>();

    private final ApiAccount account;
    private final Set<Report> asked;
    /** Those that could not be read the last time, of which a dead letter tells. A metric counts them. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    private final Deque<Batch> waiting = new ArrayDeque<>();
    private @Nullable CompletableFuture<Outcome> attempt;
    private volatile CompletableFuture<Void> available = new CompletableFuture<>();
    private long completedCheckpoint = -1;

    /**
     * A reader.
     *
     * @param asked what is read; other reports rest
     * @param worker of one thread; closed with the reader
     */
    ReportReader(ApiAccount account, Set<Report> asked, Pace pace, ExecutorService worker) {
        this.account = account;
        this.asked = asked;
        this.fetcher = new ReportFetcher(account, pace);
        this.pace = pace;
        this.worker = worker;
    }

    @Override
    public void start() {}

    @Override
    public InputStatus pollNext(ReaderOutput<Reported> output) {
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
            take(outcome, output);
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

    private void take(Outcome outcome, ReaderOutput<Reported> output) {
        ReportSplit split = outcome.split();
        if (outcome.rows() != null) {
            waiting.add(new Batch(split, outcome.rows()));
            if (told.remove(split.splitId())) {
                LOG.info("{} is read again", split.splitId());
            }
            dayNotBefore.remove(split.splitId());
        } else if (outcome.failure() != null) {
            failed(split, outcome.day(), outcome.failure(), output);
        }
    }

    private void failed(ReportSplit split, LocalDate day, ApiException failure, ReaderOutput<Reported> output) {
        String id = split.splitId();
        boolean noKey = failure.kind() == Kind.NO_KEY;
        if (!noKey || !told.contains(id)) { // a key is looked for often
            LOG.warn("{} of {}: {}", id, day, failure.getMessage());
        }
        if (failure.kind() == Kind.TOO_EARLY) {
            dayNotBefore.put(id, Map.of(day, pace.now().plus(AFTER_TOO_EARLY)));
            return;
        }
        if (failure.kind() == Kind.TOO_OLD) {
            String message = failure.getMessage() + " (expected: a day that upstream still has; it is left out)";
            output.collect(letter(split, day, "report-too-old", message));
            split.skip(day);
            return;
        }
        boolean refused = failure.kind() == Kind.REFUSED;
        Duration after = noKey ? AFTER_NO_KEY : refused ? AFTER_REFUSAL : AFTER_FAILURE;
        splitNotBefore.put(id, pace.now().plus(after));
        if (told.add(id)) {
            String message = (noKey ? "the key cannot be read" : failure.getMessage())
                    + " (expected: the report; it is asked for again)";
            output.collect(letter(split, day, refused ? "report-refused" : "report-unavailable", message));
        }
    }

    /** Of a report that cannot be read there is one, until it can be again. */
    private Reported letter(ReportSplit split, LocalDate day, String reason, String message) {
        RowId id = RowId.of(List.of(split.orgId(), split.report().text(), day.toString(), reason));
        DeadLetter letter = DeadLetter.newBuilder()
                .setOrgId(split.orgId())
                .setEventId(id.text())
                .setReceivedAt(Micros.of(pace.now()))
                .setSource(DayRows.SOURCE)
                .setReason(reason)
                .setMessage(split.report().text() + " of " + day + ": " + message)
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
        return (batch != null && batch.mayGo(completedCheckpoint))
                || (attempt != null && attempt.isDone())
                || mayStart();
    }

    @Override
    public void addSplits(List<ReportSplit> added) {
        for (ReportSplit split : added) {
            if (split.orgId().equals(account.orgId()) && asked.contains(split.report())) {
                splits.put(split.splitId(), split);
            } else {
                LOG.warn("{} is not read: asked for are {} of {}", split.splitId(), asked, account.orgId());
                resting.add(split);
            }
        }
        available.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {}

    /** How many reports could not be read the last time that they were asked for. Of any thread. */
    int failing() {
        return told.size();
    }

    @Override
    public void close() {
        worker.shutdownNow();
    }
}
