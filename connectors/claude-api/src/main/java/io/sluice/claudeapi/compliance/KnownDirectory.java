package io.sluice.claudeapi.compliance;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What was put out of the directory and is not gone: of each list, hashes of contents by id. Bounded: beyond that, entries
 * are put out again whenever they are seen, and nobody notices that they are gone. Of a checkpoint only ids are read: after
 * it the same entries may have been put out otherwise, so hashes of then, and times of readings, say nothing.
 */
final class KnownDirectory {
    /** Of what was put out before the last start. */
    static final long UNKNOWN = 0;

    private final int most;
    private final Map<DirectoryList, LinkedHashMap<String, Long>> lists = new LinkedHashMap<>();
    /** When each list was read as a whole. */
    private final Map<DirectoryList, Long> readAt = new HashMap<>();

    private int size;
    /** The latest {@code fetched_at} that was put out. Microseconds. */
    long newest;

    KnownDirectory(int most) {
        this.most = most;
    }

    @Nullable
    Long get(DirectoryList list, String id) {
        Map<String, Long> entries = lists.get(list);
        return entries == null ? null : entries.get(id);
    }

    /** Whether the same is listed by another organization, too. */
    boolean hasElsewhere(DirectoryList list, String id) {
        return list.organization() != null
                && lists.entrySet().stream()
                        .anyMatch(other -> other.getKey().kind() == list.kind()
                                && Objects.equals(other.getKey().parent(), list.parent())
                                && !other.getKey().equals(list)
                                && other.getValue().containsKey(id));
    }

    List<String> ids(DirectoryList list) {
        Map<String, Long> entries = lists.get(list);
        return entries == null ? List.of() : List.copyOf(entries.keySet());
    }

    void put(DirectoryList list, String id, long hash) {
        boolean known = get(list, id) != null;
        if (known || size < most) {
            lists.computeIfAbsent(list, absent -> new LinkedHashMap<>()).put(id, hash);
            size += known ? 0 : 1;
        }
    }

    void remove(DirectoryList list, String id) {
        Map<String, Long> entries = lists.get(list);
        if (entries != null && entries.remove(id) != null) {
            size--;
            if (entries.isEmpty()) {
                lists.remove(list);
            }
        }
    }

    /** Microseconds; 0: never. */
    long readAt(DirectoryList list) {
        return readAt.getOrDefault(list, 0L);
    }

    void read(DirectoryList list, long at) {
        if (readAt.containsKey(list) || readAt.size() < most) {
            readAt.put(list, at);
        }
    }

    /** It is of something that is gone. */
    void forget(DirectoryList list) {
        readAt.remove(list);
    }

    Map<DirectoryList, LinkedHashMap<String, Long>> all() {
        return lists;
    }
}
