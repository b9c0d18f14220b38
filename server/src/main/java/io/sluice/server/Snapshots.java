package io.sluice.server;

import io.sluice.schema.ContentIndex;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Searches whose pages are being read, each as of the moment of its first page. There are only so many at once, since each keeps
 * Elasticsearch from freeing what was erased: when there are too many the one that waits longest ends.
 */
final class Snapshots {
    static final int MOST = 100;
    static final int MOST_OF_ORGANIZATION = 10;
    static final String KEEP_ALIVE = "5m";
    private static final Duration KEPT = Duration.ofMinutes(5);

    /** @param name by which it stays the same when its point in time gets another id */
    record Open(String name, ContentQueries.Snapshot snapshot) {}

    private record Kept(String orgId, ContentQueries.Snapshot snapshot, Instant until) {}

    private final ContentQueries queries;
    private final Clock clock;
    /** In the order of their last use. */
    private final Map<String, Kept> open = new LinkedHashMap<>();

    Snapshots(ContentQueries queries, Clock clock) {
        this.queries = queries;
        this.clock = clock;
    }

    /** Null: the organization has no document yet. */
    @Nullable
    Open open(String orgId, ContentIndex index) {
        ContentQueries.Snapshot snapshot = queries.open(orgId, index, KEEP_ALIVE);
        return snapshot == null ? null : new Open(UUID.randomUUID().toString(), snapshot);
    }

    /** One that is being read; null: it has ended, or another server has it. */
    synchronized @Nullable Open find(String orgId, String name) {
        Kept kept = open.get(name);
        return kept == null || !kept.orgId().equals(orgId) ? null : new Open(name, kept.snapshot());
    }

    /** It is read on within minutes, or not at all. */
    void keep(String orgId, Open used) {
        List<ContentQueries.Snapshot> ended = new ArrayList<>();
        synchronized (this) {
            Instant now = clock.instant();
            open.values().removeIf(kept -> !kept.until().isAfter(now)); // ended by itself
            open.remove(used.name());
            if (open.values().stream()
                            .filter(kept -> kept.orgId().equals(orgId))
                            .count()
                    >= MOST_OF_ORGANIZATION) {
                endOldest(orgId, ended);
            } else if (open.size() >= MOST) {
                endOldest(null, ended);
            }
            open.put(used.name(), new Kept(orgId, used.snapshot(), now.plus(KEPT)));
        }
        ended.forEach(queries::close);
    }

    private void endOldest(@Nullable String orgId, List<ContentQueries.Snapshot> ended) {
        Iterator<Kept> oldest = open.values().iterator();
        while (oldest.hasNext()) {
            Kept kept = oldest.next();
            if (orgId == null || kept.orgId().equals(orgId)) {
                oldest.remove();
                ended.add(kept.snapshot());
                return;
            }
        }
    }

    void end(Open used) {
        synchronized (this) {
            open.remove(used.name());
        }
        queries.close(used.snapshot());
    }

    synchronized int size() {
        return open.size();
    }
}
