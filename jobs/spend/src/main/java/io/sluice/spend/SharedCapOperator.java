package io.sluice.spend;

import io.sluice.core.caps.CapSubject;
import io.sluice.core.caps.Controls;
import io.sluice.core.caps.Limits;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.RowReader;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.WriteBackCache;
import java.time.Duration;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/**
 * Compares what is spent together with the limits of pools and totals. It gets what each instance of {@link
 * MemberCapOperator} has collected, so a busy organization is a few rows a second and not its events.
 */
final class SharedCapOperator extends CapOperator
        implements TwoInputStreamOperator<Bundle, Control, byte[]>, BoundedMultiInput {
    private static final long serialVersionUID = 1L;

    /** 100 MB, ten organizations that are busy all the time. */
    private static final long CACHE_WEIGHT = 500_000;

    private transient RowReader row;

    SharedCapOperator(SpendJob.Controls topics, Duration openAfterEnd, Duration delay) {
        this(topics, openAfterEnd, delay, CACHE_WEIGHT);
    }

    SharedCapOperator(SpendJob.Controls topics, Duration openAfterEnd, Duration delay, long cacheWeight) {
        super(topics, openAfterEnd, delay, cacheWeight);
    }

    @Override
    boolean isShared() {
        return true;
    }

    @Override
    Limits limitsOf(CapAccount account) {
        return controls().limits(account.subject());
    }

    @Override
    public void open() throws Exception {
        row = new RowReader();
        super.open();
    }

    @Override
    public void processElement1(StreamRecord<Bundle> element) throws Exception {
        byte[] rows = element.getValue().rows();
        row.open(rows, 0, rows.length);
        while (row.hasMore()) {
            spend(Shares.Spent.read(row));
        }
    }

    private void spend(Shares.Spent spent) throws Exception {
        Id id = spent.subject().id();
        WriteBackCache.Entry<CapAccount> entry = account(id);
        CapAccount account = entry.value;
        if (!account.isKnown()) {
            learn(account, spent.subject());
        }
        long sum = 0;
        for (int i = 0; i < spent.count(); i++) {
            sum += spent.micros()[i];
        }
        Telling telling = new Telling(account, sum, spent.event(), spent.receivedAt());
        account.account.add(spent.at(), spent.micros(), spent.count(), telling);
        for (int i = 0; i < spent.count(); i++) {
            spent(id, account, spent.at()[i]);
        }
        spentAll(id, account, telling);
        changed(entry);
    }

    @Override
    public void processElement2(StreamRecord<Control> element) throws Exception {
        take(element.getValue());
    }

    @Override
    void concerned(Controls.Concerned concerned) throws Exception {
        CapSubject shared = concerned.shared();
        if (shared != null) {
            limitAgain(shared);
        }
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
    public void endInput(int inputId) throws Exception {
        settle();
    }
}
