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

    public byte[] encode() {
        RowWriter row = new RowWriter(64 + 8 * timeline.size());
        row.putByte(1); // version of the format
        row.putByte((hasSeries ? 1 : 0) | (hasUnattributed ? 2 : 0) | (hasTimer ? 4 : 0));
        row.putLong(heldUntilMillis);
        person.write(row);
        timeline.write(row);
        return row.toByteArray();
    }

    public static Session decode(byte[] state) {
        Session session = new Session();
        RowReader row = new RowReader(state);
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
        session.timeline = Timeline.read(row);
        return session;
    }
}
