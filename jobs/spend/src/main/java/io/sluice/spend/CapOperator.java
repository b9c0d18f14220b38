package io.sluice.spend;

import io.sluice.core.caps.Account;
import io.sluice.core.caps.AlertBook;
import io.sluice.core.caps.Alerts;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapSubject;
import io.sluice.core.caps.Controls;
import io.sluice.core.caps.Crossing;
import io.sluice.core.caps.Limits;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.Report;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.RestartSafeVersions;
import io.sluice.runtime.WriteBackCache;
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
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Shell around the {@link Account} of each subject: puts out alerts, encoded, at once, and sums a little later, those of a
 * subject that has just crossed something at once as well. What is common to people, and to pools and totals.
 *
 * <p>State: for each subject (the key) the account, behind a cache. Caps and directory are no state: they are made from
 * their topics when the operator opens, before the first element. Every instance gets all versions once more, and each one
 * has the alerts told that follow from it. They also get the alerts that were told, by this attempt or by one whose work is
 * lost: what of them does not hold is resolved.
 */
abstract class CapOperator extends AbstractStreamOperator<byte[]>
        implements Triggerable<Id, Integer>, WriteBackCache.Backing<Id, CapAccount> {
    private static final long serialVersionUID = 1L;
    private static final long TICK_MILLIS = 100;
    /** Of how many subjects sums are said at each tick: with more of them it takes longer until each had its turn. */
    private static final int SUMS_AT_ONCE = 200;

    private static final long COMPARE_MILLIS = 2_000;
    /** Without spend for so long, everything that was received is taken to be known, whatever the watermark. */
    private static final long QUIET_MILLIS = 10_000;

    /** What has to be done again after a restart may be long in coming. */
    private static final long CATCH_UP_MILLIS = 30_000;

    private static final String EDITED = "cap-edited";
    private static final int ALL_PERCENT = 100;
    private static final int OVERSHOOTS = 1_000;

    private final SpendJob.Controls topics;
    private final Duration openAfterEnd;
    private final Duration delay;
    private final long cacheWeight;

    private transient Controls controls;
    private transient RestartSafeVersions versions;
    private transient KeyedStateBackend<Id> backend;
    private transient ValueStateDescriptor<byte[]> descriptor;
    private transient InternalTimerService<Integer> timers;
    private transient WriteBackCache<Id, CapAccount> accounts;
    private transient Set<Id> unsaid;
    private transient boolean restored;
    private transient boolean ticking;
    private transient long keepTimesFromMicros;
    private transient long watermarkMicros; // 0: none yet
    private transient ListState<byte[]> heardState;
    private transient List<Alert> heard;
    private transient boolean comparing;
    private transient long lastSpendAt;
    private transient long toldAt;
    private transient Histogram overshoot;

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

    /** Of pools and totals, not of people. */
    abstract boolean isShared();

    abstract Limits limitsOf(CapAccount account);

    /** What may have another limit now is to be given to {@link #limitAgain} or {@link #limitAll}. */
    abstract void concerned(Controls.Concerned concerned) throws Exception;

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
        descriptor = new ValueStateDescriptor<>("accounts", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        backend.getOrCreateKeyedState(VoidNamespaceSerializer.INSTANCE, descriptor);
        timers = getInternalTimerService("months", IntSerializer.INSTANCE, this);
        accounts = new WriteBackCache<>(this, CapAccount::weight, cacheWeight);
        unsaid = new LinkedHashSet<>();
        overshoot = getMetricGroup().histogram("overshootMicros", new DescriptiveStatisticsHistogram(OVERSHOOTS));
        keepTimesFromMicros = Long.MIN_VALUE;
        controls = new Controls();
        topics.directory().readToEnd(value -> know(new Control(Topic.DIRECTORY.topicName(), value)));
        topics.caps().readToEnd(value -> know(new Control(Topic.CAPS.topicName(), value)));
        heard = new ArrayList<>();
        lastSpendAt = now() + (restored ? CATCH_UP_MILLIS : 0);
        for (byte[] value : heardState.get()) {
            hear(value);
        }
    }

    final long now() {
        return getProcessingTimeService().getCurrentProcessingTime();
    }

    final Controls controls() {
        return controls;
    }

    /** What happened before cannot be cut by a version any more. */
    final long keepTimesFromMicros() {
        return keepTimesFromMicros;
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

    /** A version, or an alert that was told. */
    final void take(Control control) throws Exception {
        if (control.topic().equals(Topic.ALERTS.topicName())) {
            hear(control.value());
            return;
        }
        Controls.Concerned concerned = apply(control);
        if (!concerned.known() || restored) { // else nobody has spent anything without it
            concerned(concerned);
        }
    }

    /** To be changed at once. */
    final WriteBackCache.Entry<CapAccount> account(Id id) throws Exception {
        return accounts.get(id);
    }

    final void changed(WriteBackCache.Entry<CapAccount> entry) {
        accounts.changed(entry);
    }

    /** Whose it is is known from now on. */
    final void learn(CapAccount account, CapSubject subject) {
        account.learn(subject);
        limit(account);
    }

    /** Something was spent in a month, and is in the account. */
    final void spent(Id id, CapAccount account, long occurredAt) {
        if (account.spent(occurredAt)) {
            unsaid.add(id);
        }
    }

    /** To be called once what was spent is in the account. */
    final void spentAll(Id id, CapAccount account, Telling telling) {
        lastSpendAt = Math.max(lastSpendAt, now());
        if (telling.told) {
            unsaid.remove(id);
            say(account); // whoever is to be stopped is to be stopped at once
        } else {
            tick();
        }
    }

    /** What is told of one subject now, and because of what. */
    final class Telling implements Account.Teller {
        private final CapAccount account;
        private final long micros;
        private final long event;
        private final long receivedAt;
        private boolean told;

        /**
         * @param micros 0: because of a version
         * @param event see {@link Report#event}; 0: none
         * @param receivedAt of the spend; 0: because of a version
         */
        Telling(CapAccount account, long micros, long event, long receivedAt) {
            this.account = account;
            this.micros = micros;
            this.event = event;
            this.receivedAt = receivedAt;
        }

        @Override
        public void tell(CapPeriod period, long start, AlertBook.Change change) {
            told = true;
            long spent = account.account.spent(period, start);
            Alert alert = Alerts.alert(account.subject(), period, start, change)
                    .setCause(cause(period, start, change))
                    .setSpendBeforeMicros(spent - micros)
                    .setSpendAfterMicros(spent)
                    .setCrossingEventId(event == 0 ? null : Report.eventText(event))
                    .setLate(receivedAt >= period.end(start))
                    .setAt(nextInstant())
                    .build();
            output.collect(new StreamRecord<>(Codec.encode(alert)));
            Crossing crossing = change.crossing();
            if (crossing != null && !crossing.byEdit() && crossing.percent() == ALL_PERCENT) {
                overshoot.update(spent - crossing.limit().thresholdMicros(ALL_PERCENT));
            }
        }

        private String cause(CapPeriod period, long start, AlertBook.Change change) {
            if (change.crossing() != null) {
                return change.crossing().byEdit() ? EDITED : "spend";
            }
            if (micros < 0) {
                return "corrected";
            }
            // Else something came that was there earlier: spend, a version, or what a lost attempt did not know.
            return micros == 0 && account.account.isEnded(period, start, change.key()) ? EDITED : "superseded";
        }
    }

    /** Later than that of anything told before: Elasticsearch takes it for a version. */
    private long nextInstant() {
        toldAt = Math.max(now() * 1000, toldAt + 1);
        return toldAt;
    }

    /** From now on these are the limits. */
    void limit(CapAccount account) {
        account.account.limit(limitsOf(account), new Telling(account, 0, 0, 0));
        Set<Long> months = account.account.takeRecut();
        if (!months.isEmpty()) {
            account.unsaid.addAll(months);
            unsaid.add(account.subject().id());
            tick();
        }
    }

    /** What was told on {@code alerts}, to be compared when everything is known that it can have come from. */
    private void hear(byte[] value) throws IOException {
        Alert alert = Codec.of(Alert.class).decode(value);
        boolean ours = alert.getKind().equals(Alerts.SPEND_THRESHOLD)
                && CapSubject.of(alert)
                        .filter(subject -> subject.scope().isShared() == isShared() && isOurs(subject.id()))
                        .isPresent();
        if (ours) {
            heard.add(alert);
            compareSoon();
        }
    }

    private void compareSoon() {
        if (!comparing) {
            comparing = true;
            getProcessingTimeService().registerTimer(now() + COMPARE_MILLIS, at -> {
                comparing = false;
                compare();
            });
        }
    }

    private void compare() throws Exception {
        boolean quiet = now() - lastSpendAt >= QUIET_MILLIS;
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
        CapSubject subject = CapSubject.of(alert).orElseThrow();
        CapPeriod period = CapPeriod.named(alert.getPeriod()).orElse(null);
        if (period == null) {
            return; // of a newer build
        }
        WriteBackCache.Entry<CapAccount> entry = accounts.get(subject.id());
        CapAccount account = entry.value;
        if (!account.isKnown()) {
            learn(account, subject);
        }
        long start = alert.getPeriodStart();
        // Perhaps the alert is all that there is of it: it is to end all the same.
        account.versions.putIfAbsent(CapPeriod.MONTHLY.start(period.end(start) - 1), 0L);
        account.account.heard(
                period,
                start,
                new AlertBook.Key(alert.getCapId(), alert.getCapVersion(), alert.getThreshold()),
                alert.getOccurrence(),
                alert.getStatus().equals(Alerts.FIRING),
                alert.getAmountMicros(),
                new Telling(account, 0, 0, 0));
        accounts.changed(entry);
    }

    final void limitAll(String orgId) throws Exception {
        Set<Id> everybody = new HashSet<>(accounts.keys());
        try (Stream<Id> saved = backend.getKeys(descriptor.getName(), VoidNamespace.INSTANCE)) {
            saved.forEach(everybody::add);
        }
        for (Id id : everybody) {
            limitAgain(id, orgId);
        }
    }

    final void limitAgain(CapSubject subject) throws Exception {
        Id id = subject.id();
        if (isOurs(id)) {
            limitAgain(id, subject.orgId());
        }
    }

    private void limitAgain(Id id, String orgId) throws Exception {
        if (!accounts.holds(id) && state(id).value() == null) {
            return; // has spent nothing
        }
        WriteBackCache.Entry<CapAccount> entry = accounts.get(id);
        if (entry.value.isKnown() && entry.value.subject().orgId().equals(orgId)) {
            limit(entry.value);
        }
        accounts.changed(entry); // to read it may have told something, too
    }

    private boolean isOurs(Id id) {
        TaskInfo task = getRuntimeContext().getTaskInfo();
        return KeyGroupRangeAssignment.assignKeyToParallelOperator(
                        id, task.getMaxNumberOfParallelSubtasks(), task.getNumberOfParallelSubtasks())
                == task.getIndexOfThisSubtask();
    }

    /** To be called when something lingers. */
    final void tick() {
        if (!ticking) {
            ticking = true;
            getProcessingTimeService().registerTimer(now() + TICK_MILLIS, at -> {
                ticking = false;
                flush();
                say(SUMS_AT_ONCE);
                if (!unsaid.isEmpty()) {
                    tick();
                }
            });
        }
    }

    /** Sends what lingers besides sums. */
    void flush() {}

    /** Those that have waited longest. */
    private void say(int most) throws Exception {
        for (Id id : unsaid.stream().limit(most).toList()) {
            WriteBackCache.Entry<CapAccount> entry = accounts.get(id);
            say(entry.value);
            accounts.changed(entry);
            unsaid.remove(id);
        }
    }

    private void say(CapAccount account) {
        for (long monthStart : account.unsaid) {
            long version = versions.next(account.versions.getOrDefault(monthStart, 0L));
            account.versions.put(monthStart, version);
            int month = Periods.yearMonth(monthStart);
            CapSubject subject = account.subject();
            String type = subject.scope().scopeName();
            NavigableMap<Long, Long> cuts = account.account.cuts(monthStart);
            SpendMonth sums = SpendMonth.newBuilder()
                    .setOrgId(subject.orgId())
                    .setSubjectType(type)
                    .setSubject(subject.name())
                    .setMonth(month)
                    .setVersion(version)
                    .setDayMicros(account.account.days(monthStart))
                    .setCuts(List.copyOf(cuts.keySet()))
                    .setCutMicros(List.copyOf(cuts.values()))
                    .build();
            String key = subject.orgId() + '|' + type + '|' + subject.name() + '|' + month;
            output.collect(
                    Tags.BUDGETS,
                    new StreamRecord<>(new KeyedValue(key.getBytes(StandardCharsets.UTF_8), Codec.encode(sums))));
        }
        account.said();
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        flush();
        if (mark.getTimestamp() < Long.MAX_VALUE / 1000) {
            watermarkMicros = Math.max(0, mark.getTimestamp()) * 1000;
            keepTimesFromMicros = watermarkMicros - delay.toMillis() * 1000;
        } else {
            watermarkMicros = Long.MAX_VALUE;
        }
        compare();
        super.processWatermark(mark);
    }

    private ValueState<byte[]> state(Id id) throws Exception {
        backend.setCurrentKey(id);
        return backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
    }

    @Override
    public CapAccount read(Id id) throws Exception {
        byte[] saved = state(id).value();
        if (saved == null) {
            return new CapAccount(isShared());
        }
        CapAccount account = CapAccount.restore(saved);
        limit(account);
        return account;
    }

    @Override
    public void write(Id id, CapAccount account) throws Exception {
        if (!account.isKnown()) {
            return;
        }
        if (unsaid.remove(id)) {
            say(account);
        }
        account.account.forgetTimes(keepTimesFromMicros);
        ValueState<byte[]> state = state(id);
        for (long start : account.monthsWithoutTimer()) {
            int month = Periods.yearMonth(start);
            timers.registerEventTimeTimer(month, Periods.closesAtMillis(month, openAfterEnd));
        }
        state.update(account.save());
    }

    @Override
    public void onEventTime(InternalTimer<Id, Integer> timer) throws Exception {
        Id id = timer.getKey();
        WriteBackCache.Entry<CapAccount> entry = accounts.get(id);
        CapAccount account = entry.value;
        long end = CapPeriod.MONTHLY.end(Periods.monthStartMicros(timer.getNamespace()));
        account.account.close(end);
        account.versions.keySet().removeIf(start -> start < end);
        if (account.account.isEmpty()) {
            unsaid.remove(id);
            accounts.drop(id);
            state(id).clear();
        } else {
            account.versions.putIfAbsent(end, 0L); // what a week still needs ends with the next month
            accounts.changed(entry);
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<Id, Integer> timer) {}

    /** Everything that lingers is put out: nothing of it is ever part of a checkpoint. */
    final void settle() throws Exception {
        flush();
        say(Integer.MAX_VALUE);
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        settle();
        accounts.writeBack();
        flush(); // what was read again may count for other pools
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        versions.snapshot();
        heardState.update(heard.stream().map(Codec::encode).toList());
    }

    /** The key is set where state is used: an element is a bundle of many keys. */
    @Override
    @SuppressWarnings("rawtypes") // As Flink declares it.
    public final void setKeyContextElement1(StreamRecord record) {}

    @Override
    @SuppressWarnings("rawtypes") // As Flink declares it.
    public final void setKeyContextElement2(StreamRecord record) {}
}
