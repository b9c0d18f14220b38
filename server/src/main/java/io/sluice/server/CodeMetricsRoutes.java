package io.sluice.server;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** How Claude Code is used. */
final class CodeMetricsRoutes {
    private CodeMetricsRoutes() {}

    static RouteGroup of(
            CodeMetricsReport report,
            CodeMetricsExplain explain,
            TelemetryHealth health,
            ClaudeCodeReport claudeCode,
            AnalyticsReport analytics) {
        Set<String> explained = new TreeSet<>(CodeMetricsQuery.filterParameters());
        explained.add("limit");
        return RouteGroup.json(
                read("/v1/code-metrics", CodeMetricsQuery.parameters(), call -> table(report, call)),
                read(
                        "/v1/code-metrics/{metric}/explain",
                        explained,
                        call -> explain.answer(
                                        call.orgId(),
                                        CodeMetricsQuery.of(
                                                call.parameters(),
                                                List.of(CodeMetricsQuery.metric(call.path("metric"))),
                                                List.of()))
                                .thenApply(Answers::ok)),
                read(
                        "/v1/telemetry-health",
                        TelemetryHealth.PARAMETERS,
                        call -> health.answer(call.orgId(), call.parameters()).thenApply(Answers::ok)),
                read(
                        "/v1/organizations/usage_report/claude_code",
                        ClaudeCodeReport.PARAMETERS,
                        call -> claudeCode
                                .answer(call.orgId(), call.parameters())
                                .thenApply(Answers::ok)),
                read(
                        "/v1/organizations/analytics/users",
                        AnalyticsReport.PARAMETERS,
                        call -> analytics.users(call.orgId(), call.parameters()).thenApply(Answers::ok)),
                read(
                        "/v1/organizations/analytics/summaries",
                        AnalyticsReport.PARAMETERS,
                        call -> analytics
                                .summaries(call.orgId(), call.parameters())
                                .thenApply(Answers::ok)));
    }

    private static CompletableFuture<HttpResponse> table(CodeMetricsReport report, Call call) {
        String format = call.parameters().text("format");
        if (format != null && !format.equals("json") && !format.equals("csv")) {
            throw Refusal.invalid("format", format, "json or csv");
        }
        return report.table(call.orgId(), CodeMetricsQuery.of(call.parameters()))
                .thenApply(table -> "csv".equals(format)
                        ? Answers.csv(CodeMetricsAnswer.csv(table), table.nextPage())
                        : Answers.ok(CodeMetricsAnswer.json(table)));
    }

    private static Route read(
            String path, Set<String> parameters, Function<Call, CompletableFuture<HttpResponse>> answer) {
        return Route.of(HttpMethod.GET, path, Scope.READ_ANALYTICS, answer::apply)
                .feature("code-analytics")
                .parameters(parameters);
    }
}
