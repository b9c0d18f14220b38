package io.sluice.core.directory;

/**
 * The newest version of a document that is not deleted.
 *
 * @param source of the newest version, see {@link Source}
 * @param changedBy id of the token that was used, or empty
 * @param content shared with all readers: not to be changed
 */
public record Document<T>(String id, Tip tip, String source, String changedBy, T content) {
    public long version() {
        return tip.version();
    }

    public long createdAt() {
        return tip.createdAt();
    }

    /** When the newest version was accepted. */
    public long changedAt() {
        return tip.recordedAt();
    }

    public Place place() {
        return new Place(tip.createdAt(), id);
    }
}
