package io.sluice.server;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What code metrics can be grouped and filtered by. */
enum CodeDimension {
    USER(true),
    TEAM(true),
    REPOSITORY(true),
    MODEL(true),
    PRODUCT(true),
    MCP_SERVER(true),
    SKILL(true),
    TERMINAL(true),
    APP_VERSION(false),
    TOOL(false),
    LANGUAGE(false),
    AGENT(false),
    STATUS(false),
    MODE(false);

    private final boolean ofLedger;

    CodeDimension(boolean ofLedger) {
        this.ofLedger = ofLedger;
    }

    /** Also the field in the index. */
    String parameter() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the ledger knows it, so that spend and tokens can be told by it. */
    boolean isOfLedger() {
        return ofLedger;
    }

    static CodeDimension of(String parameter) {
        return Arrays.stream(values())
                .filter(dimension -> dimension.parameter().equals(parameter))
                .findFirst()
                .orElseThrow(() -> Refusal.invalid("group_by[]", parameter, "one of " + all()));
    }

    private static String all() {
        return Arrays.stream(values()).map(CodeDimension::parameter).collect(Collectors.joining(", "));
    }
}
