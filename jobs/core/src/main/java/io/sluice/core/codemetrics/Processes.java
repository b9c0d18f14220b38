package io.sluice.core.codemetrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The client processes of a session. Each numbers its events from 0 on, so events are chains of rising numbers, and chains
 * that overlap in time are of processes that ran at the same time, for example in two terminals that resumed one session.
 *
 * <p>What only says when it happened can be told apart by time only, so a <em>run</em> is all processes that overlap: a time
 * from a start that no chain and no counter's interval reaches over to the next one. A function of the set of facts.
 */
final class Processes {
    /** Records of one process may be out of order by a few milliseconds; a new process takes longer to start. */
    private static final long MAX_DISORDER_MICROS = 100_000;

    /** More chains at a time than these are not looked at, so that a session with very many is not slow. */
    private static final int MOST_AT_ONCE = 8;

    /** Numbered events of a process, in order of time. */
    private static final class Chain {
        final List<Fact> events = new ArrayList<>();
        long newest = -1; // number
        long from = Long.MAX_VALUE;
        long to = Long.MIN_VALUE;

        void add(Fact event) {
            events.add(event);
            newest = Math.max(newest, event.sequence());
            from = Math.min(from, event.at());
            to = Math.max(to, event.at());
        }

        boolean hasBeginning() {
            return events.get(0).sequence() == 0;
        }

        boolean isAtTheTimeOf(Chain other) {
            return from <= other.to + MAX_DISORDER_MICROS && other.from <= to + MAX_DISORDER_MICROS;
        }

        boolean hasNoNumberOf(Chain other) {
            Set<Long> numbers = new HashSet<>();
            events.forEach(event -> numbers.add(event.sequence()));
            return other.events.stream().noneMatch(event -> numbers.contains(event.sequence()));
        }
    }

    /**
     * A time that belongs together.
     *
     * @param from its start, micros, not included
     * @param to its end, included
     */
    record Span(long from, long to) {}

    private final List<Chain> chains;
    private final long[] starts; // of all runs but the first, which is open to the past

    /**
     * Of a session.
     *
     * @param facts in order of time
     * @param starts of processes, of which counters tell
     * @param counted intervals in which counters grew
     */
    Processes(List<Fact> facts, List<Long> starts, List<Span> counted) {
        this.chains = joined(chains(facts));
        List<Span> spans = new ArrayList<>(counted);
        List<Long> all = new ArrayList<>(starts);
        for (Chain chain : chains) {
            spans.add(new Span(chain.from, chain.to));
            all.add(chain.from);
        }
        this.starts = notWithin(spans, all);
    }

    /** Each event continues the chain that it is the next of, else the one that was heard last of those that it can follow. */
    private static List<Chain> chains(List<Fact> facts) {
        List<Chain> chains = new ArrayList<>();
        List<Chain> open = new ArrayList<>(); // heard last first
        for (Fact fact : facts) {
            if (fact.sequence() < 0) {
                continue;
            }
            Chain chain = follows(open, fact.sequence());
            if (chain == null) {
                chain = new Chain();
                chains.add(chain);
            }
            chain.add(fact);
            if (open.isEmpty() || open.get(0) != chain) {
                open.remove(chain);
                open.add(0, chain);
                if (open.size() > MOST_AT_ONCE) {
                    open.remove(MOST_AT_ONCE);
                }
            }
        }
        return chains;
    }

    private static @Nullable Chain follows(List<Chain> open, long sequence) {
        Chain heardLast = null;
        for (Chain chain : open) {
            if (sequence > 0 && chain.newest == sequence - 1) {
                return chain;
            }
            if (heardLast == null && chain.newest < sequence) {
                heardLast = chain;
            }
        }
        return sequence == 0 ? null : heardLast;
    }

    /**
     * A chain without a beginning is what another one at the time lacks, if they have no number in common: records were out
     * of order, or the clock was set back.
     */
    private static List<Chain> joined(List<Chain> chains) {
        List<Chain> joined = new ArrayList<>();
        for (int i = 0; i < chains.size(); i++) {
            Chain fragment = chains.get(i);
            Chain whole = fragment.hasBeginning() ? null : wholeOf(fragment, joined, chains, i);
            if (whole == null) {
                joined.add(fragment);
            } else {
                fragment.events.forEach(whole::add);
            }
        }
        return joined;
    }

    private static @Nullable Chain wholeOf(Chain fragment, List<Chain> before, List<Chain> chains, int at) {
        for (int i = before.size() - 1; i >= Math.max(0, before.size() - MOST_AT_ONCE); i--) {
            if (before.get(i).isAtTheTimeOf(fragment) && before.get(i).hasNoNumberOf(fragment)) {
                return before.get(i);
            }
        }
        for (int i = at + 1; i < Math.min(chains.size(), at + 1 + MOST_AT_ONCE); i++) {
            if (chains.get(i).isAtTheTimeOf(fragment) && chains.get(i).hasNoNumberOf(fragment)) {
                return chains.get(i);
            }
        }
        return null;
    }

    private static long[] notWithin(List<Span> spans, List<Long> times) {
        spans.sort(Comparator.comparingLong(Span::from));
        long[] sorted =
                times.stream().mapToLong(Long::longValue).sorted().distinct().toArray();
        long[] kept = new long[sorted.length];
        int count = 0;
        int next = 0;
        long reached = Long.MIN_VALUE; // the end of the spans that begin before the time
        for (long time : sorted) {
            while (next < spans.size() && spans.get(next).from < time) {
                reached = Math.max(reached, spans.get(next).to);
                next++;
            }
            if (reached < time) {
                kept[count++] = time;
            }
        }
        return Arrays.copyOf(kept, count);
    }

    /** How many runs there are. */
    int count() {
        return starts.length + 1;
    }

    /** The number of the run that a time is in; the first one is open to the past. */
    int at(long timeMicros) {
        int at = Arrays.binarySearch(starts, timeMicros);
        return at >= 0 ? at + 1 : -at - 1;
    }

    /** The numbered events of each process. */
    List<List<Fact>> events() {
        return chains.stream().map(chain -> chain.events).toList();
    }
}
