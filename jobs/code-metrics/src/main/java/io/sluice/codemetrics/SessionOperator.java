package io.sluice.codemetrics;

import io.sluice.core.codemetrics.ActiveScope;
import io.sluice.core.codemetrics.ClosedMonths;
import io.sluice.core.codemetrics.SessionFacts;
import io.sluice.core.codemetrics.SessionRows;
import io.sluice.core.codemetrics.SessionRows.Presence;
import io.sluice.core.codemetrics.Told;
import io.sluice.core.directory.TeamTimeline;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.Bundles;
import io.sluice.runtime.BundlingOperator;
import io.sluice.runtime.ControlTopic;
import io.sluice.runtime.HeldProgress;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.RestartSafeVersions;
import io.sluice.runtime.WriteBackCache;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryVersion;
import io.sluice.tracing.RecordTracer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.metrics.Counter;
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
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.jspecify.annotations.Nullable;

/**
 * Shell around {@link SessionRows}: keeps what is known of each session, and tells before each checkpoint what the rows of
 * those are that heard something.
 *
 * <p>State of each session: its facts; what was told of it, of which the months stay known after it is forgotten; which people
 * it depends on. All behind a cache. The directory is no
 * state: it is read when the operator opens, and the second input, of which every instance gets all, has its versions once
 * more.
 *
 * <p>Puts out rows, keyed by their ids; by side output who came and went, for {@link ActiveUsersOperator}.
 */
final class SessionOperator extends BundlingOperator<KeyedValue>
        implements TwoInputStreamOperator<Bundle, byte[], KeyedValue>,
                Triggerable<Id, VoidNamespace>,
                WriteBackCache.Backing<Id, SessionOperator.Session>,
                BoundedMultiInput {
    private static final long serialVersionUID = 1L;

    /** A session in memory. */
    static final class Session {
        final SessionFacts facts;
        final Told told;

        Session(SessionFacts facts, Told told) {
            this.facts = facts;
            this.told = told;
        }
    }

    private final ControlTopic directory;
    private final Duration openAfterEnd;
    private final Duration knownAfterClose;
    private final long cacheWeight;
    private final Tracing tracing;
    private transient @Nullable SessionTraces traces;
    private transient KeyedStateBackend<Id> backend;
    private transient ListStateDescriptor<byte[]> facts;
    private transient ValueStateDescriptor<byte[]> told;
    private transient ValueStateDescriptor<byte[]> accounts;
    private transient InternalTimerService<VoidNamespace> timers;
    private transient RestartSafeVersions versions;
    private transient long version;
    private transient WriteBackCache<Id, Session> sessions;
    private transient Set<Id> withNews;
    private transient TeamTimeline timeline;
    private transient Set<Id> changedAccounts;
    private transient boolean restored;
    private transient Bundles presences;
    private transient HeldProgress progress;
    private transient RowReader row;
    private transient Counter rows;
    private transient Counter late;

    /**
     * @param knownAfterClose see {@link CodeMetricsOptions#KNOWN_AFTER_CLOSE}
     * @param cacheWeight see {@link SessionFacts#weight}
     */
    SessionOperator(
            ControlTopic directory,
            Duration openAfterEnd,
            Duration knownAfterClose,
            long cacheWeight,
            Tracing tracing) {
        this.tracing = tracing;
        this.directory = directory;
        this.openAfterEnd = openAfterEnd;
        this.knownAfterClose = knownAfterClose;
        this.cacheWeight = cacheWeight;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        versions = RestartSafeVersions.open(context, System.currentTimeMillis());
        restored = context.isRestored();
    }

    @Override
    public void open() throws Exception {
        super.open();
        RecordTracer tracer = tracing.open();
        traces = tracer == null ? null : new SessionTraces(tracer);
        backend = getKeyedStateBackend();
        facts = new ListStateDescriptor<>("facts", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        told = new ValueStateDescriptor<>("told", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        accounts = new ValueStateDescriptor<>("accounts", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        timers = getInternalTimerService("sessions", VoidNamespaceSerializer.INSTANCE, this);
        sessions = new WriteBackCache<>(this, session -> session.facts.weight(), cacheWeight);
        withNews = new HashSet<>();
        changedAccounts = new HashSet<>();
        presences = new Bundles(
                getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks(),
                bundle -> emit(Tags.PRESENCES, bundle));
        progress = new HeldProgress();
        row = new RowReader();
        rows = getMetricGroup().counter("rows");
        late = getMetricGroup().counter("lateFacts");
        timeline = new TeamTimeline();
        directory.readToEnd(this::read);
    }

    private void read(byte[] bytes) {
        DirectoryVersion version = decode(bytes);
        if (version != null) {
            timeline.apply(version);
        }
    }

    private static @Nullable DirectoryVersion decode(byte[] version) {
        try {
            return Codec.of(DirectoryVersion.class).decode(version);
        } catch (IOException e) {
            LOG.warn("A version of the directory cannot be read", e); // the spend job makes a dead letter of it
            return null;
        }
    }

    @Override
    public void processElement1(StreamRecord<Bundle> element) throws Exception {
        byte[] bytes = element.getValue().rows();
        row.open(bytes, 0, bytes.length);
        while (row.hasMore()) {
            Id key = row.readId();
            SessionFacts.Arrival arrival = SessionFacts.Arrival.read(row);
            WriteBackCache.Entry<Session> entry = sessions.get(key);
            SessionFacts known = entry.value.facts;
            if (isLate(key, entry.value, arrival)) {
                sessions.changed(entry);
                continue;
            }
            boolean longer = arrival.heldUntilMillis() > known.heldUntilMillis;
            known.heldUntilMillis = Math.max(known.heldUntilMillis, arrival.heldUntilMillis());
            if (traces != null && arrival.fact().kind().isOfSubject()) {
                traces.arrived(arrival.fact());
            }
            if (known.add(arrival.subject(), arrival.fact())) {
                withNews.add(key);
                sessions.changed(entry);
            } else if (longer) {
                sessions.changed(entry);
            }
        }
    }

    private boolean isLate(Id key, Session session, SessionFacts.Arrival arrival) {
        ClosedMonths closed = session.told.closed();
        if (!closed.isLate(arrival.fact(), openAfterEnd, knownAfterClose)) {
            return false;
        }
        late.inc();
        closed.count(arrival.subject(), arrival.fact());
        closed.keptUntilMillis =
                Math.max(closed.keptUntilMillis, arrival.heldUntilMillis() + knownAfterClose.toMillis());
        withNews.add(key);
        return true;
    }

    /** Of the directory the versions of users and teams concern rows. */
    @Override
    public void processElement2(StreamRecord<byte[]> element) throws Exception {
        DirectoryVersion version = decode(element.getValue());
        if (version == null) {
            return;
        }
        if (!version.getKind().equals(TeamTimeline.USER) && !version.getKind().equals(TeamTimeline.TEAM)) {
            return;
        }
        TeamTimeline.Change change = timeline.apply(version);
        if (!change.known() || restored) {
            changedAccounts.addAll(change.accounts());
        }
    }

    /** Before a barrier, and at the end. */
    private void tell() throws Exception {
        if (!changedAccounts.isEmpty()) {
            sessions.writeBack();
            findChanged();
        }
        for (Id key : new ArrayList<>(withNews)) {
            WriteBackCache.Entry<Session> entry = sessions.get(key);
            if (withNews.remove(key)) { // or making room has told it
                tell(key, entry.value);
                sessions.changed(entry);
            }
        }
        presences.flush();
        progress.putOut(output);
    }

    /** Sessions of people of whom the directory says something new. */
    private void findChanged() throws Exception {
        backend.applyToAllKeys(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, accounts, (key, state) -> {
            byte[] saved = state.value();
            RowReader reader = new RowReader(saved == null ? new byte[0] : saved);
            while (reader.hasMore()) {
                if (changedAccounts.contains(reader.readId())) {
                    withNews.add(key);
                }
            }
        });
        changedAccounts.clear();
    }

    private void tell(Id key, Session session) throws Exception {
        for (CodeMetricRow each : session.told.closed().tell()) {
            emit(each);
        }
        if (session.facts.isEmpty()) {
            backend.setCurrentKey(key);
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, session.told.closed().keptUntilMillis);
            state(told, key).update(session.told.save());
            return;
        }
        SessionFacts.Subject subject = session.facts.subject();
        Told.News news = session.told.tell(subject, SessionRows.of(session.facts, timeline::of));
        for (CodeMetricRow each : news.rows()) {
            emit(each);
        }
        send(subject.orgId(), news.come(), 1, session.facts.heldUntilMillis);
        send(subject.orgId(), news.gone(), -1, session.facts.heldUntilMillis);
        state(told, key).update(session.told.save());
        RowWriter ids = new RowWriter(32);
        SessionRows.accounts(session.facts).forEach(ids::putId);
        state(accounts, key).update(ids.toByteArray());
    }

    private void emit(CodeMetricRow each) {
        version = versions.next(version);
        each.setVersion(version);
        rows.inc();
        emit(new KeyedValue(each.getRowId().getBytes(StandardCharsets.UTF_8), Codec.encode(each)));
    }

    private void send(String orgId, Collection<Presence> changed, int by, long heldUntilMillis) {
        for (Presence presence : changed) {
            for (ActiveScope scope : ActiveScope.of(orgId, presence)) {
                ActiveUsersOperator.write(presences, scope, presence.user(), by, heldUntilMillis);
            }
        }
    }

    @Override
    public Session read(Id key) throws Exception {
        Iterable<byte[]> saved = chunks(key).get();
        byte[] before = state(told, key).value();
        return new Session(
                SessionFacts.restore(saved == null ? List.of() : saved),
                before == null ? new Told() : Told.restore(before));
    }

    @Override
    public void write(Id key, Session session) throws Exception {
        if (withNews.remove(key)) {
            tell(key, session);
        }
        SessionFacts known = session.facts;
        if (known.isEmpty()) {
            return;
        }
        if (!known.hasTimer) {
            known.hasTimer = true;
            backend.setCurrentKey(key);
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, known.heldUntilMillis);
        }
        boolean all = known.savesAll();
        List<byte[]> chunk = List.of(known.save());
        if (all) {
            chunks(key).update(chunk);
        } else {
            chunks(key).addAll(chunk);
        }
    }

    private ListState<byte[]> chunks(Id key) throws Exception {
        backend.setCurrentKey(key);
        return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, facts);
    }

    private ValueState<byte[]> state(ValueStateDescriptor<byte[]> descriptor, Id key) throws Exception {
        backend.setCurrentKey(key);
        return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
    }

    @Override
    public void onEventTime(InternalTimer<Id, VoidNamespace> timer) throws Exception {
        Id key = timer.getKey();
        Session session = sessions.get(key).value;
        ClosedMonths closed = session.told.closed();
        boolean open = !session.facts.isEmpty();
        long until = open ? session.facts.heldUntilMillis : closed.keptUntilMillis;
        if (until > timer.getTimestamp()) {
            backend.setCurrentKey(key);
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, until);
            return;
        }
        if (withNews.remove(key)) {
            tell(key, session);
        }
        sessions.drop(key);
        chunks(key).clear();
        state(accounts, key).clear();
        if (!open) {
            state(told, key).clear();
            return;
        }
        session.told.forget(session.facts);
        closed.keptUntilMillis = Math.max(closed.keptUntilMillis, until + knownAfterClose.toMillis());
        state(told, key).update(session.told.save());
        backend.setCurrentKey(key);
        timers.registerEventTimeTimer(VoidNamespace.INSTANCE, closed.keptUntilMillis);
    }

    @Override
    public void onProcessingTime(InternalTimer<Id, VoidNamespace> timer) {}

    /** Rows wait for the barrier: nobody sees them earlier. */
    @Override
    protected void flush() {}

    /** Goes on when all is told that it stands for: whoever counts people does not close a period before it has them. */
    @Override
    public void processWatermark1(Watermark mark) throws Exception {
        progress.hold(mark.getTimestamp());
        if (getTimeServiceManager().isPresent()) {
            getTimeServiceManager().get().advanceWatermark(mark);
        }
    }

    /** Versions of the directory are few and far between: they hold nothing up. */
    @Override
    public void processWatermark2(Watermark mark) {}

    @Override
    protected void processWatermarkStatus(WatermarkStatus status, int index) throws Exception {
        if (index == 0) {
            progress.setIdle(status.isIdle());
            if (status.isActive()) {
                processWatermarkStatus(status);
            }
        }
    }

    /** Before the barrier, not with the snapshot: timers kept on the heap are taken before it. */
    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        tell();
        if (traces != null) {
            traces.computed(checkpointId);
        }
        sessions.writeBack();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        if (traces != null) {
            traces.completed(checkpointId);
        }
    }

    @Override
    public void close() throws Exception {
        if (traces != null) {
            traces.close();
        }
        super.close();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        versions.snapshot();
    }

    @Override
    public void endInput(int inputId) throws Exception {
        tell();
    }
}
