package io.sluice.spend;

import io.sluice.core.spend.Contribution;
import java.time.Duration;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;

/** Sends each contribution to the cell in which it counts, see {@link Contribution#settled}. */
final class SettleFunction implements FlatMapFunction<Contribution, Contribution> {
    private static final long serialVersionUID = 1L;

    private final Duration openAfterEnd;

    SettleFunction(Duration openAfterEnd) {
        this.openAfterEnd = openAfterEnd;
    }

    @Override
    public void flatMap(Contribution contribution, Collector<Contribution> out) {
        Contribution settled = contribution.settled(openAfterEnd);
        if (settled != null) {
            out.collect(settled);
        }
    }
}
