package io.sluice.spend;

import io.sluice.core.spend.Id;
import io.sluice.core.spend.Periods;
import io.sluice.core.spend.RowReader;
import io.sluice.core.spend.RowWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.runtime.state.KeyedStateBackend;

/**
 * Facts about ids, append-only: the facts of an id come back in the order in which they were added. Made for ids that
 * are nearly always new. A filter in memory says so without a read, and new facts are written together, bucket by
 * bucket, before each checkpoint.
 *
 * <p>State: for each bucket of ids (the key) and month (the namespace) a list of chunks. A month goes as a whole when
 * it is closed; facts that are to be remembered longer are written again in the later month, and the older ones no
 * longer count. The memory taken does not grow with the number of facts: a fuller filter sends more look-ups to state.
 */
final class FactStore {
    /** Of a pending fact: next of the same slot, month, id, length. */
    private static final int NEXT = 0;

    private static final int MONTH = 4;
    private static final int HI = 8;
    private static final int LO = 16;
    private static final int LENGTH = 24;
    private static final int BYTES = 28;

    private static final int BLOCK_LONGS = 8;
    private static final int PROBES = 5;

    private final KeyedStateBackend<Id> backend;
    private final ListStateDescriptor<byte[]> descriptor;
    private final ListState<Integer> monthsState;
    private final TreeSet<Integer> months = new TreeSet<>();
    private final long[] filter;
    private final BitSet unread = new BitSet(); // buckets whose facts are not in the filter yet
    private final Duration openAfterEnd;
    private final int mostPending;
    private int[] heads = new int[1 << 12]; // offset plus one of the newest pending fact of a slot; 0: none
    private RowWriter pending = new RowWriter(1 << 16);
    private int pendingCount;

    /**
     * @param name of the state
     * @param filterBytes memory for the filter; about ten bits for a fact keep it sharp. Facts that wait to be written
     *     take twice as much at most
     */
    FactStore(
            String name,
            KeyedStateBackend<Id> backend,
            OperatorStateStore operatorState,
            int filterBytes,
            Duration openAfterEnd)
            throws Exception {
        this.backend = backend;
        this.descriptor = new ListStateDescriptor<>(name, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        this.monthsState = operatorState.getUnionListState(new ListStateDescriptor<>(name + "-months", Types.INT));
        this.filter = new long[Math.max(1, Integer.highestOneBit(filterBytes / (8 * BLOCK_LONGS))) * BLOCK_LONGS];
        this.openAfterEnd = openAfterEnd;
        this.mostPending = 2 * filterBytes;
        for (Integer month : monthsState.get()) {
            months.add(month);
        }
        if (!months.isEmpty()) {
            unread.set(0, 1 << Id.BUCKET_BITS);
        }
    }

    /** False: nothing is known about the id. True: {@link #find} may find something. */
    boolean mayKnow(Id id) throws Exception {
        int bucket = id.hashCode();
        if (unread.get(bucket)) {
            readIntoFilter(id.bucket());
            unread.clear(bucket);
        }
        int block = block(id.hi());
        long bits = id.lo();
        for (int i = 0; i < PROBES; i++) {
            if ((filter[block + (int) (bits & 7)] & (1L << (bits >>> 3))) == 0) {
                return false;
            }
            bits = Long.rotateRight(bits, 9);
        }
        return true;
    }

    private void addToFilter(long hi, long lo) {
        int block = block(hi);
        long bits = lo;
        for (int i = 0; i < PROBES; i++) {
            filter[block + (int) (bits & 7)] |= 1L << (bits >>> 3);
            bits = Long.rotateRight(bits, 9);
        }
    }

    private int block(long hi) {
        // The top bits choose the bucket: the lower ones are as good.
        return ((int) hi & (filter.length / BLOCK_LONGS - 1)) * BLOCK_LONGS;
    }

    private void readIntoFilter(Id bucket) throws Exception {
        RowReader row = new RowReader();
        for (Integer month : months) {
            for (byte[] chunk : read(bucket, month)) {
                row.open(chunk, 0, chunk.length);
                while (row.hasMore()) {
                    addToFilter(row.readLong(), row.readLong());
                    row.skip(row.readLength());
                }
            }
        }
    }

    private ListState<byte[]> chunks(Id bucket, Integer month) throws Exception {
        backend.setCurrentKey(bucket);
        return backend.getPartitionedState(month, IntSerializer.INSTANCE, descriptor);
    }

    private Iterable<byte[]> read(Id bucket, Integer month) throws Exception {
        Iterable<byte[]> stored = chunks(bucket, month).get();
        return stored == null ? List.of() : stored; // state as such gives null for none
    }

    /**
     * What is known of an id: all of it is in one month, the latest that any of its facts asked for.
     *
     * @param facts oldest first
     * @param month 0: nothing is known
     */
    record Known(List<RowReader> facts, int month) {
        static final Known NOTHING = new Known(List.of(), 0);
    }

    Known find(Id id) throws Exception {
        byte[] bytes = pending.array();
        int waiting = 0;
        for (int at = heads[slot(id.lo())]; at != 0; at = intAt(bytes, at - 1 + NEXT)) {
            if (isOf(id, bytes, at - 1)) {
                waiting = Math.max(waiting, intAt(bytes, at - 1 + MONTH));
            }
        }
        List<RowReader> facts = new ArrayList<>();
        int month = waiting;
        for (Integer stored : months.descendingSet()) {
            if (stored < waiting) {
                break;
            }
            addStored(id, stored, facts);
            if (!facts.isEmpty()) {
                month = stored;
                break;
            }
        }
        int older = facts.size();
        for (int at = heads[slot(id.lo())]; at != 0; at = intAt(bytes, at - 1 + NEXT)) {
            if (isOf(id, bytes, at - 1) && intAt(bytes, at - 1 + MONTH) == month) {
                // Newest first, and found one by one: the order is turned round.
                facts.add(older, slice(bytes, at - 1 + BYTES, intAt(bytes, at - 1 + LENGTH)));
            }
        }
        return facts.isEmpty() ? Known.NOTHING : new Known(facts, month);
    }

    private static boolean isOf(Id id, byte[] bytes, int at) {
        return longAt(bytes, at + HI) == id.hi() && longAt(bytes, at + LO) == id.lo();
    }

    private void addStored(Id id, Integer month, List<RowReader> facts) throws Exception {
        RowReader row = new RowReader();
        for (byte[] chunk : read(id.bucket(), month)) {
            row.open(chunk, 0, chunk.length);
            while (row.hasMore()) {
                boolean same = row.readLong() == id.hi() & row.readLong() == id.lo();
                int length = row.readLength();
                if (same) {
                    facts.add(slice(chunk, row.position(), length));
                }
                row.skip(length);
            }
        }
    }

    private static RowReader slice(byte[] from, int offset, int length) {
        return new RowReader(Arrays.copyOfRange(from, offset, offset + length));
    }

    private int slot(long lo) {
        return (int) (lo >>> 32) & (heads.length - 1);
    }

    /**
     * Adds a fact.
     *
     * @param month until whose closing it is remembered, for example 202611
     * @param known what {@link #find} found, and what moves to the month if it is a later one
     */
    void add(Id id, int month, Known known, byte[] from, int offset, int length) throws Exception {
        hold(id, month, known);
        append(id, Math.max(month, known.month), from, offset, length);
    }

    /** Sees to it that what is known is remembered until a month is closed, and all of it equally long. */
    void hold(Id id, int month, Known known) throws Exception {
        if (month > known.month) {
            for (RowReader fact : known.facts) {
                append(id, month, fact.array(), 0, fact.array().length);
            }
        }
    }

    private void append(Id id, int month, byte[] from, int offset, int length) throws Exception {
        if (pending.length() + BYTES + length > mostPending) {
            flush();
        }
        if (pendingCount == heads.length) {
            grow();
        }
        addToFilter(id.hi(), id.lo());
        int slot = slot(id.lo());
        int at = pending.length();
        pending.putInt(heads[slot]);
        pending.putInt(month);
        pending.putId(id);
        pending.putInt(length);
        pending.putBytes(from, offset, length);
        heads[slot] = at + 1;
        pendingCount++;
    }

    private void grow() {
        heads = new int[2 * heads.length];
        RowWriter old = pending;
        pending = new RowWriter(old.array().length);
        byte[] bytes = old.array();
        for (int at = 0; at < old.length(); ) {
            int slot = slot(longAt(bytes, at + LO));
            int length = BYTES + intAt(bytes, at + LENGTH);
            int moved = pending.length();
            pending.putInt(heads[slot]);
            pending.putBytes(bytes, at + MONTH, length - MONTH);
            heads[slot] = moved + 1;
            at += length;
        }
    }

    /** Writes all facts to state. To be called before each checkpoint. */
    void flush() throws Exception {
        if (pendingCount == 0) {
            return;
        }
        byte[] bytes = pending.array();
        // By bucket, and within it in order of arrival.
        long[] order = new long[pendingCount];
        int count = 0;
        for (int at = 0; at < pending.length(); at += BYTES + intAt(bytes, at + LENGTH)) {
            order[count++] = longAt(bytes, at + HI) >>> (64 - Id.BUCKET_BITS) << 32 | at;
        }
        Arrays.sort(order);
        RowWriter chunk = new RowWriter(1024);
        for (int from = 0; from < count; ) {
            int to = from;
            int month = intAt(bytes, (int) order[from] + MONTH);
            boolean mixed = false;
            while (to < count && order[to] >>> 32 == order[from] >>> 32) {
                mixed |= intAt(bytes, (int) order[to] + MONTH) != month;
                to++;
            }
            if (mixed) {
                for (int each : monthsOf(bytes, order, from, to)) {
                    write(bytes, order, from, to, each, chunk);
                }
            } else {
                write(bytes, order, from, to, month, chunk);
            }
            from = to;
        }
        Arrays.fill(heads, 0);
        pending.clear();
        pendingCount = 0;
    }

    private static Set<Integer> monthsOf(byte[] bytes, long[] order, int from, int to) {
        Set<Integer> found = new TreeSet<>();
        for (int i = from; i < to; i++) {
            found.add(intAt(bytes, (int) order[i] + MONTH));
        }
        return found;
    }

    private void write(byte[] bytes, long[] order, int from, int to, int month, RowWriter chunk) throws Exception {
        chunk.clear();
        for (int i = from; i < to; i++) {
            int at = (int) order[i];
            if (intAt(bytes, at + MONTH) == month) {
                chunk.putLong(longAt(bytes, at + HI));
                chunk.putLong(longAt(bytes, at + LO));
                chunk.putBlock(bytes, at + BYTES, intAt(bytes, at + LENGTH));
            }
        }
        months.add(month);
        chunks(new Id(order[from] >>> 32 << (64 - Id.BUCKET_BITS), 0), month).add(chunk.toByteArray());
    }

    /** To be called with each checkpoint. */
    void snapshot() throws Exception {
        flush();
        monthsState.update(new ArrayList<>(months));
    }

    /** Forgets the months that are closed at a watermark (epoch milliseconds). */
    void forget(long watermark) throws Exception {
        boolean forgot = false;
        for (Integer month : List.copyOf(months)) {
            if (Periods.closesAtMillis(month, openAfterEnd) <= watermark) {
                flush();
                List<Id> buckets;
                try (Stream<Id> keys = backend.getKeys(descriptor.getName(), month)) {
                    buckets = keys.toList();
                }
                for (Id bucket : buckets) {
                    chunks(bucket, month).clear();
                }
                months.remove(month);
                forgot = true;
            }
        }
        if (forgot) {
            flush();
            Arrays.fill(filter, 0);
            unread.set(0, 1 << Id.BUCKET_BITS);
        }
    }

    private static int intAt(byte[] bytes, int offset) {
        return RowReader.intAt(bytes, offset);
    }

    private static long longAt(byte[] bytes, int offset) {
        return RowReader.longAt(bytes, offset);
    }
}
