package io.sluice.simulator;

/** Claude Code's counters, in the order of an export. */
enum Instrument {
    SESSIONS("claude_code.session.count", "Count of CLI sessions started", ""),
    LINES_OF_CODE(
            "claude_code.lines_of_code.count",
            "Count of lines of code modified, with the 'type' attribute indicating whether lines were added or removed"
                    + " and the 'model' attribute indicating which model made the change",
            ""),
    PULL_REQUESTS("claude_code.pull_request.count", "Number of pull requests created", ""),
    COMMITS("claude_code.commit.count", "Number of git commits created", ""),
    COST("claude_code.cost.usage", "Cost of the Claude Code session", "USD"),
    TOKENS("claude_code.token.usage", "Number of tokens used", "tokens"),
    EDIT_DECISIONS(
            "claude_code.code_edit_tool.decision",
            "Count of code editing tool permission decisions (accept/reject) for Edit, Write, and NotebookEdit tools",
            ""),
    ACTIVE_TIME("claude_code.active_time.total", "Total active time in seconds", "s");

    private final String metric;
    private final String description;
    private final String unit;

    Instrument(String metric, String description, String unit) {
        this.metric = metric;
        this.description = description;
        this.unit = unit;
    }

    String metric() {
        return metric;
    }

    String description() {
        return description;
    }

    String unit() {
        return unit;
    }
}
