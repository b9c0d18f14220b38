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
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import org.jspecify.annotations.Nullable;

/**
 * The documents of a conversation and its messages. Its state has ids, hashes and numbers, no text, and does not end: what
 * was written has to be found when it is to be erased.
 */
final class ConversationFunction extends KeyedBroadcastProcessFunction<String, Told, byte[], DocumentWrite>
        implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    private static final int MOST_RECENT = 5_000;

    /** @param version of the document; 0: there is none */
    public record Summary(Conversation conversation, long version) {}

    private final ControlTopic register;

    private transient Gate gate;
    private transient MapState<String, Kept> messages; // by document id
    private transient ValueState<Summary> summary;
    private transient Map<String, Summary> recent; // of the state, which need not be read again
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
        recent = new LinkedHashMap<>(MOST_RECENT, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Summary> eldest) {
                return size() > MOST_RECENT;
            }
        };
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
            List<String> parts = Topic.contentKeyParts(new String(told.key(), StandardCharsets.UTF_8));
            forget(ctx.getCurrentKey(), parts.get(0), parts.get(1), parts.get(2), null, out);
            return;
        }
        ContentEvent event = Codec.of(ContentEvent.class).decode(told.value());
        Summary known = known(ctx.getCurrentKey());
        Conversation before = known == null ? Conversation.NONE : known.conversation();
        Conversation learned = before.learn(event);
        boolean news = !learned.equals(before);
        boolean toldLate = news && !messages.isEmpty(); // which is a scan
        String id = Documents.id(event);
        String by = gate.erasedBy(event, id, learned);
        if (by != null) {
            erased.inc();
            drop(ctx.getCurrentKey(), event, id, by, known, learned, out);
            // Also of what comes late the text has to leave the topic.
            ctx.output(Tags.NULLS, new KeyedValue(told.key(), null));
        } else {
            index(ctx.getCurrentKey(), event, id, known, out);
        }
        if (toldLate) {
            List<String> labels = learned.labels().stream()
                    .filter(label -> !before.labels().contains(label))
                    .toList();
            for (String again : gate.again(event.getOrgId(), labels)) {
                ctx.output(Tags.ACKS, ack(event.getOrgId(), again));
            }
        }
    }

    private @Nullable Summary known(String key) throws IOException {
        Summary cached = recent.get(key);
        return cached == null ? summary.value() : cached;
    }

    private void update(String key, Summary now) throws IOException {
        recent.put(key, now);
        summary.update(now);
    }

    /** Nothing of the message is kept but whose the conversation is; what an earlier copy of it left is replaced at once. */
    private void drop(
            String key,
            ContentEvent event,
            String id,
            String by,
            @Nullable Summary known,
            Conversation learned,
            Collector<DocumentWrite> out)
            throws Exception {
        boolean news = known == null || !learned.equals(known.conversation());
        if (messages.contains(id)) {
            update(key, new Summary(learned, known == null ? 0 : known.version()));
            forget(key, event.getOrgId(), event.getConversationId(), event.getMessageId(), by, out);
        } else if (news) {
            long version = messages.isEmpty()
                    ? known == null ? 0 : known.version()
                    : versions.next(known == null ? 0 : known.version());
            update(key, new Summary(learned, version));
            if (!messages.isEmpty()) {
                // Whoever looks again finds conversations by their labels.
                out.collect(Documents.conversation(event.getOrgId(), event.getConversationId(), learned, version));
            }
        }
    }

    /**
     * Of a message that is erased nothing is counted any more; of a conversation without messages and files nothing is told.
     *
     * @param by the erasure; null: not known here, whoever executed it has written its stubs, unless the index is new
     */
    private void forget(
            String key,
            String orgId,
            String conversationId,
            String messageId,
            @Nullable String by,
            Collector<DocumentWrite> out)
            throws Exception {
        String id = ContentIndex.documentId(conversationId, messageId);
        Summary before = known(key);
        if (before == null || !messages.contains(id)) {
            return;
        }
        Kept kept = messages.get(id);
        messages.remove(id);
        for (int part = 0; part < kept.parts(); part++) {
            out.collect(Documents.erased(orgId, conversationId, messageId, by, kept, part));
        }
        Conversation after = before.conversation().without(kept, messages.isEmpty());
        long version = versions.next(before.version());
        update(key, new Summary(after, version));
        out.collect(
                messages.isEmpty()
                        ? Documents.emptied(orgId, conversationId, version)
                        : Documents.conversation(orgId, conversationId, after, version));
    }

    private void index(String key, ContentEvent event, String id, @Nullable Summary known, Collector<DocumentWrite> out)
            throws Exception {
        MessageCopy copy = MessageCopy.of(event);
        Kept before = messages.get(id);
        Kept.Step step = Kept.add(before, copy);
        long rank = step.kept().rank();
        switch (step.outcome()) {
            case BEST -> {
                best.inc();
                messages.put(id, step.kept());
                for (int part = 0; part < step.kept().parts(); part++) {
                    out.collect(Documents.part(event, id, copy, step.kept(), part));
                }
            }
            case SAME -> same.inc();
            case WORSE -> worse.inc();
        }
        for (Kept.Place place : step.emptied()) {
            stubs.inc();
            out.collect(Documents.stub(event, id, place, rank));
        }
        summarize(key, event, known, before, step.kept(), out);
    }

    private void summarize(
            String key,
            ContentEvent event,
            @Nullable Summary known,
            @Nullable Kept before,
            Kept kept,
            Collector<DocumentWrite> out)
            throws Exception {
        Summary told = known == null ? new Summary(Conversation.NONE, 0) : known;
        Conversation conversation = told.conversation().add(event, before, kept);
        if (known == null || !conversation.equals(told.conversation())) {
            Summary after = new Summary(conversation, versions.next(told.version()));
            update(key, after);
            out.collect(
                    Documents.conversation(event.getOrgId(), event.getConversationId(), conversation, after.version()));
        }
    }
}
