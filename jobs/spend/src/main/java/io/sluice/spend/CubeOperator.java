package io.sluice.spend;

import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.Sheet;
import io.sluice.runtime.RestartSafeVersions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Shell around {@link Sheet}: adds contributions to cells, and says about once a second what the cells are now.
 *
 * <p>State: for each user (the key) and day (the namespace) the cells, behind a cache. Nothing unsaid is ever part of a
 * checkpoint.
 */
final class CubeOperator extends AbstractStreamOperator<Sheet.Update>
        implements OneInputStreamOperator<Bundle, Sheet.Update>,
                Triggerable<Id, Long>,
                WriteBackCache.Backing<CubeOperator.Page, Sheet>,
                BoundedOneInput {
    private static final long serialVersionUID = 1L;
    private static final long INTERVAL_MILLIS = 1_000;

    record Page(Id account, long day) {
        /** All bits of the id: its own hash code has few. */
        @Override
        public int hashCode() {
            return Long.hashCode(account.lo()) + 31 * Long.hashCode(day);
        }
    }

    private final Duration openAfterEnd;
    private final long cacheWeight;
    private transient KeyedStateBackend<Id> backend;
    private transient ListStateDescriptor<byte[]> descriptor;
    private transient InternalTimerService<Long> timers;
    private transient RestartSafeVersions versions;
    private transient WriteBackCache<Page, Sheet> sheets;
    private transient Map<Page, Sheet> unsaid;
    private transient RowReader row;
    private transient boolean timerSet;
    private transient @Nullable Watermark heldBack;
    private transient Counter unknownCells;

    /** @param cacheWeight see {@link Sheet#weight} */
    CubeOperator(Duration openAfterEnd, long cacheWeight) {
        this.openAfterEnd = openAfterEnd;
        this.cacheWeight = cacheWeight;
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
        descriptor = new ListStateDescriptor<>("sheets", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        timers = getInternalTimerService("days", LongSerializer.INSTANCE, this);
        sheets = new WriteBackCache<>(this, Sheet::weight, cacheWeight);
        unsaid = new HashMap<>();
        row = new RowReader();
        unknownCells = getMetricGroup().counter("unknownCells");
    }

    @Override
    public void processElement(StreamRecord<Bundle> element) throws Exception {
        byte[] rows = element.getValue().rows();
        row.open(rows, 0, rows.length);
        while (row.hasMore()) {
            Id account = row.readId();
            Id dimensions = row.readId();
            long hour = row.readVarlong();
            Page page = new Page(account, Math.floorDiv(hour, (long) Sheet.HOURS));
            WriteBackCache.Entry<Sheet> sheet = sheets.get(page);
            if (!sheet.value.add(dimensions, hour, row)) {
                // Cannot be: whoever knows a cell by its hash has booked it before. If it is, nobody else shall suffer.
                unknownCells.inc();
                LOG.error("A change of a cell that was never booked was left out: {} in hour {}", dimensions, hour);
            }
            sheets.changed(sheet);
            unsaid.put(page, sheet.value);
        }
        if (!timerSet) {
            timerSet = true;
            long now = getProcessingTimeService().getCurrentProcessingTime();
            getProcessingTimeService().registerTimer(now + INTERVAL_MILLIS, at -> {
                timerSet = false;
                say();
            });
        }
    }

    private void say() throws Exception {
        for (Sheet sheet : unsaid.values()) {
            say(sheet);
        }
        unsaid.clear();
        if (heldBack != null) {
            output.emitWatermark(heldBack);
            heldBack = null;
        }
    }

    /** Goes on when everything before it has been said: it tells that results are complete. */
    @Override
    public void processWatermark(Watermark mark) throws Exception {
        var timeServices = getTimeServiceManager();
        if (timeServices.isPresent()) {
            timeServices.get().advanceWatermark(mark);
        }
        heldBack = mark;
        if (unsaid.isEmpty() || mark.getTimestamp() == Watermark.MAX_WATERMARK.getTimestamp()) {
            say();
        }
    }

    private void say(Sheet sheet) {
        sheet.takeUpdates(versions::next, versions.floor(), update -> output.collect(new StreamRecord<>(update)));
    }

    private ListState<byte[]> state(Page page) throws Exception {
        backend.setCurrentKey(page.account);
        return backend.getPartitionedState(page.day, LongSerializer.INSTANCE, descriptor);
    }

    @Override
    public Sheet read(Page page) throws Exception {
        Iterable<byte[]> saved = state(page).get();
        return Sheet.restore(page.account, page.day, saved == null ? List.of() : saved);
    }

    @Override
    public void write(Page page, Sheet sheet) throws Exception {
        if (unsaid.remove(page) != null) {
            say(sheet);
        }
        if (sheet.heldMonth() == 0) {
            return; // only touched, by changes of nothing
        }
        backend.setCurrentKey(page.account);
        if (!sheet.hasTimer()) {
            sheet.setTimer();
            timers.registerEventTimeTimer(page.day, Periods.closesAtMillis(sheet.heldMonth(), openAfterEnd));
        }
        boolean all = sheet.savesAll();
        List<byte[]> chunk = List.of(sheet.save());
        if (all) {
            state(page).update(chunk);
        } else {
            state(page).addAll(chunk);
        }
    }

    @Override
    public void onEventTime(InternalTimer<Id, Long> timer) throws Exception {
        Page page = new Page(timer.getKey(), timer.getNamespace());
        Sheet sheet = sheets.get(page).value;
        long heldUntil = sheet.heldMonth() == 0 ? 0 : Periods.closesAtMillis(sheet.heldMonth(), openAfterEnd);
        if (heldUntil > timer.getTimestamp()) {
            backend.setCurrentKey(page.account);
            timers.registerEventTimeTimer(page.day, heldUntil);
            return;
        }
        if (unsaid.remove(page) != null) {
            say(sheet);
        }
        sheets.drop(page);
        state(page).clear();
    }

    @Override
    public void onProcessingTime(InternalTimer<Id, Long> timer) {}

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        say();
        // Not with the snapshot: timers kept on the heap are taken before it.
        sheets.writeBack();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        versions.snapshot();
    }

    @Override
    public void endInput() throws Exception {
        say();
    }

    /** The key is set where state is used: an element is a bundle of many keys. */
    @Override
    @SuppressWarnings("rawtypes") // As Flink declares it.
    public void setKeyContextElement1(StreamRecord record) {}
}
