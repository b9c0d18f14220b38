package io.sluice.core.compliance;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a decision looks at, of one message or of a conversation itself.
 *
 * @param documentId as {@code ContentIndex.documentId} gives it, also of the parts of a long message
 * @param labels of the people whose it is, lower case; empty: nobody's that is known
 * @param projectId null: of none
 * @param occurredAt microseconds UTC
 */
public record Item(
        String conversationId,
        String documentId,
        Set<String> labels,
        @Nullable String projectId,
        String product,
        long occurredAt) {
    public Item {
        labels = Set.copyOf(labels);
    }

    /** Labels as registers hold them. */
    public static Set<String> labels(Collection<String> labels) {
        Set<String> lower = new TreeSet<>();
        labels.forEach(label -> lower.add(label.toLowerCase(Locale.ROOT)));
        return lower;
    }
}
