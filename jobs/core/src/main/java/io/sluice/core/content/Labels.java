package io.sluice.core.content;

import io.sluice.schema.Actor;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What people are known by. Never installations or API keys: those are nobody in particular. */
public final class Labels {
    private Labels() {}

    /** Lower case, sorted, each once; empty: nobody is named. */
    public static List<String> of(Actor actor) {
        SortedSet<String> labels = new TreeSet<>();
        add(labels, actor.getAccountId());
        add(labels, actor.getAccountUuid());
        add(labels, actor.getEmail());
        add(labels, actor.getEndUserId());
        return List.copyOf(labels);
    }

    private static void add(SortedSet<String> labels, @Nullable String label) {
        if (label != null && !label.isBlank()) {
            labels.add(label.toLowerCase(Locale.ROOT));
        }
    }

    /** The one that is shown: as the spend ledger names people. Null: nobody is named. */
    public static @Nullable String user(Actor actor) {
        String[] labels = {
            actor.getEmail(), actor.getAccountId(), actor.getAccountUuid(), actor.getEndUserId(),
        };
        for (String label : labels) {
            if (label != null && !label.isBlank()) {
                return label.toLowerCase(Locale.ROOT);
            }
        }
        return null;
    }
}
