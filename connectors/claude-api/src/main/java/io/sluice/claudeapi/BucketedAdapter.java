package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.schema.ReportedRow;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The reports by bucket of Claude Enterprise. Of each bucket upstream gives the 100 largest groups and not what the others
 * add up to. So where there are as many, the whole is asked for as well, and the difference is a row of its own, with the
 * dimension {@code remainder}.
 */
record BucketedAdapter(String adapterName, String path, List<String> groups) implements ReportAdapter {
    static final ReportAdapter USAGE = new BucketedAdapter(
            "enterprise-usage", "/v1/organizations/analytics/usage_report", List.of("model", "product", "speed"));

    static final ReportAdapter COST = new BucketedAdapter(
            "enterprise-cost", "/v1/organizations/analytics/cost_report", List.of("model", "product", "speed"));

    private static final int MOST_GROUPS = 100;

    @Override
    public ReportRequest request(LocalDate day, @Nullable String page) {
        return whole(day).groupBy(groups).with("page", page).build();
    }

    private ReportRequest.Builder whole(LocalDate day) {
        return new ReportRequest.Builder(path, day).ofDay().with("bucket_width", "1d");
    }

    @Override
    public void read(JsonNode page, DayRows rows) {
        ReportAdapter.readUsageOrCost(page, rows);
    }

    @Override
    public @Nullable ReportRequest rest(DayRows rows) {
        return rows.rows().size() + rows.letters().size() < MOST_GROUPS
                ? null
                : whole(rows.day()).build();
    }

    @Override
    public void readRest(JsonNode page, DayRows rows) {
        DayRows whole = rows.another();
        ReportAdapter.readUsageOrCost(page, whole);
        if (whole.rows().size() != 1 || !rows.letters().isEmpty()) {
            rows.setIncomplete();
            return;
        }
        ReportedRow rest = whole.rows().values().iterator().next();
        for (ReportedRow row : rows.rows().values()) {
            subtract(rest, row);
        }
        if (!isNegative(rest)) {
            rows.read(page, (node, row) -> {
                row.dimension("remainder", "true");
                row.measuresOf(rest);
            });
        } else {
            rows.setIncomplete(); // the two answers are of different data
        }
    }

    private static boolean isNegative(ReportedRow row) {
        return row.getInputTokens() < 0
                || row.getOutputTokens() < 0
                || row.getCacheReadTokens() < 0
                || row.getCacheCreation5mTokens() < 0
                || row.getCacheCreation1hTokens() < 0
                || row.getWebSearchRequests() < 0;
    }

    private static void subtract(ReportedRow from, ReportedRow row) {
        from.setInputTokens(from.getInputTokens() - row.getInputTokens());
        from.setOutputTokens(from.getOutputTokens() - row.getOutputTokens());
        from.setCacheReadTokens(from.getCacheReadTokens() - row.getCacheReadTokens());
        from.setCacheCreationTokens(from.getCacheCreationTokens() - row.getCacheCreationTokens());
        from.setCacheCreation5mTokens(from.getCacheCreation5mTokens() - row.getCacheCreation5mTokens());
        from.setCacheCreation1hTokens(from.getCacheCreation1hTokens() - row.getCacheCreation1hTokens());
        from.setWebSearchRequests(from.getWebSearchRequests() - row.getWebSearchRequests());
        from.setRequests(less(from.getRequests(), row.getRequests()));
        from.setTotalTokens(less(from.getTotalTokens(), row.getTotalTokens()));
        from.setCostMicros(less(from.getCostMicros(), row.getCostMicros()));
        from.setListCostMicros(less(from.getListCostMicros(), row.getListCostMicros()));
    }

    private static @Nullable Long less(@Nullable Long from, @Nullable Long amount) {
        return from == null || amount == null ? from : Long.valueOf(from - amount);
    }
}
