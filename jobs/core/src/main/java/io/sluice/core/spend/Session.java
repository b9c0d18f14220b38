package io.sluice.core.spend;

/**
 * What is known of a session: whose it is, and when it did what. Of an installation the times are kept elsewhere, by day.
 * Mutable: one is kept for every session at work.
 */
public final class Session {
    public Person person = Person.UNKNOWN;
    public Timeline timeline = new Timeline();

    /** Counters were received. */
    public boolean hasSeries;

    /** Reports that name nobody were received. */
    public boolean hasUnattributed;

    public long heldUntilMillis;
    public boolean hasTimer;

    /** A measure of the memory that it takes. */
    public int weight() {
        return 8 + timeline.size();
    }

    /** Whether the next {@link #save} takes the place of the chunks before it. */
    public boolean savesAll() {
        return timeline.savesAll();
    }

    /** A chunk for state: everything, or all but what is known of the time before. */
    public byte[] save() {
        RowWriter row = new RowWriter(128);
        row.putByte(1); // version of the format
        row.putByte((hasSeries ? 1 : 0) | (hasUnattributed ? 2 : 0) | (hasTimer ? 4 : 0));
        row.putLong(heldUntilMillis);
        person.write(row);
        timeline.save(row);
        return row.toByteArray();
    }

    /** @param saved the chunks, oldest first; empty: a new session */
    public static Session restore(Iterable<byte[]> saved) {
        Session session = new Session();
        RowReader row = new RowReader();
        for (byte[] chunk : saved) {
            row.open(chunk, 0, chunk.length);
            int format = row.readByte();
            if (format != 1) {
                throw new IllegalStateException("session of format " + format + " (expected: 1)");
            }
            int flags = row.readByte();
            session.hasSeries = (flags & 1) != 0;
            session.hasUnattributed = (flags & 2) != 0;
            session.hasTimer = (flags & 4) != 0;
            session.heldUntilMillis = row.readLong();
            session.person = Person.read(row);
            session.timeline.restore(row);
        }
        return session;
    }
}
