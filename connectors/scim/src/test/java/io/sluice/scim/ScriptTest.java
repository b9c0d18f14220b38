package io.sluice.scim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What identity providers do, request by request. In an expected body, null means absent, and what is not named is not
 * looked at.
 */
class ScriptTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "okta-spec.json",
                "okta-lifecycle.json",
                "okta-group-push.json",
                "entra-default.json",
                "entra-flag.json",
                "versions-and-bulk.json"
            })
    void plays(String script) throws Exception {
        MemoryDirectory directory = new MemoryDirectory();
        Map<String, String> saved = new HashMap<>();
        int index = 0;
        for (JsonNode step : Cases.file(script)) {
            String step0 = script + " " + ++index + ": " + step.path("name").asText();
            JsonNode filled = fill(step, saved);
            Map<String, String> headers = new HashMap<>();
            filled.path("headers")
                    .properties()
                    .forEach(header ->
                            headers.put(header.getKey(), header.getValue().asText()));
            MemoryDirectory.Answer answer = directory.handle(
                    filled.get("method").asText(),
                    filled.get("url").asText(),
                    headers,
                    filled.get("body") instanceof ObjectNode body ? body : null);
            assertThat(answer.status())
                    .as("%s%n%s", step0, answer.body())
                    .isEqualTo(filled.get("status").asInt());
            assertThat(MemoryDirectory.has(answer.body(), filled.path("expect")))
                    .as("%s%n%s%nexpected %s", step0, answer.body(), filled.path("expect"))
                    .isTrue();
            if (step.has("save")) {
                saved.put(step.get("save").asText(), answer.body().get("id").asText());
            }
        }
    }

    private static JsonNode fill(JsonNode step, Map<String, String> saved) throws Exception {
        String text = step.toString();
        for (Map.Entry<String, String> entry : saved.entrySet()) {
            text = text.replace("${" + entry.getKey() + "}", entry.getValue());
        }
        return Cases.MAPPER.readTree(text);
    }
}
