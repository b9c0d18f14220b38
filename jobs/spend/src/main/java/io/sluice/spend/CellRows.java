package io.sluice.spend;

import io.sluice.core.spend.Contribution;
import io.sluice.runtime.Bundles;
import java.time.Duration;

/** Sends contributions to the cells in which they count. */
final class CellRows {
    private CellRows() {}

    static void add(Bundles cells, Contribution contribution, Duration openAfterEnd) {
        Contribution settled = contribution.settled(openAfterEnd);
        if (settled != null) {
            settled.write(cells.row(settled.cell().account()));
        }
    }
}
