package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import io.sluice.core.codemetrics.Metric;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/** How Claude Code is used, in our own form and in upstream's. */
final class CodeMetricsRoutes {
    private final CodeMetricsReport report;

    private CodeMetricsRoutes(CodeMetricsReport report) {
        this.report = report;
    }

    static RouteGroup of(
            CodeMetricsReport report,
            CodeMetricsExplain explain,
            TelemetryHealth health,
            NotSeen notSeen,
            ClaudeCodeReport claudeCode,
            AnalyticsReport analytics,
            ReconciliationReport reconciliation) {
        CodeMetricsRoutes routes = new CodeMetricsRoutes(report);
        Set<String> explained = new TreeSet<>(CodeMetricsQuery.filterParameters());
        explained.add("limit");
        return RouteGroup.json(
                read("/v1/code-metrics", CodeMetricsQuery.parameters(), routes::table)
                        .persons(Privacy.Persons.CONSIDERED),
                answered("/v1/code-metrics/{metric}/explain", explained, call -> explain(explain, call))
                        .persons(Privacy.Persons.CONSIDERED),
                answered(
                                "/v1/telemetry-health",
                                TelemetryHealth.PARAMETERS,
                                call -> health.answer(call.orgId(), call.parameters(), call.privacy()))
                        .persons(Privacy.Persons.TOLD),
                answered("/v1/telemetry-health/not-seen", NotSeen.PARAMETERS, notSeen::answer)
                        .persons(Privacy.Persons.TOLD),
                answered(
                                "/v1/organizations/usage_report/claude_code",
                                ClaudeCodeReport.PARAMETERS,
                                call -> claudeCode.answer(call.orgId(), call.parameters(), call.privacy()))
                        .persons(Privacy.Persons.TOLD),
                answered(
                                "/v1/organizations/analytics/users",
                                AnalyticsReport.OF_USERS,
                                call -> analytics.users(call.orgId(), call.parameters(), call.privacy()))
                        .persons(Privacy.Persons.TOLD),
                answered(
                                "/v1/organizations/analytics/summaries",
                                AnalyticsReport.PARAMETERS,
                                call -> analytics.summaries(call.orgId(), call.parameters()))
                        .persons(Privacy.Persons.TOLD),
                answered(
                                "/v1/reconciliation",
                                ReconciliationReport.PARAMETERS,
                                call -> reconciliation.answer(call.orgId(), call.parameters()))
                        .persons(Privacy.Persons.TOLD));
    }

    private CompletableFuture<HttpResponse> table(Call call) {
        String format = call.parameters().text("format");
        if (format != null && !format.equals("json") && !format.equals("csv")) {
            throw Refusal.invalid("format", format, "json or csv");
        }
        Privacy privacy = call.privacy();
        return report.table(call.orgId(), CodeMetricsQuery.of(call.parameters(), privacy), privacy)
                .thenApply(table -> "csv".equals(format)
                        ? Answers.csv(CodeMetricsAnswer.csv(table), table.nextPage())
                        : Answers.ok(CodeMetricsAnswer.json(table)));
    }

    private static CompletableFuture<ObjectNode> explain(CodeMetricsExplain explain, Call call) {
        List<Metric> metric = List.of(CodeMetricsQuery.metric(call.path("metric")));
        return explain.answer(
                call.orgId(), CodeMetricsQuery.of(call.parameters(), metric, List.of(), null), call.privacy());
    }

    private interface Answering {
        CompletableFuture<ObjectNode> answer(Call call);
    }

    private static Route answered(String path, Set<String> parameters, Answering answering) {
        return read(path, parameters, call -> answering.answer(call).thenApply(Answers::ok));
    }

    private static Route read(String path, Set<String> parameters, Route.Handler handler) {
        return Route.of(HttpMethod.GET, path, Scope.READ_ANALYTICS, handler)
                .feature("code-analytics")
                .parameters(parameters);
    }
}
