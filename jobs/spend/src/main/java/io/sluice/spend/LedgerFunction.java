package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.LedgerScope;
import io.sluice.core.spend.Periods;
import io.sluice.runtime.RestartSafeVersions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Adds up the rows of the ledger of an organization and source. */
final class LedgerFunction extends KeyedProcessFunction<Long, LedgerChange, LedgerRow> implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    /** Far beyond the last correction that can come: a record's end may change as long as its request is held. */
    private static final Duration HELD_FOR = Duration.ofDays(400);

    /** @param byCount by ordinal of {@link Count} */
    @SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
    public record Counts(long[] byCount, long version) {}

    private transient ValueState<LedgerScope> names;
    private transient MapState<Long, Counts> rows; // by hour
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
        names = getRuntimeContext().getState(new ValueStateDescriptor<>("names", LedgerScope.class));
        rows = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("rows", Types.LONG, TypeInformation.of(Counts.class)));
    }

    @Override
    public void processElement(LedgerChange change, Context ctx, Collector<LedgerRow> out) throws Exception {
        Counts before = rows.get(change.hour());
        if (before == null) {
            before = new Counts(new long[Count.values().length], 0);
            ctx.timerService().registerEventTimeTimer(heldUntil(change.hour()));
        }
        long[] counts = before.byCount.clone();
        counts[change.count().ordinal()] += change.difference();
        Counts after = new Counts(counts, versions.next(before.version));
        rows.put(change.hour(), after);
        LedgerScope known = names.value();
        if (known != null) {
            out.collect(new LedgerRow(known, change.hour(), after.byCount, after.version));
        } else if (change.names() != null) {
            // Whoever reads a record says the names with its receipt; a change of its end may have come first.
            names.update(change.names());
            for (Map.Entry<Long, Counts> row : rows.entries()) {
                out.collect(
                        new LedgerRow(change.names(), row.getKey(), row.getValue().byCount, row.getValue().version));
            }
        }
    }

    private static long heldUntil(long hour) {
        return Periods.hourStartMicros(hour) / 1000 + HELD_FOR.toMillis();
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext ctx, Collector<LedgerRow> out) throws Exception {
        List<Long> past = new ArrayList<>();
        for (Long hour : rows.keys()) {
            if (heldUntil(hour) <= timestamp) {
                past.add(hour);
            }
        }
        for (Long hour : past) {
            rows.remove(hour);
        }
        if (rows.isEmpty()) {
            names.clear();
        }
    }
}
