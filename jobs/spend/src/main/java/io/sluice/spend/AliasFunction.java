package io.sluice.spend;

import io.sluice.core.spend.Alias;
import io.sluice.core.spend.RequestMessage;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Shell around {@link Alias}. */
final class AliasFunction extends KeyedProcessFunction<String, Alias.Message, RequestMessage> {
    private static final long serialVersionUID = 1L;

    private transient ValueState<Alias> alias;
    private transient Expiry expiry;

    @Override
    public void open(OpenContext openContext) {
        alias = getRuntimeContext().getState(new ValueStateDescriptor<>("alias", Alias.class));
        expiry = new Expiry(getRuntimeContext());
    }

    @Override
    public void processElement(Alias.Message message, Context ctx, Collector<RequestMessage> out) throws Exception {
        Alias before = alias.value();
        Alias.Step step = (before == null ? Alias.UNSEEN : before).apply(message);
        alias.update(step.alias());
        expiry.holdUntil(message.heldUntilMillis(), ctx.timerService());
        step.messages().forEach(out::collect);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext ctx, Collector<RequestMessage> out) throws Exception {
        if (expiry.isDue(timestamp, ctx.timerService())) {
            alias.clear();
        }
    }
}
