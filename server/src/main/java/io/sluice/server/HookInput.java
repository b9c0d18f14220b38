package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What of the input of Claude Code's hooks matters here. Of a body that is none, nothing is known; who is asking does not
 * come from it.
 *
 * @param event {@code hook_event_name}; null: not told
 * @param source who made a prompt, as later clients tell; null: not told
 * @param taskNotification whether the prompt has the shape of the news that a subagent has finished
 */
record HookInput(@Nullable String event, @Nullable String source, boolean taskNotification) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Sources that are no person and no program of a person. */
    private static final Set<String> MACHINES = Set.of("system", "loop_wakeup", "schedule_wakeup", "poll_event");

    private static final String USER = "user";

    static HookInput of(byte[] body) {
        JsonNode input;
        try {
            input = JSON.readTree(body);
        } catch (IOException e) {
            return new HookInput(null, null, false);
        }
        String prompt = input.path("prompt").asText().strip();
        return new HookInput(
                input.path("hook_event_name").textValue(),
                input.path("source").textValue(),
                prompt.startsWith("<task-notification>") && prompt.endsWith("</task-notification>"));
    }

    /** Blocking such a prompt would only throw away work that is paid for. */
    boolean isMachineMade() {
        if (source != null && MACHINES.contains(source)) {
            return true;
        }
        return taskNotification && !USER.equals(source);
    }
}
