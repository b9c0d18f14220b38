package io.sluice.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextsTest {
    @Test
    void loneSurrogatesBecomeReplacementCharacters() {
        assertThat(Texts.wellFormed("a\ud83d\ude00\ud83db\ude00")).isEqualTo("a\ud83d\ude00\ufffdb\ufffd");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "é", "世", "\ud83d\ude00"})
    void longTextsAreCutByTheirBytes(String character) {
        int bytes = character.getBytes(StandardCharsets.UTF_8).length;
        String fits = character.repeat(1_000 / bytes);
        assertThat(Texts.cut(fits, 1_000)).isEqualTo(fits);
        String cut = Texts.cut(character.repeat(5_000 / bytes), 1_000);
        assertThat(cut)
                .startsWith(character.repeat(900 / bytes))
                .endsWith("…[cut, " + 5_000 / bytes * bytes + " bytes]");
        assertThat(cut.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(997, 1_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "é", "世", "\ud83d\ude00", "aé世\ud83d\ude00"})
    void lengthIsThatOfTheEncodedText(String text) {
        assertThat(Texts.utf8Length(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
    }
}
