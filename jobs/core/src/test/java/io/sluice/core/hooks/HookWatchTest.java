package io.sluice.core.hooks;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.schema.ActivityEvent;
import io.sluice.schema.Actor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HookWatchTest {
    private static final long SECOND = 1_000_000;

    private static HookSign sign(HookSign.Kind kind, String prompt, long second, String... labels) {
        return new HookSign(
                "acme",
                "s-1",
                kind,
                prompt,
                "event-" + prompt,
                second * SECOND,
                kind == HookSign.Kind.PROMPT && labels.length > 0 ? labels[0] : "",
                List.of(labels));
    }

    private static HookSign prompt(String prompt, long second) {
        return sign(HookSign.Kind.PROMPT, prompt, second, "kim@example.com", "user_01Kim");
    }

    private HookWatch watch = HookWatch.NEW;
    private final List<String> told = new ArrayList<>();

    private void step(HookWatch.Step step) {
        watch = step.watch();
        step.changes()
                .forEach(change -> told.add(change.kind()
                        + (change.told().firing() ? " fires " : " is over ")
                        + change.told().occurrence()
                        + change.claimed()));
    }

    private void add(HookSign... signs) {
        for (HookSign sign : signs) {
            step(watch.add(sign));
        }
    }

    private void due(long second) {
        step(watch.due(second * SECOND, at -> at >= 0));
    }

    @Test
    void aPromptThatWasAskedAbout() {
        add(prompt("p", 10), sign(HookSign.Kind.ASKED, "p", 10));
        add(sign(HookSign.Kind.CALLED, "q", 11), prompt("q", 12));
        due(1000);
        assertThat(told).isEmpty();
        assertThat(watch.waiting()).isEmpty();
    }

    @Test
    void aPromptThatNobodyWasAskedAbout() {
        add(prompt("p", 10), prompt("q", 20));
        due(129);
        assertThat(told).isEmpty();
        due(130);
        assertThat(told).containsExactly("prompt-without-hook fires 1");
        due(140);
        assertThat(told).hasSize(1);
        // What is known later takes it back; the next one is another occurrence.
        add(sign(HookSign.Kind.ASKED, "p", 150), sign(HookSign.Kind.ASKED, "q", 151), prompt("r", 160));
        due(1000);
        assertThat(told)
                .containsExactly(
                        "prompt-without-hook fires 1", "prompt-without-hook is over 1", "prompt-without-hook fires 2");
        assertThat(watch.user()).isEqualTo("kim@example.com");
    }

    @Test
    void whereHooksAreNotInUseNothingIsMissing() {
        add(prompt("p", 10));
        step(watch.due(1000 * SECOND, new HooksInUse(11 * SECOND, 20 * SECOND)::at));
        assertThat(told).isEmpty();
        assertThat(watch.waiting()).isEmpty();
        HooksInUse inUse = new HooksInUse(5, 5).called(3).called(8);
        assertThat(inUse).isEqualTo(new HooksInUse(3, 8));
        assertThat(inUse.at(2)).isFalse();
        assertThat(inUse.at(8 + 7L * 86_400 * SECOND)).isTrue();
        assertThat(inUse.at(9 + 7L * 86_400 * SECOND)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                // claimed, shown, somebody else
                "kim@example.com, kim@example.com, false",
                "kim@example.com user_01Kim, user_01Kim, false",
                "kim@example.com, lee@example.com, true",
                "kim@example.com, lee@example.com kim@example.com, false",
                "user_01Kim, user_01Lee, true",
                // Nothing to compare.
                "kim@example.com, user_01Lee, false",
                "user_01Kim, lee@example.com, false",
                "kim@example.com, none, false",
            })
    void whoIsSomebodyElse(String claimed, @Nullable String shown, boolean somebodyElse) {
        assertThat(HookWatch.isSomebodyElse(
                        Arrays.asList(claimed.split(" ")), shown == null ? List.of() : Arrays.asList(shown.split(" "))))
                .isEqualTo(somebodyElse);
    }

    @Test
    void aHeaderThatNamesSomebodyElse() {
        add(sign(HookSign.Kind.CALLED, "p", 9, "lee@example.com"));
        assertThat(told).isEmpty();
        add(prompt("p", 10), prompt("q", 11), sign(HookSign.Kind.CALLED, "q", 11, "lee@example.com"));
        assertThat(told).containsExactly("identity-mismatch fires 1lee@example.com");
    }

    /** All orders of the same signs end with the same alerts that fire. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261125})
    void theOrderDoesNotMatter(long seed) {
        List<HookSign> signs = new ArrayList<>(List.of(
                prompt("p", 10),
                sign(HookSign.Kind.ASKED, "p", 11),
                prompt("q", 12),
                sign(HookSign.Kind.CALLED, "q", 12, "lee@example.com"),
                prompt("r", 13),
                sign(HookSign.Kind.CALLED, "s", 14, "kim@example.com"),
                prompt("s", 14)));
        signs.addAll(List.copyOf(signs));
        Collections.shuffle(signs, new Random(seed));
        Map<String, Boolean> firing = new TreeMap<>();
        for (HookSign sign : signs) {
            HookWatch.Step step = watch.add(sign);
            step.changes()
                    .forEach(change -> firing.put(change.kind(), change.told().firing()));
            watch = step.watch();
        }
        watch.due(1000 * SECOND, at -> true)
                .changes()
                .forEach(change -> firing.put(change.kind(), change.told().firing()));
        assertThat(firing)
                .as("seed %d", seed)
                .isEqualTo(Map.of("prompt-without-hook", true, "identity-mismatch", true));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                // source, name, attribute, value, prompt id, historical, kind
                "otlp-logs, user_prompt, x, x, p, false, PROMPT",
                "otlp-logs, user_prompt, command_source, custom, p, false, PROMPT",
                "otlp-logs, user_prompt, command_source, builtin, p, false, none",
                "otlp-logs, user_prompt, x, x, none, false, none",
                "otlp-logs, user_prompt, x, x, p, true, none",
                "session-file, user_prompt, x, x, p, false, none",
                "otlp-logs, hook_execution_start, hook_event, UserPromptSubmit, p, false, ASKED",
                "otlp-logs, hook_execution_start, hook_event, PreToolUse, p, false, none",
                "otlp-logs, budget_hook, x, x, p, false, none",
                "claude-code-hook, budget_hook, label.0, Kim@example.com, p, false, CALLED",
            })
    void whatAnActivitySays(
            String source,
            String name,
            String attribute,
            String value,
            @Nullable String promptId,
            boolean historical,
            HookSign.@Nullable Kind kind) {
        ActivityEvent event = ActivityEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("e")
                .setOccurredAt(1)
                .setReceivedAt(2)
                .setSource(source)
                .setHistorical(historical)
                .setActor(Actor.newBuilder().setEmail("Kim@example.com").build())
                .setSessionId("s-1")
                .setName(name)
                .setPromptId(promptId)
                .setProduct("claude-code")
                .setAttributes(Map.of(attribute, value))
                .build();
        HookSign sign = HookSign.of(event).orElse(null);
        assertThat(sign == null ? null : sign.kind()).isEqualTo(kind);
        if (sign != null && kind != HookSign.Kind.ASKED) {
            assertThat(sign.labels()).containsExactly("kim@example.com");
            assertThat(sign.at()).isEqualTo(2);
        }
    }
}
