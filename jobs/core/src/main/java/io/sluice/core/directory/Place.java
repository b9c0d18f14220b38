package io.sluice.core.directory;

/** Where a document stands in every list: by its creation, then its id. Changes of the document do not move it. */
public record Place(long createdAt, String id) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
        int byTime = Long.compare(createdAt, other.createdAt);
        return byTime != 0 ? byTime : id.compareTo(other.id);
    }
}
