package io.sluice.core.compliance;

import io.sluice.schema.ContentTarget;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether a target covers an item. Sets instead of lists, since a search may have found ten thousand documents. */
final class Coverage {
    /** Kinds of targets. Open set: one that is not known covers nothing, and says so. */
    enum Kind {
        CONVERSATION,
        USER,
        PROJECT,
        SEARCH,
        RETENTION;

        static @Nullable Kind of(String name) {
            return switch (name) {
                case "conversation" -> CONVERSATION;
                case "user" -> USER;
                case "project" -> PROJECT;
                case "search" -> SEARCH;
                case "retention" -> RETENTION;
                default -> null;
            };
        }
    }

    private final Kind kind;
    private final Set<String> conversations;
    private final Set<String> labels;
    private final Set<String> projects;
    private final Set<String> documents;
    private final @Nullable String product;
    private final long until; // exclusive; Long.MAX_VALUE: without an end

    Coverage(ContentTarget target) {
        Kind known = Kind.of(target.getKind());
        if (known == null) {
            throw new IllegalArgumentException("target.kind: " + target.getKind()
                    + " (expected: conversation, user, project, search or retention)");
        }
        kind = known;
        conversations = Set.copyOf(target.getConversationIds());
        labels = Set.copyOf(Item.labels(target.getLabels()));
        projects = Set.copyOf(target.getProjectIds());
        documents = Set.copyOf(target.getDocuments());
        product = target.getProduct();
        until = target.getUntil() == null ? Long.MAX_VALUE : target.getUntil();
    }

    /** What occurs from then on is not covered, except by a conversation or as one of found documents, microseconds UTC. */
    long until() {
        return until;
    }

    boolean covers(Item item) {
        return switch (kind) {
            case CONVERSATION -> conversations.contains(item.conversationId());
            case USER -> item.occurredAt() < until && anyLabel(item);
            case PROJECT ->
                item.occurredAt() < until && item.projectId() != null && projects.contains(item.projectId());
            case SEARCH -> documents.contains(item.documentId());
            case RETENTION ->
                item.occurredAt() < until
                        && (product == null || product.equals(item.product()))
                        && (labels.isEmpty() || anyLabel(item));
        };
    }

    /** Under which an item that is covered can be found; null: under none. */
    @Nullable
    Set<String> keys() {
        return switch (kind) {
            case CONVERSATION -> prefixed("c|", conversations);
            case USER -> prefixed("u|", labels);
            case PROJECT -> prefixed("p|", projects);
            case SEARCH -> prefixed("d|", documents);
            case RETENTION -> null;
        };
    }

    /** Under which the targets that may cover an item can be found, but for those without keys. */
    static Set<String> keys(Item item) {
        Set<String> keys = prefixed("u|", item.labels());
        keys.add("c|" + item.conversationId());
        keys.add("d|" + item.documentId());
        if (item.projectId() != null) {
            keys.add("p|" + item.projectId());
        }
        return keys;
    }

    /** Whether two targets have items in common. */
    Meeting meets(Coverage other) {
        Set<String> mine = keys();
        Set<String> others = other.keys();
        if (mine != null && others != null && mine.stream().anyMatch(others::contains)) {
            return Meeting.YES;
        }
        // A conversation may be anybody's; two conversations are not each other.
        return kind == other.kind && mine != null ? Meeting.NO : Meeting.MAYBE;
    }

    private static Set<String> prefixed(String prefix, Set<String> names) {
        Set<String> keys = new HashSet<>();
        names.forEach(name -> keys.add(prefix + name));
        return keys;
    }

    private boolean anyLabel(Item item) {
        for (String label : item.labels()) {
            if (labels.contains(label)) {
                return true;
            }
        }
        return false;
    }
}
