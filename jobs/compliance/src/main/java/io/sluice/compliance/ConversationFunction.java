package io.sluice.compliance;

import io.sluice.core.content.Conversation;
import io.sluice.core.content.Kept;
import io.sluice.core.content.MessageCopy;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.ControlTopic;
import io.sluice.runtime.KeyedValue;
import io.sluice.runtime.RestartSafeVersions;
import io.sluice.schema.Codec;
import io.sluice.schema.ContentEvent;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.Topic;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.api.common.TaskInfo;
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
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The documents of a conversation and its messages. Its state has ids, hashes and numbers, no text, and does not end: what
 * was written has to be found when it is to be erased.
 */
final class ConversationFunction extends KeyedBroadcastProcessFunction<String, Told, byte[], DocumentWrite>
        implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    /** @param version of the document; 0: there is none */
    public record Summary(Conversation conversation, long version) {}

    private final ControlTopic register;

    private transient Gate gate;
    private transient MapState<String, Kept> messages; // by document id
    private transient ValueState<Summary> summary;
    private transient RestartSafeVersions versions;
    private transient Counter best;
    private transient Counter same;
    private transient Counter worse;
    private transient Counter stubs;
    private transient Counter erased;

    /** @param register is read to its end before the first event; from then on its entries come as an input */
    ConversationFunction(ControlTopic register) {
        this.register = register;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        versions = RestartSafeVersions.open(context, System.currentTimeMillis());
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        versions.snapshot();
    }

    @Override
    public void open(OpenContext openContext) throws Exception {
        gate = Gate.open(register);
        messages = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("messages", Types.STRING, TypeInformation.of(Kept.class)));
        summary = getRuntimeContext()
                .getState(new ValueStateDescriptor<>("conversation", TypeInformation.of(Summary.class)));
        MetricGroup copies = getRuntimeContext().getMetricGroup().addGroup("copies");
        best = copies.counter("best");
        same = copies.counter("same");
        worse = copies.counter("worse");
        stubs = copies.counter("stubs");
        erased = copies.counter("erased");
    }

    @Override
    public void processBroadcastElement(byte[] value, Context ctx, Collector<DocumentWrite> out) throws Exception {
        String orgId = gate.add(value).getOrgId();
        ctx.output(Tags.ACKS, ack(orgId, ""));
    }

    private Ack ack(String orgId, String again) {
        TaskInfo task = getRuntimeContext().getTaskInfo();
        return new Ack(
                task.getIndexOfThisSubtask(), task.getNumberOfParallelSubtasks(), orgId, gate.known(orgId), again);
    }

    @Override
    public void processElement(Told told, ReadOnlyContext ctx, Collector<DocumentWrite> out) throws Exception {
        if (told.value() == null) {
            forget(new String(told.key(), StandardCharsets.UTF_8), out);
            return;
        }
        ContentEvent event = Codec.of(ContentEvent.class).decode(told.value());
        Summary known = summary.value();
        Conversation before = known == null ? Conversation.NONE : known.conversation();
        Conversation learned = before.learn(event);
        boolean drop = gate.erased(event, Documents.id(event), learned);
        if (drop) {
            erased.inc();
            if (!learned.equals(before)) {
                summary.update(new Summary(learned, known == null ? 0 : known.version()));
            }
            // Also of what comes late the text has to leave the topic.
            ctx.output(Tags.NULLS, new KeyedValue(told.key(), null));
        } else {
            index(event, out);
        }
        if (!learned.equals(before) && !messages.isEmpty()) {
            String again = gate.again(event, learned);
            if (!again.isEmpty()) {
                ctx.output(Tags.ACKS, ack(event.getOrgId(), again));
            }
        }
    }

    /** Of a message that is erased nothing is counted any more; of a conversation without messages nothing is told. */
    private void forget(String key, Collector<DocumentWrite> out) throws Exception {
        List<String> parts = Topic.contentKeyParts(key);
        String conversationId = parts.get(1);
        String id = ContentIndex.documentId(conversationId, parts.get(2));
        Summary before = summary.value();
        if (before == null || !messages.contains(id)) {
            return;
        }
        Kept kept = messages.get(id);
        messages.remove(id);
        for (int part = 0; part < kept.parts(); part++) {
            // Whoever executed the erasure has put one there, unless the index was made anew since.
            out.collect(Documents.erased(parts.get(0), conversationId, parts.get(2), kept, part));
        }
        Conversation after = before.conversation().without(messages.isEmpty());
        long version = versions.next(before.version());
        summary.update(new Summary(after, version));
        out.collect(
                messages.isEmpty()
                        ? Documents.emptied(parts.get(0), conversationId, version)
                        : Documents.conversation(parts.get(0), conversationId, after, version));
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
            out.collect(
                    Documents.conversation(event.getOrgId(), event.getConversationId(), conversation, after.version()));
        }
    }
}
