package io.sluice.core.content;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FoldingTest {
    @ParameterizedTest
    @CsvSource({
        "Résumé, resume",
        "re\u0301sume\u0301, resume",
        "ﬁnance, finance",
        "ＦＵＬＬ, full",
        "Žluťoučký KŮŇ, zlutoucky kun",
        "İstanbul, istanbul",
        "漢字 가나, 漢字 가나"
    })
    void comparesWithoutRegardToCaseAndDiacritics(String text, String folded) {
        assertThat(Folding.fold(text)).isEqualTo(folded);
        assertThat(Folding.fold(folded)).isEqualTo(folded);
    }
}
