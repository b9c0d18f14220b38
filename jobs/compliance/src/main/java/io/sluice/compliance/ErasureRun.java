package io.sluice.compliance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.compliance.Fate;
import io.sluice.core.compliance.Item;
import io.sluice.core.compliance.Register;
import io.sluice.core.compliance.Requested;
import io.sluice.elasticsearch.ContentStore;
import io.sluice.elasticsearch.ContentStore.Found;
import io.sluice.elasticsearch.TargetQuery;
import io.sluice.schema.ContentIndex;
import io.sluice.schema.ContentTarget;
import io.sluice.schema.Micros;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Does one erasure in Elasticsearch, once its time has come. Blocking; once more is harmless, and finds the same. */
final class ErasureRun {
    private static final int PAGE = 1_000;
    private static final int CONVERSATIONS_AT_ONCE = 500;

    private final ContentStore store;
    private final Register register;
    private final String orgId;
    private final Requested erasure;

    /**
     * What there is of an erasure.
     *
     * @param messages those that are erased, by document id: conversation and message
     * @param held documents of messages that holds keep
     * @param indices that have its stubs
     */
    record Result(
            SortedMapOfMessages messages,
            SortedSet<String> held,
            SortedSet<String> heldBy,
            SortedSet<String> indices) {}

    /** Conversation and message of a document. */
    record Message(String conversationId, String messageId) {}

    /** By document id. */
    static final class SortedMapOfMessages extends TreeMap<String, Message> {
        private static final long serialVersionUID = 1L;
    }

    /** @param register belongs to the run: nobody else changes it */
    ErasureRun(ContentStore store, Register register, String orgId, String erasureId) {
        this.store = store;
        this.register = register;
        this.orgId = orgId;
        this.erasure = register.erasure(orgId, erasureId).orElseThrow();
    }

    /** As it was when the run began. */
    Requested erasure() {
        return erasure;
    }

    /**
     * Replaces what the erasure covers and no hold keeps, until a search finds nothing of it.
     *
     * @throws IOException also when something is still found
     */
    Result run() throws IOException, InterruptedException {
        String messages = ContentIndex.allMessages(orgId);
        String conversations = ContentIndex.conversations(orgId);
        store.refresh(messages);
        store.refresh(conversations);
        SortedSet<String> held = new TreeSet<>();
        SortedSet<String> heldBy = new TreeSet<>();
        sweep(held, heldBy);
        store.refresh(messages);
        if (isConversation()) {
            stubConversations(conversations);
        }
        store.refresh(conversations);
        held.clear();
        if (sweep(held, heldBy) > 0) {
            throw new IOException("erasure " + id() + ": documents are found after they were replaced");
        }
        SortedMapOfMessages erased = new SortedMapOfMessages();
        SortedSet<String> indices = new TreeSet<>();
        store.forEach(
                messages,
                erasedByThis(),
                PAGE,
                page -> page.forEach(each -> {
                    erased.put(base(each.documentId()), new Message(each.conversationId(), each.messageId()));
                    indices.add(each.index());
                }));
        if (!erased.isEmpty() || isConversation()) {
            indices.add(conversations);
        }
        return new Result(erased, held, heldBy, indices);
    }

    /** @return how many documents were replaced */
    private long sweep(SortedSet<String> held, SortedSet<String> heldBy) throws IOException, InterruptedException {
        long[] replaced = {0};
        ContentTarget target = erasure.erasure().getTarget();
        String messages = ContentIndex.allMessages(orgId);
        store.forEach(
                messages, TargetQuery.of(orgId, target), PAGE, page -> replaced[0] += replace(page, held, heldBy));
        if (!target.getLabels().isEmpty()) {
            // Messages that do not say whose they are, of conversations that do.
            store.forEach(
                    ContentIndex.conversations(orgId),
                    TargetQuery.conversations(orgId, target),
                    CONVERSATIONS_AT_ONCE,
                    page -> store.forEach(
                            messages,
                            TargetQuery.unnamed(
                                    orgId,
                                    target,
                                    page.stream().map(Found::conversationId).toList()),
                            PAGE,
                            found -> replaced[0] += replace(found, held, heldBy)));
        }
        return replaced[0];
    }

    private int replace(List<Found> page, SortedSet<String> held, SortedSet<String> heldBy)
            throws IOException, InterruptedException {
        Map<String, Set<String>> labels = labelsOfConversations(page);
        List<Found> doomed = new ArrayList<>();
        for (Found each : page) {
            Set<String> ofConversation = labels.getOrDefault(each.conversationId(), Set.of());
            Fate fate = register.fate(orgId, id(), item(each, ofConversation));
            if (fate.erased()) {
                doomed.add(each);
            } else if (!fate.heldBy().isEmpty()) {
                held.add(base(each.documentId()));
                heldBy.addAll(fate.heldBy());
            }
        }
        store.stub(orgId, id(), doomed);
        return doomed.size();
    }

    /** Of messages that name nobody: whose their conversations are, as the gate has it. */
    private Map<String, Set<String>> labelsOfConversations(List<Found> page) throws IOException, InterruptedException {
        Set<String> unnamed = new TreeSet<>();
        for (Found each : page) {
            if (each.labels().isEmpty()) {
                unnamed.add(each.conversationId());
            }
        }
        Map<String, Set<String>> labels = new HashMap<>();
        if (!unnamed.isEmpty()) {
            store.forEach(
                    ContentIndex.conversations(orgId),
                    live(unnamed),
                    PAGE,
                    found -> found.forEach(each -> labels.put(each.conversationId(), each.labels())));
        }
        return labels;
    }

    private static Item item(Found found, Set<String> ofConversation) {
        return new Item(
                found.conversationId(),
                base(found.documentId()),
                found.labels().isEmpty() ? ofConversation : found.labels(),
                found.projectId(),
                found.product() == null ? "" : found.product(),
                found.occurredAt() == null ? 0 : Micros.of(Instant.parse(found.occurredAt())));
    }

    /** Id of the message's document: its parts have a number behind it. */
    static String base(String documentId) {
        int dash = documentId.indexOf('-');
        return dash < 0 ? documentId : documentId.substring(0, dash);
    }

    /**
     * A conversation that is erased is erased for ever, also where nothing is known of it yet. One of which a hold keeps
     * something stays.
     */
    private void stubConversations(String index) throws IOException {
        List<String> all = erasure.erasure().getTarget().getConversationIds();
        Set<String> alive =
                store.values(ContentIndex.allMessages(orgId), "conversation_id", live(all), Math.max(1, all.size()));
        Collection<Found> documents = new ArrayList<>();
        for (String conversation : all) {
            Item item = new Item(conversation, ContentIndex.documentId(conversation, ""), Set.of(), null, "", 0);
            if (!alive.contains(conversation)
                    && register.fate(orgId, id(), item).erased()) {
                documents.add(
                        new Found(index, item.documentId(), "", conversation, "", Set.of(), null, null, null, null));
            }
        }
        store.stub(orgId, id(), documents);
    }

    /** Whether no document of a conversation tells of it any more where all of its messages are gone. */
    boolean conversationsAreGone(Collection<Message> erased) throws IOException {
        store.refresh(ContentIndex.conversations(orgId));
        for (List<String> dead : withoutMessages(erased)) {
            if (store.count(ContentIndex.conversations(orgId), live(dead)) > 0) {
                return false;
            }
        }
        return true;
    }

    /** Empties those that the job does not know, and so does not empty itself. */
    void emptyConversations(Collection<Message> erased) throws IOException, InterruptedException {
        for (List<String> dead : withoutMessages(erased)) {
            store.forEach(ContentIndex.conversations(orgId), live(dead), CONVERSATIONS_AT_ONCE, page -> {
                for (Found each : page) {
                    store.empty(orgId, each.index(), each.id());
                }
            });
        }
    }

    private List<List<String>> withoutMessages(Collection<Message> erased) throws IOException {
        Set<String> ids = new TreeSet<>();
        erased.forEach(message -> ids.add(message.conversationId()));
        List<String> all = List.copyOf(ids);
        List<List<String>> dead = new ArrayList<>();
        for (int from = 0; from < all.size(); from += CONVERSATIONS_AT_ONCE) {
            List<String> some = all.subList(from, Math.min(all.size(), from + CONVERSATIONS_AT_ONCE));
            Set<String> alive =
                    store.values(ContentIndex.allMessages(orgId), "conversation_id", live(some), some.size());
            List<String> gone =
                    some.stream().filter(each -> !alive.contains(each)).toList();
            if (!gone.isEmpty()) {
                dead.add(gone);
            }
        }
        return dead;
    }

    private ObjectNode live(Collection<String> conversations) {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        ObjectNode bool = query.putObject("bool");
        ArrayNode filter = bool.putArray("filter");
        filter.addObject().putObject("term").put("org_id", orgId);
        ArrayNode terms = filter.addObject().putObject("terms").putArray("conversation_id");
        conversations.forEach(terms::add);
        bool.putArray("must_not").addObject().putObject("term").put("empty", true);
        return query;
    }

    private ObjectNode erasedByThis() {
        ObjectNode query = JsonNodeFactory.instance.objectNode();
        query.putObject("term").put("erased_by", id());
        return query;
    }

    private boolean isConversation() {
        return erasure.erasure().getTarget().getKind().equals("conversation");
    }

    private String id() {
        return erasure.erasure().getId();
    }
}
