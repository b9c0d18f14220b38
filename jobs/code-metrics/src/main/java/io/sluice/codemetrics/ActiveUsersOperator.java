package io.sluice.codemetrics;

import io.sluice.core.codemetrics.ActiveScope;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.Bundles;
import io.sluice.runtime.BundlingOperator;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.RestartSafeVersions;
import io.sluice.schema.Codec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.datasketches.hll.HllSketch;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Counts who used Claude Code, by period and {@link ActiveScope}. One by one, so that who turns out to be somebody else is
 * taken back; from so many on that nobody wants to keep them all by a sketch, which takes nothing back. When a period is closed
 * its sketch stays, so that whoever comes later is added to those who were there, and does not take their place.
 *
 * <p>State of each scope: how many sessions' days each person has in it, or the sketch; how many people; when it is closed.
 */
final class ActiveUsersOperator extends BundlingOperator<KeyedValue>
        implements OneInputStreamOperator<Bundle, KeyedValue>, Triggerable<Id, VoidNamespace>, BoundedOneInput {
    private static final long serialVersionUID = 1L;

    /** Standard error 0.8 % with 8 KB; up to 1,500 people, of whom it keeps 4 bytes each, as good as none. */
    private static final int SKETCH_LG_K = 14;

    private final int mostExact;
    private final Duration openAfterEnd;
    private final Duration knownAfterClose;
    private transient KeyedStateBackend<Id> backend;
    private transient MapStateDescriptor<String, Integer> people;
    private transient ValueStateDescriptor<byte[]> sketch;
    private transient ValueStateDescriptor<Long> count;
    private transient ValueStateDescriptor<Long> heldUntil;
    private transient InternalTimerService<VoidNamespace> timers;
    private transient RestartSafeVersions versions;
    private transient long version;
    private transient Map<Id, ActiveScope> changed;
    private transient RowReader row;

    /**
     * @param mostExact see {@link CodeMetricsOptions#EXACT_USERS}
     * @param knownAfterClose see {@link CodeMetricsOptions#KNOWN_AFTER_CLOSE}
     */
    ActiveUsersOperator(int mostExact, Duration openAfterEnd, Duration knownAfterClose) {
        this.mostExact = mostExact;
        this.openAfterEnd = openAfterEnd;
        this.knownAfterClose = knownAfterClose;
    }

    /** @param by how many more, or less, sessions' days the person has in the scope */
    static void write(Bundles bundles, ActiveScope scope, String user, int by, long heldUntilMillis) {
        Id key = scope.key();
        RowWriter row = bundles.row(key);
        row.putId(key);
        scope.write(row);
        row.putBlock(user.getBytes(StandardCharsets.UTF_8));
        row.putVarlong(by);
        row.putVarlong(heldUntilMillis);
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        versions = RestartSafeVersions.open(context, System.currentTimeMillis());
    }

    @Override
    public void open() throws Exception {
        super.open();
        backend = getKeyedStateBackend();
        people = new MapStateDescriptor<>("people", Types.STRING, Types.INT);
        sketch = new ValueStateDescriptor<>("sketch", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        count = new ValueStateDescriptor<>("count", Types.LONG);
        heldUntil = new ValueStateDescriptor<>("held-until", Types.LONG);
        timers = getInternalTimerService("scopes", VoidNamespaceSerializer.INSTANCE, this);
        changed = new HashMap<>();
        row = new RowReader();
    }

    @Override
    public void processElement(StreamRecord<Bundle> element) throws Exception {
        byte[] bytes = element.getValue().rows();
        row.open(bytes, 0, bytes.length);
        while (row.hasMore()) {
            Id key = row.readId();
            ActiveScope scope = ActiveScope.read(row);
            String user = new String(row.readBlock(), StandardCharsets.UTF_8);
            int by = (int) row.readVarlong();
            hold(key, Math.max(row.readVarlong(), closes(scope)));
            if (add(key, user, by)) {
                changed.put(key, scope);
            }
        }
    }

    private long closes(ActiveScope scope) {
        return Periods.monthClosesAtMillis(scope.lastDay() * 86_400_000_000L, openAfterEnd);
    }

    private void hold(Id key, long millis) throws Exception {
        ValueState<Long> held = value(heldUntil, key);
        Long before = held.value();
        if (before == null || before < millis) {
            held.update(millis);
            if (before == null) {
                timers.registerEventTimeTimer(VoidNamespace.INSTANCE, millis);
            }
        }
    }

    /** Whether it makes a difference. */
    private boolean add(Id key, String user, int by) throws Exception {
        byte[] saved = value(sketch, key).value();
        if (saved != null) {
            if (by <= 0) {
                return true; // stays, so the figure is not exact any more, which is to be told
            }
            HllSketch known = HllSketch.heapify(saved);
            long before = estimate(known);
            known.update(user);
            value(sketch, key).update(known.toCompactByteArray());
            return estimate(known) != before;
        }
        MapState<String, Integer> days = people(key);
        Integer before = days.get(user);
        int now = (before == null ? 0 : before) + by;
        if (now == 0) {
            days.remove(user);
        } else {
            days.put(user, now);
        }
        // The two halves of a move may come in either order: in between there may be less than nothing.
        int difference = (now > 0 ? 1 : 0) - (before != null && before > 0 ? 1 : 0);
        if (difference == 0) {
            return false;
        }
        ValueState<Long> users = value(count, key);
        long counted = (users.value() == null ? 0 : users.value()) + difference;
        users.update(counted);
        if (counted > mostExact) {
            sketch(key);
        }
        return true;
    }

    private void sketch(Id key) throws Exception {
        HllSketch all = new HllSketch(SKETCH_LG_K);
        for (Map.Entry<String, Integer> each : people(key).entries()) {
            if (each.getValue() > 0) {
                all.update(each.getKey());
            }
        }
        people(key).clear();
        value(count, key).clear();
        value(sketch, key).update(all.toCompactByteArray());
    }

    /** The other estimate depends on the order in which they came. */
    private static long estimate(HllSketch sketch) {
        return Math.round(sketch.getCompositeEstimate());
    }

    private void tell() throws Exception {
        for (Map.Entry<Id, ActiveScope> each : changed.entrySet()) {
            Id key = each.getKey();
            byte[] saved = value(sketch, key).value();
            Long counted = value(count, key).value();
            long users = saved != null ? estimate(HllSketch.heapify(saved)) : counted == null ? 0 : counted;
            version = versions.next(version);
            emit(new KeyedValue(
                    key.text().getBytes(StandardCharsets.UTF_8),
                    Codec.encode(each.getValue().record(users, saved != null, version))));
        }
        changed.clear();
    }

    private MapState<String, Integer> people(Id key) throws Exception {
        backend.setCurrentKey(key);
        return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, people);
    }

    private <T> ValueState<T> value(ValueStateDescriptor<T> descriptor, Id key) throws Exception {
        backend.setCurrentKey(key);
        return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
    }

    @Override
    public void onEventTime(InternalTimer<Id, VoidNamespace> timer) throws Exception {
        Id key = timer.getKey();
        Long held = value(heldUntil, key).value();
        if (held != null && held > timer.getTimestamp()) {
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, held);
            return;
        }
        tell();
        long knownUntil = (held == null ? 0 : held) + knownAfterClose.toMillis();
        if (knownUntil > timer.getTimestamp()) {
            if (value(sketch, key).value() == null) {
                sketch(key);
            }
            backend.setCurrentKey(key);
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, knownUntil);
            return;
        }
        value(sketch, key).clear();
        value(heldUntil, key).clear();
    }

    @Override
    public void onProcessingTime(InternalTimer<Id, VoidNamespace> timer) {}

    /** Results wait for the barrier: nobody sees them earlier. */
    @Override
    protected void flush() {}

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        tell();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        versions.snapshot();
    }

    @Override
    public void endInput() throws Exception {
        tell();
    }
}
