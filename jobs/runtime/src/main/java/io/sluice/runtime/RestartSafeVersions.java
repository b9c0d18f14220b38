package io.sluice.runtime;

import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.ManagedInitializationContext;

/**
 * Versions of result documents that only grow, also over restarts.
 *
 * <p>After a restart the job's state is older than what it has already written, and the records that follow may arrive
 * in another order; a version that counts contributions alone could stay below one that was written before the crash,
 * and the document would stay stale. So every attempt of the job starts from an epoch above all versions of earlier
 * attempts: the wall clock in milliseconds, or one above the epoch found in the restored state if the clock is behind.
 */
public final class RestartSafeVersions {
    /** Leaves room for 4,096 versions a millisecond in one attempt; below 2^53 until the year 2255. */
    private static final int BITS_PER_MILLI = 12;

    private final ListState<Long> epochs;
    private final long epoch;

    private RestartSafeVersions(ListState<Long> epochs, long epoch) {
        this.epochs = epochs;
        this.epoch = epoch;
    }

    public static RestartSafeVersions open(ManagedInitializationContext context, long nowMillis) throws Exception {
        ListState<Long> epochs =
                context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("epochs", Types.LONG));
        long epoch = nowMillis;
        for (Long earlier : epochs.get()) {
            epoch = Math.max(epoch, earlier + 1);
        }
        return new RestartSafeVersions(epochs, epoch);
    }

    public void snapshot() throws Exception {
        epochs.update(List.of(epoch));
    }

    /** @param previous version of the document in state; 0: none */
    public long next(long previous) {
        return Math.max(previous, floor()) + 1;
    }

    /** Above every version of earlier attempts, below every one that {@link #next} gives in this one. */
    public long floor() {
        return epoch << BITS_PER_MILLI;
    }
}
