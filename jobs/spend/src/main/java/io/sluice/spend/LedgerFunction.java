package io.sluice.spend;

import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.Periods;
import io.sluice.runtime.RestartSafeVersions;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Adds up one row of the ledger: an organization, a source, an hour of receipt. */
final class LedgerFunction extends KeyedProcessFunction<String, LedgerChange, LedgerRow>
        implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    /** Far beyond the last correction that can come: a record's end may change as long as its request is held. */
    private static final Duration HELD_FOR = Duration.ofDays(400);

    private transient ValueState<LedgerRow> row;
    private transient RestartSafeVersions versions;

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        versions = RestartSafeVersions.open(context, System.currentTimeMillis());
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        versions.snapshot();
    }

    @Override
    public void open(OpenContext openContext) {
        row = getRuntimeContext().getState(new ValueStateDescriptor<>("row", LedgerRow.class));
    }

    @Override
    public void processElement(LedgerChange change, Context ctx, Collector<LedgerRow> out) throws Exception {
        LedgerRow before = row.value();
        if (before == null) {
            before = LedgerRow.of(change);
            ctx.timerService()
                    .registerEventTimeTimer(Periods.hourStartMicros(change.hour()) / 1000 + HELD_FOR.toMillis());
        }
        LedgerRow after = before.plus(change, versions.next(before.version()));
        row.update(after);
        out.collect(after);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext ctx, Collector<LedgerRow> out) {
        row.clear();
    }
}
