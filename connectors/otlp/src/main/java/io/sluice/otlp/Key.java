package io.sluice.otlp;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attributes that are more than text: each fills a field of some record, or decides something. */
enum Key {
    SERVICE_NAME("service.name"),
    ORGANIZATION_ID("organization.id"),
    SESSION_ID("session.id"),
    USER_ACCOUNT_ID("user.account_id"),
    USER_ACCOUNT_UUID("user.account_uuid"),
    USER_EMAIL("user.email"),
    USER_ID("user.id"),
    END_USER_ID("enduser.id"),
    END_USER_SUB("enduser.sub"),
    IDENTITY_SOURCE("identity.source"),
    TEAM_ID("team.id"),
    TEAM("team"),
    REPOSITORY_URL("vcs.repository.url.full"),
    REPOSITORY_OWNER("vcs.owner.name"),
    REPOSITORY_NAME("vcs.repository.name"),
    EVENT_NAME("event.name"),
    EVENT_TIMESTAMP("event.timestamp"),
    EVENT_SEQUENCE("event.sequence"),
    PROMPT_ID("prompt.id"),
    REQUEST_ID("request_id"),
    CLIENT_REQUEST_ID("client_request_id"),
    TOOL_USE_ID("tool_use_id"),
    MESSAGE_ID("message.id"),
    MESSAGE_UUID("message.uuid"),
    MODEL("model"),
    TYPE("type"),
    INPUT_TOKENS("input_tokens"),
    OUTPUT_TOKENS("output_tokens"),
    CACHE_READ_TOKENS("cache_read_tokens"),
    CACHE_CREATION_TOKENS("cache_creation_tokens"),
    CACHE_CREATION_5M_TOKENS("cache_creation_5m_tokens"),
    CACHE_CREATION_1H_TOKENS("cache_creation_1h_tokens"),
    COST_USD("cost_usd"),
    COST_USD_MICROS("cost_usd_micros"),
    SPEED("speed"),
    QUERY_SOURCE("query_source"),
    AGENT_NAME("agent.name"),
    SKILL_NAME("skill.name"),
    MCP_SERVER_NAME("mcp_server.name"),
    TERMINAL_TYPE("terminal.type"),
    CLOUD_SESSION_ID("ccr.session.id"),
    PROMPT("prompt"),
    PROMPT_TEXT("prompt_text"),
    RESPONSE("response"),
    TOOL_INPUT("tool_input"),
    ERROR("error"),
    /** Of raw requests and answers of the API. */
    BODY("body");

    static final int COUNT = values().length;

    private static final Map<String, Key> BY_ATTRIBUTE = new HashMap<>(4 * COUNT);

    static {
        for (Key key : values()) {
            BY_ATTRIBUTE.put(key.attribute, key);
        }
    }

    final String attribute;
    /** 0 to {@link #COUNT} - 1. */
    final int slot;

    @SuppressWarnings("EnumOrdinal") // an index in memory, never stored
    Key(String attribute) {
        this.attribute = attribute;
        this.slot = ordinal();
    }

    static @Nullable Key of(String attribute) {
        return BY_ATTRIBUTE.get(attribute);
    }
}
