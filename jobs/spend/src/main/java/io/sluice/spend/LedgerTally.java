package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.LedgerScope;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Adds up ledger changes between two flushes. Holds nothing over a barrier, so it needs no state. */
final class LedgerTally {
    private record Row(long scope, long hour) {}

    private static final Count[] COUNTS = Count.values();

    private final Map<Row, long[]> rows = new HashMap<>();
    private final Map<Long, LedgerScope> names = new HashMap<>();
    private Row lastRow = new Row(0, Long.MIN_VALUE);
    private long[] last = new long[COUNTS.length];

    /** Counts for a scope whose names come another way. */
    void add(long scope, long hour, Count count, long difference) {
        if (lastRow.hour != hour || lastRow.scope != scope) {
            lastRow = new Row(scope, hour);
            last = rows.computeIfAbsent(lastRow, key -> new long[COUNTS.length]);
        }
        last[count.ordinal()] += difference;
    }

    void add(LedgerChange change) {
        if (change.names() != null) {
            names.putIfAbsent(change.scope(), change.names());
        }
        add(change.scope(), change.hour(), change.count(), change.difference());
    }

    boolean knows(long scope) {
        return names.containsKey(scope);
    }

    void name(long scope, LedgerScope scopeNames) {
        names.put(scope, scopeNames);
    }

    void flush(Consumer<LedgerChange> out) {
        rows.forEach((row, differences) -> {
            @Nullable LedgerScope scopeNames = names.get(row.scope);
            for (Count count : COUNTS) {
                if (differences[count.ordinal()] != 0) {
                    out.accept(new LedgerChange(row.scope, scopeNames, row.hour, count, differences[count.ordinal()]));
                }
            }
        });
        rows.clear();
        names.clear();
        lastRow = new Row(0, Long.MIN_VALUE);
    }
}
