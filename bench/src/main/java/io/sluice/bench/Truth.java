package io.sluice.bench;

import io.sluice.schema.UsageEvent;
import java.util.HashMap;
import java.util.Map;

/** What a correct job makes of a {@link UsageLoad}, added up while that is made, without reading anything back. */
final class Truth {
    private static final long MICROS_PER_HOUR = 3_600_000_000L;

    private final Sums cells = new Sums();
    private final Map<Long, Long> receivedByHour = new HashMap<>();
    private long received;
    private long duplicates;
    private long late;
    private long bytes;
    private long rawMicros;

    /**
     * Adds a record as it is received.
     *
     * @param repetition of one that was received before
     * @param closed occurred in a month that was closed at receipt
     */
    void add(UsageEvent event, boolean repetition, boolean closed, int encodedBytes) {
        received++;
        bytes += encodedBytes;
        rawMicros += event.getReportedCostMicros() == null ? 0 : event.getReportedCostMicros();
        receivedByHour.merge(Math.floorDiv(event.getReceivedAt(), MICROS_PER_HOUR), 1L, Long::sum);
        if (closed) {
            late++;
        } else if (repetition) {
            duplicates++;
        } else {
            cells.add(event);
        }
    }

    Sums cells() {
        return cells;
    }

    long received() {
        return received;
    }

    long accepted() {
        return received - duplicates - late;
    }

    long duplicates() {
        return duplicates;
    }

    long late() {
        return late;
    }

    /** By hour of receipt, in hours since the epoch. */
    Map<Long, Long> receivedByHour() {
        return receivedByHour;
    }

    /** Reported cost of all records, repetitions and late ones too. */
    long rawMicros() {
        return rawMicros;
    }

    /** Mean size of a record's value. */
    double meanBytes() {
        return (double) bytes / received;
    }
}
