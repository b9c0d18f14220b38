package io.sluice.core.codemetrics;

import io.sluice.schema.CounterPoint;
import org.jspecify.annotations.Nullable;

/** The counters that say what events do not say, or say it again. Spend and tokens are the ledger's. */
enum Counter {
    /** Without the dashboard's, which is no session. */
    SESSION(Measure.SESSIONS_STARTED),
    LINES_ADDED(Measure.LINES_ADDED),
    LINES_REMOVED(Measure.LINES_REMOVED),
    COMMIT(Measure.COMMITS),
    PULL_REQUEST(Measure.PULL_REQUESTS),
    ACTIVE_USER(Measure.ACTIVE_USER_MICROS),
    ACTIVE_CLI(Measure.ACTIVE_CLI_MICROS),
    /** Subject: the tool; detail: the language. The measure is that of its {@link Decision}. */
    EDIT_DECISION(null);

    private static final Counter[] ALL = values();

    /** Null: it depends on the point. */
    final @Nullable Measure measure;

    Counter(@Nullable Measure measure) {
        this.measure = measure;
    }

    /** Null: none of these. */
    static @Nullable Counter of(CounterPoint point) {
        String type = point.getType();
        return switch (point.getMetric()) {
            case "claude_code.session.count" ->
                "agents_view".equals(point.getAttributes().get("start_type")) ? null : SESSION;
            case "claude_code.lines_of_code.count" ->
                "added".equals(type) ? LINES_ADDED : "removed".equals(type) ? LINES_REMOVED : null;
            case "claude_code.commit.count" -> COMMIT;
            case "claude_code.pull_request.count" -> PULL_REQUEST;
            case "claude_code.active_time.total" ->
                "user".equals(type) ? ACTIVE_USER : "cli".equals(type) ? ACTIVE_CLI : null;
            case "claude_code.code_edit_tool.decision" -> EDIT_DECISION;
            default -> null;
        };
    }

    @SuppressWarnings("EnumOrdinal") // Part of the state's format.
    int code() {
        return ordinal();
    }

    static Counter of(int code) {
        return ALL[code];
    }
}
