package io.sluice.core.codemetrics;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What events and session files tell with their sessions, which counters without sessions tell again. Of each thing by
 * itself: events of a client that may not tell of commits say nothing about these. Events say it of their installation;
 * session files name none, so they say it of all that their person has.
 */
enum SaidWithSession {
    /** A process began. */
    START,
    /** A decision on a tool that edits. */
    EDIT_DECISION,
    COMMIT,
    /** Somebody worked. */
    WORK,
    LINES;

    /** Of no installation, but of a person. */
    static final long ANY_INSTALLATION = 0;

    private static final SaidWithSession[] ALL = values();

    @SuppressWarnings("EnumOrdinal") // Part of the state's format.
    int code() {
        return ordinal();
    }

    /** Whether an event, or a line of a session file, says it. */
    boolean isSaidBy(Fact fact) {
        return switch (this) {
            // A session file tells no starts: its session counts as one, where it worked.
            case START -> fact.channel() == Channel.FILE ? fact.kind().isWork() : fact.sequence() == 0;
            case EDIT_DECISION -> fact.kind() == Kind.DECISION && SessionRows.isEditTool(fact.subject());
            case COMMIT -> fact.kind() == Kind.COMMIT;
            case WORK -> fact.kind().isWork();
            case LINES -> fact.kind() == Kind.LINES;
        };
    }

    /** What a counter says again; null: nothing else tells it. */
    static @Nullable SaidWithSession of(Counter counter) {
        return switch (counter) {
            case SESSION -> START;
            case EDIT_DECISION -> EDIT_DECISION;
            case COMMIT -> COMMIT;
            case LINES_ADDED, LINES_REMOVED -> LINES;
            case PULL_REQUEST, ACTIVE_USER, ACTIVE_CLI -> null;
        };
    }

    /** When it was said. */
    static final class Times {
        private final Map<Long, Map<SaidWithSession, TreeSet<Long>>> byInstallation = new HashMap<>();

        void add(Fact said) {
            byInstallation
                    .computeIfAbsent(said.installation(), id -> new EnumMap<>(SaidWithSession.class))
                    .computeIfAbsent(ALL[said.code()], what -> new TreeSet<>())
                    .add(said.at());
        }

        /** Whether it was said about the interval (from, point's time], as exactly as it is remembered. */
        boolean has(SaidWithSession what, Fact point, long from) {
            return has(what, point.installation(), from, point.at()) || has(what, ANY_INSTALLATION, from, point.at());
        }

        private boolean has(SaidWithSession what, long installation, long from, long to) {
            TreeSet<Long> times =
                    byInstallation.getOrDefault(installation, Map.of()).get(what);
            Long newest = times == null ? null : times.floor(to);
            return newest != null && newest + FactReader.SLOT_MICROS + SessionRows.SERIES_AFTER_EVENT_MICROS > from;
        }
    }
}
