package io.sluice.claudeapi.compliance;

import org.jspecify.annotations.Nullable;

/** How far a walk over a list has come. Mutable: the reader's own. Times are microseconds. */
final class Walk {
    /** Up to there it has walked, apart from what comes late. */
    long reached;
    /** Of the round that it is on. */
    long from;

    long to;
    /** Where the next page begins; null: at {@link #from}. */
    @Nullable
    String cursor;

    boolean running;
    /** When the next round is due. */
    long nextAt;

    /** A walk that begins there. */
    static Walk from(long reached, long nextAt) {
        Walk walk = new Walk();
        walk.reached = reached;
        walk.nextAt = nextAt;
        return walk;
    }

    boolean isDue(long now) {
        return running || nextAt <= now;
    }
}
