package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.LedgerChange;
import io.sluice.core.spend.LedgerScope;
import io.sluice.core.spend.Periods;
import io.sluice.schema.LedgerEntry;
import io.sluice.schema.Topic;
import org.apache.flink.util.Collector;

/** Counts that receivers report of records which go no further. */
final class ReadIntake extends ReadFunction<LedgerEntry, LedgerChange> {
    private static final long serialVersionUID = 1L;

    ReadIntake() {
        super(Topic.INTAKE, LedgerEntry.class);
    }

    @Override
    void read(LedgerEntry entry, Context ctx, Collector<LedgerChange> out) {
        Periods.check("hour", entry.getHour());
        for (Count count : Count.values()) {
            long by = switch (count) {
                case RECEIVED -> entry.getReceived();
                case ACCEPTED -> entry.getAccepted();
                case DUPLICATE -> entry.getDuplicate();
                case REJECTED -> entry.getRejected();
                case LATE -> entry.getLate();
                case IGNORED -> entry.getIgnored();
                case ERASED -> entry.getErased();
                case SUPERSEDED -> entry.getSuperseded();
            };
            if (by != 0) {
                out.collect(LedgerChange.of(
                        new LedgerScope(entry.getOrgId(), entry.getSource()),
                        Periods.hour(entry.getHour()),
                        count,
                        by));
            }
        }
    }
}
