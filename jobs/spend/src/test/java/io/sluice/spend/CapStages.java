package io.sluice.spend;

import io.sluice.runtime.Bundle;
import io.sluice.runtime.KeyedValue;
import io.sluice.schema.Codec;
import io.sluice.schema.SpendMonth;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;

/** The operators of caps, connected as in {@link SpendJob#define}. */
final class CapStages {
    private static final Duration OPEN_AFTER_END = Duration.ofDays(35);

    record State(OperatorSubtaskState members, OperatorSubtaskState shared) {}

    private final Instances<byte[]> members;
    private final Instances<byte[]> shared;

    /** @param cacheWeight of each cache; small: accounts come and go */
    CapStages(SpendJob.Controls topics, Duration delay, long cacheWeight) throws Exception {
        members = Instances.ofOneInput(() -> new MemberCapOperator(topics, OPEN_AFTER_END, delay, cacheWeight));
        shared = Instances.ofTwoInputs(() -> new SharedCapOperator(topics, OPEN_AFTER_END, delay, cacheWeight));
    }

    void process(Bundle bundle) throws Exception {
        members.process(bundle);
    }

    /** @param membersFirst the operators get a version when they get it */
    void control(Control control, boolean membersFirst) throws Exception {
        if (membersFirst) {
            members.control(control);
        }
        shared.control(control);
        if (!membersFirst) {
            members.control(control);
        }
    }

    /** What lingers goes on. */
    void settle() throws Exception {
        members.flush();
        for (Bundle bundle : members.take(Tags.SHARES)) {
            shared.process(bundle);
        }
        shared.flush();
    }

    /** Alerts, encoded. */
    List<byte[]> take() {
        List<byte[]> alerts = new ArrayList<>(members.take());
        alerts.addAll(shared.take());
        return alerts;
    }

    /** What was said of sums. */
    List<SpendMonth> takeSums() throws IOException {
        List<KeyedValue> values = new ArrayList<>(members.take(Tags.BUDGETS));
        values.addAll(shared.take(Tags.BUDGETS));
        List<SpendMonth> sums = new ArrayList<>();
        for (KeyedValue value : values) {
            sums.add(Codec.of(SpendMonth.class).decode(Objects.requireNonNull(value.value())));
        }
        return sums;
    }

    State snapshot() throws Exception {
        settle();
        return new State(members.snapshot(), shared.snapshot());
    }

    void restore(State state, int parallelismOfMembers, int parallelismOfShared) throws Exception {
        // Attempts are milliseconds apart in earnest; here an attempt may be over within one.
        long before = System.currentTimeMillis();
        while (System.currentTimeMillis() == before) {
            Thread.onSpinWait();
        }
        members.restore(state.members, parallelismOfMembers);
        shared.restore(state.shared, parallelismOfShared);
    }

    void watermark(long millis) throws Exception {
        settle();
        members.watermark(millis);
        shared.watermark(millis);
    }

    int stateEntries() {
        return members.stateEntries() + shared.stateEntries();
    }

    void close() throws Exception {
        members.close();
        shared.close();
    }
}
