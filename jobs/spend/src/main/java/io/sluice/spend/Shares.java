package io.sluice.spend;

import io.sluice.core.caps.CapSubject;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import io.sluice.runtime.Bundle;
import io.sluice.runtime.Bundles;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** What counts for pools and totals, collected until it is flushed. Holds nothing over a barrier, so it needs no state. */
final class Shares {
    private static final int MOST = 2_048;

    /**
     * What was spent of one subject, in one row.
     *
     * @param at times; the first {@code count} count
     * @param micros amounts at these times
     * @param event whose report was the last one; 0: no report's
     * @param receivedAt when the last one was received; 0: no spend was
     */
    @SuppressWarnings("ArrayRecordComponent") // Read once, never compared.
    record Spent(CapSubject subject, long[] at, long[] micros, int count, long event, long receivedAt) {
        /** Reads a row. */
        static Spent read(RowReader row) {
            CapSubject subject = CapSubject.read(row);
            long event = row.readLong();
            long receivedAt = row.readLong();
            int count = row.readLength();
            long[] at = new long[count];
            long[] micros = new long[count];
            long last = 0;
            for (int i = 0; i < count; i++) {
                last += row.readVarlong();
                at[i] = last;
                micros[i] = row.readVarlong();
            }
            return new Spent(subject, at, micros, count, event, receivedAt);
        }
    }

    /** Of one subject. */
    final class Share {
        private final CapSubject subject;
        private long[] at = new long[16];
        private long[] micros = new long[16];
        private int count;
        private long event;
        private long receivedAt;

        private Share(CapSubject subject) {
            this.subject = subject;
        }

        CapSubject subject() {
            return subject;
        }

        /** See {@link Spent}. */
        void add(long when, long amount, long ofEvent, long received) {
            if (ofEvent != 0) {
                event = ofEvent;
            }
            receivedAt = Math.max(receivedAt, received);
            empty = false;
            if (count > 0 && at[count - 1] == when) {
                micros[count - 1] += amount;
                return;
            }
            if (count == MOST) {
                flush();
            }
            if (count == at.length) {
                at = Arrays.copyOf(at, 2 * count);
                micros = Arrays.copyOf(micros, 2 * count);
            }
            at[count] = when;
            micros[count++] = amount;
        }

        private void flush() {
            if (count == 0) {
                return;
            }
            RowWriter row = out.row(subject.id());
            subject.write(row);
            row.putLong(event);
            row.putLong(receivedAt);
            row.putVarlong(count);
            long last = 0;
            for (int i = 0; i < count; i++) {
                row.putVarlong(at[i] - last);
                row.putVarlong(micros[i]);
                last = at[i];
            }
            count = 0;
            event = 0;
            receivedAt = 0;
        }
    }

    private final Map<CapSubject, Share> bySubject = new HashMap<>();
    private final Bundles out;
    private boolean empty = true;

    Shares(int maxParallelism, Consumer<Bundle> out) {
        this.out = new Bundles(maxParallelism, out);
    }

    boolean isEmpty() {
        return empty;
    }

    Share of(CapSubject subject) {
        return bySubject.computeIfAbsent(subject, Share::new);
    }

    void flush() {
        if (!empty) {
            bySubject.values().forEach(Share::flush);
            out.flush();
            empty = true;
        }
    }
}
