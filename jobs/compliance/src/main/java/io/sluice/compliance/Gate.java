package io.sluice.compliance;

import io.sluice.core.compliance.Item;
import io.sluice.core.compliance.Register;
import io.sluice.core.content.Conversation;
import io.sluice.core.content.Labels;
import io.sluice.runtime.ControlTopic;
import io.sluice.schema.Codec;
import io.sluice.schema.ComplianceChange;
import io.sluice.schema.ContentEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What stands before every write of content, and knows the register. */
final class Gate {
    private final Register register = new Register();

    /** Reads the register to its end: before the first event, whatever the job was restored from. */
    static Gate open(ControlTopic topic) throws Exception {
        Gate gate = new Gate();
        topic.readToEnd(gate::know);
        return gate;
    }

    private void know(byte[] value) {
        try {
            register.add(Codec.of(ComplianceChange.class).decode(value));
        } catch (IOException e) {
            throw new UncheckedIOException("compliance: an entry cannot be read: " + value.length + " bytes", e);
        }
    }

    /** One more entry. */
    ComplianceChange add(byte[] value) throws IOException {
        ComplianceChange change = Codec.of(ComplianceChange.class).decode(value);
        register.add(change);
        return change;
    }

    long known(String orgId) {
        return register.known(orgId);
    }

    /**
     * The erasure by which a message goes no further; null: by none.
     *
     * @param conversation whose labels count where the message names nobody
     */
    @Nullable
    String erasedBy(ContentEvent event, String documentId, Conversation conversation) {
        Set<String> own = Set.copyOf(Labels.of(event.getActor()));
        Item item = new Item(
                event.getConversationId(),
                documentId,
                own.isEmpty() ? Set.copyOf(conversation.labels()) : own,
                event.getProjectId(),
                event.getProduct(),
                event.getOccurredAt());
        return register.fate(event.getOrgId(), item).erasedBy();
    }

    /** Erasures that have to look at a conversation again, since it has learned that it is of these people, too. */
    List<String> again(String orgId, Collection<String> newLabels) {
        return register.erasuresOf(orgId, newLabels);
    }
}
