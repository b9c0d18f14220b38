package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.scim.ScimListResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One page of a query's answer: counts what matches, keeps what is on the page. A page ends early rather than with more
 * than {@link #MOST_MEMBERS} members in its groups (RFC 7644, 3.4.2.4: the count is the most, not a promise), but has one
 * resource at least, whatever its size.
 */
final class ScimPage {
    /** An object with four fields each, twice while the projection is made: some 75 MB of heap. */
    static final int MOST_MEMBERS = 50_000;

    private final int startIndex;
    private final int count;
    private final List<ObjectNode> kept = new ArrayList<>();
    private long total;
    private int members;
    private boolean full;

    /**
     * A page without resources yet.
     *
     * @param startIndex from 1
     * @param count how many resources at most
     */
    ScimPage(int startIndex, int count) {
        this.startIndex = startIndex;
        this.count = count;
    }

    /** How many of the resources that are added next are before the page. */
    int skip() {
        return (int) Math.max(0, startIndex - 1 - total);
    }

    /** How many more it may take. */
    int room() {
        return full ? 0 : count - kept.size();
    }

    /**
     * Adds resources of which some are at hand.
     *
     * @param there from {@link #skip()} on, at most {@link #room()}; read only as far as there is room
     * @param size of all
     */
    void addSome(Stream<ObjectNode> there, long size) {
        for (Iterator<ObjectNode> each = there.iterator(); room() > 0 && each.hasNext(); ) {
            keep(each.next());
        }
        total += size;
    }

    /**
     * Adds all that match, from the first on.
     *
     * @param shown what is shown of one that is on the page
     */
    void addMatches(Stream<ObjectNode> matches, UnaryOperator<ObjectNode> shown) {
        matches.forEach(match -> {
            total++;
            if (total >= startIndex && room() > 0) {
                keep(shown.apply(match));
            }
        });
    }

    private void keep(ObjectNode resource) {
        int more = resource.path(ScimGroups.MEMBERS).size();
        full = !kept.isEmpty() && members + more > MOST_MEMBERS;
        if (!full) {
            members += more;
            kept.add(resource);
        }
    }

    ObjectNode answer() {
        return ScimListResponse.of(total, startIndex, kept);
    }
}
