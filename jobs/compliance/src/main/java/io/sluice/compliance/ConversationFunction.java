package io.sluice.compliance;

import io.sluice.core.content.Conversation;
import io.sluice.core.content.Kept;
import io.sluice.core.content.MessageCopy;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.RestartSafeVersions;
import io.sluice.schema.Codec;
import io.sluice.schema.ContentEvent;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The documents of a conversation and its messages. Its state has ids, hashes and numbers, no text, and does not end: what
 * was written has to be found when it is to be erased.
 */
final class ConversationFunction extends KeyedProcessFunction<String, Told, DocumentWrite>
        implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    /** @param version of the document; 0: there is none */
    public record Summary(Conversation conversation, long version) {}

    private transient MapState<String, Kept> messages; // by document id
    private transient ValueState<Summary> summary;
    private transient RestartSafeVersions versions;
    private transient Counter best;
    private transient Counter same;
    private transient Counter worse;
    private transient Counter stubs;

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
        messages = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("messages", Types.STRING, TypeInformation.of(Kept.class)));
        summary = getRuntimeContext()
                .getState(new ValueStateDescriptor<>("conversation", TypeInformation.of(Summary.class)));
        MetricGroup copies = getRuntimeContext().getMetricGroup().addGroup("copies");
        best = copies.counter("best");
        same = copies.counter("same");
        worse = copies.counter("worse");
        stubs = copies.counter("stubs");
    }

    @Override
    public void processElement(Told told, Context ctx, Collector<DocumentWrite> out) throws Exception {
        ContentEvent event = Codec.of(ContentEvent.class).decode(told.value());
        // The gate of erasures stands here: what a started erasure covers goes no further.
        index(event, out);
    }

    private void index(ContentEvent event, Collector<DocumentWrite> out) throws Exception {
        String id = Documents.id(event);
        MessageCopy copy = MessageCopy.of(event);
        Kept before = messages.get(id);
        Kept.Step step = Kept.add(before, copy, MessageCopy.isName(event));
        long rank = step.kept().rank();
        switch (step.outcome()) {
            case BEST -> {
                best.inc();
                messages.put(id, step.kept());
                for (int part = 0; part < step.kept().parts(); part++) {
                    out.collect(Documents.part(event, copy, step.kept(), part));
                }
            }
            case SAME -> same.inc();
            case WORSE -> worse.inc();
        }
        for (Kept.Place place : step.emptied()) {
            stubs.inc();
            out.collect(Documents.stub(event, place, rank));
        }
        summarize(event, before == null, out);
    }

    private void summarize(ContentEvent event, boolean first, Collector<DocumentWrite> out) throws Exception {
        Summary known = summary.value();
        Summary before = known == null ? new Summary(Conversation.NONE, 0) : known;
        Conversation conversation = before.conversation().add(event, first);
        if (known == null || !conversation.equals(before.conversation())) {
            Summary after = new Summary(conversation, versions.next(before.version()));
            summary.update(after);
            out.collect(Documents.conversation(event, conversation, after.version()));
        }
    }
}
