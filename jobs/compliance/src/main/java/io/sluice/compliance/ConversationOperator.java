package io.sluice.compliance;

import io.sluice.core.content.Conversation;
import io.sluice.core.content.Kept;
import io.sluice.core.content.MessageCopy;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.BundlingOperator;
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
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * The documents of a conversation and its messages. Its state has ids, hashes and numbers, no text, and does not end: what
 * was written has to be found when it is to be erased. Messages pass at once; what each of them changes about its
 * conversation is stored and written once for all that come within a moment.
 *
 * <p>The second input is the register, to every instance.
 */
final class ConversationOperator extends BundlingOperator<DocumentWrite>
        implements TwoInputStreamOperator<Told, byte[], DocumentWrite> {
    private static final long serialVersionUID = 1L;

    /** A message is found before its conversation counts it. */
    private static final long LINGER_MILLIS = 1_000;

    /** Of a conversation of which nothing is kept, no message either. */
    private static final Summary UNKNOWN = new Summary(Conversation.NONE, 0);

    private static final int MOST_CHANGED = 5_000;
    private static final int MOST_RECENT = 5_000;

    /** A conversation that is known better than state and index know it. */
    private static final class Changed {
        final String orgId;
        final String conversationId;
        final long version;
        Conversation conversation = Conversation.NONE;
        /** Has a document that is to be written. */
        boolean written;

        boolean empty;

        Changed(String orgId, String conversationId, long version) {
            this.orgId = orgId;
            this.conversationId = conversationId;
            this.version = version;
        }
    }

    private final ControlTopic register;

    private transient Gate gate;
    private transient MapState<String, Kept> messages; // by document id
    private transient ValueState<Summary> summary;
    private transient Map<String, Changed> changed; // by key
    private transient Map<String, Summary> recent; // of the state, which need not be read again
    private transient RestartSafeVersions versions;
    private transient Counter best;
    private transient Counter same;
    private transient Counter worse;
    private transient Counter stubs;
    private transient Counter erased;

    /** @param register is read to its end before the first event; from then on its entries come as an input */
    ConversationOperator(ControlTopic register) {
        super(LINGER_MILLIS, false);
        this.register = register;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        versions = RestartSafeVersions.open(context, System.currentTimeMillis());
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        versions.snapshot();
    }

    @Override
    public void open() throws Exception {
        super.open();
        gate = Gate.open(register);
        messages = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>("messages", Types.STRING, TypeInformation.of(Kept.class)));
        summary = getRuntimeContext()
                .getState(new ValueStateDescriptor<>("conversation", TypeInformation.of(Summary.class)));
        changed = new LinkedHashMap<>();
        recent = new LinkedHashMap<>(MOST_RECENT, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Summary> eldest) {
                return size() > MOST_RECENT;
            }
        };
        MetricGroup copies = getMetricGroup().addGroup("copies");
        best = copies.counter("best");
        same = copies.counter("same");
        worse = copies.counter("worse");
        stubs = copies.counter("stubs");
        erased = copies.counter("erased");
    }

    @Override
    public void processElement2(StreamRecord<byte[]> element) throws Exception {
        String orgId = gate.add(element.getValue()).getOrgId();
        emit(Tags.ACKS, ack(orgId, ""));
    }

    private Ack ack(String orgId, String again) {
        TaskInfo task = getRuntimeContext().getTaskInfo();
        return new Ack(
                task.getIndexOfThisSubtask(), task.getNumberOfParallelSubtasks(), orgId, gate.known(orgId), again);
    }

    @Override
    public void processElement1(StreamRecord<Told> element) throws Exception {
        Told told = element.getValue();
        String key = told.conversation();
        setCurrentKey(key);
        if (told.value() == null) {
            List<String> parts = Topic.contentKeyParts(new String(told.key(), StandardCharsets.UTF_8));
            forget(key, parts.get(0), parts.get(1), parts.get(2), null);
            return;
        }
        ContentEvent event = Codec.of(ContentEvent.class).decode(told.value());
        Conversation before = known(key);
        Conversation learned = before.learn(event);
        boolean toldLate = !learned.equals(before) && hasMessages(key);
        String id = Documents.id(event);
        String by = gate.erasedBy(event, id, learned);
        if (by != null) {
            erased.inc();
            drop(key, event, id, by, before, learned);
            // Also of what comes late the text has to leave the topic.
            emit(Tags.NULLS, new KeyedValue(told.key(), null));
        } else {
            index(key, event, id, before);
        }
        if (toldLate) {
            List<String> labels = learned.labels().stream()
                    .filter(label -> !before.labels().contains(label))
                    .toList();
            for (String again : gate.again(event.getOrgId(), labels)) {
                emit(Tags.ACKS, ack(event.getOrgId(), again));
            }
        }
    }

    private Conversation known(String key) throws IOException {
        Changed now = changed.get(key);
        return now == null ? stored(key).conversation() : now.conversation;
    }

    private Summary stored(String key) throws IOException {
        Summary known = recent.get(key);
        if (known == null) {
            Summary kept = summary.value();
            known = kept == null ? UNKNOWN : kept;
            recent.put(key, known);
        }
        return known;
    }

    /** Of the current key. Whether there are any is a scan, and nearly always what is unknown so far is asked for. */
    private boolean hasMessages(String key) throws Exception {
        return (changed.containsKey(key) || stored(key) != UNKNOWN) && !messages.isEmpty();
    }

    private Changed update(String key, String orgId, String conversationId, Conversation now) throws Exception {
        if (changed.size() >= MOST_CHANGED && !changed.containsKey(key)) {
            flush();
            setCurrentKey(key);
        }
        Changed entry = changed.get(key);
        if (entry == null) {
            entry = new Changed(orgId, conversationId, stored(key).version());
            changed.put(key, entry);
            linger();
        }
        entry.conversation = now;
        return entry;
    }

    @Override
    protected void flush() throws Exception {
        for (Map.Entry<String, Changed> each : changed.entrySet()) {
            Changed now = each.getValue();
            long version = now.written ? versions.next(now.version) : now.version;
            Summary stored = new Summary(now.conversation, version);
            setCurrentKey(each.getKey());
            summary.update(stored);
            recent.put(each.getKey(), stored);
            if (now.written) {
                emit(
                        now.empty
                                ? Documents.emptied(now.orgId, now.conversationId, version)
                                : Documents.conversation(now.orgId, now.conversationId, now.conversation, version));
            }
        }
        changed.clear();
    }

    /** Nothing of the message is kept but whose the conversation is; what an earlier copy of it left is replaced at once. */
    private void drop(String key, ContentEvent event, String id, String by, Conversation before, Conversation learned)
            throws Exception {
        boolean known = messages.contains(id);
        if (known || !learned.equals(before)) {
            Changed now = update(key, event.getOrgId(), event.getConversationId(), learned);
            if (!known && !messages.isEmpty()) {
                now.written = true; // whoever looks again finds conversations by their labels
            }
        }
        if (known) {
            forget(key, event.getOrgId(), event.getConversationId(), event.getMessageId(), by);
        }
    }

    /**
     * Of a message that is erased nothing is counted any more; of a conversation without messages and files nothing is told.
     *
     * @param by the erasure; null: not known here, whoever executed it has written its stubs, unless the index is new
     */
    private void forget(String key, String orgId, String conversationId, String messageId, @Nullable String by)
            throws Exception {
        String id = ContentIndex.documentId(conversationId, messageId);
        Kept kept = messages.get(id);
        if (kept == null) {
            return;
        }
        messages.remove(id);
        for (int part = 0; part < kept.parts(); part++) {
            emit(Documents.erased(orgId, conversationId, messageId, by, kept, part));
        }
        boolean lastOne = messages.isEmpty();
        Changed now = update(key, orgId, conversationId, known(key).without(kept, lastOne));
        now.written = true;
        now.empty = lastOne;
    }

    private void index(String key, ContentEvent event, String id, Conversation conversation) throws Exception {
        MessageCopy copy = MessageCopy.of(event);
        Kept before = messages.get(id);
        Kept.Step step = Kept.add(before, copy);
        long rank = step.kept().rank();
        switch (step.outcome()) {
            case BEST -> {
                best.inc();
                messages.put(id, step.kept());
                for (int part = 0; part < step.kept().parts(); part++) {
                    emit(Documents.part(event, id, copy, step.kept(), part));
                }
            }
            case SAME -> same.inc();
            case WORSE -> worse.inc();
        }
        for (Kept.Place place : step.emptied()) {
            stubs.inc();
            emit(Documents.stub(event, id, place, rank));
        }
        Conversation after = conversation.add(event, before, step.kept());
        if (before == null || !after.equals(conversation)) {
            Changed now = update(key, event.getOrgId(), event.getConversationId(), after);
            now.written = true;
            now.empty = false;
        }
    }
}
