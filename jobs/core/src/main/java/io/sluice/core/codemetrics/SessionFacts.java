package io.sluice.core.codemetrics;

import io.sluice.core.spend.Id;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a session, or of what somebody did without naming one. A function of the set of facts
 * that were added, in whatever order, however often.
 *
 * <p>Mutable: one is kept for every session at work.
 */
public final class SessionFacts {
    private static final int MOST_CHUNKS = 16;

    /**
     * @param id of the session; of the person, or where none is named the installation, and the month if {@code sessionless}
     * @param sessionless whether it is about what names no session
     */
    public record Subject(String orgId, String id, boolean sessionless) {
        /** What somebody did in a month without naming a session. By month, so that what is known of it ends. */
        public static Subject withoutSession(String orgId, String id, int yearMonth) {
            return new Subject(orgId, id + ' ' + yearMonth, true);
        }

        /** What its facts come together by. */
        public Id key() {
            return Id.of(sessionless ? Id.Kind.INSTALLATION : Id.Kind.SESSION, orgId, id);
        }
    }

    private @Nullable Subject subject;
    private final Map<Long, Fact> byId = new HashMap<>();
    private final List<Fact> unsaved = new ArrayList<>();
    private int chunks;

    /** Epoch milliseconds. */
    public long heldUntilMillis;

    public boolean hasTimer;

    /** Known from the first fact on. */
    public Subject subject() {
        return Objects.requireNonNull(subject);
    }

    public boolean isEmpty() {
        return byId.isEmpty();
    }

    public Collection<Fact> facts() {
        return byId.values();
    }

    /**
     * Whether it says anything new.
     *
     * @param of what the fact is of, always the same
     */
    public boolean add(Subject of, Fact fact) {
        subject = of;
        Fact known = byId.get(fact.id());
        Fact now = known == null ? fact : known.or(fact);
        if (now.equals(known)) {
            return false;
        }
        byId.put(now.id(), now);
        unsaved.add(now);
        return true;
    }

    /** A measure of the memory that it takes. */
    public int weight() {
        return 8 + byId.size();
    }

    public boolean hasUnsaved() {
        return !unsaved.isEmpty();
    }

    /** Whether the next {@link #save} takes the place of the chunks before it, which have become many. */
    public boolean savesAll() {
        return chunks == 0 || chunks >= MOST_CHUNKS;
    }

    /** A chunk for state: everything, or the facts that were added since the chunk before. */
    public byte[] save() {
        boolean all = savesAll();
        Collection<Fact> facts = all ? byId.values() : unsaved;
        RowWriter row = new RowWriter(64 + 64 * facts.size());
        Words words = new Words();
        row.putByte(1); // version of the format
        row.putByte((hasTimer ? 1 : 0) | (subject().sessionless ? 2 : 0));
        row.putLong(heldUntilMillis);
        words.put(row, subject().orgId);
        words.put(row, subject().id);
        row.putVarlong(facts.size());
        facts.forEach(fact -> fact.write(row, words));
        chunks = all ? 1 : chunks + 1;
        unsaved.clear();
        return row.toByteArray();
    }

    /** @param saved the chunks, oldest first; none: nothing is known */
    public static SessionFacts restore(Iterable<byte[]> saved) {
        SessionFacts session = new SessionFacts();
        RowReader row = new RowReader();
        for (byte[] chunk : saved) {
            row.open(chunk, 0, chunk.length);
            Words words = new Words();
            int format = row.readByte();
            if (format != 1) {
                throw new IllegalStateException("session of format " + format + " (expected: 1)");
            }
            int flags = row.readByte();
            session.heldUntilMillis = row.readLong();
            session.hasTimer = (flags & 1) != 0;
            Subject subject = new Subject(words.required(row), words.required(row), (flags & 2) != 0);
            for (long i = row.readVarlong(); i > 0; i--) {
                session.add(subject, Fact.read(row, words));
            }
            session.chunks++;
        }
        session.unsaved.clear();
        return session;
    }

    /** A fact on its way to its session. */
    public static void write(RowWriter row, Subject subject, long heldUntilMillis, Fact fact) {
        Words words = new Words();
        words.put(row, subject.orgId);
        words.put(row, subject.id);
        row.putByte(subject.sessionless ? 1 : 0);
        row.putLong(heldUntilMillis);
        fact.write(row, words);
    }

    /** @param heldUntilMillis until when the fact can change anything */
    public record Arrival(Subject subject, long heldUntilMillis, Fact fact) {
        public static Arrival read(RowReader row) {
            Words words = new Words();
            Subject subject = new Subject(words.required(row), words.required(row), row.readByte() == 1);
            return new Arrival(subject, row.readLong(), Fact.read(row, words));
        }
    }
}
