package io.sluice.server;

import io.opentelemetry.api.common.AttributeKey;

/**
 * Every attribute that exported metrics may have: nothing about a person, a session, a repository, an id. How many values
 * each can have is known beforehand.
 */
enum ExportLabel {
    TEAM("team", ExportLabel.NAMED + 1),
    MODEL("gen_ai.request.model", ExportLabel.NAMED + 1),
    PROVIDER("gen_ai.provider.name", 1),
    /** {@code input} or {@code output}; input contains what came from the cache and went into it. */
    TOKEN_TYPE("gen_ai.token.type", 2),
    /** As the API tells them apart: {@code input} is without cache. */
    TOKEN_CLASS("claude.token.class", 4),
    TOOL("tool", ToolNames.MOST),
    DECISION("decision", 2),
    OUTCOME("outcome", 8),
    TYPE("type", 4),
    STATUS("status", ExportLabel.NAMED + 1),
    SOURCE("source", ExportLabel.NAMED + 1),
    PERIOD("period", 3),
    /** Of the metric about labels: which of them. */
    LABEL("label", 5);

    /** Values that are told by name, where anything could be one; all others together are {@link #OTHER}. */
    static final int NAMED = 20;

    static final String OTHER = "other";

    private final AttributeKey<String> key;
    private final int most;

    ExportLabel(String name, int most) {
        this.key = AttributeKey.stringKey(name);
        this.most = most;
    }

    AttributeKey<String> key() {
        return key;
    }

    /** How many values it can have. */
    int most() {
        return most;
    }
}
