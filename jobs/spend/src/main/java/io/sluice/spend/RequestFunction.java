package io.sluice.spend;

import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.Request;
import io.sluice.core.spend.RequestMessage;
import io.sluice.runtime.RestartSafeVersions;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Shell around {@link Request}. */
final class RequestFunction extends KeyedProcessFunction<String, RequestMessage, Contribution>
        implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    private transient ValueState<Request> request;
    private transient ValueState<Long> documentVersion;
    private transient Expiry expiry;
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
        request = getRuntimeContext().getState(new ValueStateDescriptor<>("request", Request.class));
        documentVersion = getRuntimeContext().getState(new ValueStateDescriptor<>("document-version", Types.LONG));
        expiry = new Expiry(getRuntimeContext());
    }

    @Override
    public void processElement(RequestMessage message, Context ctx, Collector<Contribution> out) throws Exception {
        Request before = request.value();
        Request.Step step = (before == null ? Request.UNSEEN : before).apply(message);
        expiry.holdUntil(message.copy().heldUntilMillis(), ctx.timerService());
        step.ledger().forEach(change -> ctx.output(Tags.LEDGER, change));
        if (!step.changed()) {
            if (message.kind() == RequestMessage.Kind.WITHDRAWAL && before == null) {
                // Only an earlier attempt can have written here, and only what its crash took back.
                ctx.output(
                        Tags.DOCUMENTS,
                        Documents.request(message.identity(), Request.UNSEEN, message.copy(), versions.floor()));
            }
            return;
        }
        request.update(step.request());
        step.contributions().forEach(out::collect);
        Long written = documentVersion.value();
        long version = versions.next(written == null ? 0 : written);
        documentVersion.update(version);
        ctx.output(Tags.DOCUMENTS, Documents.request(message.identity(), step.request(), message.copy(), version));
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext ctx, Collector<Contribution> out) throws Exception {
        if (expiry.isDue(timestamp, ctx.timerService())) {
            request.clear();
            documentVersion.clear();
        }
    }
}
