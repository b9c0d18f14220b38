package io.sluice.core.codemetrics;

import static io.sluice.core.codemetrics.Measure.ACCEPTED_CONFIG;
import static io.sluice.core.codemetrics.Measure.ACCEPTED_HOOK;
import static io.sluice.core.codemetrics.Measure.ACCEPTED_OTHER;
import static io.sluice.core.codemetrics.Measure.ACCEPTED_USER_PERMANENT;
import static io.sluice.core.codemetrics.Measure.ACCEPTED_USER_TEMPORARY;
import static io.sluice.core.codemetrics.Measure.REJECTED_CONFIG;
import static io.sluice.core.codemetrics.Measure.REJECTED_HOOK;
import static io.sluice.core.codemetrics.Measure.REJECTED_OTHER;
import static io.sluice.core.codemetrics.Measure.REJECTED_USER_ABORT;
import static io.sluice.core.codemetrics.Measure.REJECTED_USER_REJECT;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The figures that are shown, each with what it means. All of them are computed from sums, so they hold for any group and period. */
public enum Metric {
    SESSIONS_STARTED(
            "{session}",
            sum(Measure.SESSIONS_STARTED),
            "Client processes that began a session, or went on with one, without dashboards. By the counter session.count; without it"
                    + " by events, whose sequence begins with 0; of a session file one."),
    SESSIONS_ACTIVE(
            "{session}",
            new SessionsOfPeriod(),
            "Sessions in which a prompt, a tool, a request, lines or active time were seen in the period. A session counts once in each"
                    + " hour, day, week and month, in the team, repository and terminal of the first thing seen in it. By tool, model,"
                    + " skill and the like those with such a thing, by a sketch, which is marked."),
    ACTIVE_USERS(
            "{user}",
            new People(),
            "People in whose sessions something was done in the period. One by one up to a million and until the period is closed; more,"
                    + " later ones, and groups other than team, repository and terminal, by a sketch, which is marked."),
    PEAK_CONCURRENT_SESSIONS(
            "{session}",
            new Peak(),
            "Most sessions at work in one minute, whatever they did. Between two things that happen within 30 minutes a session is at work."),
    PROMPTS("{prompt}", sum(Measure.PROMPTS), "Prompts that people, or programs for them, gave."),
    ACTIVE_TIME_USER(
            "s",
            new Sum(List.of(Measure.ACTIVE_USER_MICROS), false, 1e-6),
            "Time in which the person was active, as the client's counter active_time.total has it. Only counters tell."),
    ACTIVE_TIME_CLI(
            "s",
            new Sum(List.of(Measure.ACTIVE_CLI_MICROS), false, 1e-6),
            "Time in which Claude worked, as the client's counter active_time.total has it. Only counters tell."),
    LINES_ADDED(
            "{line}",
            sum(Measure.LINES_ADDED),
            "Lines that accepted edits added. By the counter lines_of_code.count, or by session files where they know more."),
    LINES_REMOVED("{line}", sum(Measure.LINES_REMOVED), "Lines that accepted edits removed; otherwise as lines_added."),
    COMMITS(
            "{commit}",
            sum(Measure.COMMITS),
            "Commits that Claude Code made itself. By the counter commit.count, or by tool results that name a commit where they know"
                    + " more."),
    PULL_REQUESTS(
            "{pull_request}",
            sum(Measure.PULL_REQUESTS),
            "Pull requests that Claude Code opened itself, by the counter pull_request.count."),
    EDITS_ACCEPTED(
            "{decision}",
            edits(accepted()),
            "Accepted calls of Edit, MultiEdit, Write and NotebookEdit, whoever decided. In each client process by the counter"
                    + " code_edit_tool.decision or by tool_decision events, whichever knows more; on a tie by the counter, which tells"
                    + " the language."),
    EDITS_REJECTED("{decision}", edits(rejected()), "Rejected calls of the same tools."),
    ACCEPT_RATE(
            "1",
            new Ratio(edits(accepted()), edits(decided())),
            "Accept rate, all decisions: edits_accepted / (edits_accepted + edits_rejected), rules, hooks and modes included."),
    ACCEPT_RATE_BY_PERSON(
            "1",
            new Ratio(
                    edits(List.of(ACCEPTED_USER_PERMANENT, ACCEPTED_USER_TEMPORARY)),
                    edits(List.of(
                            ACCEPTED_USER_PERMANENT,
                            ACCEPTED_USER_TEMPORARY,
                            REJECTED_USER_ABORT,
                            REJECTED_USER_REJECT))),
            "Accept rate, decisions that a person made: of sources user_permanent, user_temporary, user_abort and user_reject only."),
    TOOL_CALLS_ACCEPTED("{decision}", new Sum(accepted(), false, 1), "Accepted calls of any tool."),
    TOOL_CALLS_REJECTED("{decision}", new Sum(rejected(), false, 1), "Rejected calls of any tool."),
    TOOL_CALLS(
            "{call}",
            new Sum(List.of(Measure.TOOL_SUCCEEDED, Measure.TOOL_FAILED), false, 1),
            "Tool calls that ended, by tool_result events and session files."),
    TOOL_FAILURES("{call}", sum(Measure.TOOL_FAILED), "Tool calls that ended with an error."),
    TOOL_SUCCESS_RATE(
            "1",
            new Ratio(
                    sum(Measure.TOOL_SUCCEEDED),
                    new Sum(List.of(Measure.TOOL_SUCCEEDED, Measure.TOOL_FAILED), false, 1)),
            "Tool calls without an error / tool calls that ended."),
    TOOL_DURATION_P50(
            "ms",
            new Percentile("tool_duration_ms", 50),
            "Median duration of tool calls, by a mergeable sketch (t-digest)."),
    TOOL_DURATION_P95(
            "ms",
            new Percentile("tool_duration_ms", 95),
            "Duration that 95 % of tool calls do not exceed, by a t-digest."),
    TOOL_DURATION_P99(
            "ms",
            new Percentile("tool_duration_ms", 99),
            "Duration that 99 % of tool calls do not exceed, by a t-digest."),
    API_REQUESTS(
            "{request}",
            sum(Measure.API_REQUESTS),
            "Requests to the model that succeeded, as events and session files tell. What they cost is the ledger's."),
    API_ERRORS(
            "{request}", sum(Measure.API_ERRORS), "Requests that failed for good; attempts in between are not told."),
    API_ERROR_RATE(
            "1",
            new Ratio(sum(Measure.API_ERRORS), new Sum(List.of(Measure.API_ERRORS, Measure.API_REQUESTS), false, 1)),
            "api_errors / (api_errors + api_requests)."),
    API_RETRIES("{attempt}", sum(Measure.API_RETRIES), "Attempts beyond the first of requests that failed for good."),
    API_RETRIES_EXHAUSTED("{request}", sum(Measure.API_RETRIES_EXHAUSTED), "Requests given up after several attempts."),
    API_REFUSALS("{request}", sum(Measure.API_REFUSALS), "Answers with stop_reason refusal."),
    API_DURATION_P50(
            "ms", new Percentile("api_duration_ms", 50), "Median duration of requests that succeeded, by a t-digest."),
    API_DURATION_P95(
            "ms", new Percentile("api_duration_ms", 95), "Duration that 95 % of these do not exceed, by a t-digest."),
    API_DURATION_P99(
            "ms", new Percentile("api_duration_ms", 99), "Duration that 99 % of these do not exceed, by a t-digest."),
    MCP_CONNECTIONS("{connection}", sum(Measure.MCP_CONNECTED), "Connections to MCP servers that were made."),
    MCP_CONNECTION_FAILURES("{connection}", sum(Measure.MCP_FAILED), "Connections to MCP servers that failed."),
    SKILL_ACTIVATIONS("{activation}", sum(Measure.SKILL_ACTIVATIONS), "Skills that were used."),
    SUBAGENT_RUNS("{run}", sum(Measure.SUBAGENT_RUNS), "Subagents that finished."),
    COMPACTIONS("{compaction}", sum(Measure.COMPACTIONS), "Conversations that were compacted."),
    MODE_CHANGES(
            "{change}", sum(Measure.MODE_CHANGES), "Changes of the permission mode; group by mode to see to which."),
    SPEND("{USD}", new Ledger("spend_micros", 1e-6), "What the ledger says was spent on Claude Code."),
    INPUT_TOKENS("{token}", new Ledger("input_tokens", 1), "Tokens of the ledger: input without cache."),
    OUTPUT_TOKENS("{token}", new Ledger("output_tokens", 1), "Tokens of the ledger: output."),
    CACHE_READ_TOKENS("{token}", new Ledger("cache_read_tokens", 1), "Tokens of the ledger: read from the cache."),
    CACHE_CREATION_TOKENS(
            "{token}", new Ledger("cache_creation_tokens", 1), "Tokens of the ledger: written to the cache."),
    COST_PER_COMMIT(
            "{USD}",
            new Ratio(new Ledger("spend_micros", 1e-6), sum(Measure.COMMITS)),
            "spend / commits. Commits that people made with Claude's work are not known."),
    COST_PER_ACCEPTED_LINE(
            "{USD}", new Ratio(new Ledger("spend_micros", 1e-6), sum(Measure.LINES_ADDED)), "spend / lines_added.");

    /** What a figure is computed from. */
    public sealed interface Formula permits Additive, Ratio, SessionsOfPeriod, People, Peak, Percentile {}

    /** A sum over rows: of groups and periods it adds up. */
    public sealed interface Additive extends Formula permits Sum, Ledger {}

    /** @param edits of the tools that edit only */
    public record Sum(List<Measure> measures, boolean edits, double unit) implements Additive {}

    /** Of the ledger's cells. @param field of the index of cells */
    public record Ledger(String field, double unit) implements Additive {}

    public record Ratio(Additive numerator, Additive denominator) implements Formula {}

    public record SessionsOfPeriod() implements Formula {}

    public record People() implements Formula {}

    public record Peak() implements Formula {}

    /** @param field of the index of rows */
    public record Percentile(String field, int percent) implements Formula {}

    private final String unit;
    private final Formula formula;
    private final String definition;

    Metric(String unit, Formula formula, String definition) {
        this.unit = unit;
        this.formula = formula;
        this.definition = definition;
    }

    /** In lower case. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** UCUM; what has no unit there is in braces. */
    public String unit() {
        return unit;
    }

    public Formula formula() {
        return formula;
    }

    public String definition() {
        return definition;
    }

    public static Optional<Metric> of(@Nullable String id) {
        return Arrays.stream(values()).filter(metric -> metric.id().equals(id)).findFirst();
    }

    private static Sum sum(Measure measure) {
        return new Sum(List.of(measure), false, 1);
    }

    private static Sum edits(List<Measure> measures) {
        return new Sum(measures, true, 1);
    }

    private static List<Measure> accepted() {
        return List.of(
                ACCEPTED_CONFIG, ACCEPTED_HOOK, ACCEPTED_USER_PERMANENT, ACCEPTED_USER_TEMPORARY, ACCEPTED_OTHER);
    }

    private static List<Measure> rejected() {
        return List.of(REJECTED_CONFIG, REJECTED_HOOK, REJECTED_USER_ABORT, REJECTED_USER_REJECT, REJECTED_OTHER);
    }

    private static List<Measure> decided() {
        return List.of(
                ACCEPTED_CONFIG,
                ACCEPTED_HOOK,
                ACCEPTED_USER_PERMANENT,
                ACCEPTED_USER_TEMPORARY,
                ACCEPTED_OTHER,
                REJECTED_CONFIG,
                REJECTED_HOOK,
                REJECTED_USER_ABORT,
                REJECTED_USER_REJECT,
                REJECTED_OTHER);
    }
}
