package io.sluice.core.reconcile;

import io.sluice.schema.ReportedDay;
import io.sluice.schema.ReportedRow;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The cost that one report of one adapter has for one UTC day.
 *
 * @param day UTC
 * @param adapter that was read
 * @param parts they add up to the day's cost
 * @param fetchedAt when the day was read last, microseconds since the epoch
 * @param coveredUntil up to when upstream's data of then went, microseconds since the epoch
 * @param firstMicros the day's cost at its first reading; null: it is not known
 * @param complete false: rows are missing
 */
public record ReportedCost(
        LocalDate day,
        String adapter,
        List<Part> parts,
        long fetchedAt,
        long coveredUntil,
        @Nullable Long firstMicros,
        boolean complete) {
    /**
     * A part of the cost.
     *
     * @param product as upstream names it; null: the report does not tell products apart
     * @param listMicros at list price; null: not told
     */
    public record Part(
            @Nullable String product, long micros, @Nullable Long listMicros) {}

    public ReportedCost {
        parts = List.copyOf(parts);
    }

    /**
     * Of the topics {@code reported} and {@code reported-days}.
     *
     * @param reading of the report {@code cost}; null: there is none
     * @param rows of all days, reports and adapters
     * @return empty: the day was not read yet
     */
    public static Optional<ReportedCost> of(LocalDate day, @Nullable ReportedDay reading, List<ReportedRow> rows) {
        if (reading == null) {
            return Optional.empty();
        }
        List<Part> parts = new ArrayList<>();
        for (ReportedRow row : rows) {
            Long cost = row.getCostMicros();
            if (cost != null
                    && !row.getGone()
                    && row.getOrgId().equals(reading.getOrgId())
                    && row.getReport().equals(reading.getReport())
                    && row.getAdapter().equals(reading.getAdapter())
                    && Days.contains(day, row.getStartingAt())) {
                parts.add(new Part(row.getProduct(), cost, row.getListCostMicros()));
            }
        }
        Long refreshedAt = reading.getRefreshedAt();
        return Optional.of(new ReportedCost(
                day,
                reading.getAdapter(),
                parts,
                reading.getFetchedAt(),
                refreshedAt == null ? reading.getFetchedAt() : refreshedAt,
                reading.getFirstCostMicros(),
                !reading.getIncomplete()));
    }

    public long micros() {
        return parts.stream().mapToLong(Part::micros).reduce(0, Math::addExact);
    }

    /** What is not told counts as it is to be paid. */
    public long listMicros() {
        return parts.stream().mapToLong(ReportedCost::list).reduce(0, Math::addExact);
    }

    public boolean knowsListPrices() {
        return parts.stream().allMatch(part -> part.listMicros() != null);
    }

    /** Where products are not told apart the name is empty. */
    public Map<String, Long> byProduct() {
        Map<String, Long> sums = new TreeMap<>();
        parts.forEach(part -> sums.merge(part.product() == null ? "" : part.product(), part.micros(), Math::addExact));
        return sums;
    }

    static long list(Part part) {
        Long list = part.listMicros();
        return list == null ? part.micros() : list;
    }
}
