package io.sluice.transcripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextsTest {
    @Test
    void loneSurrogatesBecomeReplacementCharacters() {
        assertThat(Texts.wellFormed("a\ud83d\ude00\ud83db\ude00")).isEqualTo("a\ud83d\ude00\ufffdb\ufffd");
    }

    @Test
    void attributesAreCutBetweenCharacters() {
        assertThat(Texts.attribute("x".repeat(4_096))).hasSize(4_096).doesNotEndWith("…");
        assertThat(Texts.attribute("x".repeat(4_097))).hasSize(4_096).endsWith("x…");
        assertThat(Texts.attribute("x".repeat(4_094) + "\ud83d\ude00xx"))
                .hasSize(4_095)
                .endsWith("x…");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "é", "世", "\ud83d\ude00"})
    void messagesAreCutByTheirBytes(String character) {
        int bytes = character.getBytes(StandardCharsets.UTF_8).length;
        String fits = character.repeat(1_000 / bytes);
        assertThat(Texts.cut(fits, 1_000)).isEqualTo(fits);
        String cut = Texts.cut(character.repeat(5_000 / bytes), 1_000);
        assertThat(cut)
                .startsWith(character.repeat(900 / bytes))
                .endsWith("…[cut, " + 5_000 / bytes * bytes + " bytes]");
        assertThat(cut.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(1_000);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-23T18:52:24.353Z, 2026-11-23T18:52:24.353Z",
        "2024-02-29T23:59:59.999Z, 2024-02-29T23:59:59.999Z",
        "2026-11-23T18:52:24Z, 2026-11-23T18:52:24Z",
        "2026-11-23T18:52:24.353+02:00, 2026-11-23T16:52:24.353Z",
        "2026-11-23T18:52:24.123456789Z, 2026-11-23T18:52:24.123456Z",
    })
    void timesAreReadToTheMicrosecond(String text, String expected) {
        assertThat(Times.parse(text)).isEqualTo(Instant.parse(expected));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-02-29T00:00:00.000Z",
                "2026-13-01T00:00:00.000Z",
                "2026-01-01T24:00:00.000Z",
                "2026-01-01T00:60:00.000Z",
                "2026-01-01T00:00:00.000",
                "2026-01-01",
                "yesterday",
                "20260101T000000.0000000Z"
            })
    void noTimes(String text) {
        assertThat(Times.parse(text)).isNull();
    }
}
