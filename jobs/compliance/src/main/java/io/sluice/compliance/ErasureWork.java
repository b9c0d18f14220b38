package io.sluice.compliance;

import io.sluice.core.compliance.Receipt;
import io.sluice.core.compliance.Requested;
import io.sluice.runtime.RestartSafeVersions;
import io.sluice.schema.ErasureProgress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How far an erasure has come in this attempt of the job. */
final class ErasureWork {
    enum Phase {
        /** It has no start. */
        REQUESTED,
        /** Not every instance of the gate knows the start. */
        STARTED,
        /** Every instance does; a checkpoint has to begin, and to complete. */
        WAITING_FOR_CHECKPOINT,
        /** Nothing that it covers is on the way any more. */
        DUE,
        HIDING,
        /** Messages are gone; the documents of their conversations follow. */
        REPLACED,
        /** Nothing is found. A checkpoint has to have the null records. */
        HIDDEN,
        PURGEABLE,
        PURGING,
        /** A hold keeps something; the rest is gone. */
        HELD,
        DONE
    }

    private static final long NONE = -1;

    private final String orgId;
    private final Requested erasure;
    private Phase phase = Phase.REQUESTED;
    private long start; // that this work is about
    private boolean told;
    private long checkpoint = NONE;
    private long notBefore;
    private long patientUntil;
    private boolean follows;
    private boolean again;
    private boolean quiet;
    private final Map<String, String> upstream = new ConcurrentHashMap<>();
    private @Nullable ErasureRun run;
    private ErasureRun.@Nullable Result result;
    private long version;
    private long hiddenAt;
    private @Nullable Long erasedAt;
    private @Nullable String receipt;

    ErasureWork(String orgId, Requested erasure) {
        this.orgId = orgId;
        this.erasure = erasure;
    }

    String orgId() {
        return orgId;
    }

    Requested erasure() {
        return erasure;
    }

    Phase phase() {
        return phase;
    }

    boolean told() {
        return told;
    }

    void tell() {
        told = true;
    }

    long notBefore() {
        return notBefore;
    }

    /** It is complete for whoever asks, and stays so while it looks again. */
    void quiet() {
        quiet = true;
    }

    boolean isQuiet() {
        return quiet;
    }

    /** As its receipt tells. */
    ErasureWork completed(String by) {
        receipt = by;
        start = erasure.start();
        phase = Phase.DONE;
        return this;
    }

    /** What became of chats upstream. */
    Map<String, String> upstream() {
        return upstream;
    }

    /** Begins again with a start that is newer than what it is about. */
    void follow() {
        boolean idle = phase != Phase.HIDING && phase != Phase.PURGING && !follows;
        if (idle && (erasure.start() > start || again)) {
            start = erasure.start();
            again = false;
            phase = Phase.STARTED;
            checkpoint = NONE;
            notBefore = 0;
        }
    }

    /** What it covers was learned too late: once more. */
    void startAgain() {
        again = start != 0;
    }

    /** Whether something newer has to be done first. */
    boolean isStale() {
        return erasure.start() > start || again;
    }

    void acknowledged() {
        phase = Phase.WAITING_FOR_CHECKPOINT;
        checkpoint = NONE;
    }

    void checkpointBegan(long id) {
        if ((phase == Phase.WAITING_FOR_CHECKPOINT || phase == Phase.HIDDEN) && checkpoint == NONE) {
            checkpoint = id;
        }
    }

    void checkpointCompleted(long id) {
        if (checkpoint == NONE || id < checkpoint) {
            return;
        }
        if (phase == Phase.WAITING_FOR_CHECKPOINT) {
            phase = Phase.DUE;
            checkpoint = NONE;
        } else if (phase == Phase.HIDDEN) {
            phase = Phase.PURGEABLE;
            checkpoint = NONE;
        }
    }

    void hiding() {
        phase = Phase.HIDING;
    }

    void retry(long at) {
        phase = Phase.DUE;
        follows = false;
        notBefore = at;
    }

    void replaced(ErasureRun by, ErasureRun.Result found, long patientUntilMillis) {
        run = by;
        result = found;
        phase = Phase.REPLACED;
        notBefore = 0;
        patientUntil = patientUntilMillis;
    }

    ErasureRun run() {
        return Objects.requireNonNull(run);
    }

    ErasureRun.Result result() {
        return Objects.requireNonNull(result);
    }

    long patientUntil() {
        return patientUntil;
    }

    void waitUntil(long millis) {
        notBefore = millis;
    }

    void following() {
        follows = true;
        phase = Phase.HIDING;
    }

    void followAgain() {
        follows = false;
        phase = Phase.REPLACED;
    }

    void hidden(long at) {
        follows = false;
        hiddenAt = at;
        phase = Phase.HIDDEN;
        checkpoint = NONE;
    }

    long hiddenAt() {
        return hiddenAt;
    }

    void purging() {
        phase = Phase.PURGING;
    }

    /** What it found is not what counts any more. */
    void rest() {
        phase = Phase.HELD;
    }

    void purgeAgain(long at) {
        phase = Phase.PURGEABLE;
        notBefore = at;
    }

    /** @param by null: something is held */
    void purged(@Nullable String by, long at) {
        receipt = by;
        erasedAt = at;
        phase = by == null ? Phase.HELD : Phase.DONE;
    }

    ErasureProgress progress(RestartSafeVersions versions, String status, @Nullable String error, long at) {
        version = versions.next(version);
        ErasureProgress.Builder progress = ErasureProgress.newBuilder()
                .setOrgId(orgId)
                .setErasureId(erasure.erasure().getId())
                .setVersion(version)
                .setStatus(status)
                .setStartNumber(start)
                .setError(error)
                .setErasedAt(erasedAt)
                .setReceipt(receipt)
                .setAt(at);
        if (result != null) {
            progress.setErased(result.messages().size())
                    .setHeld(result.held().size())
                    .setFound((long) result.messages().size() + result.held().size())
                    .setHeldBy(List.copyOf(result.heldBy()));
        }
        if (result == null && receipt != null) {
            Receipt.Told told = Receipt.read(receipt);
            progress.setErased(told.erased())
                    .setFound(told.erased())
                    .setErasedAt(told.erasedAt())
                    .setHiddenAt(told.hiddenAt());
        }
        if (hiddenAt != 0) {
            progress.setHiddenAt(hiddenAt);
        }
        return progress.build();
    }
}
