package io.sluice.compliance.audit;

import io.sluice.core.audit.AuditChain;
import io.sluice.core.audit.AuditCheckpoint;
import io.sluice.schema.Alert;
import io.sluice.schema.AuditEntry;
import io.sluice.schema.AuditRecord;
import io.sluice.schema.Codec;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Shell around {@link AuditChain}, by organization; puts out entries, encoded, and alerts that tell of some of them. Its
 * state is kept for ever: without it the next record would be the first one.
 */
final class AuditChainFunction extends KeyedProcessFunction<String, SaidRecord, byte[]> {
    private static final long serialVersionUID = 1L;

    /** Alerts, encoded. */
    static final OutputTag<byte[]> CHECKPOINTS = new OutputTag<>("audit-checkpoints") {};

    private static final long MICROS_PER_MILLI = 1_000;

    /**
     * State of an organization.
     *
     * @param told number of the newest entry that was told of; 0: none
     * @param dueAt epoch milliseconds, when to tell of the newest; 0: there is nothing to tell
     */
    public record State(AuditChain chain, long told, long dueAt) {}

    private final long entries;
    private final long intervalMillis;
    private transient ValueState<State> states;

    AuditChainFunction(long entries, Duration interval) {
        if (entries < 1) {
            throw new IllegalArgumentException(
                    AuditOptions.CHECKPOINT_ENTRIES.key() + ": " + entries + " (expected: 1 or more)");
        }
        if (interval.toMillis() < 1) {
            throw new IllegalArgumentException(
                    AuditOptions.CHECKPOINT_INTERVAL.key() + ": " + interval + " (expected: 1 ms or more)");
        }
        this.entries = entries;
        this.intervalMillis = interval.toMillis();
    }

    @Override
    public void open(OpenContext context) {
        states = getRuntimeContext()
                .getState(new ValueStateDescriptor<>("audit-chain", TypeInformation.of(State.class)));
    }

    @Override
    public void processElement(SaidRecord said, Context ctx, Collector<byte[]> out) throws Exception {
        State before = states.value();
        if (before == null) {
            before = new State(AuditChain.EMPTY, 0, 0);
        }
        AuditChain.Step step = before.chain().next(Codec.of(AuditRecord.class).decode(said.value()));
        AuditEntry entry = step.entry();
        if (entry == null) {
            return;
        }
        out.collect(Codec.encode(entry));
        if (step.chain().number() - before.told() >= entries) {
            states.update(told(step.chain(), before.dueAt(), ctx));
        } else if (before.dueAt() == 0) {
            long dueAt = ctx.timerService().currentProcessingTime() + intervalMillis;
            ctx.timerService().registerProcessingTimeTimer(dueAt);
            states.update(new State(step.chain(), before.told(), dueAt));
        } else {
            states.update(new State(step.chain(), before.told(), before.dueAt()));
        }
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext ctx, Collector<byte[]> out) throws Exception {
        State state = states.value();
        if (state != null && state.dueAt() == timestamp) {
            states.update(told(state.chain(), 0, ctx));
        }
    }

    private static State told(
            AuditChain chain, long timer, KeyedProcessFunction<String, SaidRecord, byte[]>.Context ctx) {
        if (timer != 0) {
            ctx.timerService().deleteProcessingTimeTimer(timer);
        }
        Alert alert = new AuditCheckpoint(chain.number(), chain.hash())
                .alert(ctx.getCurrentKey(), ctx.timerService().currentProcessingTime() * MICROS_PER_MILLI);
        ctx.output(CHECKPOINTS, Codec.encode(alert));
        return new State(chain, chain.number(), 0);
    }
}
