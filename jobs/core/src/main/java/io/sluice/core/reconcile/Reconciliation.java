package io.sluice.core.reconcile;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Our spend of one UTC day against the reported cost, and why they differ. Always: {@code differenceMicros} =
 * {@code sluiceMicros} − {@code reportedMicros} = the sum of the parts of {@code explained}.
 *
 * @param reportedMicros to be paid; 0 if the day was not read yet
 * @param listMicros the same at list price; null: not told
 * @param complete false: upstream has left rows out of what was read, or the day was not read yet
 */
public record Reconciliation(
        LocalDate day,
        long sluiceMicros,
        long reportedMicros,
        @Nullable Long listMicros,
        long differenceMicros,
        Explained explained,
        boolean complete) {
    /**
     * Parts of a difference, each with its sign: above 0 we have more than is reported.
     *
     * @param otherProducts ours of products that are not reported, less what is reported of products that we do not see
     * @param contractPrice list price less what is to be paid, of the products that we see
     * @param notYetReported ours of after the time up to which upstream's data went
     * @param late ours that came after the day was read
     * @param revised what the report itself has moved since it was read first
     * @param unexplained the rest
     */
    public record Explained(
            long otherProducts, long contractPrice, long notYetReported, long late, long revised, long unexplained) {
        public long sum() {
            return Math.addExact(
                    Math.addExact(Math.addExact(otherProducts, contractPrice), Math.addExact(notYetReported, late)),
                    Math.addExact(revised, unexplained));
        }
    }
}
