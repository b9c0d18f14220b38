package io.sluice.server;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.core.caps.Budget;
import io.sluice.schema.CapSettings;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What Claude Code's hooks are answered. The client takes a verdict from a 2xx answer only, so it is always in the body; it
 * drops {@code systemMessage} beside a block, so all there is to say then is in the reason.
 */
enum Hook {
    /** Before a prompt is sent. */
    PROMPT("UserPromptSubmit", "prompt") {
        @Override
        ObjectNode block(String reason) {
            return CapRoutes.object().put("decision", "block").put("reason", reason);
        }

        @Override
        ObjectNode tell(String message) {
            return CapRoutes.object().put("systemMessage", message);
        }
    },
    /** Before a tool runs: what stops the work of subagents, whose prompts ask nobody. */
    TOOL("PreToolUse", "tool") {
        @Override
        ObjectNode block(String reason) {
            ObjectNode answer = CapRoutes.object();
            answer.putObject("hookSpecificOutput")
                    .put("hookEventName", eventName())
                    .put("permissionDecision", "deny")
                    .put("permissionDecisionReason", reason);
            // Without it the model would read the reason, and go on spending.
            return answer.put("continue", false).put("stopReason", reason);
        }

        /** The prompt was told already; the same for every tool would be noise. */
        @Override
        ObjectNode tell(String message) {
            return CapRoutes.object();
        }
    };

    private static final String NOBODY =
            "Sluice: it is not known who is asking, and your organization wants nothing to run"
                    + " without that. Set CLAUDE_CODE_USER_EMAIL to your e-mail address, or ask an administrator for a token of"
                    + " your own.";

    private final String eventName;
    private final String pathName;

    Hook(String eventName, String pathName) {
        this.eventName = eventName;
        this.pathName = pathName;
    }

    String eventName() {
        return eventName;
    }

    String path() {
        return ClaudeCodeRoutes.BASE + "hooks/" + pathName;
    }

    abstract ObjectNode block(String reason);

    abstract ObjectNode tell(String message);

    /**
     * The verdict; an empty object lets it go on.
     *
     * @param standing null: nobody is named
     * @param groups display name of a group by its id
     */
    ObjectNode answer(
            HookInput input, CapSettings settings, @Nullable Standing standing, UnaryOperator<String> groups) {
        // Another event's answer has another meaning: a block of Stop, say, makes the model go on.
        boolean other = input.event() != null && !input.event().equals(eventName);
        if (other || this == PROMPT && input.isMachineMade()) {
            return CapRoutes.object();
        }
        if (standing == null) {
            return settings.getUnreachable().equals(CapSettingsRoutes.CLOSED) ? block(NOBODY) : CapRoutes.object();
        }
        Budget budget = standing.tightest();
        // With a limit of 0 the state is stopped from the beginning, but what the seat includes may be used.
        boolean included = budget.state() == Budget.State.STOPPED && !Objects.equals(budget.remainingMicros(), 0L);
        if (budget.state() == Budget.State.ALLOWED || included) {
            return CapRoutes.object();
        }
        String text = "Sluice: " + BudgetText.explanation(budget, groups);
        if (budget.state() == Budget.State.WARNING) {
            return tell(text + " " + BudgetText.left(budget) + " is left.");
        }
        return settings.getEnforcement().equals(CapSettingsRoutes.BLOCK)
                ? block(text + " Until then nothing more is sent; an administrator can raise the limit.")
                : tell(text + " You are at the limit; an administrator can raise it.");
    }
}
