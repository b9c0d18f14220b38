package io.sluice.elasticsearch;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What waits to be sent: of each document the newest version only, at the place of the first. While Elasticsearch is
 * away, changes to the same documents therefore do not fill the buffer.
 */
final class CoalescingBuffer {
    private record Document(String index, String id) {}

    private final Map<Document, BulkItem> newest = new LinkedHashMap<>();
    private long bytes;

    /** Returns false if it was coalesced: of two versions of a document one is left. */
    boolean add(BulkItem item) {
        Document document = new Document(item.index(), item.id());
        BulkItem other = newest.get(document);
        BulkItem kept = item;
        if (other != null) {
            kept = item.version() > other.version() ? item : other;
            // Else a document that changes often would never reach the bound on its refusals.
            kept = kept.afterRejections(Math.max(item.rejections(), other.rejections()));
            bytes -= other.size();
        }
        newest.put(document, kept);
        bytes += kept.size();
        return other == null;
    }

    /** Removes the first documents: at most so many and so large together, but one at least if there is any. */
    List<BulkItem> take(int maxCount, long maxBytes) {
        List<BulkItem> taken = new ArrayList<>();
        long takenBytes = 0;
        Iterator<BulkItem> items = newest.values().iterator();
        while (items.hasNext() && taken.size() < maxCount) {
            BulkItem item = items.next();
            takenBytes += item.size();
            if (takenBytes > maxBytes && !taken.isEmpty()) {
                break;
            }
            taken.add(item);
            items.remove();
            bytes -= item.size();
        }
        return taken;
    }

    /** All, in order. */
    Collection<BulkItem> items() {
        return Collections.unmodifiableCollection(newest.values());
    }

    int size() {
        return newest.size();
    }

    long bytes() {
        return bytes;
    }
}
