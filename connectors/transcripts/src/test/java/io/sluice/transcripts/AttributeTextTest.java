package io.sluice.transcripts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AttributeTextTest {
    @Test
    void isCutBetweenCharacters() {
        assertThat(AttributeText.of("x".repeat(4_096))).hasSize(4_096).doesNotEndWith("…");
        assertThat(AttributeText.of("x".repeat(4_097))).hasSize(4_096).endsWith("x…");
        assertThat(AttributeText.of("x".repeat(4_094) + "\ud83d\ude00xx"))
                .hasSize(4_095)
                .endsWith("x…");
    }

    @Test
    void isWellFormed() {
        assertThat(AttributeText.of("a\ud83d")).isEqualTo("a\ufffd");
    }
}
