package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A usage or cost report without peculiarities: the first generation of the Claude Console, the one for all plans, and the
 * reports by user of Claude Enterprise. Never by {@code rbac_group_id}: whoever is in several groups is in each of its rows.
 *
 * @param width name of the parameter for the size of a bucket
 * @param beta null: none is needed
 */
record UsageCostAdapter(
        String adapterName,
        String path,
        String width,
        @Nullable String beta,
        List<String> groups) implements ReportAdapter {
    private static final String ANALYTICS_BETA = "analytics-usage-cost-2026-08-24";

    static final ReportAdapter LEGACY_USAGE = new UsageCostAdapter(
            "legacy-usage",
            "/v1/organizations/usage_report/messages",
            "bucket_width",
            "fast-mode-2026-02-01",
            List.of(
                    "account_id",
                    "api_key_id",
                    "context_window",
                    "inference_geo",
                    "model",
                    "service_account_id",
                    "service_tier",
                    "speed",
                    "workspace_id"));

    /** Without Priority Tier, which upstream leaves out. */
    static final ReportAdapter LEGACY_COST = new UsageCostAdapter(
            "legacy-cost",
            "/v1/organizations/cost_report",
            "bucket_width",
            null,
            List.of("workspace_id", "description"));

    static final ReportAdapter ANALYTICS_USAGE = new UsageCostAdapter(
            "analytics-usage",
            "/v1/organizations/analytics/usage",
            "time_bucket_width",
            ANALYTICS_BETA,
            List.of(
                    "actor",
                    "actor_type",
                    "api_key_id",
                    "context_window",
                    "inference_geo",
                    "model",
                    "product",
                    "service_tier",
                    "speed",
                    "workspace_id"));

    static final ReportAdapter ANALYTICS_COST = new UsageCostAdapter(
            "analytics-cost",
            "/v1/organizations/analytics/cost",
            "time_bucket_width",
            ANALYTICS_BETA,
            List.of(
                    "actor",
                    "actor_type",
                    "api_key_id",
                    "context_window",
                    "cost_type",
                    "inference_geo",
                    "model",
                    "product",
                    "service_tier",
                    "speed",
                    "token_type",
                    "workspace_id"));

    /** Without what API keys and automation use, which upstream leaves out. */
    static final ReportAdapter USER_USAGE = new UsageCostAdapter(
            "enterprise-user-usage",
            "/v1/organizations/analytics/user_usage_report",
            "bucket_width",
            null,
            List.of("context_window", "inference_geo", "model", "product", "speed"));

    /** Not by kind of cost and token, so that requests are told. The same is left out. */
    static final ReportAdapter USER_COST = new UsageCostAdapter(
            "enterprise-user-cost",
            "/v1/organizations/analytics/user_cost_report",
            "bucket_width",
            null,
            List.of("context_window", "inference_geo", "model", "product", "speed"));

    @Override
    public ReportRequest request(LocalDate day, @Nullable String page) {
        ReportRequest.Builder request = new ReportRequest.Builder(path, day)
                .ofDay()
                .with(width, "1d")
                .groupBy(groups)
                .with("limit", limit())
                .with("page", page);
        return beta == null ? request.build() : request.beta(beta).build();
    }

    /** Rows of a page where that is what the parameter counts and the most is known; else upstream's own. */
    private @Nullable Integer limit() {
        return adapterName.startsWith("enterprise-user") ? Integer.valueOf(1000) : null;
    }

    @Override
    public void read(JsonNode page, DayRows rows) {
        ReportAdapter.readUsageOrCost(page, rows);
    }
}
