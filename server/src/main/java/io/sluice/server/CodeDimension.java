package io.sluice.server;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What code metrics can be grouped and filtered by. */
enum CodeDimension {
    USER(true, false),
    TEAM(true, false),
    REPOSITORY(true, false),
    MODEL(true, true),
    PRODUCT(true, false),
    MCP_SERVER(true, true),
    SKILL(true, true),
    TERMINAL(true, false),
    APP_VERSION(false, false),
    TOOL(false, true),
    LANGUAGE(false, true),
    AGENT(false, true),
    STATUS(false, true),
    MODE(false, true);

    private final boolean ofLedger;
    private final boolean label;

    CodeDimension(boolean ofLedger, boolean label) {
        this.ofLedger = ofLedger;
        this.label = label;
    }

    /** Also the field in the index. */
    String parameter() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the ledger knows it, so that spend and tokens can be told by it. */
    boolean isOfLedger() {
        return ofLedger;
    }

    /** Whether it tells the rows of one session apart by what was done; else it says whose the session is, and where it ran. */
    boolean isLabel() {
        return label;
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
