package io.sluice.core.codemetrics;

import java.util.Locale;

/** A column of {@link Row} that adds up: the field of the same name, in lower case, of {@code CodeMetricRow}. */
public enum Measure {
    SESSIONS_STARTED,
    /** 1 in the first row of an hour, day, ISO week, month in which the session worked: so sums count sessions once. */
    SESSION_HOURS,
    SESSION_DAYS,
    SESSION_WEEKS,
    SESSION_MONTHS,
    PROMPTS,
    ACTIVE_USER_MICROS,
    ACTIVE_CLI_MICROS,
    LINES_ADDED,
    LINES_REMOVED,
    COMMITS,
    PULL_REQUESTS,
    ACCEPTED_CONFIG,
    ACCEPTED_HOOK,
    ACCEPTED_USER_PERMANENT,
    ACCEPTED_USER_TEMPORARY,
    ACCEPTED_OTHER,
    REJECTED_CONFIG,
    REJECTED_HOOK,
    REJECTED_USER_ABORT,
    REJECTED_USER_REJECT,
    REJECTED_OTHER,
    TOOL_SUCCEEDED,
    TOOL_FAILED,
    API_REQUESTS,
    API_ERRORS,
    API_RETRIES,
    API_RETRIES_EXHAUSTED,
    API_REFUSALS,
    MCP_CONNECTED,
    MCP_FAILED,
    MCP_DISCONNECTED,
    SKILL_ACTIVATIONS,
    SUBAGENT_RUNS,
    COMPACTIONS,
    MODE_CHANGES,
    /** Events with a sequence number that came, and those between them that did not. */
    EVENTS_SEEN,
    EVENTS_MISSING,
    /** What events and counters both count: by how much they differ. */
    EVENTS_COUNTERS_DIFFERENCE,
    /** 1 with {@link #SESSION_DAYS} where all that is known of the session are counters. */
    SESSION_DAYS_COUNTERS_ONLY,
    /** Points that claimed to be deltas and were cumulative. */
    POINTS_WRONG_TEMPORALITY,
    /** See {@link ClosedMonths}. */
    FACTS_LATE;

    static final int COUNT = values().length;

    private final String field = name().toLowerCase(Locale.ROOT);

    /** In Avro and Elasticsearch. */
    public String field() {
        return field;
    }

    @SuppressWarnings("EnumOrdinal") // In memory only.
    int index() {
        return ordinal();
    }
}
