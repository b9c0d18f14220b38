package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.SessionInput;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Lets a record through the first time, and counts it as duplicate afterwards. */
final class OnceFunction extends KeyedProcessFunction<String, Once, SessionInput> {
    private static final long serialVersionUID = 1L;

    private transient ValueState<Boolean> seen;

    @Override
    public void open(OpenContext openContext) {
        seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Types.BOOLEAN));
    }

    @Override
    public void processElement(Once once, Context ctx, Collector<SessionInput> out) throws Exception {
        boolean first = seen.value() == null;
        ctx.output(
                Tags.LEDGER,
                new LedgerChange(
                        once.orgId(), once.source(), once.receivedHour(), first ? Count.ACCEPTED : Count.DUPLICATE, 1));
        if (first) {
            seen.update(true);
            ctx.timerService().registerEventTimeTimer(once.heldUntilMillis());
            if (once.input() != null) {
                out.collect(once.input());
            }
        }
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext ctx, Collector<SessionInput> out) {
        seen.clear();
    }
}
