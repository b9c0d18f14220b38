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

    /** What was told of a run, see {@link Processes}. */
    private static final class Run {
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

    /**
     * @param from the increase is of the interval (from, time of the point]
     * @param isWork whether it shows that somebody worked, which nothing else shows
     */
    private record Increase(Fact point, Measure measure, long from, long exact, boolean isWork) {}

    private final SessionFacts.Subject subject;
    private final List<Fact> facts; // of the subject, in order of time
    private final SaidByEvents.Times saidByEvents = new SaidByEvents.Times();
    private final Function<Id, Segments> directory;
    private final String person;
    private final Origin known;
    private final Processes processes;
    private final Run[] runs;
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
            } else if (fact.kind() == Kind.INSTALLATION_SEEN) {
                saidByEvents.add(fact);
            }
        }
        facts.sort(Fact.BY_TIME);
        Person named = Person.UNKNOWN;
        Origin origin = Origin.UNKNOWN;
        for (Fact fact : facts) {
            if (fact.user() != null) {
                named = named.or(fact.user(), fact.at());
            }
            if (!origin.isComplete()) {
                origin = origin.or(fact.origin());
            }
        }
        this.person = named.userOrUnattributed();
        this.known = origin;
        addUpCounters(session.facts());
        this.processes = processes();
        this.runs = new Run[processes.count()];
        for (int i = 0; i < runs.length; i++) {
            runs[i] = new Run();
        }
    }

    private Processes processes() {
        List<Long> starts = new ArrayList<>();
        List<Processes.Span> counted = new ArrayList<>();
        for (Increase increase : increases) {
            if (increase.from > 0 && !subject.installation()) { // 0: deltas may leave the start out
                counted.add(new Processes.Span(increase.from, increase.point.at()));
                if (FactReader.counter(increase.point) == Counter.SESSION) {
                    starts.add(increase.from);
                }
            }
        }
        return new Processes(facts, starts, counted);
    }

    private Run run(Fact fact) {
        return runs[processes.at(fact.at())];
    }

    /** @param directory the segments of an account, see {@link Dimensions#account} */
    public static Result of(SessionFacts session, Function<Id, Segments> directory) {
        SessionRows rows = new SessionRows(session, directory);
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
                    misnamed += Increases.misnamed(points);
                    Increases.of(points, (point, from, increase) -> {
                        if (increase != 0 && isToBeBooked(point, from)) {
                            increases.add(new Increase(
                                    point, FactReader.measure(point), from, increase, isWorkOf(point, from)));
                        }
                    });
                });
    }

    /**
     * Counters that name no session say again what the events of the same installation say, which do name theirs. And of a
     * series that began long before the month, and of which nothing was heard shortly before it, the first point says what
     * came in earlier months, too.
     */
    private boolean isToBeBooked(Fact point, long from) {
        if (point.kind() != Kind.COUNTER) {
            return false;
        }
        if (!subject.installation()) {
            return true;
        }
        long monthStart = Periods.monthStartMicros(Periods.yearMonth(point.at()));
        boolean isWhole =
                point.cumulative() && from == point.startMicros() && from < monthStart - FactReader.CARRIED_MICROS;
        SaidByEvents again = SaidByEvents.of(FactReader.counter(point));
        return !isWhole && (again == null || !saidByEvents.has(again, from, point.at()));
    }

    private boolean isWorkOf(Fact point, long from) {
        return FactReader.counter(point) != Counter.SESSION
                && !(subject.installation() && saidByEvents.has(SaidByEvents.WORK, from, point.at()));
    }

    /** What each run says by events, by counters, by session files. */
    private void compare() {
        for (Fact fact : facts) {
            Run run = run(fact);
            run.last = fact.channel() == Channel.EVENTS ? fact : run.last;
            run.startsByEvents += fact.sequence() == 0 ? 1 : 0;
            switch (fact.kind()) {
                case DECISION -> run.decisionsByEvents += isEditTool(fact.subject()) ? 1 : 0;
                case COMMIT -> run.commitsByEvents++;
                case LINES -> run.linesByFiles += fact.value();
                default -> {}
            }
        }
        for (Increase increase : increases) {
            Run run = run(increase.point);
            switch (FactReader.counter(increase.point)) {
                case SESSION -> run.startsByCounters += increase.exact / Fact.UNIT;
                case EDIT_DECISION -> run.decisionsByCounters += increase.exact / Fact.UNIT;
                case COMMIT -> run.commitsByCounters += increase.exact / Fact.UNIT;
                case LINES_ADDED, LINES_REMOVED -> run.linesByCounters += increase.exact / Fact.UNIT;
                default -> {}
            }
        }
    }

    private void book() {
        for (Fact fact : facts) {
            if (fact.kind() != Kind.COUNTER) {
                row(fact, Row.Labels.NONE).see(fact);
            }
            Run run = run(fact);
            book(fact, run);
            if (fact.sequence() == 0 && run.startsByEvents > run.startsByCounters) {
                row(fact, Row.Labels.NONE).add(Measure.SESSIONS_STARTED, 1);
            }
        }
        for (Increase increase : increases) {
            row(increase.point, Row.Labels.NONE).see(increase.point);
            book(increase, run(increase.point));
        }
        for (Run run : runs) {
            long difference = Math.abs(run.decisionsByEvents - run.decisionsByCounters);
            if (run.last != null && run.decisionsByCounters != 0 && difference != 0) {
                row(run.last, Row.Labels.NONE).add(Measure.EVENTS_COUNTERS_DIFFERENCE, difference);
            }
        }
        bookGaps();
        bookWork();
        if (misnamed > 0 && !increases.isEmpty()) {
            row(increases.get(0).point, Row.Labels.NONE).add(Measure.POINTS_WRONG_TEMPORALITY, misnamed);
        }
    }

    private void book(Fact fact, Run run) {
        switch (fact.kind()) {
            case PROMPT -> row(fact, Row.Labels.NONE).add(Measure.PROMPTS, 1);
            case DECISION -> {
                boolean byCounters = isEditTool(fact.subject()) && run.decisionsByCounters >= run.decisionsByEvents;
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
                if (run.linesByFiles > run.linesByCounters) {
                    row(fact, Row.Labels.ofModel(fact.model()))
                            .add(fact.code() == 1 ? Measure.LINES_ADDED : Measure.LINES_REMOVED, fact.value());
                }
            }
            case COMMIT -> {
                if (run.commitsByEvents > run.commitsByCounters) {
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
            case OTHER, COUNTER, INSTALLATION_SEEN, COUNTER_BEFORE -> {}
        }
    }

    private void book(Increase increase, Run run) {
        Fact point = increase.point;
        Counter counter = FactReader.counter(point);
        boolean superseded = switch (counter) {
            case SESSION -> run.startsByCounters < run.startsByEvents;
            case EDIT_DECISION -> run.decisionsByCounters < run.decisionsByEvents;
            case COMMIT -> run.commitsByCounters < run.commitsByEvents;
            case LINES_ADDED, LINES_REMOVED -> run.linesByCounters < run.linesByFiles;
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
        for (List<Fact> numbered : processes.events()) {
            List<Fact> events = new ArrayList<>(numbered);
            events.sort(Comparator.comparingLong(Fact::sequence).thenComparing(Fact.BY_TIME));
            Fact before = null;
            for (Fact event : events) {
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
            if (increase.isWork && run(point).last == null) {
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
            if (subject.installation()) {
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
        boolean started = Arrays.stream(runs).anyMatch(run -> run.startsByEvents > 0 || run.startsByCounters > 0);
        if (!started
                && !work.isEmpty()
                && !subject.installation()
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
        String user = fact.user() != null ? fact.user() : subject.installation() ? Users.UNATTRIBUTED : person;
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
            this.origin = subject.installation() ? own : own.or(known);
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
