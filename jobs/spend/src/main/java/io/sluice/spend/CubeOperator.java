package io.sluice.spend;

import io.sluice.core.directory.TeamTimeline;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.Segments;
import io.sluice.core.spend.Sheet;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.ControlTopic;
import io.sluice.runtime.RestartSafeVersions;
import io.sluice.runtime.WriteBackCache;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
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
 * Shell around {@link Sheet}: adds contributions to cells, and says about once a second what the cells are now.
 *
 * <p>State: for each user (the key) and day (the namespace) the cells, behind a cache. Nothing unsaid is ever part of a
 * checkpoint.
 *
 * <p>The directory's {@link TeamTimeline} is no state: it is made from the topic when the operator opens, before the
 * first element. The second input, of which every instance gets all, has the versions once more: each one corrects what
 * was booked without it, in this attempt or before the checkpoint.
 *
 * <p>Both inputs go on, as they are, to {@link MemberCapOperator}, which has the same keys: so they are shuffled once.
 */
final class CubeOperator extends AbstractStreamOperator<Sheet.Update>
        implements TwoInputStreamOperator<Bundle, Control, Sheet.Update>,
                Triggerable<Id, Long>,
                WriteBackCache.Backing<CubeOperator.Page, Sheet>,
                BoundedMultiInput {
    private static final long serialVersionUID = 1L;
    private static final long INTERVAL_MILLIS = 1_000;
    private static final long MICROS_PER_DAY = Duration.ofDays(1).toSeconds() * 1_000_000;

    /**
     * What is received now may lag that much behind, or be ahead of its receipt; and a month is open that long, or nearly.
     * Days that are further away are not looked for when the directory changes.
     */
    private static final long MOST_DAYS = 70;

    /** Year 10000. */
    private static final long MOST_MILLIS = 253_402_300_800_000L;

    record Page(Id account, long day) {
        /** All bits of the id: its own hash code has few. */
        @Override
        public int hashCode() {
            return Long.hashCode(account.lo()) + 31 * Long.hashCode(day);
        }

        /** See {@link Id#equals}. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Page page && day == page.day && account.equals(page.account);
        }
    }

    private final ControlTopic directory;
    private final Duration openAfterEnd;
    private final Duration directoryDelay;
    private final long cacheWeight;
    private final boolean caps;
    private transient KeyedStateBackend<Id> backend;
    private transient ListStateDescriptor<byte[]> descriptor;
    private transient InternalTimerService<Long> timers;
    private transient RestartSafeVersions versions;
    private transient WriteBackCache<Page, Sheet> sheets;
    private transient Map<Page, Sheet> unsaid;
    private transient RowReader row;
    private transient TeamTimeline timeline;
    private transient boolean restored;
    private transient ListState<Long> newestDays;
    private transient long newestDay;
    private transient long watermarkMicros; // 0: none yet
    private transient long keepTimesFromMicros;
    private transient boolean timerSet;
    private transient @Nullable Watermark heldBack;
    private transient Counter unknownCells;

    /**
     * @param directoryDelay how much later than events of its time a version of the directory may come
     * @param cacheWeight see {@link Sheet#weight}
     * @param caps whether the inputs go on
     */
    CubeOperator(
            ControlTopic directory, Duration openAfterEnd, Duration directoryDelay, long cacheWeight, boolean caps) {
        this.directory = directory;
        this.openAfterEnd = openAfterEnd;
        this.directoryDelay = directoryDelay;
        this.cacheWeight = cacheWeight;
        this.caps = caps;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        versions = RestartSafeVersions.open(context, System.currentTimeMillis());
        restored = context.isRestored();
        newestDays = context.getOperatorStateStore()
                .getUnionListState(new ListStateDescriptor<>("newest-days", LongSerializer.INSTANCE));
        newestDay = Long.MIN_VALUE;
        for (Long day : newestDays.get()) {
            newestDay = Math.max(newestDay, day);
        }
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
        keepTimesFromMicros = Long.MIN_VALUE;
        timeline = new TeamTimeline();
        directory.readToEnd(this::read);
    }

    private void read(byte[] version) {
        try {
            timeline.apply(Codec.of(DirectoryVersion.class).decode(version));
        } catch (IOException e) {
            // It comes by the input as well, and becomes a dead letter there.
            LOG.warn("A version of the directory cannot be read", e);
        }
    }

    @Override
    public void processElement1(StreamRecord<Bundle> element) throws Exception {
        handOn(new CapInput(element.getValue(), null)); // before the work that it does not need
        byte[] rows = element.getValue().rows();
        row.open(rows, 0, rows.length);
        while (row.hasMore()) {
            Id account = row.readId();
            row.skip(Long.BYTES); // the event
            Id dimensions = row.readId();
            long hour = row.readVarlong();
            Page page = new Page(account, Math.floorDiv(hour, (long) Sheet.HOURS));
            newestDay = Math.max(newestDay, page.day);
            WriteBackCache.Entry<Sheet> sheet = sheets.get(page);
            if (!sheet.value.add(dimensions, hour, row, keepTimesFromMicros)) {
                // Cannot be: whoever knows a cell by its hash has booked it before. If it is, nobody else shall suffer.
                unknownCells.inc();
                LOG.error("A change of a cell that was never booked was left out: {} in hour {}", dimensions, hour);
            }
            sheets.changed(sheet);
            unsaid.put(page, sheet.value);
        }
        saySoon();
    }

    private void handOn(CapInput input) {
        if (caps) {
            output.collect(Tags.MEMBERS, new StreamRecord<>(input));
        }
    }

    /** Of the directory those of users and teams concern cells. */
    @Override
    public void processElement2(StreamRecord<Control> element) throws Exception {
        Control control = element.getValue();
        handOn(new CapInput(null, control));
        if (!control.topic().equals(Topic.DIRECTORY.topicName())) {
            return;
        }
        DirectoryVersion version = Codec.of(DirectoryVersion.class).decode(control.value());
        if (!version.getKind().equals(TeamTimeline.USER) && !version.getKind().equals(TeamTimeline.TEAM)) {
            return;
        }
        TeamTimeline.Change change = timeline.apply(version);
        if (change.known() && !restored) {
            return; // nothing was ever booked without it
        }
        for (Id account : change.accounts()) {
            if (isOurs(account)) {
                correct(account, version.getEffectiveAt());
            }
        }
        saySoon();
    }

    private boolean isOurs(Id account) {
        TaskInfo task = getRuntimeContext().getTaskInfo();
        return KeyGroupRangeAssignment.assignKeyToParallelOperator(
                        account, task.getMaxNumberOfParallelSubtasks(), task.getNumberOfParallelSubtasks())
                == task.getIndexOfThisSubtask();
    }

    /** Books and says anew what the directory says anew, from a time on. */
    private void correct(Id account, long fromMicros) throws Exception {
        Segments segments = timeline.of(account);
        long last = newestDay();
        long first = Math.max(Math.floorDiv(fromMicros, MICROS_PER_DAY), last - 2 * MOST_DAYS);
        for (long day = first; day <= last; day++) {
            Page page = new Page(account, day);
            if (!sheets.holds(page) && state(page).get() == null) {
                continue;
            }
            WriteBackCache.Entry<Sheet> sheet = sheets.get(page);
            sheet.value.align(segments);
            sheet.value.sayAgain(fromMicros);
            if (sheet.value.hasUpdates()) {
                sheets.changed(sheet);
                unsaid.put(page, sheet.value);
            }
        }
    }

    /** A record may claim to be of any day; it may not hide the others. */
    private long newestDay() {
        return watermarkMicros == 0
                ? newestDay
                : Math.min(newestDay, Math.floorDiv(watermarkMicros, MICROS_PER_DAY) + MOST_DAYS);
    }

    private void saySoon() {
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
    public void processWatermark1(Watermark mark) throws Exception {
        processWatermark(mark);
    }

    /** Versions of the directory are few and far between: they hold nothing up. */
    @Override
    public void processWatermark2(Watermark mark) {}

    @Override
    protected void processWatermarkStatus(WatermarkStatus status, int index) throws Exception {
        if (index == 0) {
            processWatermarkStatus(status);
        }
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        watermarkMicros = Math.max(0, Math.min(mark.getTimestamp(), MOST_MILLIS)) * 1000;
        keepTimesFromMicros = watermarkMicros - directoryDelay.toMillis() * 1000;
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
        return Sheet.restore(page.account, page.day, saved == null ? List.of() : saved, timeline.of(page.account));
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
        sheet.forgetTimes(keepTimesFromMicros);
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
        unsaid.remove(page);
        say(sheet);
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
        newestDays.update(List.of(newestDay()));
    }

    @Override
    public void endInput(int inputId) throws Exception {
        say();
    }

    /** The key is set where state is used: an element is a bundle of many keys. */
    @Override
    @SuppressWarnings("rawtypes") // As Flink declares it.
    public void setKeyContextElement1(StreamRecord record) {}

    @Override
    @SuppressWarnings("rawtypes") // As Flink declares it.
    public void setKeyContextElement2(StreamRecord record) {}
}
