package io.sluice.claudeapi.compliance;

import io.sluice.claudeapi.RowId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was put out lately, by id. Bounded: what was told first is forgotten first, and is put out again when it is seen
 * again, which is harmless.
 */
final class Known<V> {
    private final int most;
    private final LinkedHashMap<RowId, V> values = new LinkedHashMap<>();

    Known(int most) {
        this.most = most;
    }

    @Nullable
    V get(RowId id) {
        return values.get(id);
    }

    boolean has(RowId id) {
        return values.containsKey(id);
    }

    /** Returns what was forgotten for it; null: nothing. */
    @Nullable
    V put(RowId id, V value) {
        values.remove(id);
        values.put(id, value);
        if (values.size() <= most) {
            return null;
        }
        Iterator<V> eldest = values.values().iterator();
        V forgotten = eldest.next();
        eldest.remove();
        return forgotten;
    }

    Map<RowId, V> all() {
        return values;
    }
}
