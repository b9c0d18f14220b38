package io.sluice.claudeapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountTest {
    /** As JSON: upstream has decimal text and numbers, both in cents. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "`\"123.45\"`, 1234500",
                "`\"0\"`, 0",
                "`\"1\"`, 10000",
                "`\"-12.5\"`, -125000",
                "`\"0.0001\"`, 1",
                "`\"31402.5\"`, 314025000",
                "67, 670000",
                "67.1234, 671234",
                "1e2, 1000000",
                "0.1, 1000",
                // finer than a micro: half to even
                "`\"0.00005\"`, 0",
                "`\"0.00015\"`, 2",
                "`\"0.00025\"`, 2",
                "`\"0.000151\"`, 2",
                "`\"-0.00015\"`, -2",
                "`\"922337203685477.5807\"`, 9223372036854775807"
            })
    void centsBecomeMicros(String json, long micros) throws Exception {
        assertThat(Amount.micros("amount", ApiConnection.JSON.readTree(json))).isEqualTo(micros);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "`\"\"`, wrong-shape",
                "`\"12,5\"`, wrong-shape",
                "`\"1e3\"`, wrong-shape",
                "`\" 1\"`, wrong-shape",
                "null, wrong-shape",
                "true, wrong-shape",
                "{}, wrong-shape",
                "1e400, number-out-of-range",
                "1e-400, number-out-of-range",
                "`\"922337203685477.5808\"`, number-out-of-range"
            })
    void whatIsNoAmountSaysSo(String json, String reason) throws Exception {
        assertThatThrownBy(() -> Amount.micros("amount", ApiConnection.JSON.readTree(json)))
                .isInstanceOfSatisfying(
                        UnreadableRow.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageStartingWith("amount: ")
                .hasMessageContaining("(expected: ");
    }
}
