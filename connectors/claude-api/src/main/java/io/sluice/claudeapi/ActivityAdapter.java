package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.LocalDate;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What people did, of Claude Enterprise: by user, and for the whole organization. All numbers are kept, by their paths. */
enum ActivityAdapter implements ReportAdapter {
    USERS("enterprise-users") {
        @Override
        public ReportRequest request(LocalDate day, @Nullable String page) {
            return new ReportRequest.Builder("/v1/organizations/analytics/users", day)
                    .with("date", day)
                    .with("limit", MOST)
                    .with("page", page)
                    .build();
        }

        @Override
        public void read(JsonNode page, DayRows rows) {
            for (JsonNode element : page.path("data")) {
                rows.read(element, (node, row) -> {
                    row.actor(node.path("user"));
                    for (Map.Entry<String, JsonNode> field : node.properties()) {
                        if (!field.getKey().equals("user")) {
                            flatten(field.getKey(), field.getValue(), row);
                        }
                    }
                    claudeCode(node.path("claude_code_metrics"), row);
                });
            }
        }
    },
    SUMMARIES("enterprise-summaries") {
        @Override
        public ReportRequest request(LocalDate day, @Nullable String page) {
            return new ReportRequest.Builder("/v1/organizations/analytics/summaries", day)
                    .with("starting_date", day)
                    .with("ending_date", day.plusDays(1))
                    .with("page", page)
                    .build();
        }

        @Override
        public void read(JsonNode page, DayRows rows) {
            for (JsonNode element : page.path("summaries")) {
                rows.read(element, (node, row) -> {
                    for (Map.Entry<String, JsonNode> field : node.properties()) {
                        flatten(field.getKey(), field.getValue(), row);
                    }
                });
            }
        }
    };

    private static final int MOST = 1000;

    private final String text;

    ActivityAdapter(String text) {
        this.text = text;
    }

    @Override
    public String adapterName() {
        return text;
    }

    private static void claudeCode(JsonNode metrics, Row row) throws UnreadableRow {
        if (!metrics.isObject()) {
            return;
        }
        JsonNode core = metrics.path("core_metrics");
        JsonNode lines = core.path("lines_of_code");
        String path = "claude_code_metrics.core_metrics";
        row.to
                .setSessions(Row.member(core, path, "distinct_session_count"))
                .setLinesAdded(Row.member(lines, path + ".lines_of_code", "added_count"))
                .setLinesRemoved(Row.member(lines, path + ".lines_of_code", "removed_count"))
                .setCommits(Row.member(core, path, "commit_count"))
                .setPullRequests(Row.member(core, path, "pull_request_count"));
        ToolActions.read(
                metrics.path("tool_actions"),
                "accepted_count",
                "rejected_count",
                "claude_code_metrics.tool_actions",
                row);
    }

    private static void flatten(String path, JsonNode value, Row row) throws UnreadableRow {
        if (value.isObject()) {
            for (Map.Entry<String, JsonNode> field : value.properties()) {
                flatten(path + "." + field.getKey(), field.getValue(), row);
            }
        } else if (value.isIntegralNumber()) {
            row.count(path, Row.whole(path, value));
        } else if (!value.isNull()) {
            row.attribute(path, value);
        }
    }
}
