package io.sluice.core.codemetrics;

import io.sluice.core.counters.Increases;
import io.sluice.core.spend.CostTeam;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.Person;
import io.sluice.core.spend.Segments;
import io.sluice.core.spend.Users;
import io.sluice.schema.CodeMetricRow;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDate;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a session: a function of its facts and of the directory. Nothing is remembered from one time to the next, so
 * nothing depends on the order in which facts became known.
 */
public final class SessionRows {
    /** Between two things that happen within this time a session is at work all the time. */
    static final Duration IDLE_AFTER = Duration.ofMinutes(30);

    /** Whose decisions the accept rate is of. */
    public static final Set<String> EDIT_TOOLS = Set.of("Edit", "MultiEdit", "Write", "NotebookEdit");

    private static final long MICROS_PER_MINUTE = 60_000_000;

    /** A series begins some milliseconds after the event of what it counts first. */
    static final long SERIES_AFTER_EVENT_MICROS = 1_000_000;

    /**
     * That somebody used Claude Code on a day.
     *
     * @param day days since the epoch
     */
    public record Presence(
            long day,
            String user,
            String team,
            @Nullable String repository,
            @Nullable String terminal) {}

    /** What a session comes to. */
    public record Result(Map<Id, CodeMetricRow> rows, Set<Presence> presences) {}

    /** What each channel knows of a process, or of several that ran at a time. */
    private static final class Process {
        /** Last event; null: it sent none. */
        @Nullable
        Fact last;

        long startsByEvents;
        long startsByCounters;
        long decisionsByEvents;
        long decisionsByCounters;
        long commitsByEvents;
        long commitsByCounters;
        long linesByFiles;
        long linesByCounters;
    }

    /** @param isWork whether it shows that somebody worked, which nothing else shows */
    private record Increase(Fact point, long from, Measure measure, long exact, boolean isWork) {}

    /** When a process surely ran. @param start whether it tells that one began */
    private record Span(long first, long last, boolean start) {}

    private final SessionFacts.Subject subject;
    private final List<Fact> facts; // of the subject, in order of time
    private final SaidWithSession.Times said = new SaidWithSession.Times();
    private final Function<Id, Segments> directory;
    private final String person;
    private final Origin known;
    private final List<Runs.Run> runs;
    private long[] starts = {}; // of the second process and those after it: the first is open to the past
    private Process[] each = {};
    private final List<Increase> increases = new ArrayList<>();
    private final Map<Row.Key, Place> places = new LinkedHashMap<>();
    private @Nullable Place lastPlace;
    private final Map<String, Segments> segments = new HashMap<>();
    private int misnamed;
    private long nextMinute; // that is not booked yet

    private SessionRows(SessionFacts session, Function<Id, Segments> directory) {
        this.subject = session.subject();
        this.directory = directory;
        this.facts = new ArrayList<>(session.facts().size());
        for (Fact fact : session.facts()) {
            if (fact.kind().isOfSubject()) {
                facts.add(fact);
            } else if (fact.kind() == Kind.SAID_WITH_SESSION) {
                said.add(fact);
            }
        }
        facts.sort(Fact.BY_TIME);
        Person named = Person.UNKNOWN;
        Origin origin = Origin.UNKNOWN;
        List<Fact> events = new ArrayList<>();
        for (Fact fact : facts) {
            if (fact.user() != null) {
                named = named.or(fact.user(), fact.at());
            }
            if (!origin.isComplete()) {
                origin = origin.or(fact.origin());
            }
            if (fact.sequence() >= 0) {
                events.add(fact);
            }
        }
        this.person = named.userOrUnattributed();
        this.known = origin;
        this.runs = Runs.of(events);
    }

    /** @param directory the segments of an account, see {@link Dimensions#account} */
    public static Result of(SessionFacts session, Function<Id, Segments> directory) {
        SessionRows rows = new SessionRows(session, directory);
        rows.addUpCounters(session.facts());
        rows.divide();
        rows.compare();
        rows.book();
        return rows.result();
    }

    /** The accounts whose segments the rows depend on. */
    public static Set<Id> accounts(SessionFacts session) {
        Set<Id> accounts = new HashSet<>();
        for (Fact fact : session.facts()) {
            if (fact.user() != null) {
                accounts.add(Dimensions.account(session.subject().orgId(), fact.user()));
            }
        }
        return accounts;
    }

    private void addUpCounters(Collection<Fact> unordered) {
        Map<Long, List<Fact>> bySeries = new HashMap<>();
        for (Fact fact : unordered) {
            if (fact.kind().isPoint()) {
                bySeries.computeIfAbsent(fact.series(), series -> new ArrayList<>())
                        .add(fact);
            }
        }
        bySeries.values().stream()
                .map(points -> {
                    points.sort(Fact.BY_START);
                    return points;
                })
                .sorted(Comparator.comparing(points -> points.get(0), Fact.BY_TIME))
                .forEach(points -> {
                    misnamed += Math.max(
                            0,
                            Increases.misnamed(points)
                                    - (int) points.stream()
                                            .filter(point -> point.kind() != Kind.COUNTER)
                                            .count());
                    Increases.of(points, (point, from, increase) -> {
                        if (increase != 0 && isToBeBooked(point, from)) {
                            increases.add(new Increase(
                                    point, from, FactReader.measure(point), increase, isWorkOf(point, from)));
                        }
                    });
                });
    }

    /**
     * Counters that name no session say again what events and session files say, which do name theirs. And of a series that began long before the month, and of which nothing was heard shortly before it, the first point says what
     * came in earlier months, too.
     */
    private boolean isToBeBooked(Fact point, long from) {
        if (point.kind() != Kind.COUNTER) {
            return false;
        }
        if (!subject.sessionless()) {
            return true;
        }
        long monthStart = Periods.monthStartMicros(Periods.yearMonth(point.at()));
        boolean isWhole = (point.cumulative() || from > 0)
                && from == point.startMicros()
                && from < monthStart - FactReader.CARRIED_MICROS;
        SaidWithSession again = SaidWithSession.of(FactReader.counter(point));
        return !isWhole && (again == null || !said.has(again, point, from));
    }

    private boolean isWorkOf(Fact point, long from) {
        return FactReader.counter(point) != Counter.SESSION
                && !(subject.sessionless() && said.has(SaidWithSession.WORK, point, from));
    }

    /**
     * Divides the session into its processes. Those that ran at a time are taken together, since counters do not say which
     * of them they are of: an increase is of a process that ran all the time from the point before it.
     */
    private void divide() {
        List<Span> spans = new ArrayList<>();
        for (Runs.Run run : runs) {
            spans.add(new Span(run.first(), run.last(), true));
        }
        for (Increase increase : increases) {
            long at = increase.point.at();
            long from = increase.from > 0 ? increase.from - SERIES_AFTER_EVENT_MICROS : at - MICROS_PER_MINUTE;
            spans.add(new Span(Math.min(from, at), at, FactReader.counter(increase.point) == Counter.SESSION));
        }
        spans.sort(Comparator.comparingLong(Span::first));
        List<Long> found = new ArrayList<>();
        long first = 0;
        long last = Long.MIN_VALUE;
        boolean start = false;
        for (Span span : spans) {
            if (span.first > last) {
                if (start) {
                    found.add(first);
                }
                first = span.first;
                start = false;
            }
            last = Math.max(last, span.last);
            start |= span.start;
        }
        if (start) {
            found.add(first);
        }
        starts = found.stream().skip(1).mapToLong(Long::longValue).toArray();
        each = new Process[starts.length + 1];
        for (int i = 0; i < each.length; i++) {
            each[i] = new Process();
        }
    }

    private Process process(long at) {
        int found = Arrays.binarySearch(starts, at);
        return each[found >= 0 ? found + 1 : -found - 1];
    }

    /** What each process says by events, by counters, by session files. */
    private void compare() {
        for (Fact fact : facts) {
            Process process = process(fact.at());
            process.last = fact.channel() == Channel.EVENTS ? fact : process.last;
            process.startsByEvents += fact.sequence() == 0 ? 1 : 0;
            switch (fact.kind()) {
                case DECISION -> process.decisionsByEvents += isEditTool(fact.subject()) ? 1 : 0;
                case COMMIT -> process.commitsByEvents++;
                case LINES -> process.linesByFiles += fact.value();
                default -> {}
            }
        }
        for (Increase increase : increases) {
            Process process = process(increase.point.at());
            switch (FactReader.counter(increase.point)) {
                case SESSION -> process.startsByCounters += increase.exact / Fact.UNIT;
                case EDIT_DECISION -> process.decisionsByCounters += increase.exact / Fact.UNIT;
                case COMMIT -> process.commitsByCounters += increase.exact / Fact.UNIT;
                case LINES_ADDED, LINES_REMOVED -> process.linesByCounters += increase.exact / Fact.UNIT;
                default -> {}
            }
        }
    }

    private void book() {
        for (Fact fact : facts) {
            if (fact.kind() != Kind.COUNTER) {
                row(fact, Row.Labels.NONE).see(fact);
            }
            Process process = process(fact.at());
            book(fact, process);
            if (fact.sequence() == 0 && process.startsByCounters < process.startsByEvents) {
                row(fact, Row.Labels.NONE).add(Measure.SESSIONS_STARTED, 1);
            }
        }
        for (Increase increase : increases) {
            row(increase.point, Row.Labels.NONE).see(increase.point);
            book(increase, process(increase.point.at()));
        }
        for (Process process : each) {
            long difference = Math.abs(process.decisionsByEvents - process.decisionsByCounters);
            if (process.last != null && process.decisionsByCounters != 0 && difference != 0) {
                row(process.last, Row.Labels.NONE).add(Measure.EVENTS_COUNTERS_DIFFERENCE, difference);
            }
        }
        bookGaps();
        bookWork();
        if (misnamed > 0 && !increases.isEmpty()) {
            row(increases.get(0).point, Row.Labels.NONE).add(Measure.POINTS_WRONG_TEMPORALITY, misnamed);
        }
    }

    private void book(Fact fact, Process process) {
        switch (fact.kind()) {
            case PROMPT -> row(fact, Row.Labels.NONE).add(Measure.PROMPTS, 1);
            case DECISION -> {
                boolean byCounters =
                        isEditTool(fact.subject()) && process.decisionsByCounters >= process.decisionsByEvents;
                if (!byCounters) {
                    row(fact, tool(fact, null)).add(Decision.of(fact.code()).measure, 1);
                }
            }
            case RESULT -> {
                Row row = row(fact, tool(fact, null));
                row.add(fact.code() == 1 ? Measure.TOOL_SUCCEEDED : Measure.TOOL_FAILED, 1);
                if (fact.value() >= 0) {
                    row.addToolDuration(fact.value());
                }
            }
            case LINES -> {
                if (process.linesByFiles > process.linesByCounters) {
                    row(fact, Row.Labels.ofModel(fact.model()))
                            .add(fact.code() == 1 ? Measure.LINES_ADDED : Measure.LINES_REMOVED, fact.value());
                }
            }
            case COMMIT -> {
                if (process.commitsByEvents > process.commitsByCounters) {
                    row(fact, Row.Labels.NONE).add(Measure.COMMITS, 1);
                }
            }
            case REQUEST -> {
                Row row = row(fact, Row.Labels.ofModel(fact.model()));
                row.add(Measure.API_REQUESTS, 1);
                if (fact.value() >= 0) {
                    row.addApiDuration(fact.value());
                }
            }
            case API_ERROR -> {
                Row row = row(fact, new Row.Labels(fact.model(), null, null, null, null, null, fact.subject(), null));
                row.add(Measure.API_ERRORS, 1);
                row.add(Measure.API_RETRIES, Math.max(0, fact.value() - 1));
            }
            case RETRIES_EXHAUSTED ->
                row(fact, Row.Labels.ofModel(fact.model())).add(Measure.API_RETRIES_EXHAUSTED, 1);
            case REFUSAL -> row(fact, Row.Labels.ofModel(fact.model())).add(Measure.API_REFUSALS, 1);
            case MCP_CONNECTION ->
                row(fact, new Row.Labels(null, null, null, fact.detail(), null, null, null, null))
                        .add(Connection.of(fact.code()).measure, 1);
            case SKILL ->
                row(fact, new Row.Labels(null, null, null, null, fact.subject(), null, null, null))
                        .add(Measure.SKILL_ACTIVATIONS, 1);
            case SUBAGENT ->
                row(fact, new Row.Labels(null, null, null, null, null, fact.subject(), null, null))
                        .add(Measure.SUBAGENT_RUNS, 1);
            case COMPACTION -> row(fact, Row.Labels.NONE).add(Measure.COMPACTIONS, 1);
            case MODE_CHANGE ->
                row(fact, new Row.Labels(null, null, null, null, null, null, null, fact.subject()))
                        .add(Measure.MODE_CHANGES, 1);
            case OTHER, COUNTER, SAID_WITH_SESSION, COUNTER_BEFORE -> {}
        }
    }

    private void book(Increase increase, Process process) {
        Fact point = increase.point;
        Counter counter = FactReader.counter(point);
        boolean superseded = switch (counter) {
            case SESSION -> process.startsByCounters < process.startsByEvents;
            case EDIT_DECISION -> process.decisionsByCounters < process.decisionsByEvents;
            case COMMIT -> process.commitsByCounters < process.commitsByEvents;
            case LINES_ADDED, LINES_REMOVED -> process.linesByCounters < process.linesByFiles;
            default -> false;
        };
        if (superseded) {
            return;
        }
        Row.Labels labels = switch (counter) {
            case EDIT_DECISION -> tool(point, point.detail());
            case LINES_ADDED, LINES_REMOVED -> Row.Labels.ofModel(point.model());
            default -> Row.Labels.NONE;
        };
        boolean time = counter == Counter.ACTIVE_USER || counter == Counter.ACTIVE_CLI;
        row(point, labels).add(increase.measure, time ? increase.exact : increase.exact / Fact.UNIT);
    }

    private static Row.Labels tool(Fact fact, @Nullable String language) {
        return new Row.Labels(
                null,
                fact.subject(),
                language,
                language == null && fact.kind() != Kind.COUNTER ? fact.detail() : null,
                null,
                null,
                null,
                null);
    }

    static boolean isEditTool(@Nullable String tool) {
        return tool != null && EDIT_TOOLS.contains(tool);
    }

    /** Numbers of one process that lie between two that came. */
    private void bookGaps() {
        for (Runs.Run run : runs) {
            Fact before = null;
            for (Fact event : run.events()) {
                Row row = row(event, Row.Labels.NONE);
                row.add(Measure.EVENTS_SEEN, 1);
                if (before != null && event.sequence() > before.sequence() + 1) {
                    row.add(Measure.EVENTS_MISSING, event.sequence() - before.sequence() - 1);
                }
                before = event;
            }
        }
    }

    /** When the session was at work, and in which hours, days, weeks and months. */
    private void bookWork() {
        List<Fact> work = new ArrayList<>();
        boolean countersOnly = true;
        for (Fact fact : facts) {
            if (fact.kind() != Kind.COUNTER && fact.kind().isWork()) {
                work.add(fact);
                countersOnly = false;
            }
        }
        for (Increase increase : increases) {
            Fact point = increase.point;
            if (increase.isWork && process(point.at()).last == null) {
                work.add(point);
            }
        }
        work.sort(Fact.BY_TIME);
        Set<Long> seen = new HashSet<>();
        Fact before = null;
        for (Fact fact : work) {
            Row row = row(fact, Row.Labels.NONE);
            row.seeWork(fact);
            bookMinutes(before, fact);
            before = fact;
            if (subject.sessionless()) {
                continue;
            }
            long hour = Periods.hour(fact.at());
            long day = Math.floorDiv(hour, 24L);
            once(seen, row, Measure.SESSION_HOURS, hour);
            if (once(seen, row, Measure.SESSION_DAYS, day)) {
                LocalDate date = LocalDate.ofEpochDay(day);
                LocalDate monday = date.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
                once(seen, row, Measure.SESSION_WEEKS, monday.toEpochDay());
                once(seen, row, Measure.SESSION_MONTHS, date.withDayOfMonth(1).toEpochDay());
                if (countersOnly) {
                    row.add(Measure.SESSION_DAYS_COUNTERS_ONLY, 1);
                }
            }
        }
        boolean started =
                Arrays.stream(each).anyMatch(process -> process.startsByEvents + process.startsByCounters > 0);
        if (!started
                && !work.isEmpty()
                && !subject.sessionless()
                && facts.stream().noneMatch(fact -> fact.sequence() > 0)) {
            // A session file does not tell starts: that of the session is one.
            row(work.get(0), Row.Labels.NONE).add(Measure.SESSIONS_STARTED, 1);
        }
    }

    private static boolean once(Set<Long> seen, Row row, Measure measure, long period) {
        boolean first = seen.add(period * Measure.COUNT + measure.index());
        row.add(measure, first ? 1 : 0);
        return first;
    }

    /** Each minute once, however many rows the session has in it: so sums over sessions are how many there were at a time. */
    private void bookMinutes(@Nullable Fact before, Fact fact) {
        long last = Math.floorDiv(fact.at(), MICROS_PER_MINUTE);
        boolean atWork = before != null && fact.at() - before.at() <= IDLE_AFTER.toMillis() * 1000;
        long first = before != null && atWork ? Math.floorDiv(before.at(), MICROS_PER_MINUTE) : last;
        for (long minute = Math.max(first, nextMinute); minute <= last; minute++) {
            boolean sameHour = Math.floorDiv(minute, 60L) == Math.floorDiv(last, 60L);
            Fact of = before == null || sameHour ? fact : before;
            row(of, Row.Labels.NONE).addMinute((int) Math.floorMod(minute, 60L));
        }
        nextMinute = last + 1;
    }

    /**
     * Where a fact is booked. Work is seen under labels, too, so that people and sessions can be counted by them; the rows
     * without labels see all of it by themselves, see {@link #bookWork}.
     */
    private Row row(Fact fact, Row.Labels labels) {
        Place place = place(fact);
        if (!labels.equals(Row.Labels.NONE)) {
            Row row = place.others.computeIfAbsent(labels, place::row);
            if (fact.kind().isWork()) {
                row.seeWork(fact);
            }
            return row;
        }
        if (place.base == null) {
            place.base = place.row(labels);
        }
        return place.base;
    }

    /** Facts that follow each other are mostly of one place, and a place is dear to look up: it has many texts. */
    private Place place(Fact fact) {
        Place last = lastPlace;
        long hour = Periods.hour(fact.at());
        if (last != null
                && last.hour == hour
                && last.segments.at(fact.at()) == last.segment
                && Objects.equals(last.ownUser, fact.user())
                && last.own.equals(fact.origin())) {
            return last;
        }
        String user = fact.user() != null ? fact.user() : subject.sessionless() ? Users.UNATTRIBUTED : person;
        Segments of =
                segments.computeIfAbsent(user, label -> directory.apply(Dimensions.account(subject.orgId(), label)));
        long segment = of.at(fact.at());
        Row.Key key = new Row.Key(hour, segment, fact.user(), fact.origin(), Row.Labels.NONE);
        lastPlace = places.computeIfAbsent(key, absent -> new Place(key, user, of));
        return lastPlace;
    }

    /** All rows of an hour, a segment, a person and an origin. */
    private final class Place {
        final long hour;
        final long segment;
        final @Nullable String ownUser;
        final Origin own;
        final Segments segments;
        final Map<Row.Labels, Row> others = new LinkedHashMap<>();

        @Nullable
        Row base;

        private final String user;
        private final Origin origin;
        private final CostTeam team;

        Place(Row.Key key, String user, Segments segments) {
            this.hour = key.hour();
            this.segment = key.segment();
            this.ownUser = key.ownUser();
            this.own = key.own();
            this.segments = segments;
            this.user = user;
            this.origin = subject.sessionless() ? own : own.or(known);
            String told = origin.team() == null ? Users.UNASSIGNED : origin.team();
            this.team = CostTeam.of(segments.team(segment), told);
        }

        Row row(Row.Labels labels) {
            return new Row(new Row.Key(hour, segment, ownUser, own, labels), user, origin, team);
        }
    }

    private List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (Place place : places.values()) {
            if (place.base != null) {
                rows.add(place.base);
            }
            rows.addAll(place.others.values());
        }
        return rows;
    }

    private Result result() {
        Map<Id, CodeMetricRow> records = new HashMap<>();
        Set<Presence> presences = new LinkedHashSet<>();
        for (Row row : rows()) {
            Id id = row.id(subject);
            records.put(id, row.record(subject, id));
            boolean isPresence = row.isWork() && row.key().labels().equals(Row.Labels.NONE);
            if (isPresence && !row.user().equals(Users.UNATTRIBUTED)) {
                presences.add(new Presence(
                        Math.floorDiv(row.key().hour(), 24L),
                        row.user(),
                        row.team().name(),
                        row.origin().repository(),
                        row.origin().terminal()));
            }
        }
        return new Result(records, presences);
    }
}
