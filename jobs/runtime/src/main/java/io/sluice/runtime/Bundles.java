package io.sluice.runtime;

import io.sluice.core.spend.Id;
import io.sluice.core.spend.RowWriter;
import java.util.function.Consumer;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.jspecify.annotations.Nullable;

/** Collects rows by key group until they are flushed. Holds nothing over a barrier, so it needs no state. */
public final class Bundles {
    private static final int MOST_BYTES = 16 * 1024;

    private static final int MOST_KEPT = 4 * MOST_BYTES;
    private static final int FIRST_BYTES = 1024;

    private final RowWriter[] rows;
    private final @Nullable Id[] keys;
    private final Consumer<Bundle> out;
    private boolean empty = true;

    public Bundles(int maxParallelism, Consumer<Bundle> out) {
        this.rows = new RowWriter[maxParallelism];
        this.keys = new Id[maxParallelism];
        for (int i = 0; i < maxParallelism; i++) {
            rows[i] = new RowWriter(FIRST_BYTES);
        }
        this.out = out;
    }

    /** Where the next row for a key is to be written, at once and as a whole. */
    public RowWriter row(Id key) {
        int group = KeyGroupRangeAssignment.computeKeyGroupForKeyHash(key.hashCode(), rows.length);
        if (rows[group].length() > MOST_BYTES) {
            flush(group);
        }
        if (rows[group].length() == 0) {
            keys[group] = key;
        }
        empty = false;
        return rows[group];
    }

    public void flush() {
        if (empty) {
            return;
        }
        for (int group = 0; group < rows.length; group++) {
            flush(group);
        }
        empty = true;
    }

    private void flush(int group) {
        Id key = keys[group];
        if (key != null && rows[group].length() > 0) {
            out.accept(new Bundle(key, rows[group].toByteArray()));
            if (rows[group].array().length > MOST_KEPT) {
                rows[group] = new RowWriter(FIRST_BYTES); // a huge row leaves no huge array
            }
            rows[group].clear();
        }
    }
}
