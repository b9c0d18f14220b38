package io.sluice.core.codemetrics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which events of a session are of one client process, also where several ran at a time or a clock was set back: each counts
 * its events from 0. A function of the set of events.
 */
final class Runs {
    /** Records of one process may be out of order by a few milliseconds. */
    private static final long MAX_DISORDER_MICROS = 100_000;

    /** How many processes at a time are told apart; of more, gaps may be told that are none. */
    private static final int MOST_AT_A_TIME = 32;

    private static final Comparator<Fact> BY_SEQUENCE =
            Comparator.comparingLong(Fact::sequence).thenComparing(Fact.BY_TIME);

    /** The events of a process. */
    static final class Run {
        private final List<Fact> events = new ArrayList<>(); // by sequence
        private long first = Long.MAX_VALUE;
        private long last = Long.MIN_VALUE;

        private void add(Fact event) {
            events.add(event);
            first = Math.min(first, event.at());
            last = Math.max(last, event.at());
        }

        private Fact newest() {
            return events.get(events.size() - 1);
        }

        List<Fact> events() {
            return events;
        }

        long first() {
            return first;
        }

        long last() {
            return last;
        }
    }

    private Runs() {}

    /** @param events with a sequence, by time */
    static List<Run> of(List<Fact> events) {
        List<Run> runs = oneAfterTheOther(events);
        return runs != null ? runs : atATime(events);
    }

    /** Null: numbers fall, or come twice, or begin, without a start. */
    private static @Nullable List<Run> oneAfterTheOther(List<Fact> events) {
        List<Run> runs = new ArrayList<>();
        Run run = null;
        for (Fact event : events) {
            if (event.sequence() == 0) {
                run = new Run();
                runs.add(run);
            } else if (run == null || event.sequence() <= run.newest().sequence()) {
                return null;
            }
            run.add(event);
        }
        return runs;
    }

    /** Number by number each event goes to the process that has sent the ones before it. */
    static List<Run> atATime(List<Fact> unordered) {
        List<Fact> events = new ArrayList<>(unordered);
        events.sort(BY_SEQUENCE);
        List<Run> runs = new ArrayList<>();
        TreeMap<Long, List<Run>> open =
                new TreeMap<>(); // by the time of the newest event; not those that have this number
        int from = 0;
        while (from < events.size()) {
            int to = from;
            while (to < events.size()
                    && events.get(to).sequence() == events.get(from).sequence()) {
                to++;
            }
            List<Run> taken = new ArrayList<>();
            List<Fact> left = new ArrayList<>();
            for (Fact event : events.subList(from, to)) {
                Run run = event.sequence() == 0 ? null : before(open, event);
                if (run == null) {
                    left.add(event);
                } else {
                    take(open, run, event, taken);
                }
            }
            for (Fact event : left) {
                Run run = event.sequence() == 0 ? null : after(open, event);
                if (run == null) {
                    run = new Run();
                    runs.add(run);
                }
                take(open, run, event, taken);
            }
            taken.forEach(run -> open.computeIfAbsent(run.newest().at(), at -> new ArrayList<>(1))
                    .add(run));
            from = to;
        }
        return runs;
    }

    private static void take(TreeMap<Long, List<Run>> open, Run run, Fact event, List<Run> taken) {
        if (!run.events.isEmpty()) {
            long at = run.newest().at();
            List<Run> ofTime = open.get(at);
            if (ofTime != null && ofTime.remove(run) && ofTime.isEmpty()) {
                open.remove(at);
            }
        }
        run.add(event);
        taken.add(run);
    }

    /** The newest process before an event; of those that were not over when it began rather the one whose number is next. */
    private static @Nullable Run before(TreeMap<Long, List<Run>> open, Fact event) {
        Run newest = null;
        int tried = 0;
        for (List<Run> runs : open.headMap(event.at(), true).descendingMap().values()) {
            for (Run run : runs) {
                if (newest == null) {
                    newest = run;
                }
                boolean over = run != newest && run.last <= newest.first;
                if (over || tried++ == MOST_AT_A_TIME) {
                    return newest;
                }
                if (run.newest().sequence() == event.sequence() - 1) {
                    return run;
                }
            }
        }
        return newest;
    }

    /** The process nearest after an event, if disorder or a clock that was set back explains it. */
    private static @Nullable Run after(TreeMap<Long, List<Run>> open, Fact event) {
        Map.Entry<Long, List<Run>> next = open.higherEntry(event.at());
        if (next == null) {
            return null;
        }
        for (Run run : next.getValue()) {
            if (run.newest().sequence() == event.sequence() - 1 || next.getKey() - event.at() <= MAX_DISORDER_MICROS) {
                return run;
            }
        }
        return null;
    }
}
