package io.sluice.core.codemetrics;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the events of an installation tell with their sessions, which its counters without sessions tell again. Of each
 * thing by itself: events of a client that may not tell of commits say nothing about these.
 */
enum SaidByEvents {
    /** A process began: its first event came. */
    START,
    /** A decision on a tool that edits. */
    EDIT_DECISION,
    COMMIT,
    /** Somebody worked. */
    WORK;

    private static final SaidByEvents[] ALL = values();

    @SuppressWarnings("EnumOrdinal") // Part of the state's format.
    int code() {
        return ordinal();
    }

    /** Whether an event says it. */
    boolean isSaidBy(Fact event) {
        return switch (this) {
            case START -> event.sequence() == 0;
            case EDIT_DECISION -> event.kind() == Kind.DECISION && SessionRows.isEditTool(event.subject());
            case COMMIT -> event.kind() == Kind.COMMIT;
            case WORK -> event.kind().isWork();
        };
    }

    /** What a counter says again; null: no event tells it. */
    static @Nullable SaidByEvents of(Counter counter) {
        return switch (counter) {
            case SESSION -> START;
            case EDIT_DECISION -> EDIT_DECISION;
            case COMMIT -> COMMIT;
            case LINES_ADDED, LINES_REMOVED, PULL_REQUEST, ACTIVE_USER, ACTIVE_CLI -> null;
        };
    }

    /** When it was said. */
    static final class Times {
        private final Map<SaidByEvents, TreeSet<Long>> slots = new EnumMap<>(SaidByEvents.class);

        void add(Fact seen) {
            slots.computeIfAbsent(ALL[seen.code()], what -> new TreeSet<>()).add(seen.at());
        }

        /** Whether it was said about (from, to], as exactly as it is remembered. */
        boolean has(SaidByEvents what, long from, long to) {
            TreeSet<Long> times = slots.get(what);
            Long newest = times == null ? null : times.floor(to);
            return newest != null && newest + FactReader.SLOT_MICROS + SessionRows.SERIES_AFTER_EVENT_MICROS > from;
        }
    }
}
