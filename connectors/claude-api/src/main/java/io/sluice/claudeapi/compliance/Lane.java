package io.sluice.claudeapi.compliance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One kind of thing that is read. All of it is on the task's thread, but for requests, which are on the worker's: they look
 * at the state, which nobody changes meanwhile, and change nothing. Times are microseconds.
 */
interface Lane {
    /** Nothing is to be asked until something else happens. */
    long NEVER = Long.MAX_VALUE;

    /**
     * What a request has brought.
     *
     * @param out is put out
     * @param then changes the state, when all is out: so a checkpoint has both or neither
     * @param failure of all that was asked for but the names of it: the lane waits; null: there is none
     */
    record Found(
            List<Captured> out, Runnable then, @Nullable ComplianceException failure) {
        Found(List<Captured> out, Runnable then) {
            this(out, then, null);
        }
    }

    /** A request, or the few that make one step. */
    @FunctionalInterface
    interface Step {
        Found ask(ComplianceApi api) throws ComplianceException, InterruptedException;
    }

    /** In kebab case, for dead letters and logs. */
    String name();

    /** Of what is due, what goes first. */
    enum Rank {
        FIRST,
        USUAL,
        LAST
    }

    default Rank rank() {
        return Rank.USUAL;
    }

    /** Whether there is something that it has given up until later. Of any thread. */
    default boolean lacks() {
        return false;
    }

    /** From when on there is something to ask. */
    long dueAt(long now);

    /** What is to be asked, now that it is due. */
    Step next(long now);

    /**
     * The step has failed.
     *
     * @return what is put out of it; null: the lane as a whole is tried again later
     */
    @Nullable
    List<Captured> failed(ComplianceException failure, long now);
}
