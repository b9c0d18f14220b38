package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDate;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Claude Code Analytics API of the Claude Console. A record is one row with the core metrics, and one for each model
 * with tokens and upstream's estimate of the cost.
 */
final class ClaudeCodeAdapter implements ReportAdapter {
    private static final int MOST = 1000;

    @Override
    public String adapterName() {
        return "claude-code";
    }

    @Override
    public ReportRequest request(LocalDate day, @Nullable String page) {
        return new ReportRequest.Builder("/v1/organizations/usage_report/claude_code", day)
                .with("starting_at", day)
                .with("limit", MOST)
                .with("page", page)
                .build();
    }

    @Override
    public void read(JsonNode page, DayRows rows) {
        for (JsonNode element : page.path("data")) {
            rows.read(element, (node, row) -> {
                identity(node, row, rows.day());
                coreMetrics(node.path("core_metrics"), row);
                ToolActions.read(node.path("tool_actions"), "accepted", "rejected", "tool_actions", row);
            });
            for (JsonNode model : element.path("model_breakdown")) {
                rows.read(model, (node, row) -> {
                    identity(element, row, rows.day());
                    ofModel(node, row);
                });
            }
        }
    }

    private static void identity(JsonNode node, Row row, LocalDate day) throws UnreadableRow {
        row.dimension("product", "claude_code");
        Row.requireDay("date", node.path("date"), day);
        row.actor(node.path("actor"));
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            JsonNode value = field.getValue();
            switch (field.getKey()) {
                case "date", "actor", "core_metrics", "tool_actions", "model_breakdown" -> {}
                case "organization_id" -> row.attribute(field.getKey(), value);
                default -> {
                    if (value.isTextual() || value.isBoolean()) {
                        row.dimension(field.getKey(), value.asText());
                    } else if (!value.isNull()) {
                        row.attribute(field.getKey(), value);
                    }
                }
            }
        }
    }

    private static void coreMetrics(JsonNode core, Row row) throws UnreadableRow {
        String path = "core_metrics";
        JsonNode lines = core.path("lines_of_code");
        row.to
                .setSessions(Row.member(core, path, "num_sessions"))
                .setLinesAdded(Row.member(lines, path + ".lines_of_code", "added"))
                .setLinesRemoved(Row.member(lines, path + ".lines_of_code", "removed"))
                .setCommits(Row.member(core, path, "commits_by_claude_code"))
                .setPullRequests(Row.member(core, path, "pull_requests_by_claude_code"));
    }

    private static void ofModel(JsonNode node, Row row) throws UnreadableRow {
        JsonNode model = node.path("model");
        if (!model.isTextual()) {
            throw new UnreadableRow("missing-field", "model_breakdown.model", Amount.shape(model), "text");
        }
        row.dimension("model", model.asText());
        JsonNode tokens = node.path("tokens");
        String path = "model_breakdown.tokens";
        row.to
                .setInputTokens(Row.member(tokens, path, "input"))
                .setOutputTokens(Row.member(tokens, path, "output"))
                .setCacheReadTokens(Row.member(tokens, path, "cache_read"))
                .setCacheCreationTokens(Row.member(tokens, path, "cache_creation"));
        JsonNode cost = node.path("estimated_cost");
        if (cost.isObject()) {
            Row.requireDollars("model_breakdown.estimated_cost.currency", cost.path("currency"));
            row.to.setListCostMicros(Amount.micros("model_breakdown.estimated_cost.amount", cost.path("amount")));
        }
    }
}
