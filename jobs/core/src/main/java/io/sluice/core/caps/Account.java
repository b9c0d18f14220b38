package io.sluice.core.caps;

import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one subject of caps has spent, and what was told of it. Mutable. Which alerts there are in the end depends on what
 * was spent when and on the versions of the limits, not on the order in which these came.
 */
public final class Account {
    private static final int FORMAT = 1;

    /** Takes what is to be told. */
    @FunctionalInterface
    public interface Teller {
        /** @param start of the period */
        void tell(CapPeriod period, long start, AlertBook.Change change);
    }

    private record Span(CapPeriod period, long start) {
        static final Comparator<Span> IN_ORDER =
                Comparator.comparingLong(Span::start).thenComparing(Span::period);
    }

    /** Of a person: few do more in ten minutes. */
    private static final int MOST_EXACT = 4_096;

    private static final long MICROS_PER_DAY = Duration.ofDays(1).toSeconds() * 1_000_000;

    /** More than there are milliseconds in ten minutes. */
    private static final int MOST_EXACT_OF_SHARED = 1 << 21;

    private final Spend spend;
    private final Map<Span, AlertBook> books;
    private int booksWeight;

    /** A virtual cap, and the period that was looked at last, since most spend is of that one again. */
    private static final class Watch {
        private final CapPeriod period;
        private final LimitTimeline timeline;
        private long start;
        private long end;
        /** See {@link Crossing.All#slack}. */
        private long slack;

        Watch(CapPeriod period, LimitTimeline timeline) {
            this.period = period;
            this.timeline = timeline;
        }

        void turnTo(long newStart) {
            start = newStart;
            end = period.end(newStart);
        }
    }

    private final Set<Long> recut = new HashSet<>();
    private Limits limits = Limits.NONE;
    private List<Watch> watches = List.of();
    /** Periods that ended by then are closed. */
    private long closedUntil = Long.MIN_VALUE;

    private Account(Spend spend, Map<Span, AlertBook> books) {
        this.spend = spend;
        this.books = books;
        weighBooks();
    }

    private void weighBooks() {
        booksWeight = books.values().stream().mapToInt(book -> 1 + book.size()).sum();
    }

    /** @param shared of a pool or a total: of many people at once */
    public Account(boolean shared) {
        this(new Spend(mostExact(shared)), new HashMap<>());
    }

    private static int mostExact(boolean shared) {
        return shared ? MOST_EXACT_OF_SHARED : MOST_EXACT;
    }

    /** Spend counts at its own time; below 0 it corrects what counts at the same time. */
    public void add(long at, long micros, Teller teller) {
        spend.add(at, micros);
        for (Watch watch : watches) {
            if (at < watch.start || at >= watch.end) {
                watch.turnTo(watch.period.start(at));
                look(watch, teller);
            } else if (micros < 0 || micros >= watch.slack) {
                look(watch, teller);
            } else if (watch.slack != Long.MAX_VALUE) {
                watch.slack -= micros;
            }
        }
    }

    /** The same of several at once: what they do together is told once. */
    public void add(long[] at, long[] micros, int count, Teller teller) {
        for (int i = 0; i < count; i++) {
            spend.add(at[i], micros[i]);
        }
        for (Watch watch : watches) {
            Set<Long> touched = new TreeSet<>();
            for (int i = 0; i < count; i++) {
                touched.add(watch.period.start(at[i]));
            }
            for (long start : touched) {
                watch.turnTo(start);
                look(watch, teller);
            }
        }
    }

    /** From now on spend is kept by segments that begin there, too. */
    public void cut(Iterable<Long> instants) {
        for (long at : instants) {
            if (spend.cut(at)) {
                recut.add(CapPeriod.MONTHLY.start(at));
            }
        }
    }

    /** Starts of the months whose segments are others since the last call. */
    public Set<Long> takeRecut() {
        Set<Long> months = recut.isEmpty() ? Set.of() : Set.copyOf(recut);
        recut.clear();
        return months;
    }

    /** See {@link Spend#visit}. */
    public void visit(long from, long to, Spend.Visitor visitor) {
        spend.visit(from, to, visitor);
    }

    /** From now on these are the limits, at all times. */
    public void limit(Limits changed, Teller teller) {
        if (changed == limits) {
            return;
        }
        limits = changed;
        List<Watch> before = watches;
        watches = changed.timelines().entrySet().stream()
                .map(each -> watch(each.getKey(), each.getValue(), before))
                .toList();
        cut(changed.cuts());
        List<Watch> others =
                watches.stream().filter(watch -> !before.contains(watch)).toList();
        for (Span span : spans(others)) {
            Watch watch = watchOf(span.period);
            if (watch == null) {
                if (span.period.end(span.start) > closedUntil) {
                    tell(span, List.of(), teller); // there never was a limit, as it is known now
                }
            } else if (others.contains(watch)) {
                watch.turnTo(span.start);
                look(watch, teller);
            }
        }
    }

    private static Watch watch(CapPeriod period, LimitTimeline timeline, List<Watch> before) {
        for (Watch each : before) {
            if (each.period == period && each.timeline.versions().equals(timeline.versions())) {
                return each;
            }
        }
        return new Watch(period, timeline);
    }

    /** See {@link AlertBook#heard}. */
    public void heard(
            CapPeriod period,
            long start,
            AlertBook.Key key,
            int occurrence,
            boolean firing,
            long amountMicros,
            Teller teller) {
        if (period.end(start) <= closedUntil) {
            return;
        }
        Crossing crossing = watches.stream()
                .filter(watch -> watch.period == period)
                .flatMap(watch -> Crossing.of(watch.timeline.versions(), period, start, spend).list().stream())
                .filter(each -> AlertBook.Key.of(each).equals(key))
                .findFirst()
                .orElse(null);
        books.computeIfAbsent(new Span(period, start), span -> new AlertBook())
                .heard(key, occurrence, firing, amountMicros, crossing)
                .forEach(change -> teller.tell(period, start, change));
        weighBooks();
    }

    /** Whether an alert is over because a later version of the period took the limit away. */
    public boolean isEnded(CapPeriod period, long start, AlertBook.Key key) {
        boolean later = false;
        for (Watch watch : watches) {
            for (LimitVersion version : watch.period == period ? watch.timeline.versions() : List.<LimitVersion>of()) {
                if (later && version.endsAlerts() && version.since() < period.end(start)) {
                    return true;
                }
                Limit limit = version.limit();
                later |= limit != null && limit.capId().equals(key.capId()) && limit.capVersion() == key.capVersion();
            }
        }
        return false;
    }

    /** Those of which something was told, and those with spend that are watched by these. */
    private Iterable<Span> spans(List<Watch> of) {
        Set<Span> spans = new TreeSet<>(Span.IN_ORDER);
        spans.addAll(books.keySet());
        for (Watch watch : of) {
            for (long at : spend.segments().keySet()) {
                spans.add(new Span(watch.period, watch.period.start(at)));
            }
        }
        return spans;
    }

    private void look(Watch watch, Teller teller) {
        if (watch.end <= closedUntil) {
            watch.slack = Long.MAX_VALUE;
            return;
        }
        Crossing.All crossings = Crossing.of(watch.timeline.versions(), watch.period, watch.start, spend);
        watch.slack = crossings.slack();
        tell(new Span(watch.period, watch.start), crossings.list(), teller);
    }

    private void tell(Span span, List<Crossing> crossings, Teller teller) {
        AlertBook book = books.get(span);
        if (book == null) {
            if (crossings.isEmpty()) {
                return;
            }
            book = new AlertBook();
            books.put(span, book);
        }
        List<AlertBook.Change> changes = book.update(crossings);
        if (!changes.isEmpty()) {
            weighBooks();
            changes.forEach(change -> teller.tell(span.period, span.start, change));
        }
    }

    private @Nullable Watch watchOf(CapPeriod period) {
        for (Watch watch : watches) {
            if (watch.period == period) {
                return watch;
            }
        }
        return null;
    }

    /** What was spent in a period, micro-USD. */
    public long spent(CapPeriod period, long start) {
        return spend.between(start, period.end(start));
    }

    /**
     * What was spent on each day of a month, from the first to the last one with spend, micro-USD.
     *
     * @param start of the month
     */
    public List<Long> days(long start) {
        List<Long> days = new ArrayList<>();
        for (Map.Entry<Long, Long> segment : spend.segments()
                .subMap(start, true, CapPeriod.MONTHLY.end(start), false)
                .entrySet()) {
            int index = (int) ((segment.getKey() - start) / MICROS_PER_DAY);
            while (days.size() <= index) {
                days.add(0L);
            }
            days.set(index, Spend.sum(days.get(index), segment.getValue()));
        }
        for (int last = days.size() - 1; last >= 0 && days.get(last) == 0; last--) {
            days.remove(last);
        }
        return days;
    }

    /**
     * What was spent in those segments of a month that begin within a day, by their start, micro-USD.
     *
     * @param start of the month
     */
    public NavigableMap<Long, Long> cuts(long start) {
        NavigableMap<Long, Long> cuts =
                new TreeMap<>(spend.segments().subMap(start, true, CapPeriod.MONTHLY.end(start), false));
        cuts.keySet().removeIf(at -> CapPeriod.DAILY.start(at) == at);
        return cuts;
    }

    /** Later no limit begins before, so exact times of before are not needed. */
    public void forgetTimes(long before) {
        spend.forget(before);
    }

    /**
     * Forgets the periods that ended by then: nothing changes them any more. What a week needs that goes on is kept.
     *
     * @param end of a month
     */
    public void close(long end) {
        closedUntil = Math.max(closedUntil, end);
        spend.forgetSums(CapPeriod.WEEKLY.start(end));
        books.keySet().removeIf(span -> span.period.end(span.start) <= end);
        weighBooks();
    }

    /** A measure of the memory that it takes, in units of about 200 bytes. */
    public int weight() {
        return 5 + spend.weight() + booksWeight;
    }

    public boolean isEmpty() {
        return spend.segments().isEmpty() && books.isEmpty();
    }

    /** Without the limits: those are to be given again. */
    public void save(RowWriter to) {
        to.putByte(FORMAT);
        to.putVarlong(closedUntil);
        spend.save(to);
        to.putVarlong(books.size());
        books.forEach((span, book) -> {
            to.putByte(span.period.ordinal());
            to.putVarlong(span.start);
            book.save(to);
        });
    }

    /** @param shared as it was */
    public static Account restore(RowReader from, boolean shared) {
        int format = from.readByte();
        if (format != FORMAT) {
            throw new IllegalStateException("an account of format " + format + " (expected: " + FORMAT + ")");
        }
        long closedUntil = from.readVarlong();
        Spend spend = Spend.restore(from, mostExact(shared));
        Map<Span, AlertBook> books = new HashMap<>();
        for (long left = from.readVarlong(); left > 0; left--) {
            Span span = new Span(CapPeriod.values()[from.readByte()], from.readVarlong());
            books.put(span, AlertBook.restore(from));
        }
        Account account = new Account(spend, books);
        account.closedUntil = closedUntil;
        return account;
    }
}
