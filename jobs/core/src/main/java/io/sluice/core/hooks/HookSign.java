package io.sluice.core.hooks;

import io.sluice.core.directory.Labels;
import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an activity says about a prompt and the hook before it.
 *
 * @param at when it was received, microseconds
 * @param user of {@link Kind#PROMPT} the person that telemetry names; empty: nobody
 * @param labels of {@link Kind#PROMPT} all names of that person in telemetry; of {@link Kind#CALLED} all names of who was
 *     claimed to ask; none: nobody is named
 */
public record HookSign(
        String orgId,
        String sessionId,
        Kind kind,
        String promptId,
        String eventId,
        long at,
        String user,
        List<String> labels) {
    /** Source of the events that the server makes of calls of the hook. */
    public static final String SOURCE = "claude-code-hook";

    /** Their name. */
    public static final String CALL = "budget_hook";

    /** Beginning of the attributes with the names of who was claimed to ask. */
    public static final String LABEL = "label.";

    private static final String TELEMETRY = "otlp-logs";
    private static final String PROMPT_HOOK = "UserPromptSubmit";

    /** Who says what. */
    public enum Kind {
        /** Telemetry: a prompt was typed. */
        PROMPT,
        /** Telemetry: the client has begun to ask a hook about it. */
        ASKED,
        /** The server: the hook was called. */
        CALLED
    }

    public HookSign {
        labels = List.copyOf(labels);
    }

    /** Empty: it says nothing about prompts and hooks. */
    public static Optional<HookSign> of(ActivityEvent event) {
        String session = event.getSessionId();
        String prompt = event.getPromptId();
        if (session == null || prompt == null || event.getHistorical()) {
            return Optional.empty();
        }
        if (event.getSource().equals(SOURCE)) {
            List<String> labels = event.getAttributes().entrySet().stream()
                    .filter(each -> each.getKey().startsWith(LABEL))
                    .map(each -> Labels.normalized(each.getValue()))
                    .sorted()
                    .toList();
            return Optional.of(sign(event, session, Kind.CALLED, prompt, "", labels));
        }
        if (!event.getSource().equals(TELEMETRY)) {
            return Optional.empty();
        }
        return switch (event.getName()) {
            // The client's own commands, such as /clear, ask no hook.
            case "user_prompt" ->
                "builtin".equals(event.getAttributes().get("command_source"))
                        ? Optional.empty()
                        : Optional.of(prompt(event, session, prompt));
            case "hook_execution_start" ->
                PROMPT_HOOK.equals(event.getAttributes().get("hook_event"))
                        ? Optional.of(sign(event, session, Kind.ASKED, prompt, "", List.of()))
                        : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static HookSign prompt(ActivityEvent event, String session, String prompt) {
        Actor actor = event.getActor();
        List<String> labels = new ArrayList<>();
        add(labels, actor.getEmail());
        add(labels, actor.getAccountId());
        add(labels, actor.getAccountUuid());
        add(labels, actor.getEndUserId());
        return sign(event, session, Kind.PROMPT, prompt, labels.isEmpty() ? "" : labels.get(0), labels);
    }

    private static void add(List<String> labels, @Nullable String label) {
        if (label != null) {
            labels.add(Labels.normalized(label));
        }
    }

    private static HookSign sign(
            ActivityEvent event, String session, Kind kind, String prompt, String user, List<String> labels) {
        return new HookSign(
                event.getOrgId(), session, kind, prompt, event.getEventId(), event.getReceivedAt(), user, labels);
    }
}
