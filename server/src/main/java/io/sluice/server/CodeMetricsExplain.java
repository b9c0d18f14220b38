package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.codemetrics.Measure;
import io.sluice.core.codemetrics.Metric;
import io.sluice.core.codemetrics.SessionRows;
import io.sluice.core.privacy.PrivacyMode;
import io.sluice.schema.Index;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** {@code GET /v1/code-metrics/{metric}/explain}: what a figure means, and what it is the sum of. */
final class CodeMetricsExplain {
    private static final List<String> ABOUT = List.of(
            "starting_at",
            "session_id",
            "user",
            "team",
            "repository",
            "terminal",
            "app_version",
            "model",
            "tool",
            "language",
            "mcp_server",
            "skill",
            "agent",
            "status",
            "mode",
            "channels",
            "first_at",
            "last_at");

    private final Elastic elastic;
    private final CodeMetricsReport report;
    private final Listing listing;

    CodeMetricsExplain(Elastic elastic, CodeMetricsReport report, Listing listing) {
        this.elastic = elastic;
        this.report = report;
        this.listing = listing;
    }

    CompletableFuture<ObjectNode> answer(String orgId, CodeMetricsQuery query, Privacy privacy) {
        Metric metric = query.metrics().get(0);
        return report.table(orgId, query, privacy)
                .thenCompose(table -> behind(orgId, metric, table.query(), privacy)
                        .thenCombine(events(orgId, metric, table.query(), privacy), (rows, events) -> {
                            ObjectNode answer = JsonNodeFactory.instance.objectNode();
                            answer.put("metric", metric.id())
                                    .put("unit", metric.unit())
                                    .put("definition", metric.definition())
                                    .put("formula", CodeMetricsAnswer.formula(metric));
                            ObjectNode figures = CodeMetricsAnswer.json(table);
                            answer.set("data", figures.path("data"));
                            answer.set("watermark", figures.path("watermark"));
                            answer.set("period", figures.path("period"));
                            answer.set("starting_at", figures.path("starting_at"));
                            answer.set("ending_at", figures.path("ending_at"));
                            answer.set("approximate", figures.path("approximate"));
                            answer.set("coverage", table.coverage());
                            privacy.hide(rows);
                            answer.set("behind", rows);
                            privacy.hide(events);
                            answer.setAll(events);
                            return answer.put("behind_kind", kind(rows, events));
                        }));
    }

    private static String kind(ArrayNode rows, ObjectNode events) {
        if (events.path("events").isEmpty()) {
            return rows.isEmpty() ? "none" : "sessions";
        }
        return rows.isEmpty() ? "events" : "sessions-and-events";
    }

    /**
     * Of what is known event by event: what costs, which the ledger keeps. Nothing else is, and no events are told by what the
     * ledger does not know.
     */
    private CompletableFuture<ObjectNode> events(String orgId, Metric metric, CodeMetricsQuery query, Privacy privacy) {
        boolean isKept = CodeMetricsQuery.isOfLedger(metric.formula()) || metric == Metric.API_REQUESTS;
        if (!isKept
                || privacy.mode() == PrivacyMode.TEAM_ONLY
                || !query.filters().keySet().stream().allMatch(CodeDimension::isOfLedger)) {
            return CompletableFuture.completedFuture(JsonNodeFactory.instance.objectNode());
        }
        List<ObjectNode> filters = new ArrayList<>();
        filters.add(Elastic.between("occurred_at", query.startingAt(), query.endingAt()));
        filters.add(CodeMetricsReport.claudeCode());
        query.filters().forEach((dimension, values) -> {
            if (dimension != CodeDimension.TEAM) {
                filters.add(Elastic.anyOf(dimension.parameter(), values));
            }
        });
        List<String> teams = query.filters().getOrDefault(CodeDimension.TEAM, List.of());
        return listing.eventsBehind(orgId, filters, teams, query.limit());
    }

    /** Rows of sessions, those that add most first. */
    private CompletableFuture<ArrayNode> behind(String orgId, Metric metric, CodeMetricsQuery query, Privacy privacy) {
        Set<String> fields = new LinkedHashSet<>();
        fields(metric.formula(), query.isByLabel(), fields);
        ArrayNode rows = JsonNodeFactory.instance.arrayNode();
        if (fields.isEmpty() || privacy.mode() == PrivacyMode.TEAM_ONLY) {
            return CompletableFuture.completedFuture(rows);
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode().put("size", query.limit());
        ArrayNode sort = body.putArray("sort");
        fields.forEach(field -> sort.addObject()
                .putObject(field)
                .put("order", "desc")
                .put("mode", "max")
                .put("unmapped_type", "long"));
        ArrayNode source = body.putArray("_source");
        ABOUT.forEach(source::add);
        fields.forEach(source::add);
        List<ObjectNode> filters = new ArrayList<>(CodeMetricsReport.filters(query));
        ObjectNode any = JsonNodeFactory.instance.objectNode();
        ArrayNode should = any.putObject("bool").put("minimum_should_match", 1).putArray("should");
        fields.forEach(field -> should.addObject().putObject("exists").put("field", field));
        filters.add(any);
        if (metric.formula() instanceof Metric.People && !query.isByLabel()) {
            ObjectNode whole = JsonNodeFactory.instance.objectNode();
            CodeMetricsFigures.ofWholeSessions(whole.putObject("bool"));
            filters.add(whole);
        }
        if (isOfEdits(metric.formula())) {
            filters.add(Elastic.anyOf("tool", List.copyOf(SessionRows.EDIT_TOOLS)));
        }
        return elastic.search(orgId, Index.CODE_METRICS, filters, body).thenApply(response -> {
            for (JsonNode hit : response.path("hits").path("hits")) {
                ObjectNode row = rows.addObject().put("row_id", hit.path("_id").asText());
                ((ObjectNode) hit.path("_source"))
                        .properties()
                        .forEach(each -> row.set(each.getKey(), each.getValue()));
            }
            return rows;
        });
    }

    private static boolean isOfEdits(Metric.Formula formula) {
        return formula instanceof Metric.Sum sum && sum.edits()
                || formula instanceof Metric.Ratio ratio && isOfEdits(ratio.numerator());
    }

    private static void fields(Metric.Formula formula, boolean byLabel, Set<String> fields) {
        if (formula instanceof Metric.Sum sum) {
            sum.measures().stream().map(Measure::field).forEach(fields::add);
        } else if (formula instanceof Metric.Ratio ratio) {
            fields(ratio.numerator(), byLabel, fields);
            fields(ratio.denominator(), byLabel, fields);
        } else if (formula instanceof Metric.SessionsOfPeriod) {
            fields.add(byLabel ? "last_at" : Measure.SESSION_HOURS.field());
        } else if (formula instanceof Metric.Percentile percentile) {
            fields.add(percentile.field());
        } else if (formula instanceof Metric.People) {
            fields.add("last_at");
        } else if (formula instanceof Metric.Peak) {
            fields.add("active_minutes");
        }
    }
}
