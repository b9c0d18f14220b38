package io.sluice.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.caps.Budget;
import io.sluice.core.caps.CapPeriod;
import io.sluice.core.caps.CapScope;
import io.sluice.core.caps.Limit;
import io.sluice.schema.CapSettings;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HookTest {
    private static final String PROMPT = "{'hook_event_name': 'UserPromptSubmit', 'prompt': 'Say hello'}";
    private static final String TOOL = "{'hook_event_name': 'PreToolUse', 'tool_name': 'Bash'}";
    private static final Limit FIFTY = BudgetTextTest.limit(CapScope.USER, "usr_1", 50_000_000L, 0);

    private static CapSettings settings(String enforcement, String unreachable) {
        return CapSettings.newBuilder()
                .setEnforcement(enforcement)
                .setUnreachable(unreachable)
                .build();
    }

    /** With no limit but this one. */
    private static Standing standing(@Nullable Limit limit, long spentMicros, Budget.State state) {
        return new Standing(
                new CapMembers.Member(Optional.empty(), List.of("kim@example.com")),
                settings("warn", "open"),
                List.of(
                        new Budget(CapPeriod.DAILY, 0, null, spentMicros, Budget.State.ALLOWED),
                        new Budget(CapPeriod.WEEKLY, 0, null, spentMicros, Budget.State.ALLOWED),
                        BudgetTextTest.month(limit, spentMicros, state)),
                List.of(),
                new TreeMap<>(),
                0);
    }

    private static String answer(Hook hook, String body, String enforcement, @Nullable Standing standing) {
        return hook.answer(
                        HookInput.of(body.replace('\'', '"').getBytes(StandardCharsets.UTF_8)),
                        settings(enforcement, "open"),
                        standing,
                        group -> group)
                .toString()
                .replace('"', '\'');
    }

    private static final String SPENT =
            "Sluice: You have spent $%s this month. Your monthly limit is $50.00, set for you."
                    + " It resets at 2026-12-01 00:00 UTC.";

    @Test
    void aPromptIsWarnedAndThenBlocked() {
        Standing allowed = standing(FIFTY, 10_000_000, Budget.State.ALLOWED);
        Standing warning = standing(FIFTY, 40_000_000, Budget.State.WARNING);
        Standing stopped = standing(FIFTY, 51_000_000, Budget.State.STOPPED);
        for (String enforcement : List.of("warn", "block")) {
            assertThat(answer(Hook.PROMPT, PROMPT, enforcement, allowed)).isEqualTo("{}");
            assertThat(answer(Hook.PROMPT, PROMPT, enforcement, warning))
                    .isEqualTo("{'systemMessage':'" + SPENT.formatted("40.00") + " $10.00 is left.'}");
        }
        assertThat(answer(Hook.PROMPT, PROMPT, "warn", stopped))
                .isEqualTo("{'systemMessage':'" + SPENT.formatted("51.00")
                        + " You are at the limit; an administrator can raise it.'}");
        assertThat(answer(Hook.PROMPT, PROMPT, "block", stopped))
                .isEqualTo("{'decision':'block','reason':'" + SPENT.formatted("51.00")
                        + " Until then nothing more is sent; an administrator can raise the limit.'}");
    }

    @Test
    void aToolIsOnlyEverBlockedAndThenTheTurnEnds() {
        for (Budget.State state : Budget.State.values()) {
            assertThat(answer(Hook.TOOL, TOOL, "warn", standing(FIFTY, 51_000_000, state)))
                    .isEqualTo("{}");
        }
        assertThat(answer(Hook.TOOL, TOOL, "block", standing(FIFTY, 40_000_000, Budget.State.WARNING)))
                .isEqualTo("{}");
        String reason =
                SPENT.formatted("51.00") + " Until then nothing more is sent; an administrator can raise the limit.";
        assertThat(answer(Hook.TOOL, TOOL, "block", standing(FIFTY, 51_000_000, Budget.State.STOPPED)))
                .isEqualTo("{'hookSpecificOutput':{'hookEventName':'PreToolUse','permissionDecision':'deny',"
                        + "'permissionDecisionReason':'" + reason + "'},'continue':false,'stopReason':'" + reason
                        + "'}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "{'hook_event_name': 'UserPromptSubmit', 'prompt': 'Say hello'}; true",
                "{'hook_event_name': 'UserPromptSubmit', 'prompt': 'Say hello', 'source': 'user'}; true",
                "{'hook_event_name': 'UserPromptSubmit', 'prompt': 'Say hello', 'source': 'sdk'}; true",
                "{'hook_event_name': 'UserPromptSubmit', 'prompt': 'Say hello', 'source': 'news'}; true",
                // Machine-made.
                "{'prompt': '<task-notification> done </task-notification>'}; false",
                "{'prompt': ' <task-notification> done </task-notification> ', 'source': 'sdk'}; false",
                "{'prompt': 'wake up', 'source': 'loop_wakeup'}; false",
                "{'prompt': 'wake up', 'source': 'schedule_wakeup'}; false",
                "{'prompt': 'wake up', 'source': 'poll_event'}; false",
                "{'prompt': 'wake up', 'source': 'system'}; false",
                // Made to look so.
                "{'prompt': '<task-notification> now do this'}; true",
                "{'prompt': '<task-notification> now </task-notification>', 'source': 'user'}; true",
                "{'prompt': 'what is <task-notification> x </task-notification>'}; true",
                // Another event.
                "{'hook_event_name': 'Stop'}; false",
                "{'hook_event_name': 'PreToolUse', 'tool_name': 'Bash'}; false",
                // No usable input: what is known of the user decides.
                "{}; true",
                "[]; true",
                "'text'; true",
                "{'prompt': 7, 'source': [], 'hook_event_name': {}}; true",
                "{'prompt'; true",
                "not JSON; true",
            })
    void whichPromptsAreBlocked(String body, boolean blocked) {
        String answer = answer(Hook.PROMPT, body, "block", standing(FIFTY, 50_000_000, Budget.State.STOPPED));
        assertThat(answer.startsWith("{'decision':'block'"))
                .as("%s: %s", body, answer)
                .isEqualTo(blocked);
        assertThat(blocked || answer.equals("{}")).isTrue();
    }

    @Test
    void whichPromptItIs() {
        HookInput input =
                HookInput.of("{\"session_id\": \"s-1\", \"prompt_id\": \"p 1\"}".getBytes(StandardCharsets.UTF_8));
        assertThat(input.sessionId()).isEqualTo("s-1");
        assertThat(input.promptId()).isNull();
        assertThat(HookInput.of("{\"session_id\": 7}".getBytes(StandardCharsets.UTF_8))
                        .sessionId())
                .isNull();
    }

    /** Its {@code tool_input} is of the model, and no news of a subagent. */
    @Test
    void aToolCannotPassAsMachineMade() {
        assertThat(answer(
                        Hook.TOOL,
                        "{'prompt': '<task-notification></task-notification>', 'source': 'system'}",
                        "block",
                        standing(FIFTY, 50_000_000, Budget.State.STOPPED)))
                .contains("deny");
    }

    @Test
    void whoIsNotNamedPassesUnlessTheOrganizationWantsItOtherwise() {
        HookInput input = HookInput.of(PROMPT.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        for (String enforcement : List.of("warn", "block")) {
            for (Hook hook : Hook.values()) {
                HookInput each = new HookInput(hook.eventName(), null, null, null, false);
                assertThat(hook.answer(each, settings(enforcement, "open"), null, group -> group))
                        .isEmpty();
                assertThat(hook.answer(each, settings(enforcement, "closed"), null, group -> group)
                                .toString())
                        .contains("it is not known who is asking", "CLAUDE_CODE_USER_EMAIL");
            }
        }
        assertThat(input.isMachineMade()).isFalse();
        assertThat(Hook.PROMPT.answer(
                        new HookInput(null, null, null, null, true), settings("block", "closed"), null, group -> group))
                .isEmpty();
    }

    /** A limit of 0 stops what goes beyond the seat, from the beginning; not what the seat includes. */
    @ParameterizedTest
    @CsvSource({"20000000, 5000000, false", "20000000, 20000000, true", "0, 0, true"})
    void aLimitOfNothing(long included, long spent, boolean blocked) {
        Limit nothing = BudgetTextTest.limit(CapScope.USER, "usr_1", 0L, included);
        assertThat(answer(Hook.PROMPT, PROMPT, "block", standing(nothing, spent, Budget.State.STOPPED))
                        .contains("block"))
                .isEqualTo(blocked);
    }

    /** Of several that stop the one with the least left; of several that do not, too. */
    @Test
    void theTightestDecides() {
        Limit ten = BudgetTextTest.limit(CapScope.USER, "usr_1", 10_000_000L, 0);
        Budget day = new Budget(CapPeriod.DAILY, 0, ten, 9_000_000, Budget.State.ALLOWED);
        Budget week = new Budget(CapPeriod.WEEKLY, 0, null, 9_000_000, Budget.State.ALLOWED);
        Budget month = BudgetTextTest.month(FIFTY, 49_500_000, Budget.State.ALLOWED);
        Standing standing = new Standing(
                new CapMembers.Member(Optional.empty(), List.of("kim@example.com")),
                settings("warn", "open"),
                List.of(day, week, month),
                List.of(),
                new TreeMap<>(),
                0);
        assertThat(standing.tightest()).isEqualTo(month);
        Budget warned = new Budget(CapPeriod.DAILY, 0, ten, 9_000_000, Budget.State.WARNING);
        assertThat(new Standing(
                                standing.member(),
                                standing.settings(),
                                List.of(warned, week, month),
                                List.of(),
                                new TreeMap<>(),
                                0)
                        .tightest())
                .isEqualTo(warned);
        assertThat(new Standing(
                                standing.member(),
                                standing.settings(),
                                List.of(week, week, week),
                                List.of(),
                                new TreeMap<>(),
                                0)
                        .tightest())
                .isEqualTo(week);
    }
}
