package io.sluice.claudeapi;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of a day that is still read again. */
final class DayState {
    /** Of a row in {@link #known}: it may have been put out, or not. */
    static final long PENDING = 0;
    /** The same of a dead letter, and of one that has been put out. */
    static final long PENDING_LETTER = 1;

    static final long LETTER = 2;

    /** Of the first reading and of the newest one, microseconds since the epoch; 0: none is complete. */
    long firstReadAt;

    long readAt;

    @Nullable
    Long firstCost;

    @Nullable
    Long firstListCost;

    /** What was put out: hashes of contents, or one of the constants above. Everything is here before it is put out. */
    final Map<RowId, Long> known = new HashMap<>();
}
