package io.sluice.core.codemetrics;

import io.sluice.core.codemetrics.SessionRows.Presence;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.schema.CodeMetricRow;
import io.sluice.schema.Codec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What was told of a session last, as far as needed to tell next what is different: hashes of its rows, and its presences; of
 * what was forgotten, which months that was.
 */
public final class Told {
    /** @param rows without versions; those that are no more are {@code empty} */
    public record News(List<CodeMetricRow> rows, Set<Presence> come, Set<Presence> gone) {}

    private Map<Id, Long> rows = Map.of();
    private Set<Presence> presences = Set.of();
    private ClosedMonths closed = new ClosedMonths();

    public ClosedMonths closed() {
        return closed;
    }

    /** Forgets all but which months were told. */
    public void forget(SessionFacts session) {
        closed.close(session.facts());
        rows = Map.of();
        presences = Set.of();
    }

    /** Compares, and remembers. */
    public News tell(SessionFacts.Subject subject, SessionRows.Result now) {
        List<CodeMetricRow> changed = new ArrayList<>();
        Map<Id, Long> hashes = new HashMap<>(2 * now.rows().size());
        now.rows().forEach((id, row) -> {
            long hash = hash(row);
            hashes.put(id, hash);
            Long before = rows.get(id);
            if (before == null || before != hash) {
                changed.add(row);
            }
        });
        for (Id id : rows.keySet()) {
            if (!hashes.containsKey(id)) {
                changed.add(Row.empty(subject, id));
            }
        }
        Set<Presence> come = new LinkedHashSet<>(now.presences());
        come.removeAll(presences);
        Set<Presence> gone = new LinkedHashSet<>(presences);
        gone.removeAll(now.presences());
        rows = hashes;
        presences = new HashSet<>(now.presences());
        return new News(changed, come, gone);
    }

    private static long hash(CodeMetricRow row) {
        byte[] bytes = Codec.encode(row);
        return Id.of(bytes, 0, bytes.length).lo();
    }

    public byte[] save() {
        RowWriter row = new RowWriter(16 + 24 * rows.size());
        row.putByte(2); // version of the format
        row.putVarlong(rows.size());
        rows.forEach((id, hash) -> {
            row.putId(id);
            row.putLong(hash);
        });
        Words words = new Words();
        row.putVarlong(presences.size());
        for (Presence presence : presences) {
            row.putVarlong(presence.day());
            words.put(row, presence.user());
            words.put(row, presence.team());
            words.put(row, presence.repository());
            words.put(row, presence.terminal());
        }
        closed.write(row, words);
        return row.toByteArray();
    }

    public static Told restore(byte[] saved) {
        Told told = new Told();
        RowReader row = new RowReader(saved);
        int format = row.readByte();
        if (format != 1 && format != 2) {
            throw new IllegalStateException("told of format " + format + " (expected: 1, 2)");
        }
        told.rows = new HashMap<>();
        for (long i = row.readVarlong(); i > 0; i--) {
            Id id = row.readId();
            told.rows.put(id, row.readLong());
        }
        Words words = new Words();
        told.presences = new HashSet<>();
        for (long i = row.readVarlong(); i > 0; i--) {
            told.presences.add(new Presence(
                    row.readVarlong(), words.required(row), words.required(row), words.get(row), words.get(row)));
        }
        if (format == 2) {
            told.closed = ClosedMonths.read(row, words);
        }
        return told;
    }
}
