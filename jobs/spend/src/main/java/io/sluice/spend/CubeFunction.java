package io.sluice.spend;

import io.sluice.core.spend.Amounts;
import io.sluice.core.spend.CellKey;
import io.sluice.core.spend.Contribution;
import io.sluice.core.spend.Periods;
import io.sluice.runtime.RestartSafeVersions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Adds contributions to a cell, and says what the cell is now. */
final class CubeFunction extends KeyedProcessFunction<String, Contribution, CellUpdate>
        implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    private final Duration openAfterEnd;
    private transient MapState<CellKey, CellUpdate> cells;
    private transient RestartSafeVersions versions;

    CubeFunction(Duration openAfterEnd) {
        this.openAfterEnd = openAfterEnd;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        versions = RestartSafeVersions.open(context, System.currentTimeMillis());
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        versions.snapshot();
    }

    @Override
    public void open(OpenContext openContext) {
        cells = getRuntimeContext()
                .getMapState(new MapStateDescriptor<>(
                        "cells", TypeInformation.of(CellKey.class), TypeInformation.of(CellUpdate.class)));
    }

    @Override
    public void processElement(Contribution contribution, Context ctx, Collector<CellUpdate> out) throws Exception {
        CellKey cell = contribution.cell();
        CellUpdate before = cells.get(cell);
        if (before == null && contribution.difference().isZero()) {
            // Only an earlier attempt can have written here, and only what its crash took back.
            out.collect(new CellUpdate(cell, Amounts.ZERO, versions.floor()));
            return;
        }
        Amounts amounts =
                before == null ? contribution.difference() : before.amounts().plus(contribution.difference());
        CellUpdate after = new CellUpdate(cell, amounts, versions.next(before == null ? 0 : before.version()));
        cells.put(cell, after);
        if (before == null) {
            ctx.timerService().registerEventTimeTimer(heldUntil(cell));
        }
        out.collect(after);
    }

    /** A cell is held until its month is closed; one of an import into a closed period, until the import's month is. */
    private long heldUntil(CellKey cell) {
        return Periods.cellHeldUntilMillis(cell, openAfterEnd);
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext ctx, Collector<CellUpdate> out) throws Exception {
        List<CellKey> closed = new ArrayList<>();
        for (CellKey cell : cells.keys()) {
            if (heldUntil(cell) <= timestamp) {
                closed.add(cell);
            }
        }
        for (CellKey cell : closed) {
            cells.remove(cell);
        }
    }
}
