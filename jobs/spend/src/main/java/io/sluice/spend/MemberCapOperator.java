package io.sluice.spend;

import io.sluice.core.caps.CapSubject;
import io.sluice.core.caps.Controls;
import io.sluice.core.caps.Limits;
import io.sluice.core.caps.PoolSpans;
import io.sluice.core.directory.AsOf;
import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.Dimensions;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.Users;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.WriteBackCache;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Compares what each person spends with the person's limits. What counts for the total of the organization and for pools
 * goes on to {@link SharedCapOperator}, collected for up to 100 ms.
 */
final class MemberCapOperator extends CapOperator implements OneInputStreamOperator<CapInput, byte[]>, BoundedOneInput {
    private static final long serialVersionUID = 1L;
    private static final long MICROS_PER_MILLI = 1_000;
    private static final long MICROS_PER_DAY = Duration.ofDays(1).toSeconds() * 1_000_000;

    private transient RowReader row;
    private transient Change change;
    private transient Shares shares;
    /** Instants at which the limits of a pool or a total change, with those of the last one before any. */
    private transient Map<CapSubject, TreeSet<Long>> cuts;

    MemberCapOperator(SpendJob.Controls topics, Duration openAfterEnd, Duration delay, long cacheWeight) {
        super(topics, openAfterEnd, delay, cacheWeight);
    }

    @Override
    boolean isShared() {
        return false;
    }

    @Override
    public void open() throws Exception {
        row = new RowReader();
        change = new Change();
        cuts = new HashMap<>();
        shares = new Shares(
                getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks(),
                bundle -> output.collect(Tags.SHARES, new StreamRecord<>(bundle)));
        super.open();
    }

    @Override
    public void processElement(StreamRecord<CapInput> element) throws Exception {
        Bundle spent = element.getValue().spent();
        Control control = element.getValue().control();
        if (spent != null) {
            process(spent.rows());
        } else if (control != null) {
            take(control);
        }
    }

    private void process(byte[] rows) throws Exception {
        row.open(rows, 0, rows.length);
        while (row.hasMore()) {
            Id id = row.readId();
            long event = row.readLong();
            row.skip(Id.BYTES);
            long occurredAt = Contribution.readOccurredAtMicros(row);
            row.readByte(); // of events or counters
            boolean ofClosedMonth = row.readVarlong() != 0;
            long receivedAt = row.readLong();
            long micros = Amounts.read(row).micros();
            int length = row.readLength();
            int dimensions = row.position();
            row.skip(length);
            if (!ofClosedMonth) {
                if (!id.equals(change.id)) {
                    apply();
                    change.id = id;
                }
                change.add(occurredAt, micros, event, receivedAt, dimensions, length);
            }
        }
        apply();
    }

    /** Rows of one person, one after the other: a correction takes back in one what it gives in the next. */
    private static final class Change {
        private @Nullable Id id;
        private long[] at = new long[4];
        private long[] micros = new long[4];
        private long[] event = new long[4];
        private long[] receivedAt = new long[4];
        private int count;
        private boolean takesBack;
        private int dimensions;
        private int length;

        void add(long when, long amount, long ofEvent, long received, int dimensionsAt, int dimensionsLength) {
            if (count == at.length) {
                at = Arrays.copyOf(at, 2 * count);
                micros = Arrays.copyOf(micros, 2 * count);
                event = Arrays.copyOf(event, 2 * count);
                receivedAt = Arrays.copyOf(receivedAt, 2 * count);
            }
            at[count] = when;
            micros[count] = amount;
            event[count] = ofEvent;
            receivedAt[count++] = received;
            takesBack |= amount < 0;
            if (dimensionsLength > 0) {
                dimensions = dimensionsAt;
                length = dimensionsLength;
            }
        }

        void clear() {
            id = null;
            count = 0;
            takesBack = false;
            length = 0;
        }
    }

    private void apply() throws Exception {
        Id id = change.id;
        if (id == null) {
            return;
        }
        WriteBackCache.Entry<CapAccount> entry = known(id, row.array(), change.dimensions, change.length);
        if (entry != null) {
            if (change.takesBack && change.count > 1) {
                spendTogether(id, entry.value);
            } else {
                for (int i = 0; i < change.count; i++) {
                    spend(id, entry.value, change.at[i], change.receivedAt[i], change.event[i], change.micros[i]);
                }
            }
            changed(entry);
        }
        change.clear();
    }

    private void spendTogether(Id id, CapAccount account) {
        long sum = 0;
        long event = 0;
        long receivedAt = 0;
        for (int i = 0; i < change.count; i++) {
            sum += change.micros[i];
            event = change.event[i] == 0 ? event : change.event[i];
            receivedAt = Math.max(receivedAt, change.receivedAt[i]);
        }
        Telling telling = new Telling(account, sum, event, receivedAt);
        account.account.add(change.at, change.micros, change.count, telling);
        for (int i = 0; i < change.count; i++) {
            share(account, change.at[i], change.micros[i], change.event[i], change.receivedAt[i]);
            spent(id, account, change.at[i]);
        }
        spentAll(id, account, telling);
    }

    /** Null: whose it is was never said. */
    private WriteBackCache.@Nullable Entry<CapAccount> known(Id id, byte[] rows, int dimensions, int length)
            throws Exception {
        WriteBackCache.Entry<CapAccount> entry = account(id);
        if (!entry.value.isKnown()) {
            if (length == 0) {
                for (int i = 0; i < change.count; i++) {
                    if (change.micros[i] != 0) {
                        // Cannot be: the first change of a cell says what it is.
                        LOG.error("A change of a cell that was never booked was left out of caps: {}", id);
                        break;
                    }
                }
                return null;
            }
            Dimensions said = Dimensions.decode(Arrays.copyOfRange(rows, dimensions, dimensions + length));
            learn(entry.value, CapSubject.person(said.orgId(), said.user()));
        }
        return entry;
    }

    /** @param micros 0: a touch, which has the sums said again that an attempt whose work is lost may have said */
    private void spend(Id id, CapAccount account, long occurredAt, long receivedAt, long event, long micros) {
        Telling telling = new Telling(account, micros, event, receivedAt);
        if (micros != 0) {
            account.account.add(occurredAt, micros, telling);
        }
        share(account, occurredAt, micros, event, receivedAt);
        spent(id, account, occurredAt);
        spentAll(id, account, telling);
    }

    private void share(CapAccount account, long occurredAt, long micros, long event, long receivedAt) {
        Shares.Share total = account.total;
        if (total == null) {
            total = shares.of(CapSubject.total(account.subject().orgId()));
            account.total = total;
        }
        total.add(instant(total.subject(), occurredAt), micros, event, receivedAt);
        PoolSpans pools = account.pools();
        for (int i = 0; i < pools.size(); i++) {
            if (pools.counts(i, occurredAt)) {
                Shares.Share pool = account.share(i, shares);
                pool.add(instant(pool.subject(), occurredAt), micros, event, receivedAt);
            }
        }
        tick();
    }

    /** The same of spend whose event is not at hand. */
    private void share(CapSubject pool, long at, long micros) {
        shares.of(pool).add(instant(pool, at), micros, 0, 0);
    }

    /** When it counts: to the millisecond, or where no later version can cut, at the start of its segment. */
    private long instant(CapSubject subject, long at) {
        if (at >= keepTimesFromMicros()) {
            return Math.floorDiv(at, MICROS_PER_MILLI) * MICROS_PER_MILLI;
        }
        Long cut = cuts.computeIfAbsent(subject, each -> controls().limits(each).cuts())
                .floor(at);
        long day = Math.floorDiv(at, MICROS_PER_DAY) * MICROS_PER_DAY;
        return cut == null ? day : Math.max(day, cut);
    }

    @Override
    Limits limitsOf(CapAccount account) {
        return controls().limits(account.subject(), Objects.requireNonNull(account.history));
    }

    @Override
    void limit(CapAccount account) {
        CapSubject person = account.subject();
        if (person.name().equals(Users.UNATTRIBUTED)) {
            return; // nobody's limit, and in no group
        }
        AsOf.MemberHistory history = controls().history(person, account.history);
        account.history = history;
        PoolSpans spans = controls().poolSpans(person, history);
        account.account.cut(controls().poolCuts(person, history, spans));
        super.limit(account);
        spans.differences(
                account.pools(),
                (group, from, to, counts) -> account.account.visit(
                        from,
                        to,
                        (at, micros) -> share(CapSubject.pool(person.orgId(), group), at, counts ? micros : -micros)));
        account.countForPools(spans);
        if (!shares.isEmpty()) {
            tick();
        }
    }

    @Override
    void concerned(Controls.Concerned concerned) throws Exception {
        if (concerned.shared() != null) {
            cuts.remove(concerned.shared());
        }
        if (concerned.everybody()) {
            limitAll(concerned.orgId());
            return;
        }
        for (String label : concerned.labels()) {
            limitAgain(CapSubject.person(concerned.orgId(), label));
        }
    }

    @Override
    protected void flush() {
        shares.flush();
    }

    @Override
    public void endInput() throws Exception {
        settle();
    }
}
