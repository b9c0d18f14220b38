package io.sluice.spend;

import io.sluice.core.caps.Account;
import io.sluice.core.caps.AlertBook;
import io.sluice.core.caps.Alerts;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Controls;
import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.Users;
import io.sluice.runtime.RestartSafeVersions;
import io.sluice.schema.Alert;
import io.sluice.schema.CapVersion;
import io.sluice.schema.Codec;
import io.sluice.schema.DirectoryVersion;
import io.sluice.schema.SpendMonth;
import io.sluice.schema.Topic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
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
 * Shell around the {@link Account} of each person: puts out alerts, encoded, at once, and sums a little later.
 *
 * <p>State: for each person (the key) the account, behind a cache. Caps and directory are no state: they are made from
 * their topics when the operator opens, before the first element. The second input, of which every instance gets all, has
 * the versions once more, and each one has the alerts told that follow from it. It also has the alerts that were told, by
 * this attempt or by one whose work is lost: what of them does not hold is resolved.
 */
final class CapOperator extends AbstractStreamOperator<byte[]>
        implements TwoInputStreamOperator<Bundle, Control, byte[]>,
                Triggerable<Id, Integer>,
                WriteBackCache.Backing<Id, CapMember>,
                BoundedMultiInput {
    private static final long serialVersionUID = 1L;
    private static final long SUMS_MILLIS = 200;
    private static final long COMPARE_MILLIS = 2_000;
    /** Without spend for so long, everything that was received is taken to be known, whatever the watermark. */
    private static final long QUIET_MILLIS = 10_000;

    private static final String SPEND = "spend";

    private final SpendJob.Controls topics;
    private final Duration openAfterEnd;
    private final Duration delay;
    private final long cacheWeight;

    private transient KeyedStateBackend<Id> backend;
    private transient ValueStateDescriptor<byte[]> descriptor;
    private transient InternalTimerService<Integer> timers;
    private transient RestartSafeVersions versions;
    private transient Controls controls;
    private transient WriteBackCache<Id, CapMember> members;
    private transient Set<Unsaid> unsaid;
    private transient RowReader row;
    private transient boolean restored;
    private transient boolean timerSet;
    private transient long keepTimesFromMicros;
    private transient long watermarkMicros; // 0: none yet
    private transient ListState<byte[]> heardState;
    private transient List<Alert> heard;
    private transient boolean comparing;
    private transient long lastSpendAt;

    private record Unsaid(Id account, long monthStart) {}

    /**
     * @param delay how much later than spend of its time a version may come
     * @param cacheWeight see {@link Account#weight}
     */
    CapOperator(SpendJob.Controls topics, Duration openAfterEnd, Duration delay, long cacheWeight) {
        this.topics = topics;
        this.openAfterEnd = openAfterEnd;
        this.delay = delay;
        this.cacheWeight = cacheWeight;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        versions = RestartSafeVersions.open(context, System.currentTimeMillis());
        restored = context.isRestored();
        heardState = context.getOperatorStateStore()
                .getUnionListState(
                        new ListStateDescriptor<>("heard", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    }

    @Override
    public void open() throws Exception {
        super.open();
        backend = getKeyedStateBackend();
        descriptor = new ValueStateDescriptor<>("members", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        backend.getOrCreateKeyedState(VoidNamespaceSerializer.INSTANCE, descriptor);
        timers = getInternalTimerService("months", IntSerializer.INSTANCE, this);
        members = new WriteBackCache<>(this, member -> member.account.weight(), cacheWeight);
        unsaid = new HashSet<>();
        row = new RowReader();
        keepTimesFromMicros = Long.MIN_VALUE;
        controls = new Controls();
        topics.directory().readToEnd(value -> know(new Control(Topic.DIRECTORY.topicName(), value)));
        topics.caps().readToEnd(value -> know(new Control(Topic.CAPS.topicName(), value)));
        heard = new ArrayList<>();
        lastSpendAt = getProcessingTimeService().getCurrentProcessingTime();
        for (byte[] value : heardState.get()) {
            hear(value);
        }
    }

    private void know(Control control) {
        try {
            Controls.Concerned unused = apply(control);
        } catch (IOException | IllegalArgumentException e) {
            // It comes by the input as well, and becomes a dead letter there.
            LOG.warn("A version on {} cannot be read", control.topic(), e);
        }
    }

    private Controls.Concerned apply(Control control) throws IOException {
        return control.topic().equals(Topic.CAPS.topicName())
                ? controls.apply(Codec.of(CapVersion.class).decode(control.value()))
                : controls.apply(Codec.of(DirectoryVersion.class).decode(control.value()));
    }

    @Override
    public void processElement1(StreamRecord<Bundle> element) throws Exception {
        lastSpendAt = getProcessingTimeService().getCurrentProcessingTime();
        byte[] rows = element.getValue().rows();
        row.open(rows, 0, rows.length);
        while (row.hasMore()) {
            Id account = row.readId();
            row.skip(Id.BYTES);
            long occurredAt = Contribution.readOccurredAtMicros(row);
            row.readByte(); // of events or counters
            boolean ofClosedMonth = row.readVarlong() != 0;
            long receivedAt = row.readLong();
            long micros = Amounts.read(row).micros();
            int length = row.readLength();
            int dimensions = row.position();
            row.skip(length);
            if (micros != 0 && !ofClosedMonth) {
                CapMember member = member(account, rows, dimensions, length);
                if (member != null) {
                    spend(account, member, occurredAt, receivedAt, micros);
                }
            }
        }
    }

    /** To be changed at once. Null: whose it is was never said. */
    private @Nullable CapMember member(Id account, byte[] rows, int dimensions, int length) throws Exception {
        WriteBackCache.Entry<CapMember> entry = members.get(account);
        if (!entry.value.isKnown()) {
            if (length == 0) {
                // Cannot be: the first change of a cell says what it is.
                LOG.error("A change of a cell that was never booked was left out of caps: {}", account);
                return null;
            }
            entry.value.learn(Arrays.copyOfRange(rows, dimensions, dimensions + length));
            limit(entry.value);
        }
        members.changed(entry);
        return entry.value;
    }

    private void spend(Id account, CapMember member, long occurredAt, long receivedAt, long micros) {
        member.account.add(occurredAt, micros, new Telling(member, micros, receivedAt));
        unsaid.add(new Unsaid(account, CapPeriod.MONTHLY.start(occurredAt)));
        saySoon();
    }

    /** What is told of one person now, and because of what. */
    private final class Telling implements Account.Teller {
        private final CapMember member;
        private final long micros;
        private final long receivedAt;

        /**
         * @param micros 0: because of a version
         * @param receivedAt of the spend; 0: because of a version
         */
        Telling(CapMember member, long micros, long receivedAt) {
            this.member = member;
            this.micros = micros;
            this.receivedAt = receivedAt;
        }

        @Override
        public void tell(CapPeriod period, long start, AlertBook.Change change) {
            long spent = member.account.spent(period, start);
            Alert alert = Alerts.alert(new Alerts.Subject(member.orgId(), member.user(), period, start), change)
                    .setCause(cause(change))
                    .setSpendBeforeMicros(spent - micros)
                    .setSpendAfterMicros(spent)
                    .setLate(receivedAt >= period.end(start))
                    .setAt(getProcessingTimeService().getCurrentProcessingTime() * 1000)
                    .build();
            output.collect(new StreamRecord<>(Codec.encode(alert)));
        }

        private String cause(AlertBook.Change change) {
            if (change.crossing() != null) {
                return change.crossing().byEdit() ? "cap-edited" : SPEND;
            }
            return micros < 0 ? "corrected" : micros > 0 ? "superseded" : "cap-edited";
        }
    }

    private void limit(CapMember member) {
        if (!member.user().equals(Users.UNATTRIBUTED)) { // nobody's limit
            member.account.limit(controls.limitsOfMember(member.orgId(), member.user()), new Telling(member, 0, 0));
        }
    }

    @Override
    public void processElement2(StreamRecord<Control> element) throws Exception {
        if (element.getValue().topic().equals(Topic.ALERTS.topicName())) {
            hear(element.getValue().value());
            return;
        }
        Controls.Concerned concerned = apply(element.getValue());
        if (concerned.known() && !restored) {
            return; // nobody has spent anything without it
        }
        if (concerned.everybody()) {
            Set<Id> everybody = new HashSet<>(members.keys());
            try (Stream<Id> saved = backend.getKeys(descriptor.getName(), VoidNamespace.INSTANCE)) {
                saved.forEach(everybody::add);
            }
            for (Id account : everybody) {
                limitAgain(account, concerned.orgId());
            }
            return;
        }
        for (String label : concerned.labels()) {
            Id account = Dimensions.account(concerned.orgId(), label);
            if (isOurs(account)) {
                limitAgain(account, concerned.orgId());
            }
        }
    }

    /** What was told on {@code alerts}, to be compared when everything is known that it can have come from. */
    private void hear(byte[] value) throws IOException {
        Alert alert = Codec.of(Alert.class).decode(value);
        if (alert.getKind().equals(Alerts.SPEND_THRESHOLD)
                && alert.getUser() != null
                && isOurs(Dimensions.account(alert.getOrgId(), alert.getUser()))) {
            heard.add(alert);
            compareSoon();
        }
    }

    private void compareSoon() {
        if (!comparing) {
            comparing = true;
            long now = getProcessingTimeService().getCurrentProcessingTime();
            getProcessingTimeService().registerTimer(now + COMPARE_MILLIS, at -> {
                comparing = false;
                compare();
            });
        }
    }

    private void compare() throws Exception {
        long now = getProcessingTimeService().getCurrentProcessingTime();
        boolean quiet = now - lastSpendAt >= QUIET_MILLIS;
        List<Alert> later = new ArrayList<>();
        for (Alert alert : heard) {
            if (quiet || watermarkMicros >= alert.getAt()) {
                compare(alert);
            } else {
                later.add(alert);
            }
        }
        heard = later;
        if (!heard.isEmpty()) {
            compareSoon();
        }
    }

    private void compare(Alert alert) throws Exception {
        String user = Objects.requireNonNull(alert.getUser());
        CapPeriod period = CapPeriod.named(alert.getPeriod()).orElse(null);
        if (period == null) {
            return; // of a newer build
        }
        WriteBackCache.Entry<CapMember> entry = members.get(Dimensions.account(alert.getOrgId(), user));
        if (!entry.value.isKnown()) {
            entry.value.learn(alert.getOrgId(), user);
            limit(entry.value);
        }
        entry.value.account.heard(
                period,
                alert.getPeriodStart(),
                new AlertBook.Key(alert.getCapId(), alert.getCapVersion(), alert.getThreshold()),
                alert.getOccurrence(),
                alert.getStatus().equals(Alerts.FIRING),
                alert.getAmountMicros(),
                new Telling(entry.value, 0, 0));
        members.changed(entry);
    }

    private void limitAgain(Id account, String orgId) throws Exception {
        if (!members.holds(account) && state(account).value() == null) {
            return; // has spent nothing
        }
        WriteBackCache.Entry<CapMember> entry = members.get(account);
        if (entry.value.isKnown() && entry.value.orgId().equals(orgId)) {
            limit(entry.value);
            members.changed(entry);
        }
    }

    private boolean isOurs(Id account) {
        TaskInfo task = getRuntimeContext().getTaskInfo();
        return KeyGroupRangeAssignment.assignKeyToParallelOperator(
                        account, task.getMaxNumberOfParallelSubtasks(), task.getNumberOfParallelSubtasks())
                == task.getIndexOfThisSubtask();
    }

    private void saySoon() {
        if (!timerSet) {
            timerSet = true;
            long now = getProcessingTimeService().getCurrentProcessingTime();
            getProcessingTimeService().registerTimer(now + SUMS_MILLIS, at -> {
                timerSet = false;
                say();
            });
        }
    }

    private void say() throws Exception {
        for (Unsaid each : unsaid) {
            WriteBackCache.Entry<CapMember> entry = members.get(each.account);
            say(entry.value, each.monthStart);
            members.changed(entry);
        }
        unsaid.clear();
    }

    private void say(CapMember member, long monthStart) {
        long version = versions.next(member.versions.getOrDefault(monthStart, 0L));
        member.versions.put(monthStart, version);
        int month = Periods.yearMonth(monthStart);
        SpendMonth sums = SpendMonth.newBuilder()
                .setOrgId(member.orgId())
                .setSubjectType(CapScope.USER.scopeName())
                .setSubject(member.user())
                .setMonth(month)
                .setVersion(version)
                .setDayMicros(member.account.days(monthStart))
                .build();
        String key = member.orgId() + '|' + CapScope.USER.scopeName() + '|' + member.user() + '|' + month;
        output.collect(
                Tags.BUDGETS,
                new StreamRecord<>(new KeyedValue(key.getBytes(StandardCharsets.UTF_8), Codec.encode(sums))));
    }

    @Override
    public void processWatermark1(Watermark mark) throws Exception {
        processWatermark(mark);
    }

    /** Versions are few and far between: they hold nothing up. */
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
        if (mark.getTimestamp() < Long.MAX_VALUE / 1000) {
            watermarkMicros = Math.max(0, mark.getTimestamp()) * 1000;
            keepTimesFromMicros = watermarkMicros - delay.toMillis() * 1000;
        } else {
            watermarkMicros = Long.MAX_VALUE;
            compare();
        }
        super.processWatermark(mark);
    }

    private ValueState<byte[]> state(Id account) throws Exception {
        backend.setCurrentKey(account);
        return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
    }

    @Override
    public CapMember read(Id account) throws Exception {
        byte[] saved = state(account).value();
        if (saved == null) {
            return new CapMember();
        }
        CapMember member = CapMember.restore(saved);
        limit(member);
        return member;
    }

    @Override
    public void write(Id account, CapMember member) throws Exception {
        if (!member.isKnown()) {
            return;
        }
        member.account.forgetTimes(keepTimesFromMicros);
        ValueState<byte[]> state = state(account);
        for (long start : member.monthsWithoutTimer()) {
            int month = Periods.yearMonth(start);
            timers.registerEventTimeTimer(month, Periods.closesAtMillis(month, openAfterEnd));
        }
        state.update(member.save());
    }

    @Override
    public void onEventTime(InternalTimer<Id, Integer> timer) throws Exception {
        Id account = timer.getKey();
        CapMember member = members.get(account).value;
        long end = CapPeriod.MONTHLY.end(Periods.monthStartMicros(timer.getNamespace()));
        member.account.forget(end);
        member.versions.keySet().removeIf(start -> start < end);
        if (member.account.isEmpty()) {
            members.drop(account);
            state(account).clear();
        } else {
            members.changed(members.get(account));
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<Id, Integer> timer) {}

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        say();
        members.writeBack();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        versions.snapshot();
        heardState.update(heard.stream().map(Codec::encode).toList());
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
