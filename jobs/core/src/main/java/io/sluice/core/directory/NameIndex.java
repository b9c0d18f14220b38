package io.sluice.core.directory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ids by a name that several documents may have. */
final class NameIndex {
    private final Map<String, List<String>> ids = new HashMap<>();

    /** @param before null: had no name; {@code after}: has none */
    void move(String id, @Nullable String before, @Nullable String after) {
        if (before != null && !before.equals(after)) {
            List<String> rest = new ArrayList<>(get(before));
            rest.remove(id);
            if (rest.isEmpty()) {
                ids.remove(before);
            } else {
                ids.put(before, List.copyOf(rest));
            }
        }
        if (after != null && !after.equals(before)) {
            add(id, after);
        }
    }

    void add(String id, String name) {
        List<String> known = get(name);
        if (known.contains(id)) {
            return;
        }
        if (known.isEmpty()) {
            ids.put(name, List.of(id));
        } else {
            List<String> more = new ArrayList<>(known);
            more.add(id);
            ids.put(name, List.copyOf(more));
        }
    }

    /** In no order that means anything. */
    List<String> get(String name) {
        return ids.getOrDefault(name, List.of());
    }
}
