package io.sluice.claudeapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** How often changes of Claude Code's tools were accepted and rejected, by tool. */
final class ToolActions {
    private ToolActions() {}

    /** Sums go to the row's own fields, single tools to its counts. */
    static void read(JsonNode tools, String accepted, String rejected, String path, Row row) throws UnreadableRow {
        long allAccepted = 0;
        long allRejected = 0;
        for (Map.Entry<String, JsonNode> tool : tools.properties()) {
            String name = path + "." + tool.getKey();
            long yes = Row.member(tool.getValue(), name, accepted);
            long no = Row.member(tool.getValue(), name, rejected);
            row.count(name + "." + accepted, yes);
            row.count(name + "." + rejected, no);
            allAccepted += yes;
            allRejected += no;
        }
        row.to.setToolActionsAccepted(allAccepted).setToolActionsRejected(allRejected);
    }
}
