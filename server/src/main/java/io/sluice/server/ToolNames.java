package io.sluice.server;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tools as exported metrics name them: those that come with Claude Code. Others may be called anything. */
final class ToolNames {
    static final String MCP = "mcp_tool";

    private static final Set<String> BUILT_IN = Set.of(
            "Agent",
            "AskUserQuestion",
            "Bash",
            "BashOutput",
            "Edit",
            "EnterPlanMode",
            "ExitPlanMode",
            "Glob",
            "Grep",
            "KillShell",
            "LS",
            "LSP",
            "MultiEdit",
            "NotebookEdit",
            "NotebookRead",
            "Read",
            "Skill",
            "SlashCommand",
            "Task",
            "TaskCreate",
            "TaskOutput",
            "TodoWrite",
            "ToolSearch",
            "WebFetch",
            "WebSearch",
            "Write");

    /** The built-in ones, those of MCP servers together, and others. */
    static final int MOST = 28;

    private ToolNames() {}

    /** @param tool as rows have it; null: not known */
    static String of(@Nullable String tool) {
        if (tool == null) {
            return ExportLabel.OTHER;
        }
        if (tool.equals(MCP) || tool.startsWith("mcp__")) {
            return MCP;
        }
        return BUILT_IN.contains(tool) ? tool : ExportLabel.OTHER;
    }

    static int count() {
        return BUILT_IN.size() + 2;
    }
}
