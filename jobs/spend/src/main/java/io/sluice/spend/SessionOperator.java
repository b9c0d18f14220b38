package io.sluice.spend;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.CellKey;
import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.Count;
import io.sluice.core.spend.CounterSums;
import io.sluice.core.spend.CounterSums.Booked;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.Person;
import io.sluice.core.spend.Point;
import io.sluice.core.spend.PriceBook;
import io.sluice.core.spend.Report;
import io.sluice.core.spend.RequestMessage.Kind;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.core.spend.Series;
import io.sluice.core.spend.Session;
import io.sluice.core.spend.SessionInput;
import io.sluice.core.spend.Timeline;
import io.sluice.core.spend.Usage;
import io.sluice.core.spend.UsageView;
import io.sluice.core.spend.Users;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.Bundles;
import io.sluice.runtime.BundlingOperator;
import io.sluice.runtime.RestartSafeVersions;
import io.sluice.runtime.WriteBackCache;
import io.sluice.spend.FactStore.Known;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Shell around {@link Person}, {@link Timeline} and {@link CounterSums}: finds out who a session belongs to, books
 * requests that name nobody on that person, and counters where no event reported the same. Counters and activity that
 * were received before are duplicates.
 *
 * <p>Takes {@link SessionRow} bundles, and counters and activity. Puts out rows for {@link RequestOperator}; by side
 * outputs those for aliases and cells.
 *
 * <p>State by session or installation: what is known of it, behind a cache; for an installation the times of its
 * requests by day (the namespace); the points of its counters; the reports that name nobody.
 */
final class SessionOperator extends BundlingOperator<Bundle>
        implements TwoInputStreamOperator<Bundle, SessionInput, Bundle>, Triggerable<Id, Long>, BoundedMultiInput {
    private static final long serialVersionUID = 1L;

    /** A point without session covers an export interval; more than a week means that its start is not known. */
    private static final long MOST_DAYS = 7;

    private static final long MICROS_PER_DAY = Duration.ofDays(1).toSeconds() * 1_000_000;

    /** The namespace of what is known of a session or installation as a whole; days are far above it. */
    private static final long WHOLE = Long.MIN_VALUE;

    /** When an installation sent requests on one day. */
    private static final class Day {
        final Timeline timeline = new Timeline();
        long heldUntilMillis;
    }

    private record Page(Id key, long day) {
        /** All bits of the id: its own hash code has few. */
        @Override
        public int hashCode() {
            return Long.hashCode(key.lo()) + 31 * Long.hashCode(day);
        }

        /** See {@link Id#equals}. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Page page && day == page.day && key.equals(page.key);
        }
    }

    private final Duration openAfterEnd;
    private final boolean documents;
    private final int filterBytes;
    private final long cacheWeight;

    private transient KeyedStateBackend<Id> backend;
    private transient ListStateDescriptor<byte[]> pages;
    private transient MapStateDescriptor<String, byte[]> unattributed; // by event id, as received
    private transient MapStateDescriptor<String, Series> series;
    private transient ValueStateDescriptor<Booked> booked; // null: no series
    private transient InternalTimerService<Long> timers;
    private transient FactStore events;
    private transient RestartSafeVersions versions;
    private transient WriteBackCache<Page, Session> sessions;
    private transient WriteBackCache<Page, Day> days;
    private transient PriceBook prices;
    private transient Usage usage;
    private transient UsageRoutes routes;
    private transient Bundles requests;
    private transient Bundles clients;
    private transient Bundles aliases;
    private transient Bundles cells;
    private transient LedgerTally ledger;
    private transient RowReader row;
    private transient SessionRow said;
    private transient long documentVersion;

    /**
     * @param documents whether reports that name nobody are to become documents
     * @param cacheWeight see {@link Session#weight}
     */
    SessionOperator(Duration openAfterEnd, boolean documents, int filterBytes, long cacheWeight) {
        this.openAfterEnd = openAfterEnd;
        this.documents = documents;
        this.filterBytes = filterBytes;
        this.cacheWeight = cacheWeight;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        versions = RestartSafeVersions.open(context, System.currentTimeMillis());
        events = new FactStore("events", getKeyedStateBackend(), getOperatorStateBackend(), filterBytes, openAfterEnd);
    }

    @Override
    public void open() throws Exception {
        super.open();
        backend = getKeyedStateBackend();
        pages = new ListStateDescriptor<>("sessions", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        unattributed = new MapStateDescriptor<>(
                "unattributed", Types.STRING, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        series = new MapStateDescriptor<>("series", Types.STRING, TypeInformation.of(Series.class));
        booked = new ValueStateDescriptor<>("booked", TypeInformation.of(Booked.class));
        timers = getInternalTimerService("closing", LongSerializer.INSTANCE, this);
        sessions = new WriteBackCache<>(new Sessions(), Session::weight, cacheWeight);
        days = new WriteBackCache<>(new Days(), day -> 8 + day.timeline.size(), cacheWeight);
        int keyGroups = getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks();
        requests = new Bundles(keyGroups, this::emit);
        clients = new Bundles(keyGroups, bundle -> emit(Tags.CLIENTS, bundle));
        aliases = new Bundles(keyGroups, bundle -> emit(Tags.ALIASES, bundle));
        cells = new Bundles(keyGroups, bundle -> emit(Tags.CELLS, bundle));
        ledger = new LedgerTally();
        prices = PriceBook.bundled();
        usage = new Usage(prices, openAfterEnd);
        routes = new UsageRoutes(usage, requests, clients, aliases);
        row = new RowReader();
        said = new SessionRow();
        documentVersion = versions.floor();
    }

    private final class Sessions implements WriteBackCache.Backing<Page, Session> {
        @Override
        public Session read(Page page) throws Exception {
            return Session.restore(saved(page.key, WHOLE));
        }

        @Override
        public void write(Page page, Session session) throws Exception {
            ListState<byte[]> state = page(page.key, WHOLE);
            if (!session.hasTimer) {
                session.hasTimer = true;
                timers.registerEventTimeTimer(WHOLE, session.heldUntilMillis);
            }
            boolean all = session.savesAll();
            save(state, all, session.save());
        }
    }

    /** When an installation sent requests. */
    private final class Days implements WriteBackCache.Backing<Page, Day> {
        @Override
        public Day read(Page page) throws Exception {
            Day day = new Day();
            for (byte[] chunk : saved(page.key, page.day)) {
                RowReader saved = new RowReader(chunk);
                day.heldUntilMillis = saved.readLong();
                day.timeline.restore(saved);
            }
            return day;
        }

        @Override
        public void write(Page page, Day day) throws Exception {
            ListState<byte[]> state = page(page.key, page.day);
            boolean all = day.timeline.savesAll();
            if (all) {
                timers.registerEventTimeTimer(page.day, day.heldUntilMillis);
            }
            RowWriter chunk = new RowWriter(64);
            chunk.putLong(day.heldUntilMillis);
            day.timeline.save(chunk);
            save(state, all, chunk.toByteArray());
        }
    }

    private static void save(ListState<byte[]> state, boolean all, byte[] chunk) throws Exception {
        if (all) {
            state.update(List.of(chunk));
        } else {
            state.add(chunk);
        }
    }

    private Iterable<byte[]> saved(Id key, long day) throws Exception {
        Iterable<byte[]> saved = page(key, day).get();
        return saved == null ? List.of() : saved; // state as such gives null for none
    }

    private ListState<byte[]> page(Id key, long day) throws Exception {
        backend.setCurrentKey(key);
        return backend.getPartitionedState(day, LongSerializer.INSTANCE, pages);
    }

    private MapState<String, byte[]> unattributed(Id key) throws Exception {
        backend.setCurrentKey(key);
        return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, unattributed);
    }

    private MapState<String, Series> series(Id key) throws Exception {
        backend.setCurrentKey(key);
        return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, series);
    }

    private ValueState<Booked> booked(Id key) throws Exception {
        backend.setCurrentKey(key);
        return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, booked);
    }

    @Override
    public void processElement1(StreamRecord<Bundle> element) throws Exception {
        byte[] rows = element.getValue().rows();
        row.open(rows, 0, rows.length);
        while (row.hasMore()) {
            said.read(row);
            if (said.isInstallation()) {
                installationUsed(said.key(), said.occurredAtMicros, said.receivedAtMicros);
            } else {
                sessionUsed();
            }
        }
        linger();
    }

    private void installationUsed(Id key, long at, long receivedAt) throws Exception {
        WriteBackCache.Entry<Day> day = days.get(new Page(key, Math.floorDiv(at, MICROS_PER_DAY)));
        long held = Periods.heldUntilMillis(at, receivedAt, said.isHistorical(), openAfterEnd);
        if (day.value.timeline.add(at, -1, true, false) | held > day.value.heldUntilMillis) {
            day.value.heldUntilMillis = Math.max(held, day.value.heldUntilMillis);
            days.changed(day);
        }
        WriteBackCache.Entry<Session> installation = sessions.get(new Page(key, WHOLE));
        if (installation.value.hasSeries) {
            settle(key, installation.value, true, null, Set.of(), true, receivedAt);
        }
    }

    private void sessionUsed() throws Exception {
        Id key = said.key();
        WriteBackCache.Entry<Session> entry = sessions.get(new Page(key, WHOLE));
        Session session = entry.value;
        hold(
                session,
                Periods.heldUntilMillis(
                        said.occurredAtMicros, said.receivedAtMicros, said.isHistorical(), openAfterEnd));
        boolean renamed = false;
        String user = null;
        if (said.isNamed()) {
            if (session.person.maySay(said.occurredAtMicros, said.array, said.userOffset, said.userLength)) {
                user = new String(said.array, said.userOffset, said.userLength, StandardCharsets.UTF_8);
                renamed = learn(key, session, user, said.occurredAtMicros, said.receivedAtMicros);
            }
        } else if (said.value != null) {
            session.hasUnattributed = true;
            usage.read(said.value);
            unattributed(key).put(Objects.requireNonNull(usage.view().text(UsageView.Text.EVENT_ID)), said.value);
            place(session.person, Kind.RECORD, said.receivedAtMicros);
            for (String other : session.others()) {
                touchAs(other, said.receivedAtMicros);
            }
        }
        Timeline.Processes before = session.hasSeries ? session.timeline.processes() : null;
        boolean news = session.timeline.add(said.occurredAtMicros, said.sequence, true, false);
        sessions.changed(entry);
        if (before == null) {
            return;
        }
        boolean processesChanged = news && !session.timeline.processes().equals(before);
        Set<CellKey> touched = new HashSet<>();
        if (user != null && (renamed || !user.equals(session.person.user()))) {
            touchAs(key, user, touched);
        }
        if (processesChanged) {
            touchAll(key, touched);
        }
        if (renamed || processesChanged || !touched.isEmpty()) {
            settle(key, session, false, null, touched, renamed || processesChanged, said.receivedAtMicros);
        }
    }

    @Override
    public void processElement2(StreamRecord<SessionInput> element) throws Exception {
        SessionInput input = element.getValue();
        long hour = Periods.hour(input.receivedAtMicros());
        linger();
        // Facts are kept by the bucket of the id, and what is received twice is of one session.
        Id event = input.event().inBucketOf(input.key());
        Known known = events.mayKnow(event) ? events.find(event) : Known.NOTHING;
        if (!known.facts().isEmpty()) {
            events.hold(event, input.heldMonth(), known);
            ledger.add(LedgerChange.of(input.scope(), hour, Count.DUPLICATE, 1));
            return;
        }
        events.add(event, input.heldMonth(), known, new byte[0], 0, 0);
        ledger.add(LedgerChange.of(input.scope(), hour, Count.ACCEPTED, 1));
        if (input.user() == null && input.evidence() == null && input.series() == null) {
            return;
        }
        Id key = input.key();
        WriteBackCache.Entry<Session> entry = sessions.get(new Page(key, WHOLE));
        Session session = entry.value;
        hold(session, input.heldUntilMillis());
        boolean renamed =
                input.user() != null && learn(key, session, input.user(), input.atMicros(), input.receivedAtMicros());
        Timeline.Processes before = session.hasSeries ? session.timeline.processes() : null;
        boolean news = input.evidence() != null && session.timeline.add(input.evidence());
        session.hasSeries |= input.series() != null;
        sessions.changed(entry);
        if (!session.hasSeries) {
            return;
        }
        boolean processesChanged =
                news && before != null && !session.timeline.processes().equals(before);
        Set<CellKey> touched = new HashSet<>();
        if (input.user() != null && (renamed || !input.user().equals(session.person.user()))) {
            touchAs(key, input.user(), touched);
        }
        if (processesChanged) {
            touchAll(key, touched);
        }
        if (input.series() != null || renamed || processesChanged || !touched.isEmpty()) {
            settle(
                    key,
                    session,
                    input.installation(),
                    input.series(),
                    touched,
                    renamed || processesChanged,
                    input.receivedAtMicros());
        }
    }

    private static void hold(Session session, long untilMillis) {
        session.heldUntilMillis = Math.max(session.heldUntilMillis, untilMillis);
    }

    /** A record names somebody. Whether that makes the session another person's. */
    private boolean learn(Id key, Session session, String user, long at, long receivedAt) throws Exception {
        boolean renamed = session.learn(user, at);
        if (session.hasUnattributed && (renamed || !user.equals(session.person.user()))) {
            for (byte[] value : unattributed(key).values()) {
                usage.read(value);
                if (renamed) {
                    place(session.person, Kind.CORRECTION, receivedAt);
                }
                if (!user.equals(session.person.user()) || renamed) {
                    touchAs(user, receivedAt);
                }
            }
        }
        return renamed;
    }

    /** Sends the report as read last to its request, under the session's person. */
    private void place(Person person, Kind kind, long because) throws IOException {
        String user = person.user();
        if (user != null) {
            usage.resolveTo(user);
        }
        routes.send(kind, because);
        if (documents) {
            documentVersion = versions.next(documentVersion);
            emit(Tags.DOCUMENTS, Documents.report(usage.view().bytes(), user, documentVersion, prices));
        }
    }

    /** What names nobody an earlier attempt may have booked on this person, if it heard of this person first. */
    private void touchAs(String user, long receivedAt) {
        usage.resolveTo(user);
        Report report = usage.report();
        CellRows.add(
                cells,
                new Contribution(report.cell(), Amounts.ZERO, 0, report.occurredAtMicros(), receivedAt),
                openAfterEnd);
    }

    private void touchAs(Id key, String user, Set<CellKey> touched) throws Exception {
        for (Series known : series(key).values()) {
            if (known.cell().user().equals(Users.UNATTRIBUTED)) {
                known.points()
                        .forEach(point ->
                                touched.add(known.cell().withUser(user).atHour(Periods.hour(point.timeMicros()))));
            }
        }
    }

    /** With the evidence in another order an earlier attempt may have booked any of the counters. */
    private void touchAll(Id key, Set<CellKey> touched) throws Exception {
        for (Series known : series(key).values()) {
            known.points().forEach(point -> touch(known, point, touched));
        }
    }

    private static void touch(Series series, Point point, Set<CellKey> touched) {
        touched.add(series.cell().atHour(Periods.hour(point.timeMicros())));
    }

    /**
     * Books what the counters say now.
     *
     * @param added a series with a new point; null: none
     * @param all whether more than the new point may have changed
     */
    private void settle(
            Id key,
            Session session,
            boolean installation,
            @Nullable Series added,
            Set<CellKey> touchedBefore,
            boolean all,
            long receivedAt)
            throws Exception {
        Set<CellKey> touched = new HashSet<>(touchedBefore);
        Series.ReportedAsEvents reported = installation ? usedBy(key) : processes(session);
        Series old = null;
        Series next = null;
        if (added != null) {
            MapState<String, Series> known = series(key);
            old = known.get(added.seriesId());
            Point point = added.points().get(0);
            next = old == null ? added : old.with(point);
            known.put(next.seriesId(), next);
            touch(next, point, touched);
        }
        String user = session.person.userOrUnattributed();
        Set<CellKey> cellsTouched = withUser(touched, user, session.others());
        Booked stored = booked(key).value();
        Booked before = stored == null ? Booked.NOTHING : stored;
        CounterSums.Step step = all || next == null
                ? CounterSums.settle(before, series(key).values(), reported, user, cellsTouched, receivedAt)
                : CounterSums.replace(before, old, next, reported, user, cellsTouched, receivedAt);
        booked(key).update(step.booked());
        for (Contribution contribution : step.contributions()) {
            CellRows.add(cells, contribution, openAfterEnd);
        }
        step.ledger().forEach(ledger::add);
    }

    /** Cells that nobody is named for, and their twins under all who are named in the session. */
    private static Set<CellKey> withUser(Set<CellKey> touched, String user, Set<String> others) {
        Set<CellKey> cells = new HashSet<>(touched);
        touched.forEach(cell -> {
            if (cell.user().equals(Users.UNATTRIBUTED)) {
                cells.add(cell.withUser(user));
                others.forEach(other -> cells.add(cell.withUser(other)));
            }
        });
        return cells;
    }

    private static Series.ReportedAsEvents processes(Session session) {
        Timeline.Processes processes = session.timeline.processes();
        return (from, to) -> processes.reportedUsageAt(to);
    }

    /** Whether an installation sent a request in (from, to]. */
    private Series.ReportedAsEvents usedBy(Id key) {
        return (from, to) -> {
            try {
                long last = Math.floorDiv(to, MICROS_PER_DAY);
                long first = Math.max(Math.floorDiv(from, MICROS_PER_DAY), last - MOST_DAYS);
                for (long day = first; day <= last; day++) {
                    if (days.get(new Page(key, day)).value.timeline.hasIn(from, to)) {
                        return true;
                    }
                }
                return false;
            } catch (Exception e) {
                throw new IllegalStateException("requests of the installation cannot be read", e);
            }
        };
    }

    @Override
    public void onEventTime(InternalTimer<Id, Long> timer) throws Exception {
        Id key = timer.getKey();
        long day = timer.getNamespace();
        if (day != WHOLE) {
            long held = days.get(new Page(key, day)).value.heldUntilMillis;
            if (held > timer.getTimestamp()) {
                backend.setCurrentKey(key);
                timers.registerEventTimeTimer(day, held);
                return;
            }
            days.drop(new Page(key, day));
            page(key, day).clear();
            return;
        }
        Session session = sessions.get(new Page(key, WHOLE)).value;
        if (session.heldUntilMillis > timer.getTimestamp()) {
            backend.setCurrentKey(key);
            timers.registerEventTimeTimer(WHOLE, session.heldUntilMillis);
            return;
        }
        sessions.drop(new Page(key, WHOLE));
        page(key, WHOLE).clear();
        unattributed(key).clear();
        series(key).clear();
        booked(key).clear();
    }

    @Override
    public void onProcessingTime(InternalTimer<Id, Long> timer) {}

    @Override
    protected void flush() {
        requests.flush();
        clients.flush();
        aliases.flush();
        cells.flush();
        ledger.flush((LedgerChange change) -> emit(Tags.LEDGER, change));
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        super.processWatermark(mark);
        events.forget(mark.getTimestamp());
    }

    /** Before the barrier, not with the snapshot: timers kept on the heap are taken before it. */
    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        sessions.writeBack();
        days.writeBack();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        events.snapshot();
        versions.snapshot();
    }

    @Override
    public void endInput(int inputId) {
        flush();
    }
}
