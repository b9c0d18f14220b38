package io.sluice.server;

import static io.sluice.server.ExportLabel.DECISION;
import static io.sluice.server.ExportLabel.LABEL;
import static io.sluice.server.ExportLabel.MODEL;
import static io.sluice.server.ExportLabel.OUTCOME;
import static io.sluice.server.ExportLabel.PERIOD;
import static io.sluice.server.ExportLabel.PROVIDER;
import static io.sluice.server.ExportLabel.SOURCE;
import static io.sluice.server.ExportLabel.STATUS;
import static io.sluice.server.ExportLabel.TEAM;
import static io.sluice.server.ExportLabel.TOKEN_CLASS;
import static io.sluice.server.ExportLabel.TOKEN_TYPE;
import static io.sluice.server.ExportLabel.TOOL;
import static io.sluice.server.ExportLabel.TYPE;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.Arrays;
import java.util.List;

/**
 * Every metric that leaves, as OpenTelemetry has it; Prometheus' names follow from these. Counters count from the start of
 * the month (UTC). Names, units and labels are promises to dashboards: they are only added to.
 */
enum ExportInstrument {
    SESSIONS("claude.code.sessions", Kind.COUNTER, "{session}", "Sessions of Claude Code started or gone on with."),
    PROMPTS("claude.code.prompts", Kind.COUNTER, "{prompt}", "Prompts given."),
    LINES("claude.code.lines", Kind.COUNTER, "{line}", "Lines that accepted edits added or removed.", TYPE),
    EDIT_DECISIONS(
            "claude.code.edit.decisions",
            Kind.COUNTER,
            "{decision}",
            "Decisions about edits; source person: made by somebody, other: by rules, hooks and modes.",
            DECISION,
            SOURCE),
    COMMITS("claude.code.commits", Kind.COUNTER, "{commit}", "Commits that Claude Code made."),
    PULL_REQUESTS(
            "claude.code.pull_requests", Kind.COUNTER, "{pull_request}", "Pull requests that Claude Code opened."),
    ACTIVE_TIME(
            "claude.code.active_time",
            Kind.MICROS,
            "s",
            "Time in which the person (user) or Claude (cli) was active.",
            TYPE),
    TOOL_CALLS("claude.code.tool.calls", Kind.COUNTER, "{call}", "Tool calls that ended.", TOOL, OUTCOME),
    API_ERRORS("claude.code.api.errors", Kind.COUNTER, "{request}", "Requests that failed for good.", STATUS),
    ACTIVE_USERS(
            "claude.code.active_users",
            Kind.GAUGE,
            "{user}",
            "People who did something in this day, ISO week, month (UTC).",
            PERIOD),
    COST("claude.cost.usage", Kind.MICROS, "{USD}", "What the ledger says was spent, in US dollars.", TEAM, MODEL),
    TOKENS(
            "claude.token.usage",
            Kind.COUNTER,
            "{token}",
            "Tokens by the GenAI conventions: input contains tokens read from the cache and written to it.",
            PROVIDER,
            MODEL,
            TOKEN_TYPE),
    API_TOKENS(
            "claude.api.tokens",
            Kind.COUNTER,
            "{token}",
            "Tokens as the Claude API tells them apart: input is without cache.",
            MODEL,
            TOKEN_CLASS),
    RECEIVED("sluice.records.received", Kind.COUNTER, "{record}", "Records that were received.", SOURCE),
    RECORDS("sluice.records", Kind.COUNTER, "{record}", "How received records ended.", SOURCE, OUTCOME),
    COMPLETE(
            "sluice.telemetry.complete",
            Kind.RATIO,
            "1",
            "Telemetry events that came, of those and the ones missing between them."),
    SNAPSHOT_AGE(
            "sluice.metrics.snapshot.age",
            Kind.RATIO,
            "s",
            "Since the figures were read; while there are none, since this server began to ask for them."),
    DROPPED_LABEL_VALUES(
            "sluice.metrics.dropped_label_values",
            Kind.GAUGE,
            "{value}",
            "Values of a label that are told together as other.",
            LABEL);

    /** What its numbers are. */
    enum Kind {
        /** Whole, only grows within a month. */
        COUNTER,
        /** The same in millionths, told as a fraction. */
        MICROS,
        /** Whole. */
        GAUGE,
        /** Any number. */
        RATIO;

        boolean counts() {
            return this == COUNTER || this == MICROS;
        }
    }

    private final String metric;
    private final Kind kind;
    private final String unit;
    private final String description;
    private final List<ExportLabel> labels;

    ExportInstrument(String metric, Kind kind, String unit, String description, ExportLabel... labels) {
        this.metric = metric;
        this.kind = kind;
        this.unit = unit;
        this.description = description;
        this.labels = List.of(labels);
    }

    String metric() {
        return metric;
    }

    Kind kind() {
        return kind;
    }

    /** UCUM; what has no unit there is in braces. */
    String unit() {
        return unit;
    }

    String description() {
        return description;
    }

    List<ExportLabel> labels() {
        return labels;
    }

    /** How many series it can have. */
    int mostSeries() {
        return labels.stream().mapToInt(ExportLabel::most).reduce(1, Math::multiplyExact);
    }

    /** @param values one of each label, in their order */
    Attributes attributes(String... values) {
        if (values.length != labels.size()) {
            throw new IllegalArgumentException(metric + ": " + Arrays.toString(values) + " (expected: " + labels + ")");
        }
        AttributesBuilder attributes = Attributes.builder();
        for (int i = 0; i < values.length; i++) {
            attributes.put(labels.get(i).key(), values[i]);
        }
        return attributes.build();
    }
}
