package io.sluice.claudeapi.compliance;

import java.time.Duration;

/**
 * How a list is walked again and again.
 *
 * @param overlap how far a round begins before what the last has reached, microseconds: what comes late is within it
 * @param period between two rounds, microseconds
 * @param keepsCursor whether a round goes on where the last one ended, rather than with an overlap
 */
record WalkPlan(long overlap, long period, boolean keepsCursor) {
    static WalkPlan overlapping(Duration overlap, Duration period) {
        return new WalkPlan(micros(overlap), micros(period), false);
    }

    static long micros(Duration time) {
        return time.toMillis() * 1000;
    }

    /** Begins a round, if none is on. */
    void begin(Walk walk, long to) {
        if (walk.running) {
            return;
        }
        if (!keepsCursor || walk.cursor == null) {
            walk.cursor = null;
            walk.from = Math.max(0, walk.reached - overlap);
        }
        walk.to = to;
        walk.running = true;
    }

    /** The cursor is not accepted any more: again, from where nothing can be missed. */
    void restart(Walk walk, long now) {
        walk.cursor = null;
        walk.running = false;
        walk.nextAt = now;
    }

    /**
     * A page was put out.
     *
     * @param furthest time of its last row; 0: it had none
     */
    void advance(Walk walk, CursorPage page, long furthest, long now) {
        walk.cursor = page.next() == null ? walk.cursor : page.next();
        walk.reached = Math.max(walk.reached, Math.min(furthest, walk.to));
        if (!page.hasMore()) {
            walk.reached = Math.max(walk.reached, walk.to);
            walk.running = false;
            walk.nextAt = now + period;
            if (!keepsCursor) {
                walk.cursor = null;
            }
        }
    }
}
