package io.sluice.core.codemetrics;

/** What a fact says. The order is part of the state's format: new kinds go to the end. */
public enum Kind {
    /** Something of a session that is no figure: it shows that the session was there, and its place in the sequence. */
    OTHER,
    PROMPT,
    /** Somebody or something decided on a tool call. Subject: the tool; detail: its MCP server; code: {@link Decision}. */
    DECISION,
    /** A tool call ended. Subject: the tool; detail: its MCP server; code: 1 if it succeeded; value: its milliseconds. */
    RESULT,
    /** Lines that a tool call wrote, as a session file tells. Code: 1 if added, 0 if removed; value: how many. */
    LINES,
    /** A commit. */
    COMMIT,
    /** A request to the API that succeeded. Value: its milliseconds. */
    REQUEST,
    /** A request that failed for good. Subject: the HTTP status; value: attempts. */
    API_ERROR,
    RETRIES_EXHAUSTED,
    REFUSAL,
    /** Detail: the server; code: {@link Connection}. */
    MCP_CONNECTION,
    /** Subject: the skill. */
    SKILL,
    /** Subject: the type of the agent. */
    SUBAGENT,
    COMPACTION,
    /** Subject: the permission mode that was chosen. */
    MODE_CHANGE,
    /** A point of a counter. Code: {@link Counter}; subject and detail as there. */
    COUNTER,
    /** Around a time something was told with a session. Code: {@link SaidWithSession}. */
    SAID_WITH_SESSION,
    /** A point of a counter without session of the month before: what its series had come to then. As {@link #COUNTER}. */
    COUNTER_BEFORE;

    private static final Kind[] ALL = values();

    @SuppressWarnings("EnumOrdinal") // See above.
    int code() {
        return ordinal();
    }

    static Kind of(int code) {
        return ALL[code];
    }

    /** Whether it shows that somebody, or Claude, worked: not so a start, a setting, a plugin. */
    boolean isWork() {
        return isOfSubject() && this != OTHER && this != MCP_CONNECTION;
    }

    /** Whether it is something that was done there; else it helps to understand the counters. */
    public boolean isOfSubject() {
        return this != SAID_WITH_SESSION && this != COUNTER_BEFORE;
    }

    boolean isPoint() {
        return this == COUNTER || this == COUNTER_BEFORE;
    }
}
