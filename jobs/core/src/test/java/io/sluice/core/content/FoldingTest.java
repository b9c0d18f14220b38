package io.sluice.core.content;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FoldingTest {
    @ParameterizedTest
    @CsvSource({
        "plain text, plain text",
        "Résumé, resume",
        "RE\u0301SUME\u0301, resume",
        "ｒｅｓｕｍｅ, resume",
        "ﬁnance, finance",
        "Ärger, arger",
        "İstanbul, istanbul",
        "ΆΛΦΑ, αλφα",
        "한글, 한글",
        "が, か",
        "😀 A, 😀 a",
        "Slack™, slack tm",
        "Slack™s, slack tm s",
        "merger¹, merger 1",
        "①②merger, 1 2 merger",
        "m² und m³, m 2 und m 3",
        "(™), (tm)",
    })
    void lettersAreComparedWithoutCaseAndMarks(String text, String folded) {
        assertThat(Folding.fold(text)).isEqualTo(folded);
        assertThat(Folding.fold(folded)).as("folding is done once").isEqualTo(folded);
    }

    @Test
    void controlCharactersDoNotHideWords() {
        assertThat(Folding.fold("a\u0000b\nc\td")).isEqualTo("a b\nc\td");
        assertThat(Folding.fold("\ud83d")).hasSize(1);
    }
}
