package io.sluice.core.reconcile;

import io.sluice.core.spend.Periods;
import io.sluice.schema.SpendCell;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What Sluice has counted of one UTC day.
 *
 * @param day UTC
 * @param parts they add up to the day's spend
 */
public record OwnDay(LocalDate day, List<Part> parts) {
    /**
     * A part of the spend.
     *
     * @param product as telemetry names it: {@code claude-code}
     * @param basis {@code events} or {@code counters}
     * @param occurredAt some time of it, microseconds since the epoch
     * @param receivedAt when Sluice got it, microseconds since the epoch; 0: it is not known, and taken for in time
     */
    public record Part(String product, String basis, long occurredAt, long receivedAt, long micros) {}

    public OwnDay {
        parts = List.copyOf(parts);
    }

    /**
     * Of cells of the hour cube. They do not tell when their records were received, but for imports into a closed month: of
     * those the start of the month of receipt is taken.
     *
     * @param cells of all days
     */
    public static OwnDay of(LocalDate day, List<SpendCell> cells) {
        return new OwnDay(
                day,
                cells.stream()
                        .filter(cell -> Days.contains(day, cell.getStartingAt()))
                        .map(cell -> new Part(
                                cell.getProduct(),
                                cell.getBasis(),
                                cell.getStartingAt(),
                                cell.getImportedIn() == 0 ? 0 : Periods.monthStartMicros(cell.getImportedIn()),
                                cell.getSpendMicros()))
                        .toList());
    }

    public long micros() {
        return parts.stream().mapToLong(Part::micros).reduce(0, Math::addExact);
    }

    public Map<String, Long> byProduct() {
        Map<String, Long> sums = new TreeMap<>();
        parts.forEach(part -> sums.merge(part.product(), part.micros(), Math::addExact));
        return sums;
    }

    public Map<String, Long> byBasis() {
        Map<String, Long> sums = new TreeMap<>();
        parts.forEach(part -> sums.merge(part.basis(), part.micros(), Math::addExact));
        return sums;
    }
}
