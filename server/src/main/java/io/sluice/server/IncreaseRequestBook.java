package io.sluice.server;

import io.sluice.schema.CapVersion;
import io.sluice.schema.IncreaseRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** One organization's requests for a higher limit, each with its past. Guarded by {@link CapBook}. */
final class IncreaseRequestBook {
    private final Map<String, NavigableMap<Long, CapVersion>> byId = new HashMap<>();
    private final Map<String, Set<String>> idsByUser = new HashMap<>();

    void apply(CapVersion version) {
        IncreaseRequest request = version.getIncreaseRequest();
        if (request != null) {
            byId.computeIfAbsent(version.getId(), id -> new TreeMap<>()).put(version.getVersion(), version);
            idsByUser
                    .computeIfAbsent(request.getUserId(), user -> new TreeSet<>())
                    .add(version.getId());
        }
    }

    CapBook.Document document(String id) {
        NavigableMap<Long, CapVersion> versions = byId.get(id);
        return new CapBook.Document(id, versions == null ? List.of() : List.copyOf(versions.values()));
    }

    /** The newest version of each, in no order. */
    List<CapVersion> all() {
        return byId.values().stream()
                .map(versions -> versions.lastEntry().getValue())
                .toList();
    }

    /** The newest version of each of a user's, in no order. */
    List<CapVersion> of(String userId) {
        return idsByUser.getOrDefault(userId, Set.of()).stream()
                .map(byId::get)
                .map(Objects::requireNonNull)
                .map(versions -> versions.lastEntry().getValue())
                .toList();
    }
}
