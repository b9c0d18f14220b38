package io.sluice.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What of the input of Claude Code's hooks matters here. Of a body that is none, nothing is known; who is asking does not
 * come from it.
 *
 * @param event {@code hook_event_name}; null: not told
 * @param source who made a prompt, as later clients tell; null: not told
 * @param sessionId and {@code promptId}: as telemetry names them; null: not told
 * @param taskNotification whether the prompt has the shape of the news that a subagent has finished
 */
record HookInput(
        @Nullable String event,
        @Nullable String source,
        @Nullable String sessionId,
        @Nullable String promptId,
        boolean taskNotification) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Sources that are no person and no program of a person. */
    private static final Set<String> MACHINES = Set.of("system", "loop_wakeup", "schedule_wakeup", "poll_event");

    private static final String USER = "user";

    private static final Pattern ID = Pattern.compile("[\\x21-\\x7e]{1,100}");

    static HookInput of(byte[] body) {
        JsonNode input;
        try {
            input = JSON.readTree(body);
        } catch (IOException e) {
            return new HookInput(null, null, null, null, false);
        }
        String prompt = input.path("prompt").asText().strip();
        return new HookInput(
                input.path("hook_event_name").textValue(),
                input.path("source").textValue(),
                id(input.path("session_id")),
                id(input.path("prompt_id")),
                prompt.startsWith("<task-notification>") && prompt.endsWith("</task-notification>"));
    }

    private static @Nullable String id(JsonNode value) {
        String id = value.textValue();
        return id != null && ID.matcher(id).matches() ? id : null;
    }

    /** Blocking such a prompt would only throw away work that is paid for. */
    boolean isMachineMade() {
        if (source != null && MACHINES.contains(source)) {
            return true;
        }
        return taskNotification && !USER.equals(source);
    }
}
