package io.sluice.core.compliance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of an item.
 *
 * @param erasedBy id of the erasure that destroys it; null: it is kept
 * @param heldBy ids of the holds that keep what an erasure would otherwise destroy; ascending
 */
public record Fate(@Nullable String erasedBy, List<String> heldBy) {
    static final Fate KEPT = new Fate(null, List.of());

    public Fate {
        heldBy = List.copyOf(heldBy);
    }

    public boolean erased() {
        return erasedBy != null;
    }
}
