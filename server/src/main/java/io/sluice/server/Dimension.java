package io.sluice.server;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What spend can be grouped by. */
enum Dimension {
    USER("user"),
    TEAM("team"),
    ORGANIZATION("org_id"),
    MODEL("model"),
    REPOSITORY("repository"),
    PRODUCT("product"),
    MCP_SERVER("mcp_server"),
    SKILL("skill"),
    TERMINAL("terminal");

    private final String field;

    Dimension(String field) {
        this.field = field;
    }

    /** In the index. */
    String field() {
        return field;
    }

    String parameter() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Dimension of(String parameter) {
        return Arrays.stream(values())
                .filter(d -> d.parameter().equals(parameter))
                .findFirst()
                .orElseThrow(() -> Refusal.invalid(
                        "group_by[]",
                        parameter,
                        "one of "
                                + Arrays.stream(values())
                                        .map(Dimension::parameter)
                                        .collect(Collectors.joining(", "))));
    }
}
