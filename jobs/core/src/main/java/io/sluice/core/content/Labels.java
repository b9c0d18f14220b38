package io.sluice.core.content;

import io.sluice.schema.Actor;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What people are known by. Never installations or API keys: those are nobody in particular. */
public final class Labels {
    private Labels() {}

    /** Lower case, sorted, each once; empty: nobody is named. */
    public static List<String> of(Actor actor) {
        return Stream.of(actor.getAccountId(), actor.getAccountUuid(), actor.getEmail(), actor.getEndUserId())
                .filter(Objects::nonNull)
                .filter(label -> !label.isBlank())
                .map(label -> label.toLowerCase(Locale.ROOT))
                .distinct()
                .sorted()
                .toList();
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
