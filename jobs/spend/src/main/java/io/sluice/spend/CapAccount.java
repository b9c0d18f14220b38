package io.sluice.spend;

import io.sluice.core.caps.Account;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapSubject;
import io.sluice.core.caps.PoolSpans;
import io.sluice.core.directory.AsOf;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The {@link Account} of a subject, with what the operator has said of it. Mutable. */
final class CapAccount {
    final Account account;
    /** By start of the month: of the sums that were said last; 0: only held. */
    final Map<Long, Long> versions;
    /** What of a person's spend was counted for pools. */
    private PoolSpans pools;

    /** Where it goes, by index in {@link #pools}; null: nowhere yet. */
    private Shares.@Nullable Share[] poolShares;

    /** Of a person: what limits were found by last; null: nothing yet. */
    AsOf.@Nullable MemberHistory history;

    /** Starts of the months whose sums are to be said. */
    final Set<Long> unsaid = new HashSet<>();

    /** The newest one of them: [start, end). */
    private long unsaidStart;

    private long unsaidEnd;

    /** Where a person's spend goes as well; null: nowhere yet. */
    Shares.@Nullable Share total;

    /** Months that somebody sees to that they are forgotten. */
    private final Set<Long> timed;

    private @Nullable CapSubject subject;

    private CapAccount(Account account, Map<Long, Long> versions, PoolSpans pools) {
        this.account = account;
        this.versions = versions;
        this.pools = pools;
        this.poolShares = new Shares.Share[pools.size()];
        this.timed = new HashSet<>(versions.keySet());
    }

    /** Of whom is still to be said. */
    CapAccount(boolean shared) {
        this(new Account(shared), new HashMap<>(), PoolSpans.NONE);
    }

    /** Something was spent at an instant; returns whether its month's sums are to be said only since. */
    boolean spent(long at) {
        if (at >= unsaidStart && at < unsaidEnd) {
            return false;
        }
        unsaidStart = CapPeriod.MONTHLY.start(at);
        unsaidEnd = CapPeriod.MONTHLY.end(unsaidStart);
        return unsaid.add(unsaidStart);
    }

    void said() {
        unsaid.clear();
        unsaidEnd = unsaidStart;
    }

    PoolSpans pools() {
        return pools;
    }

    void countForPools(PoolSpans others) {
        pools = others;
        poolShares = new Shares.Share[others.size()];
    }

    /** Of the pool with an index. */
    Shares.Share share(int index, Shares shares) {
        Shares.Share share = poolShares[index];
        if (share == null) {
            share = shares.of(CapSubject.pool(subject().orgId(), pools.groupId(index)));
            poolShares[index] = share;
        }
        return share;
    }

    /** See {@link Account#weight}. */
    int weight() {
        return account.weight() + (history == null ? 0 : history.stretches().size());
    }

    boolean isKnown() {
        return subject != null;
    }

    void learn(CapSubject known) {
        subject = known;
    }

    CapSubject subject() {
        if (subject == null) {
            throw new IllegalStateException("nothing was ever spent");
        }
        return subject;
    }

    /** From now on they have one. */
    List<Long> monthsWithoutTimer() {
        List<Long> months = new ArrayList<>();
        for (Long month : versions.keySet()) {
            if (timed.add(month)) {
                months.add(month);
            }
        }
        return months;
    }

    byte[] save() {
        RowWriter row = new RowWriter(512);
        subject().write(row);
        row.putVarlong(versions.size());
        versions.forEach((month, version) -> {
            row.putVarlong(month);
            row.putVarlong(version);
        });
        pools.save(row);
        account.save(row);
        return row.toByteArray();
    }

    static CapAccount restore(byte[] saved) {
        RowReader row = new RowReader(saved);
        CapSubject subject = CapSubject.read(row);
        Map<Long, Long> versions = new HashMap<>();
        for (long left = row.readVarlong(); left > 0; left--) {
            versions.put(row.readVarlong(), row.readVarlong());
        }
        PoolSpans pools = PoolSpans.restore(row);
        CapAccount restored =
                new CapAccount(Account.restore(row, subject.scope().isShared()), versions, pools);
        restored.learn(subject);
        return restored;
    }
}
