package io.sluice.core.spend;

import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

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

    /** More people than ever use one session: beyond them a name is not remembered. */
    private static final int MOST_OTHERS = 64;

    private Set<String> others = Set.of();

    public long heldUntilMillis;
    public boolean hasTimer;

    /** A record names somebody. Whether that makes the session another person's. */
    public boolean learn(String user, long atMicros) {
        Person known = person;
        person = known.or(user, atMicros);
        boolean renamed = !Objects.equals(known.user(), person.user());
        String other = renamed ? known.user() : user;
        if (other != null && !other.equals(person.user()) && !others.contains(other)
                || others.contains(person.userOrUnattributed())) {
            Set<String> next = new TreeSet<>(others);
            if (other != null && next.size() < MOST_OTHERS) {
                next.add(other);
            }
            next.remove(person.user());
            others = next;
        }
        return renamed;
    }

    /**
     * Who was named besides the person. Had their records come first, what names nobody would have been booked on them
     * for a while; an attempt that crashed may have done so.
     */
    public Set<String> others() {
        return others;
    }

    /** A measure of the memory that it takes. */
    public int weight() {
        return 8 + timeline.size() + others.size();
    }

    /** Whether the next {@link #save} takes the place of the chunks before it. */
    public boolean savesAll() {
        return timeline.savesAll();
    }

    /** A chunk for state: everything, or all but what is known of the time before. */
    public byte[] save() {
        RowWriter row = new RowWriter(128);
        row.putByte(1); // version of the format
        row.putByte((hasSeries ? 1 : 0) | (hasUnattributed ? 2 : 0) | (hasTimer ? 4 : 0) | (others.isEmpty() ? 0 : 8));
        row.putLong(heldUntilMillis);
        person.write(row);
        if (!others.isEmpty()) {
            row.putVarlong(others.size());
            others.forEach(user -> Dimensions.put(row, user));
        }
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
            if ((flags & 8) != 0) {
                session.others = new TreeSet<>();
                for (long i = row.readVarlong(); i > 0; i--) {
                    String user = Dimensions.optional(row);
                    if (user != null) {
                        session.others.add(user);
                    }
                }
            }
            session.timeline.restore(row);
        }
        return session;
    }
}
