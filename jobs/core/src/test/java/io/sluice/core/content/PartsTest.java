package io.sluice.core.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartsTest {
    private static final String[] WORDS = {"a", "word", "größer", "語", "😀😀", "\n", "\t\t", "\u0000", "x".repeat(40)};

    @Test
    void textIsCutAfterWords() {
        assertThat(Parts.split("", 8)).isEmpty();
        assertThat(Parts.split("12345678", 8)).containsExactly("12345678");
        assertThat(Parts.split("one two three", 8)).containsExactly("one two ", "three");
        assertThat(Parts.split("123456789012", 8)).containsExactly("12345678", "9012");
        assertThat(Parts.split("123456😀", 8)).as("a pair stays together").containsExactly("123456", "😀");
        assertThat(Parts.split("x".repeat(2 << 20))).as("2 MB").hasSize(8);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void partsAreTheTextAndNoneIsTooLong(long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(200); i >= 0; i--) {
            text.append(WORDS[random.nextInt(WORDS.length)]).append(random.nextBoolean() ? " " : "");
        }
        int most = 4 + random.nextInt(60);
        List<String> parts = Parts.split(text.toString(), most);
        assertThat(String.join("", parts)).as("seed %d", seed).isEqualTo(text.toString());
        for (String part : parts) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            assertThat(bytes.length).as("seed %d", seed).isBetween(1, most);
            assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(part);
        }
    }
}
