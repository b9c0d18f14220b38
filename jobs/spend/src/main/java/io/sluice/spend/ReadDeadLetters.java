package io.sluice.spend;

import io.sluice.core.spend.Count;
import io.sluice.core.spend.Periods;
import io.sluice.elasticsearch.DocumentWrite;
import io.sluice.runtime.RefusedDocuments;
import io.sluice.schema.DeadLetter;
import io.sluice.schema.Topic;
import org.apache.flink.util.Collector;

/** Counts what was rejected, and makes it readable; what {@link RefusedDocuments} wrote is counted elsewhere. */
final class ReadDeadLetters extends ReadFunction<DeadLetter, DocumentWrite> {
    private static final long serialVersionUID = 1L;

    ReadDeadLetters() {
        super(Topic.DEAD_LETTERS, DeadLetter.class);
    }

    @Override
    void read(DeadLetter letter, Context ctx, Collector<DocumentWrite> out) {
        Periods.check("received_at", letter.getReceivedAt());
        if (!RefusedDocuments.wrote(letter)) {
            long hour = Periods.hour(letter.getReceivedAt());
            count(ctx, letter.getOrgId(), letter.getSource(), hour, Count.RECEIVED, 1);
            count(ctx, letter.getOrgId(), letter.getSource(), hour, Count.REJECTED, 1);
        }
        out.collect(Documents.deadLetter(letter));
    }
}
