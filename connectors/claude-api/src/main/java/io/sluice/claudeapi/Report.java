package io.sluice.claudeapi;

import io.sluice.claudeapi.ApiAccount.Plan;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** What can be read. */
public enum Report {
    /** Tokens. */
    USAGE(Duration.ofHours(4)),
    /** Money. */
    COST(Duration.ofHours(4)),
    /** Tokens by person, for an Enterprise organization whose {@link #USAGE} is not by person. */
    USER_USAGE(Duration.ofHours(4)),
    /** Money by person; as {@link #USER_USAGE}. */
    USER_COST(Duration.ofHours(4)),
    /** Claude Code by person. */
    CLAUDE_CODE(Duration.ofHours(1)),
    /** What people did in all products. */
    USERS(Duration.ofHours(10)),
    /** How many people used what. */
    SUMMARIES(Duration.ofHours(10));

    private final Duration freshness;

    Report(Duration freshness) {
        this.freshness = freshness;
    }

    /** As the records name it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether a plan has it. */
    public boolean isOf(Plan plan) {
        return !adapters(plan).isEmpty();
    }

    /** How long after the end of a day it can be asked for. */
    Duration freshness() {
        return freshness;
    }

    /** The generations of the API that have it, the preferred one first; empty: the plan does not have it. */
    List<ReportAdapter> adapters(Plan plan) {
        boolean console = plan == Plan.CONSOLE;
        return switch (this) {
            case USAGE ->
                List.of(
                        UsageCostAdapter.ANALYTICS_USAGE,
                        console ? UsageCostAdapter.LEGACY_USAGE : BucketedAdapter.USAGE);
            case COST ->
                List.of(UsageCostAdapter.ANALYTICS_COST, console ? UsageCostAdapter.LEGACY_COST : BucketedAdapter.COST);
            case USER_USAGE -> console ? List.of() : List.of(UsageCostAdapter.USER_USAGE);
            case USER_COST -> console ? List.of() : List.of(UsageCostAdapter.USER_COST);
            case CLAUDE_CODE -> console ? List.of(new ClaudeCodeAdapter()) : List.of();
            case USERS -> console ? List.of() : List.of(ActivityAdapter.USERS);
            case SUMMARIES -> console ? List.of() : List.of(ActivityAdapter.SUMMARIES);
        };
    }
}
