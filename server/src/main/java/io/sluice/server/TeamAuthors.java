package io.sluice.server;

import io.sluice.core.directory.Kind;
import io.sluice.schema.DirectoryVersion;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** By whom each version of a cost team was made; the rules only need what it says. In memory, from the topic alone. */
final class TeamAuthors {
    /** @param changedBy id of the token that was used, or empty */
    record Author(String source, String changedBy) {}

    private record Key(String orgId, String userId) {}

    private final Map<Key, Map<Long, Author>> authors = new ConcurrentHashMap<>();

    /** Takes in any version of the directory. */
    void apply(DirectoryVersion version) {
        if (version.getKind().equals(Kind.TEAM.kindName())) {
            authors.computeIfAbsent(new Key(version.getOrgId(), version.getId()), key -> new ConcurrentHashMap<>())
                    .put(
                            version.getVersion(),
                            new Author(
                                    version.getSource().intern(),
                                    version.getChangedBy().intern()));
        }
    }

    @Nullable
    Author of(String orgId, String userId, long version) {
        return authors.getOrDefault(new Key(orgId, userId), Map.of()).get(version);
    }
}
